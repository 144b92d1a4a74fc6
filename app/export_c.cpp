// `volley export --format c`: compiled and run on recordings before its files get their names.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "app/export_code.hpp"
#include "app/peer_command.hpp"
#include "app/text.hpp"
#include "models/c_source.hpp"
#include "sim/step_network.hpp"

namespace volley {

namespace {

constexpr double c_check_seconds = 600;

struct COptions {
  bool integer = false;             ///< fixed point
  std::size_t test_recordings = 2;  ///< in the test beside the program
};

/// Compiles and runs the program; the first line of its test where something differs or fails.
std::string first_difference_of(const std::vector<TextFile>& files, const std::string& compiler) {
  const ExportFolder folder;
  write_text_files(folder.path(), files);
  const PeerOutput output = run_peer(
      "cd " + shell_word(folder.path()) + " && " + compiler +
          " -std=c99 -O1 -o volley_net_test volley_net.c volley_net_test.c 1>&2 && "
          "./volley_net_test",
      c_check_seconds);
  if (output.timed_out) return "the check did not end in 10 minutes";
  if (output.exit_code == 0) return {};
  const std::string line = output.out.substr(0, output.out.find('\n'));
  return line.empty() ? fmt::format("the check ended with {}", output.exit_code) : line;
}

int export_c(const ExportRequest& request, const COptions& options) {
  const FrozenPlan plan(request.model.frozen);
  const StepNetwork network = step_network(plan, request.model.name);
  FixedNetwork fixed;
  if (options.integer) fixed = fixed_point(network);
  const Recorded recorded =
      record_runs(plan, network, options.integer ? &fixed : nullptr, check_recordings(request));
  request.json["integer"] = options.integer;
  const bool verify = !request.options.no_verify;
  if (options.integer && verify) check_rounding(recorded, request);
  const CSource source = write_c(network, options.integer ? &fixed : nullptr);
  std::vector<TextFile> files = {{"volley_net.h", source.header}, {"volley_net.c", source.source}};
  const char* chosen = std::getenv("CC");
  const std::string compiler = chosen != nullptr && *chosen != '\0' ? chosen : "cc";
  if (verify && !has_program(compiler)) {
    request.console.warn("not checked: there is no C compiler '" + compiler + "'");
    request.json["identical"] = nullptr;
  } else if (verify) {
    files.push_back({"volley_net_test.c", write_c_test(network, options.integer, recorded.runs)});
    const std::string difference = first_difference_of(files, compiler);
    files.pop_back();
    if (!difference.empty()) return say_differs(difference, request);
    say_identical(recorded, "as compiled by " + compiler, request);
  }
  const std::span<const RecordedRun> runs(recorded.runs);
  files.push_back({"volley_net_test.c",
                   write_c_test(network, options.integer,
                                runs.first(std::min(runs.size(), options.test_recordings)))});
  finish_folder(request, files);
  return 0;
}

}  // namespace

ExportFormat c_format(CLI::App& command) {
  const auto options = std::make_shared<COptions>();
  command.add_flag("--integer", options->integer, "c: integers only, in 32-bit fixed point");
  command
      .add_option("--test-recordings", options->test_recordings,
                  "c, verilog: recordings in the test beside the program")
      ->type_name("N")
      ->check(between(std::size_t{1}, std::size_t{10'000}))
      ->capture_default_str();
  ExportFormat format;
  format.name = "c";
  format.words = "a C99 program without dependencies";
  format.losses = {"rounding"};
  format.options = {"--integer", "--test-recordings"};
  format.write = [options](const ExportRequest& request) { return export_c(request, *options); };
  return format;
}

}  // namespace volley
