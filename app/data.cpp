// Splits and single recordings.
#include "app/data.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "app/progress.hpp"
#include "app/text.hpp"
#include "base/error.hpp"
#include "datasets/open_recording.hpp"

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
  return name == "direct" ? ImageEncoding::direct : ImageEncoding::automatic;
}

}  // namespace

BinOptions bin_options(const DatasetOptions& dataset, std::uint64_t seed) {
  return {dataset.dt_ms, dataset.steps, encoding_named(dataset.encoding), seed};
}

std::unique_ptr<Dataset> open_split(const SplitRequest& request) {
  DatasetRequest wanted;
  wanted.name = request.dataset.name;
  wanted.directory = request.directory;
  wanted.split = request.split;
  wanted.seed = request.seed;
  const bool train = lower_case(request.split) == lower_case(request.dataset.train_split);
  wanted.synthetic_size =
      train ? request.dataset.synthetic_train : request.dataset.synthetic_test;
  wanted.limit = train ? request.dataset.train_limit : request.dataset.test_limit;
  if (request.limit != 0) wanted.limit = request.limit;
  return open_dataset(wanted);
}

LabelledSpikes load_split(const SplitRequest& request, Console& console) {
  const std::unique_ptr<Dataset> dataset = open_split(request);
  Progress progress(console, "loading " + request.split, "recordings", dataset->size());
  LabelledSpikes spikes =
      load_spikes(*dataset, bin_options(request.dataset, request.seed),
                  [&](std::size_t done, std::size_t) { progress.update(done); });
  std::uint64_t events = 0, steps = 0;
  for (const SpikeTrain& train : spikes.trains) {
    events += train.spikes();
    steps += train.steps;
  }
  const double count = static_cast<double>(std::max<std::size_t>(1, spikes.trains.size()));
  console.say(fmt::format("loaded {} {}: {}, {:.0f} spikes and {:.1f} steps of {} ms each, in {}",
                          request.dataset.name, request.split,
                          plural(spikes.trains.size(), "recording"),
                          static_cast<double>(events) / count, static_cast<double>(steps) / count,
                          request.dataset.dt_ms, seconds_text(progress.seconds())));
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
