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

SpikeTrain load_train(const Dataset& dataset, std::size_t index, const BinOptions& options) {
  const auto pixels = dataset.image(index);
  if (!pixels.empty())
    return encode_image(pixels, options.encoding, options.steps,
                        stream_seed(options.seed, StreamPurpose::encode, {index}));
  if (options.encoding != ImageEncoding::automatic)
    throw Error("holds event recordings, which need no image code", dataset.info().name,
                "leave encoding out of the recipe");
  const Recording recording = dataset.load(index);
  if (recording.sensor != dataset.info().sensor)
    throw Error("the recording's sensor is not that of dataset '" + dataset.info().name + "'",
                dataset.name(index), "take it out of the dataset");
  return bin_events(recording, options);
}

LabelledSpikes load_spikes(
    const Dataset& dataset, const BinOptions& options,
    const std::function<void(std::size_t done, std::size_t total)>& progress) {
  const std::size_t total = dataset.size();
  LabelledSpikes spikes;
  spikes.sensor = dataset.info().sensor;
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
