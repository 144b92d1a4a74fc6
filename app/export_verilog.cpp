// `volley export --format verilog`: simulated on recordings before its files get their names, with
// progress.
#include <fmt/format.h>

#include <algorithm>

#include "app/export_code.hpp"
#include "app/interrupt.hpp"
#include "app/peer_command.hpp"
#include "app/progress.hpp"
#include "app/text.hpp"
#include "models/verilog.hpp"
#include "sim/step_network.hpp"

namespace volley {

namespace {

constexpr double bench_seconds = 600;  ///< without a recording that ends

struct Simulated {
  std::string difference;  ///< empty where nothing differs
  std::size_t done = 0;    ///< recordings
  double per_second = 0;
};

/// Compiles the design and runs its test bench, until Ctrl-C.
Simulated simulate_bench(const std::vector<TextFile>& files, std::size_t recordings,
                         Console& console) {
  catch_interrupts();
  const ExportFolder folder;
  write_text_files(folder.path(), files);
  Simulated simulated;
  simulated.difference = "the test bench ended without a word";
  Progress progress(console, "simulating", "recordings", recordings);
  const auto each_line = [&](const std::string& line) {
    if (line.starts_with("recording ")) progress.update(++simulated.done);
    if (line.starts_with("first difference")) simulated.difference = line;
    if (line.starts_with("identical")) simulated.difference.clear();
  };
  const PeerOutput output = run_peer(
      "cd " + shell_word(folder.path()) +
          " && iverilog -g2005 -Wall -o volley_net_tb volley_net.v volley_net_tb.v 1>&2 && "
          "exec vvp -n volley_net_tb +progress",
      bench_seconds, each_line);
  if (output.timed_out)
    simulated.difference = fmt::format("recording {} did not end in {} minutes",
                                       simulated.done + 1, bench_seconds / 60);
  else if (output.exit_code != 0)
    simulated.difference = fmt::format("the test bench ended with {}", output.exit_code);
  simulated.per_second = static_cast<double>(simulated.done) / progress.seconds();
  return simulated;
}

int export_verilog(const ExportRequest& request, std::size_t test_recordings) {
  const bool verify = !request.options.no_verify;
  const FrozenPlan plan(request.model.frozen);
  const StepNetwork network = step_network(plan, request.model.name);
  const FixedNetwork fixed = fixed_point(network);
  std::vector<TextFile> files;
  for (VerilogFile& file : write_verilog(network, fixed))
    files.push_back({std::move(file.name), std::move(file.text)});
  const Recorded recorded = record_runs(plan, network, &fixed, check_recordings(request));
  if (verify) check_rounding(recorded, request);
  const auto with_test = [&](std::span<const RecordedRun> runs) {
    std::vector<TextFile> all = files;
    for (VerilogFile& file : write_verilog_test(network, runs))
      all.push_back({std::move(file.name), std::move(file.text)});
    return all;
  };
  const std::span<const RecordedRun> runs(recorded.runs);
  if (verify && !has_program("iverilog")) {
    request.console.warn("not checked: Icarus Verilog (iverilog) is not here");
    request.json["identical"] = nullptr;
  } else if (verify) {
    const Simulated simulated = simulate_bench(with_test(runs), runs.size(), request.console);
    if (interrupted()) {
      request.console.warn(fmt::format("interrupted: {} of {} simulated; {} not written",
                                       simulated.done, plural(runs.size(), "recording"),
                                       request.options.file));
      return interrupt_exit_code();
    }
    if (!simulated.difference.empty()) return say_differs(simulated.difference, request);
    request.json["recordings_per_second"] = simulated.per_second;
    say_identical(recorded,
                  fmt::format("as simulated by iverilog ({} recordings/s)",
                              rate_text(simulated.per_second)),
                  request);
  }
  finish_folder(request, with_test(runs.first(std::min(runs.size(), test_recordings))));
  return 0;
}

}  // namespace

ExportFormat verilog_format(CLI::App& command) {
  ExportFormat format;
  format.name = "verilog";
  format.words = "a design with its test bench, of dense layers";
  format.losses = {"rounding"};
  format.options = {"--test-recordings"};
  format.write = [&command](const ExportRequest& request) {
    return export_verilog(request, command.get_option("--test-recordings")->as<std::size_t>());
  };
  return format;
}

}  // namespace volley
