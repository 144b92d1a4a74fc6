#include "datasets/load_spikes.hpp"

#include <atomic>
#include <exception>
#include <mutex>

#include "base/error.hpp"
#include "base/parallel.hpp"
#include "base/random.hpp"

namespace volley {

namespace {

constexpr std::uint64_t max_bytes = std::uint64_t{16} << 30;

/// Keeps the error of the lowest index, so that the error does not depend on the threads either.
class FirstError {
public:
  /// True where an error of a lower index makes this recording pointless.
  bool passed(std::size_t index) const { return index > index_.load(std::memory_order_relaxed); }

  void offer(std::size_t index, std::exception_ptr error) {
    const std::lock_guard lock(mutex_);
    if (index >= index_.load(std::memory_order_relaxed)) return;
    index_.store(index, std::memory_order_relaxed);
    error_ = std::move(error);
  }

  void rethrow() const {
    if (error_) std::rethrow_exception(error_);
  }

private:
  std::atomic<std::size_t> index_{static_cast<std::size_t>(-1)};
  std::mutex mutex_;
  std::exception_ptr error_;
};

std::uint64_t bytes_of(const SpikeTrain& train) {
  return sizeof(std::uint32_t) * (train.offsets.size() + train.indices.size()) +
         sizeof(float) * train.values.size();
}

}  // namespace

SensorSize loaded_sensor(const Dataset& dataset, const LoadOptions& options) {
  SensorSize sensor = dataset.info().sensor;
  if (options.bins.encoding == ImageEncoding::saccades) sensor.polarities = 2;
  return options.transforms.sensor(sensor);
}

namespace {

std::uint64_t image_seed(const LoadOptions& options, std::size_t index) {
  return stream_seed(options.bins.seed, StreamPurpose::encode, {index});
}

/// Whether samples are images in a code of pixels, which no transform can change.
bool codes_pixels(const Dataset& dataset, std::size_t index, const LoadOptions& options) {
  const bool image = !dataset.image(index).empty();
  const bool moves = options.bins.encoding == ImageEncoding::saccades;
  if (image && !moves && !options.transforms.empty())
    throw Error("holds images, and transforms change events", dataset.info().name,
                "use encoding = \"saccades\", or leave transforms out of the recipe");
  if (!image && options.bins.encoding != ImageEncoding::automatic)
    throw Error("holds event recordings, which need no image code", dataset.info().name,
                "leave encoding out of the recipe");
  return image && !moves;
}

}  // namespace

Recording load_recording(const Dataset& dataset, std::size_t index, const LoadOptions& options,
                         std::uint64_t epoch) {
  if (codes_pixels(dataset, index, options)) return dataset.load(index);
  Recording recording;
  if (options.bins.encoding == ImageEncoding::saccades) {
    recording = saccade_events(dataset.image(index), dataset.info().sensor,
                               image_seed(options, index));
    recording.label = dataset.label(index);
  } else {
    recording = dataset.load(index);
    if (recording.sensor != dataset.info().sensor)
      throw Error("the recording's sensor is not that of dataset '" + dataset.info().name + "'",
                  dataset.name(index), "take it out of the dataset");
  }
  options.transforms.apply(recording, {options.bins.seed, index, epoch}, options.training);
  return recording;
}

SpikeTrain load_train(const Dataset& dataset, std::size_t index, const LoadOptions& options,
                      std::uint64_t epoch) {
  if (codes_pixels(dataset, index, options))
    return encode_image(dataset.image(index), options.bins.encoding, options.bins.steps,
                        image_seed(options, index));
  return bin_events(load_recording(dataset, index, options, epoch), options.bins);
}

SpikeTrain load_train(const Dataset& dataset, std::size_t index, const BinOptions& options) {
  return load_train(dataset, index, LoadOptions(options));
}

LabelledSpikes load_spikes(
    const Dataset& dataset, const BinOptions& options,
    const std::function<void(std::size_t done, std::size_t total)>& progress) {
  return load_spikes(dataset, LoadOptions(options), progress);
}

LabelledSpikes load_spikes(
    const Dataset& dataset, const LoadOptions& options,
    const std::function<void(std::size_t done, std::size_t total)>& progress) {
  const std::size_t total = dataset.size();
  LabelledSpikes spikes;
  spikes.sensor = loaded_sensor(dataset, options);
  spikes.classes = static_cast<int>(dataset.info().class_names.size());
  spikes.trains.resize(total);
  spikes.labels.resize(total);
  spikes.names.resize(total);

  FirstError first_error;
  std::atomic<std::uint64_t> bytes{0};
  std::mutex progress_mutex;
  std::size_t done = 0;

  parallel_for(total, [&](std::size_t i) {
    if (first_error.passed(i)) return;
    try {
      SpikeTrain& train = spikes.trains[i];
      train = load_train(dataset, i, options);
      spikes.labels[i] = dataset.label(i);
      spikes.names[i] = dataset.name(i);
      bytes += bytes_of(train);
      if (bytes > max_bytes)
        throw Error("the spike trains take more than 16 GiB", dataset.info().name,
                    "use longer steps (dt_ms) or fewer recordings (--limit)");
    } catch (...) {
      first_error.offer(i, std::current_exception());
      return;
    }
    if (!progress) return;
    const std::lock_guard lock(progress_mutex);
    progress(++done, total);
  });
  first_error.rethrow();
  return spikes;
}

}  // namespace volley
