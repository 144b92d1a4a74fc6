#include "app/view_source.hpp"

#include <fmt/format.h>

#include <utility>

#include "app/event_sensor.hpp"
#include "app/run_pictures.hpp"
#include "app/spike_file.hpp"
#include "app/stream_command.hpp"
#include "app/view_binning.hpp"
#include "base/error.hpp"
#include "datasets/binning.hpp"
#include "datasets/live_stream.hpp"
#include "datasets/open_recording.hpp"
#include "datasets/read_recording.hpp"
#include "viz/dashboard.hpp"

namespace volley {

namespace {
constexpr double view_dt_ms = 1;        ///< step of a recording that no model asks for
constexpr SensorSize live_sensor{128, 128, 2};  ///< of a live source that nobody describes

struct Sorted {
  std::shared_ptr<LoadedModel> model;
  std::string events, spikes, live;
};

Sorted sort_files(const ViewFiles& files, Console& console) {
  Sorted sorted;
  const auto one = [](std::string& place, const std::string& file) {
    if (!place.empty()) throw Error("two recordings are given", file, "view one at a time");
    place = file;
  };
  for (const std::string& file : files.files) {
    std::error_code failure;
    if (is_live_source(file)) one(sorted.live, file);
    else if (is_spike_file(file)) one(sorted.spikes, file);
    else if (!std::filesystem::is_directory(file, failure) &&
             kind_of_file(file) == FileKind::events)
      one(sorted.events, file);
    else if (!files.stream.format.empty() || files.stream.index >= 0) one(sorted.events, file);
    else if (sorted.model) throw Error("two models are given", file, "view one at a time");
    else sorted.model = std::make_shared<LoadedModel>(load_model(file, files.data, console));
  }
  if (!sorted.spikes.empty() && (sorted.model || !sorted.events.empty() || !sorted.live.empty()))
    throw Error("spikes of a simulation are looked at alone", sorted.spikes,
                "give this file only");
  if (!sorted.live.empty() && !sorted.events.empty())
    throw Error("two recordings are given", sorted.live, "view one at a time");
  return sorted;
}

/// Through the network where there is one, else the events alone.
using TraceMaker = std::function<SampleTrace(const Recording&, const SpikeTrain&)>;
TraceMaker trace_maker(const std::shared_ptr<LoadedModel>& model, double dt_ms) {
  if (!model)
    return [dt_ms](const Recording& recording, const SpikeTrain& spikes) {
      return recording_trace(recording, spikes, dt_ms);
    };
  const auto plan = std::make_shared<FrozenPlan>(model->frozen);
  return [plan](const Recording& recording, const SpikeTrain& spikes) {
    return event_trace(*plan, spikes, recording.name, recording.label);
  };
}

/// As the model takes it.
SampleTrace modelled_events(const ViewFiles& files, const Sorted& sorted, Console& console) {
  StreamOptions options = files.stream;
  if (options.sensor.width == 0) options.sensor = event_sensor(*sorted.model);
  const auto stream = open_recording(sorted.events, options);
  StreamReport report;
  const Recording recording = read_recording(*stream, sorted.events, OnDamage::keep, &report);
  tell_report(report, sorted.events, files.strict, console);
  check_sensor(*sorted.model, recording.sensor, sorted.events);
  const DatasetOptions& dataset = sorted.model->dataset;
  return trace_maker(sorted.model, dataset.dt_ms)(
      recording, bin_events(recording, {dataset.dt_ms, dataset.steps}));
}

SampleTrace bare_events(const ViewFiles& files, const Sorted& sorted, Console& console) {
  BinnedRecording binned = bin_recording(sorted.events, files.stream, files.data.dt_ms);
  tell_report(binned.report, sorted.events, files.strict, console);
  console.say(fmt::format("{}: {} x {} pixels, {} events in {:.1f} ms, seen in steps of {:g} ms",
                          sorted.events, binned.sensor.width, binned.sensor.height, binned.events,
                          binned.lasts_ms, binned.dt_ms));
  Recording recording;
  recording.name = sorted.events;
  recording.sensor = binned.sensor;
  return recording_trace(recording, std::move(binned.spikes), binned.dt_ms);
}

ViewSource view_events(const ViewFiles& files, const Sorted& sorted, Console& console) {
  ViewSource source;
  const auto trace = std::make_shared<SampleTrace>(
      sorted.model ? modelled_events(files, sorted, console) : bare_events(files, sorted, console));
  source.recordings.make = [trace](std::size_t) { return *trace; };
  return source;
}

ViewSource view_split(const ViewFiles& files, const Sorted& sorted) {
  LoadedModel made;  // its dataset options stand for a model's where there is none
  made.dataset.dt_ms = view_dt_ms;
  made.dataset.name = files.data.directory.empty() ? "synthetic-digits" : "nmnist";
  if (sorted.model) made.dataset = sorted.model->dataset;
  if (sorted.model) made.seed = sorted.model->seed;
  if (!files.data.dataset.empty()) made.dataset.name = files.data.dataset;
  if (files.data.dt_ms) made.dataset.dt_ms = *files.data.dt_ms;
  if (files.data.steps) made.dataset.steps = *files.data.steps;
  const SplitRequest split = split_of(made, files.data);
  const LoadOptions load = load_options(split.dataset, split.seed);
  const std::shared_ptr<Dataset> dataset = open_split(split);
  if (sorted.model)
    check_sensor(*sorted.model, loaded_sensor(*dataset, load),
                 "dataset '" + made.dataset.name + "'");
  const auto make = trace_maker(sorted.model, made.dataset.dt_ms);
  ViewSource source;
  source.title = made.dataset.name;
  source.recordings.count = dataset->size();
  source.recordings.label = [dataset](std::size_t i) { return dataset->label(i); };
  source.recordings.make = [make, dataset, load](std::size_t i) {
    Recording recording = load_recording(*dataset, i, load);
    recording.name = dataset->name(i);
    recording.label = dataset->label(i);
    return make(recording, load_train(*dataset, i, load));
  };
  return source;
}

ViewSource view_live(const ViewFiles& files, const Sorted& sorted) {
  ViewSource source;
  source.live = sorted.live;
  source.sensor = files.stream.sensor;
  source.dt_ms = files.data.dt_ms.value_or(sorted.model ? sorted.model->dataset.dt_ms : view_dt_ms);
  if (source.sensor.width == 0)
    source.sensor = sorted.model                     ? event_sensor(*sorted.model)
                    : !files.data.dataset.empty() ? find_dataset(files.data.dataset).sensor
                                                     : live_sensor;
  if (sorted.model) check_sensor(*sorted.model, source.sensor, "--sensor");
  return source;
}
}  // namespace

ViewSource open_view(const ViewFiles& files, Console& console) {
  const Sorted sorted = sort_files(files, console);
  ViewSource source;
  if (!sorted.live.empty()) {
    source = view_live(files, sorted);
  } else if (!sorted.spikes.empty()) {
    const auto trace = std::make_shared<SampleTrace>(
        read_spike_file(sorted.spikes, files.data.dt_ms.value_or(0)));
    source.recordings.make = [trace](std::size_t) { return *trace; };
  } else if (!sorted.events.empty()) {
    source = view_events(files, sorted, console);
  } else {
    source = view_split(files, sorted);
  }
  source.model = sorted.model;
  const std::string& file = !sorted.live.empty()     ? sorted.live
                            : !sorted.spikes.empty() ? sorted.spikes
                                                     : sorted.events;
  if (!file.empty()) source.title = std::filesystem::path(file).filename().string();
  if (sorted.model) source.title = sorted.model->name;
  return source;
}

}  // namespace volley
