// What the exports that are programs share.
#include "app/export_code.hpp"

#include <fmt/format.h>
#include <stdlib.h>

#include <filesystem>

#include "app/peer_command.hpp"
#include "app/text.hpp"
#include "base/atomic_file.hpp"
#include "base/error.hpp"
#include "sim/compare.hpp"
#include "sim/fixed_engine.hpp"
#include "sim/step_network.hpp"

namespace volley {

ExportFolder::ExportFolder()
    : path_((std::filesystem::temp_directory_path() / "volley-export-XXXXXX").string()) {
  if (::mkdtemp(path_.data()) == nullptr)
    throw Error("no folder can be made", std::filesystem::temp_directory_path().string());
}

ExportFolder::~ExportFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

bool has_program(const std::string& program) {
  return run_peer("command -v " + shell_word(program) + " > /dev/null", 10).exit_code == 0;
}

void write_text_files(const std::string& folder, const std::vector<TextFile>& files) {
  for (const TextFile& file : files)
    write_file(std::filesystem::path(folder) / file.name, file.text);
}

Recorded record_runs(const FrozenPlan& plan, const StepNetwork& network, const FixedNetwork* fixed,
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

void say_identical(const Recorded& recorded, const std::string& how, const ExportRequest& request) {
  request.json["identical"] = true;
  request.json["verified_recordings"] = recorded.runs.size();
  request.json["verified_spikes"] = recorded.spikes;
  request.console.result(request.console.ink("identical", Ink::good) +
                         fmt::format(" over {} of {} {}", plural(recorded.spikes, "spike"),
                                     plural(recorded.runs.size(), "recording"), how));
}

void finish_folder(const ExportRequest& request, const std::vector<TextFile>& files) {
  write_text_files(request.options.file, files);
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

}  // namespace volley
