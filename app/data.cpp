// Splits and single recordings.
#include "app/data.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <mutex>
#include <optional>

#include "app/progress.hpp"
#include "app/text.hpp"
#include "base/error.hpp"
#include "datasets/open_recording.hpp"
#include "datasets/sample_cache.hpp"

namespace volley {

namespace {

std::string lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  return text;
}

ImageEncoding encoding_named(const std::string& name) {
  if (name == "latency") return ImageEncoding::latency;
  if (name == "rate") return ImageEncoding::rate;
  if (name == "saccades") return ImageEncoding::saccades;
  return name == "direct" ? ImageEncoding::direct : ImageEncoding::automatic;
}

}  // namespace

LoadOptions load_options(const DatasetOptions& dataset, std::uint64_t seed, bool training) {
  LoadOptions options;
  options.bins.dt_ms = dataset.dt_ms;
  options.bins.steps = dataset.steps;
  options.bins.encoding = encoding_named(dataset.encoding);
  options.bins.seed = seed;
  options.bins.counts = dataset.binning == "counts";
  options.bins.events_per_step = dataset.events_per_step;
  options.transforms = TransformList(dataset.transforms);
  options.training = training;
  return options;
}

bool is_training_split(const DatasetOptions& dataset, const std::string& split) {
  return lower_case(split) == lower_case(dataset.train_split);
}

namespace {

DatasetRequest dataset_request(const SplitRequest& request) {
  DatasetRequest wanted;
  wanted.name = request.dataset.name;
  wanted.directory = request.directory;
  wanted.split = request.split;
  wanted.seed = request.seed;
  wanted.cochlea = request.dataset.cochlea;
  wanted.slices = request.dataset.slices;
  const bool train = is_training_split(request.dataset, request.split);
  wanted.synthetic_size =
      train ? request.dataset.synthetic_train : request.dataset.synthetic_test;
  wanted.limit = train ? request.dataset.train_limit : request.dataset.test_limit;
  if (request.limit != 0) wanted.limit = request.limit;
  return wanted;
}

/// A dataset that is opened when the first recording is wanted. Safe from many threads.
class LateDataset {
public:
  explicit LateDataset(DatasetRequest request) : request_(std::move(request)) {}
  const Dataset& get() {
    std::call_once(opened_, [&] { dataset_ = open_dataset(request_); });
    return *dataset_;
  }

private:
  DatasetRequest request_;
  std::once_flag opened_;
  std::unique_ptr<Dataset> dataset_;
};

}  // namespace

std::unique_ptr<Dataset> open_split(const SplitRequest& request) {
  return open_dataset(dataset_request(request));
}

LabelledSpikes load_quietly(const SplitRequest& request, const LoadProgress& progress,
                            LoadReport* report) {
  const LoadOptions options =
      load_options(request.dataset, request.seed, request.training_transforms);
  const DatasetRequest wanted = dataset_request(request);
  const auto dataset = std::make_shared<LateDataset>(wanted);
  const SampleCache cache(cache_folder(request.cache));
  std::string identity;
  if (cache.active() && find_dataset(wanted.name).needs_files)
    identity = sample_identity(wanted, options);
  std::optional<LabelledSpikes> kept = cache.load(identity);
  LoadReport told{kept.has_value(), {}};
  LabelledSpikes spikes = kept ? std::move(*kept) : load_spikes(dataset->get(), options, progress);
  if (!told.cached && !identity.empty()) {
    try {
      cache.store(identity, spikes);
    } catch (const Error& error) {  // training goes on without
      told.cache_problem = error.what();
    }
  }
  if (options.training && options.transforms.changes_every_epoch())
    spikes.redraw = [dataset, options](std::size_t index, std::uint64_t epoch) {
      return load_train(dataset->get(), index, options, epoch);
    };
  if (report != nullptr) *report = told;
  return spikes;
}

LabelledSpikes load_split(const SplitRequest& request, Console& console) {
  std::optional<Progress> progress;
  LoadReport report;
  const auto start = std::chrono::steady_clock::now();
  LabelledSpikes spikes = load_quietly(
      request,
      [&](std::size_t done, std::size_t total) {
        if (!progress) progress.emplace(console, "loading " + request.split, "recordings", total);
        progress->update(done);
      },
      &report);
  progress.reset();
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (!report.cache_problem.empty())
    console.warn("the samples cannot be kept for the next run: " + report.cache_problem);
  std::uint64_t events = 0, steps = 0;
  for (const SpikeTrain& train : spikes.trains) {
    events += train.spikes();
    steps += train.steps;
  }
  const double count = static_cast<double>(std::max<std::size_t>(1, spikes.trains.size()));
  console.say(fmt::format("loaded {} {}: {}, {:.0f} spikes and {:.1f} steps of {} ms each, in {}{}",
                          request.dataset.name, request.split,
                          plural(spikes.trains.size(), "recording"),
                          static_cast<double>(events) / count, static_cast<double>(steps) / count,
                          request.dataset.dt_ms, seconds_text(seconds),
                          report.cached ? " from the cache" : ""));
  return spikes;
}

DatasetInfo find_dataset(const std::string& name) {
  std::string known;
  for (DatasetInfo& info : dataset_catalog()) {
    if (info.name == name) return std::move(info);
    known += (known.empty() ? "" : ", ") + info.name;
  }
  throw Error("unknown dataset", "'" + name + "'", "use one of: " + known);
}

bool is_event_file(const std::filesystem::path& file) {
  const std::string format = format_of_recording(file);
  return !format.empty() && format != "text";
}

std::unique_ptr<EventStream> open_event_stream(const std::filesystem::path& file,
                                               const SensorSize& sensor) {
  StreamOptions options;
  options.sensor = sensor;
  return open_recording(file, options);
}

}  // namespace volley
