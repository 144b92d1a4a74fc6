// `volley run` of a split, in steps or in microseconds: figures, pictures, files of spikes.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "app/inspect_neuron.hpp"
#include "app/live_feed.hpp"
#include "app/neurobench_report.hpp"
#include "app/progress.hpp"
#include "app/rate_report.hpp"
#include "app/run_command.hpp"
#include "app/run_pictures.hpp"
#include "app/run_report.hpp"
#include "app/spike_files.hpp"
#include "app/text.hpp"
#include "base/atomic_file.hpp"
#include "base/error.hpp"
#include "sim/microsecond_evaluate.hpp"

namespace volley {

namespace fs = std::filesystem;

namespace {

NeurobenchMetrics measure_split(const FrozenPlan& plan, std::span<const SpikeTrain> recordings,
                                Console& console) {
  Progress progress(console, "counting operations", "recordings", recordings.size());
  return measure(plan, recordings, [&](std::size_t done) { progress.update(done); });
}

Json write_outputs(const RunCommand& options, const FrozenPlan& plan, const LabelledSpikes& data,
                   Console& console) {
  const fs::path out(options.out);
  Json files = Json::array({(out / "predictions.csv").string()});
  write_file(out / "predictions.csv", predictions_csv(plan, data));
  for (std::size_t i = 0; i < std::min(options.pictures, data.trains.size()); ++i) {
    const SampleTrace trace = event_trace(plan, data.trains[i], data.names[i], data.labels[i]);
    for (const fs::path& file : write_run_pictures(trace, out, i)) files.push_back(file.string());
  }
  for (const Json& file : files) console.say("wrote " + file.get<std::string>());
  return files;
}

}  // namespace

void write_spikes(const std::string& name, const FrozenPlan& plan,
                  std::span<const SpikeTrain> trains, std::span<const std::string> names, Json& json,
                  Console& console) {
  if (name.empty()) return;
  SpikeFile file(name);
  for (std::size_t i = 0; i < trains.size(); ++i)
    file.add(event_trace(plan, trains[i], names[i], -1));
  const std::uint64_t count = file.write();
  json["spikes_file"] = name;
  json["spikes_written"] = count;
  console.result(fmt::format("wrote {} ({})", name, plural(count, "spike")));
}

int run_split(const RunCommand& options, const LoadedModel& model, Console& console) {
  const SplitRequest request = split_of(model, options.data);
  const LabelledSpikes data = load_split(request, console);
  check_sensor(model, data.sensor, "dataset '" + request.dataset.name + "'");
  const FrozenPlan plan(model.frozen);
  std::unique_ptr<LiveWindow> window;
  std::unique_ptr<LiveBrowser> browser;
  window = open_window(options.live, "volley run " + model.name, console);
  if (window) tell_of_neurons(*window, model.frozen);
  if (window)
    browser = std::make_unique<LiveBrowser>(
        *window, LiveBrowser::Source{
                     data.trains.size(), [&](std::size_t i) { return data.labels[i]; },
                     [&](std::size_t i) {
                       return event_trace(plan, data.trains[i], data.names[i], data.labels[i]);
                     }});

  Progress progress(console, "running " + request.split, "recordings", data.trains.size());
  const EngineKind engine =
      options.engine == "event" ? EngineKind::event : EngineKind::clocked;
  const Evaluation evaluation =
      evaluate(plan, engine, data.trains, data.labels, [&](std::size_t done) {
        progress.update(done);
        return true;
      });
  const RunFigures figures{plan, evaluation, data, engine, progress.seconds()};
  console.result(report_text(figures, find_dataset(request.dataset.name).class_names));
  Json json{{"command", "run"},
            {"model", model.file.string()},
            {"dataset", request.dataset.name},
            {"split", request.split},
            {"threads", threads_in_use()}};
  json.update(report_json(figures));
  if (model.one_step) {
    const int steps = model.checkpoint->recipe.dataset.steps;
    json["rate_view"] = report_rate_view(
        figures, options.agreement.empty() ? agreement_steps(steps) : options.agreement, console);
  }
  if (options.metrics) {
    const NeurobenchMetrics metrics = measure_split(plan, data.trains, console);
    console.result("\n" + neurobench_text(metrics));
    json["neurobench"] = neurobench_json(metrics);
  }
  if (!options.out.empty()) json["files"] = write_outputs(options, plan, data, console);
  write_spikes(options.spikes, plan, data.trains, data.names, json, console);
  console.emit(json);
  if (window && options.live.live) {
    console.say("close the window (Q) to end");
    wait_for_user(*window);
  }
  browser.reset();
  close_live(window, console);
  return 0;
}

int run_split_in_microseconds(const RunCommand& options, const LoadedModel& model,
                              Console& console) {
  const SplitRequest request = split_of(model, options.data);
  const std::unique_ptr<Dataset> dataset = open_split(request);
  check_sensor(model, dataset->info().sensor, "dataset '" + request.dataset.name + "'");
  if (dataset->size() > 0 && !dataset->image(0).empty())
    throw Error("holds still images, which have no microseconds", request.dataset.name,
                "run it in steps (--time-resolution step)");
  const FrozenPlan plan(model.frozen);
  LabelledSpikes data;  // of which only names and labels are known here
  data.sensor = dataset->info().sensor;
  data.trains.resize(dataset->size());
  for (std::size_t i = 0; i < dataset->size(); ++i) {
    data.labels.push_back(dataset->label(i));
    data.names.push_back(dataset->name(i));
  }
  Progress progress(console, "running " + request.split, "recordings", dataset->size());
  const Evaluation evaluation = evaluate_microseconds(
      plan, [&](std::size_t index) { return dataset->load(index); }, data.labels,
      static_cast<std::uint32_t>(model.dataset.steps), [&](std::size_t done) {
        progress.update(done);
        return true;
      });
  const RunFigures figures{plan, evaluation, data, EngineKind::event, progress.seconds()};
  console.result(report_text(figures, dataset->info().class_names));
  Json json{{"command", "run"},
            {"model", model.file.string()},
            {"dataset", request.dataset.name},
            {"split", request.split},
            {"time_resolution", "us"},
            {"threads", threads_in_use()}};
  json.update(report_json(figures));
  console.emit(json);
  return 0;
}

}  // namespace volley
