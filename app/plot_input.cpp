#include "app/plot_input.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <system_error>

#include "app/run_pictures.hpp"
#include "app/spike_file.hpp"
#include "app/text.hpp"
#include "base/error.hpp"
#include "datasets/binning.hpp"
#include "datasets/open_recording.hpp"
#include "datasets/read_recording.hpp"
#include "viz/dashboard.hpp"

namespace volley {

namespace fs = std::filesystem;

namespace {

constexpr double recording_dt_ms = 1;  ///< step of a recording that no model asks for
constexpr double longest_steps = 100'000;

/// A step that a recording without a model is cut into: 1 ms, more where that were too many.
double fitting_step(const Recording& recording) {
  const double steps = static_cast<double>(recording.duration_us()) / (1e3 * recording_dt_ms);
  return recording_dt_ms * std::max(1.0, std::ceil(steps / longest_steps));
}

}  // namespace

PlotInput::PlotInput(PlotSource source, Console& console)
    : source_(std::move(source)), console_(console) {
  for (const std::string& file : source_.files) {
    if (note_simulated(file)) continue;
    std::error_code ignored;
    const bool folder = fs::is_directory(file, ignored);
    const bool events = !folder && kind_of_file(file) == FileKind::events;
    std::string& place = events ? event_file_ : model_name_;
    if (!place.empty())
      throw Error(events ? "two recordings are given" : "two models are given", file,
                  "plot one at a time");
    place = file;
  }
  const bool simulated = !spike_file_.empty() || !membrane_file_.empty();
  if (simulated && (!model_name_.empty() || has_recording()))
    throw Error("what a simulation left is drawn alone",
                spike_file_.empty() ? membrane_file_ : spike_file_, "give this file only");
}

bool PlotInput::note_simulated(const std::string& file) {
  std::error_code ignored;
  const auto note = [&](std::string& place, const fs::path& found) {
    if (!place.empty())
      throw Error("two simulations are given", found.string(), "plot one at a time");
    place = found.string();
  };
  if (!fs::is_directory(file, ignored)) {
    if (is_spike_file(file)) note(spike_file_, file);
    else if (is_membrane_file(file)) note(membrane_file_, file);
    else return false;
    return true;
  }
  const fs::path folder(file);
  if (fs::exists(folder / "model.volley", ignored)) return false;
  const bool spikes = is_spike_file(folder / "spikes.csv");
  const bool membranes = is_membrane_file(folder / "membrane.csv");
  if (spikes) note(spike_file_, folder / "spikes.csv");
  if (membranes) note(membrane_file_, folder / "membrane.csv");
  return spikes || membranes;
}

PlotInput::~PlotInput() = default;

bool PlotInput::has_recording() const {
  return !event_file_.empty() || !source_.data.directory.empty() ||
         !source_.data.split.empty() || !source_.data.dataset.empty();
}

const LoadedModel& PlotInput::model() {
  if (model_name_.empty())
    throw Error("no model is given", "plot", "name a .volley or .nir file, or a run folder");
  if (!model_)
    model_ = std::make_unique<LoadedModel>(load_model(model_name_, source_.data, console_));
  return *model_;
}

const FrozenPlan& PlotInput::plan() {
  if (!plan_) plan_ = std::make_unique<FrozenPlan>(model().frozen);
  return *plan_;
}

void PlotInput::open_data() {
  if (dataset_) return;
  LoadedModel bare;  // its dataset options stand for a model's where there is none
  bare.dataset.name = source_.data.directory.empty() ? "synthetic-digits" : "nmnist";
  bare.dataset.dt_ms = recording_dt_ms;
  if (!source_.data.dataset.empty()) bare.dataset.name = source_.data.dataset;
  if (source_.data.dt_ms) bare.dataset.dt_ms = *source_.data.dt_ms;
  if (source_.data.steps) bare.dataset.steps = *source_.data.steps;
  const LoadedModel& origin = has_model() ? model() : bare;
  const SplitRequest request = split_of(origin, source_.data);
  dataset_options_ = request.dataset;
  load_ = load_options(request.dataset, request.seed);
  dataset_ = open_split(request);
  if (has_model())
    check_sensor(origin, loaded_sensor(*dataset_, load_), "dataset '" + request.dataset.name + "'");
}

std::size_t PlotInput::recordings() {
  if (!event_file_.empty() || !spike_file_.empty()) return 1;
  open_data();
  return dataset_->size() > source_.index ? dataset_->size() - source_.index : 0;
}

const SpikeTrain& PlotInput::spikes(std::size_t offset) {
  if (loaded_ == offset) return spikes_;
  trace_.reset();
  loaded_.reset();
  if (!event_file_.empty()) {
    Recording recording;
    if (has_model()) {
      recording = load_event_file(model(), event_file_, "");
      spikes_ = bin_events(recording, {model().dataset.dt_ms, model().dataset.steps});
      dataset_options_.dt_ms = model().dataset.dt_ms;
    } else {
      StreamOptions options;
      if (!source_.data.dataset.empty())
        options.sensor = find_dataset(source_.data.dataset).sensor;
      recording = read_recording(*open_recording(event_file_, options), event_file_,
                                 OnDamage::fail);
      dataset_options_.dt_ms = source_.data.dt_ms.value_or(fitting_step(recording));
      spikes_ = bin_events(recording, {dataset_options_.dt_ms, source_.data.steps.value_or(0)});
    }
    recording_ = {fs::path(event_file_).filename().string(), recording.sensor, recording.label,
                  recording.start_us, {}};
  } else {
    open_data();
    const std::size_t at = source_.index + offset;
    if (at >= dataset_->size())
      throw Error(fmt::format("there is no recording {}: the split has {}", at,
                              plural(dataset_->size(), "recording")),
                  "--index", "count from 0");
    recording_ = {dataset_->name(at), loaded_sensor(*dataset_, load_), dataset_->label(at), 0, {}};
    spikes_ = load_train(*dataset_, at, load_);
  }
  loaded_ = offset;
  return spikes_;
}

const SampleTrace& PlotInput::trace(std::size_t offset) {
  if (!spike_file_.empty()) {
    if (!trace_) trace_ = read_spike_file(spike_file_, source_.data.dt_ms.value_or(0));
    return *trace_;
  }
  if (!membrane_file_.empty())
    throw Error("holds membranes, no spikes", membrane_file_, "give the spikes.csv beside it");
  const SpikeTrain& train = spikes(offset);
  if (trace_) return *trace_;
  if (has_model())
    trace_ = event_trace(plan(), train, recording_.name, recording_.label);
  else
    trace_ = recording_trace(recording_, train, dataset_options_.dt_ms);
  return *trace_;
}

LabelledSpikes PlotInput::split() {
  const SplitRequest request = split_of(model(), source_.data);
  LabelledSpikes data = load_split(request, console_);
  check_sensor(model(), data.sensor, "dataset '" + request.dataset.name + "'");
  return data;
}

std::vector<std::string> PlotInput::class_names() {
  return has_model() ? find_dataset(model().dataset.name).class_names : std::vector<std::string>{};
}

std::filesystem::path metrics_of(const std::string& name) {
  std::error_code ignored;
  fs::path file(name);
  if (fs::is_directory(file, ignored)) file /= "metrics.jsonl";
  else if (file.extension() == ".volley") file = file.parent_path() / "metrics.jsonl";
  if (!fs::is_regular_file(file, ignored))
    throw Error("there is no such file", file.string(),
                "give a folder that volley train wrote, or its metrics.jsonl");
  return file;
}

}  // namespace volley
