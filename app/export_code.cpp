// `volley export --format c`, onnx and verilog: a network as a program, run on recordings and
// compared with the engine before its files get their names. Owns the check; the texts are models'.

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "app/export_check.hpp"
#include "app/peer_command.hpp"
#include "app/text.hpp"
#include "base/atomic_file.hpp"
#include "base/error.hpp"
#include "models/c_source.hpp"
#include "models/onnx.hpp"
#include "models/verilog.hpp"
#include "sim/compare.hpp"
#include "sim/event_engine.hpp"
#include "sim/fixed_engine.hpp"
#include "sim/step_network.hpp"

namespace volley {

namespace {

namespace fs = std::filesystem;

constexpr double tool_seconds = 600;

/// Options that these formats alone have.
struct CodeOptions {
  bool integer = false;             ///< C: fixed point
  int unroll = 0;                   ///< ONNX: steps; 0: a step function
  bool any_order = false;           ///< ONNX: float sums in the runtime's order
  std::size_t test_recordings = 2;  ///< C, Verilog: in the test beside the program
};

/// A folder of our own, gone afterwards.
class WorkFolder {
public:
  WorkFolder() : path_((fs::temp_directory_path() / "volley-export-XXXXXX").string()) {
    if (::mkdtemp(path_.data()) == nullptr)
      throw Error("no folder can be made", fs::temp_directory_path().string());
  }
  ~WorkFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;
  fs::path operator/(const std::string& name) const { return fs::path(path_) / name; }
  const std::string& path() const { return path_; }

private:
  std::string path_;
};

bool is_there(const std::string& program) {
  return run_peer("command -v " + program + " > /dev/null", 10).exit_code == 0;
}

struct TextFile {
  std::string name, text;
};

void write_files(const fs::path& folder, const std::vector<TextFile>& files) {
  for (const TextFile& file : files) write_file(folder / file.name, file.text);
}

/// What the recordings give, in the arithmetic of the export.
struct Recorded {
  std::vector<RecordedRun> runs;
  std::uint64_t spikes = 0;
  Comparison rounding;  ///< against the float engine
};

Recorded record(const FrozenPlan& plan, const StepNetwork& network, const FixedNetwork* fixed,
                const CheckRecordings& recordings) {
  Recorded recorded;
  EventEngine engine(plan);
  for (std::size_t i = 0; i < recordings.trains.size(); ++i) {
    SampleTrace trace = engine.run(recordings.trains[i]);
    trace.recording = recordings.names[i];
    for (const PopulationTrace& population : trace.populations)
      if (population.kind == NeuronKind::lif) recorded.spikes += population.spikes.spikes();
    if (fixed == nullptr) {
      recorded.runs.push_back(recorded_run(trace, recordings.trains[i]));
      continue;
    }
    FixedTrace own = FixedEngine(plan, network, *fixed).run(recordings.trains[i]);
    recorded.rounding.add(compare_traces(trace, own.trace));
    recorded.runs.push_back(
        recorded_run(own.trace, recordings.trains[i], std::move(own.membrane)));
  }
  return recorded;
}

/// @throws Error where fixed point changes spikes and that was not accepted
void check_rounding(const Recorded& recorded, const ExportRequest& request) {
  const Comparison& found = recorded.rounding;
  if (found.differing_spikes == 0) {
    request.console.result(
        fmt::format("fixed point gives the spikes of float: 0 of {} differ over {}",
                    count_text(found.spikes), plural(found.recordings, "recording")));
    return;
  }
  need_acceptance({{"rounding", found.first_difference,
                    fmt::format("fixed point changes {} of {} spikes, {} of {} predictions",
                                count_text(found.differing_spikes), count_text(found.spikes),
                                found.differing_predictions, found.recordings)}},
                  request);
}

/// What a tool said of the check.
struct Verdict {
  bool same = false;
  std::string words;
};

/// Runs a command in a folder; its last line that speaks of a comparison.
Verdict run_check(const WorkFolder& folder, const std::string& command) {
  const PeerOutput output =
      run_peer("cd " + shell_word(folder.path()) + " && " + command, tool_seconds);
  Verdict verdict;
  verdict.same = output.exit_code == 0 && !output.timed_out;
  verdict.words = output.out.substr(0, output.out.find('\n'));
  if (output.timed_out) verdict.words = "the check did not end in 10 minutes";
  if (verdict.words.empty())
    verdict.words = fmt::format("the check ended with {}", output.exit_code);
  return verdict;
}

int differs(const std::string& words, const ExportRequest& request) {
  request.json["identical"] = false;
  request.json["first_difference"] = words;
  request.console.result(request.console.ink("differs", Ink::bad) +
                         fmt::format(": {}; {} not written", words, request.options.file));
  return 1;
}

void say_identical(const Recorded& recorded, const std::string& how, const ExportRequest& request) {
  request.json["identical"] = true;
  request.json["verified_recordings"] = recorded.runs.size();
  request.json["verified_spikes"] = recorded.spikes;
  request.console.result(request.console.ink("identical", Ink::good) +
                         fmt::format(" over {} of {} {}", plural(recorded.spikes, "spike"),
                                     plural(recorded.runs.size(), "recording"), how));
}

void finish(const ExportRequest& request, const std::vector<TextFile>& files) {
  write_files(request.options.file, files);
  std::uint64_t bytes = 0;
  request.json["files"] = Json::array();
  std::string names;
  for (const TextFile& file : files) {
    bytes += file.text.size();
    request.json["files"].push_back(file.name);
    if (files.size() <= 4) names += (names.empty() ? ": " : ", ") + file.name;
  }
  request.json["bytes"] = bytes;
  request.console.result(
      fmt::format("wrote {} ({}{})", request.options.file, bytes_text(bytes),
                  files.size() <= 4 ? names : ", " + plural(files.size(), "file")));
}

int export_c(const ExportRequest& request, const CodeOptions& options) {
  const FrozenPlan plan(request.model.frozen);
  const StepNetwork network = step_network(plan, request.model.name);
  FixedNetwork fixed;
  if (options.integer) fixed = fixed_point(network);
  const Recorded recorded =
      record(plan, network, options.integer ? &fixed : nullptr, check_recordings(request));
  request.json["integer"] = options.integer;
  const bool verify = !request.options.no_verify;
  if (options.integer && verify) check_rounding(recorded, request);
  const CSource source = write_c(network, options.integer ? &fixed : nullptr);
  std::vector<TextFile> files = {{"volley_net.h", source.header}, {"volley_net.c", source.source}};
  const char* chosen = std::getenv("CC");
  const std::string compiler = chosen != nullptr && *chosen != '\0' ? chosen : "cc";
  if (verify && !is_there(compiler)) {
    request.console.warn("not checked: there is no C compiler '" + compiler + "'");
    request.json["identical"] = nullptr;
  } else if (verify) {
    const WorkFolder folder;
    write_files(folder.path(), files);
    write_file(folder / "volley_net_test.c", write_c_test(network, options.integer, recorded.runs));
    const Verdict verdict = run_check(
        folder, compiler + " -std=c99 -O1 -o volley_net_test volley_net.c volley_net_test.c 1>&2 "
                           "&& ./volley_net_test");
    if (!verdict.same) return differs(verdict.words, request);
    say_identical(recorded, "as compiled by " + compiler, request);
  }
  const std::span<const RecordedRun> runs(recorded.runs);
  files.push_back({"volley_net_test.c",
                   write_c_test(network, options.integer,
                                runs.first(std::min(runs.size(), options.test_recordings)))});
  finish(request, files);
  return 0;
}

/// "recording 2, population hidden, step 7" where two runs differ first; empty where they do not.
std::string first_difference(const StepNetwork& network, const RecordedRun& wanted,
                             const RecordedRun& found) {
  for (std::size_t id = 0; id < wanted.spikes.size(); ++id)
    for (std::size_t t = 0; t < wanted.spikes[id].size(); ++t)
      if (wanted.spikes[id][t] != found.spikes[id].at(t))
        return fmt::format("population {}, step {}", network.populations[id].spec.name, t);
  if (wanted.membrane != found.membrane) return "readout membranes";
  return {};
}

int export_onnx(const ExportRequest& request, const CodeOptions& options) {
  const FrozenPlan plan(request.model.frozen);
  const StepNetwork network = step_network(plan, request.model.name);
  AtomicFile target(request.options.file);
  write_onnx(network, {options.unroll, options.any_order}, target.temporary());
  Json& json = request.json;
  if (!request.options.no_verify) {
    const CheckRecordings recordings = check_recordings(request);
    const Recorded recorded = record(plan, network, nullptr, recordings);
    const OnnxModel read(target.temporary());
    std::string words;
    for (std::size_t i = 0; i < recorded.runs.size() && words.empty(); ++i) {
      const std::string difference = first_difference(
          network, recorded.runs[i], read.run(network, recorded.runs[i].inputs));
      if (!difference.empty()) words = recordings.names[i] + ", " + difference;
    }
    if (words.empty()) {
      say_identical(recorded, "after reading back", request);
    } else if (!options.any_order) {
      return differs(words, request);
    } else {
      json["identical"] = false;
      need_acceptance({{"rounding", words, "sums in another order round otherwise"}}, request);
    }
  }
  target.commit();
  json["bytes"] = fs::file_size(request.options.file);
  request.console.result(
      fmt::format("wrote {} ({}; opset 17, {})", request.options.file,
                  bytes_text(json["bytes"].get<std::uint64_t>()),
                  options.unroll > 0
                      ? plural(static_cast<std::uint64_t>(options.unroll), "step") + " unrolled"
                      : "one step, state in and out"));
  return 0;
}

int export_verilog(const ExportRequest& request, const CodeOptions& options) {
  const bool verify = !request.options.no_verify;
  const FrozenPlan plan(request.model.frozen);
  const StepNetwork network = step_network(plan, request.model.name);
  const FixedNetwork fixed = fixed_point(network);
  std::vector<TextFile> files;
  for (VerilogFile& file : write_verilog(network, fixed))
    files.push_back({std::move(file.name), std::move(file.text)});
  const Recorded recorded = record(plan, network, &fixed, check_recordings(request));
  if (verify) check_rounding(recorded, request);
  const auto with_test = [&](std::span<const RecordedRun> runs) {
    std::vector<TextFile> all = files;
    for (VerilogFile& file : write_verilog_test(network, runs))
      all.push_back({std::move(file.name), std::move(file.text)});
    return all;
  };
  const std::span<const RecordedRun> runs(recorded.runs);
  if (verify && !is_there("iverilog")) {
    request.console.warn("not checked: Icarus Verilog (iverilog) is not here");
    request.json["identical"] = nullptr;
  } else if (verify) {
    request.console.say(
        fmt::format("simulating {} clock by clock", plural(runs.size(), "recording")));
    const WorkFolder folder;
    write_files(folder.path(), with_test(runs));
    const Verdict verdict = run_check(
        folder, "iverilog -g2005 -Wall -o volley_net_tb volley_net.v volley_net_tb.v 1>&2 && vvp "
                "-n volley_net_tb | grep -E '^(identical|first difference)' > said; cat said; "
                "grep -q ^identical said");
    if (!verdict.same) return differs(verdict.words, request);
    say_identical(recorded, "as simulated by iverilog", request);
  }
  finish(request, with_test(runs.first(std::min(runs.size(), options.test_recordings))));
  return 0;
}

}  // namespace

ExportFormat c_format(CLI::App& command) {
  const auto options = std::make_shared<CodeOptions>();
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

ExportFormat onnx_format(CLI::App& command) {
  const auto options = std::make_shared<CodeOptions>();
  command.add_option("--unroll", options->unroll, "onnx: so many steps in one graph, not one")
      ->type_name("STEPS")
      ->check(between(1, 4096));
  command.add_flag("--any-order", options->any_order,
                   "onnx: float weights by MatMul, rounded as the runtime adds them");
  ExportFormat format;
  format.name = "onnx";
  format.extensions = {".onnx"};
  format.words = "a step function, or unrolled";
  format.losses = {"rounding"};
  format.options = {"--unroll", "--any-order"};
  format.write = [options](const ExportRequest& request) { return export_onnx(request, *options); };
  return format;
}

ExportFormat verilog_format(CLI::App& command) {
  ExportFormat format;
  format.name = "verilog";
  format.words = "a design with its test bench, of dense layers";
  format.losses = {"rounding"};
  format.options = {"--test-recordings"};
  format.write = [&command](const ExportRequest& request) {
    CodeOptions options;
    options.test_recordings = command.get_option("--test-recordings")->as<std::size_t>();
    return export_verilog(request, options);
  };
  return format;
}

}  // namespace volley
