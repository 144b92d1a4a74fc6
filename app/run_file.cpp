// `volley run` of one event file, in steps or in microseconds.
#include <fmt/format.h>

#include <filesystem>

#include "app/inspect_neuron.hpp"
#include "app/neurobench_report.hpp"
#include "app/run_command.hpp"
#include "app/run_pictures.hpp"
#include "app/text.hpp"
#include "base/atomic_file.hpp"
#include "base/error.hpp"
#include "datasets/binning.hpp"
#include "sim/microsecond_engine.hpp"
#include "sim/microsecond_evaluate.hpp"

namespace volley {

namespace fs = std::filesystem;

namespace {

/// Shows one trace until the window is closed, or records it once.
void show_once(const LiveChoice& live, const std::string& title, const SampleTrace& trace,
               Console& console) {
  if (!live.live || !LiveWindow::why_not().empty()) {
    if (live.wanted() && live.record.empty()) open_window(live, title, console);  // says why not
    if (!live.record.empty())
      record_traces([&](std::size_t) { return trace; }, 1, live, WindowOptions{}.speed, console);
    return;
  }
  if (auto window = open_window(live, title, console)) {
    window->show(trace);
    wait_for_user(*window);
    close_live(window, console);
  }
}

std::string class_name(const std::string& dataset, int label) {
  const std::vector<std::string> names = find_dataset(dataset).class_names;
  const auto index = static_cast<std::size_t>(label);
  return label >= 0 && index < names.size() ? names[index] : std::to_string(label);
}

/// The answer to one file in words and as JSON.
Json answer(const RunCommand& options, const LoadedModel& model, std::span<const float> scores,
            int predicted, Console& console) {
  const std::string name = class_name(model.dataset.name, predicted);
  console.result(fmt::format("{}: class {}", options.file, console.ink(name, Ink::strong)));
  std::vector<std::vector<std::string>> rows{{"class", "score"}};
  for (std::size_t c = 0; c < scores.size(); ++c)
    rows.push_back({class_name(model.dataset.name, static_cast<int>(c)),
                    fmt::format("{:.4f}", scores[c])});
  console.result(table_text(rows));
  return {{"command", "run"}, {"model", model.file.string()}, {"file", options.file},
          {"predicted", predicted}, {"class", name},
          {"scores", std::vector<float>(scores.begin(), scores.end())}};
}

int run_file_in_microseconds(const RunCommand& options, const LoadedModel& model,
                             Console& console) {
  const Recording recording = load_event_file(model, options.file, options.stream.format);
  const FrozenPlan plan(model.frozen);
  MicrosecondEngine engine(plan);
  const SampleSummary summary =
      classify(engine, plan, recording, static_cast<std::uint32_t>(model.dataset.steps));
  Json json = answer(options, model, summary.scores, summary.predicted, console);
  json["events"] = recording.events.size();
  json["microseconds"] = engine.ticks();
  json["synaptic_operations"] = summary.synaptic_operations;
  console.emit(json);
  return 0;
}

}  // namespace

int run_file(const RunCommand& options, const LoadedModel& model, Console& console) {
  if (options.resolution == "us") return run_file_in_microseconds(options, model, console);
  const Recording recording = load_event_file(model, options.file, options.stream.format);
  const SpikeTrain train = bin_events(recording, {model.dataset.dt_ms, model.dataset.steps});
  const FrozenPlan plan(model.frozen);
  SampleTrace trace = options.engine == "event"
                          ? event_trace(plan, train, recording.name, -1)
                          : ClockedInference(plan).run(train);
  trace.recording = recording.name;
  Json json = answer(options, model, trace.scores, trace.predicted, console);
  json["events"] = recording.events.size();
  json["steps"] = trace.steps;
  if (options.engine == "event") json["synaptic_operations"] = trace.synaptic_operations;
  if (options.metrics) {
    const NeurobenchMetrics metrics = measure(plan, {&train, 1});
    console.result("\n" + neurobench_text(metrics));
    json["neurobench"] = neurobench_json(metrics);
  }
  if (!options.out.empty()) {
    json["files"] = Json::array();
    for (const fs::path& file : write_run_pictures(trace, options.out)) {
      json["files"].push_back(file.string());
      console.result("wrote " + file.string());
    }
  }
  write_spikes(options.spikes, plan, {&train, 1}, {&recording.name, 1}, json, console);
  console.emit(json);
  show_once(options.live, "volley run " + options.file, trace, console);
  return 0;
}

}  // namespace volley
