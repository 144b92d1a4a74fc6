// What the formats of `volley export` share: what a format is given, what it says of itself. Owns
// neither; each format has a file of its own, export_<format>.cpp. Must not know what they write.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "app/model_file.hpp"
#include "base/atomic_file.hpp"

namespace volley {

struct ExportOptions {
  std::string model, format, file;
  DataOptions data;
  std::size_t verify_limit = 10;
  bool no_verify = false;
  std::vector<std::string> accepted;  ///< losses that may happen, see need_acceptance()
  CommonOptions common;
};

/// What a format is given. It writes options.file (atomically, after the check where one is asked
/// for), fills `json` and says what it did.
struct ExportRequest {
  const ExportOptions& options;
  const LoadedModel& model;
  Console& console;
  Json& json;
};

struct ExportFormat {
  std::string name;                     ///< of --format
  std::vector<std::string> extensions;  ///< of files that are of it where --format is not given
  std::string words;                    ///< of the help
  std::vector<std::string> losses;      ///< that --accept may name
  std::function<int(const ExportRequest&)> write;  ///< returns the exit code
  std::vector<std::string> options;     ///< names of its own, which others refuse
};

/// Each adds the options of its own to the command.
ExportFormat nir_format(CLI::App& command);
ExportFormat npz_format(CLI::App& command);
ExportFormat safetensors_format(CLI::App& command);
ExportFormat graphviz_format(CLI::App& command);
ExportFormat graphml_format(CLI::App& command);
ExportFormat c_format(CLI::App& command);
ExportFormat onnx_format(CLI::App& command);
ExportFormat verilog_format(CLI::App& command);

/// One thing that the file cannot say.
struct ExportLoss {
  std::string kind;    ///< word of --accept: "reset"
  std::string where;   ///< "population 'hidden'"
  std::string reason;  ///< "NIR cannot say reset by subtraction; other tools reset to zero"
};

/// A file that is another network to those who read it is not written unless --accept says so.
/// Accepted losses become warnings. @throws Error with the first other loss and its option
void need_acceptance(const std::vector<ExportLoss>& losses, const ExportRequest& request);

/// Gives a file that was checked its name and says so: "wrote net.npz (3.1 KiB, WORDS)".
/// @throws Error where it cannot be renamed
void finish_file(AtomicFile& file, const std::string& words, const ExportRequest& request);

}  // namespace volley
