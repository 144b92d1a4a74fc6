#include "datasets/binning.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "base/error.hpp"

namespace volley {

namespace {

std::uint64_t step_microseconds(double dt_ms) {
  const double dt_us = std::round(dt_ms * 1000);
  if (!(dt_us >= 1 && dt_us <= 1e12))
    throw Error("a step must last from 0.001 ms (1 us) to 1e9 ms", "dt_ms",
                "choose a value such as 10");
  return static_cast<std::uint64_t>(dt_us);
}

/// Microseconds since the start, exact for any two times.
std::uint64_t since(std::int64_t start, std::int64_t t) {
  return static_cast<std::uint64_t>(t) - static_cast<std::uint64_t>(start);
}

/// @param per_step events of a step, 0 where a step is a time
std::uint32_t count_steps(const Recording& recording, std::uint64_t dt, std::uint64_t per_step,
                          int wanted) {
  if (wanted < 0) throw Error("the number of steps is negative", "steps", "use 0 or more");
  std::uint64_t steps = static_cast<std::uint64_t>(wanted);
  if (wanted == 0) {
    steps = 1;
    if (!recording.events.empty() && per_step > 0)
      steps = (recording.events.size() - 1) / per_step + 1;
    else if (!recording.events.empty() && recording.events.back().t >= recording.start_us)
      steps = since(recording.start_us, recording.events.back().t) / dt + 1;
  }
  if (steps > max_steps)
    throw Error("needs " + std::to_string(steps) + " steps, at most " +
                    std::to_string(max_steps) + " are possible",
                recording.name, "use longer steps (dt_ms) or fix their number (steps)");
  return static_cast<std::uint32_t>(steps);
}

std::uint32_t count_inputs(const Recording& recording) {
  const SensorSize& size = recording.sensor;
  // Widths and heights of at most 2^16 (what an Event can say) keep the product within 64 bits.
  const bool possible = size.width > 0 && size.width <= 65536 && size.height > 0 &&
                        size.height <= 65536 && size.polarities > 0 && size.polarities <= 256 &&
                        size.inputs() <= std::numeric_limits<std::uint32_t>::max();
  if (!possible)
    throw Error("a sensor of " + std::to_string(size.width) + " x " +
                    std::to_string(size.height) + " x " + std::to_string(size.polarities) +
                    " cannot be binned",
                recording.name, "give the sensor a size from 1 to 65536 pixels a side");
  return static_cast<std::uint32_t>(size.inputs());
}

/// Sorts the addresses of one step and drops the repeated ones: over a bitmap where the step is
/// dense (time: addresses / 64), by sorting where it is sparse.
class StepSorter {
public:
  explicit StepSorter(std::uint32_t inputs) : words_((std::size_t{inputs} + 63) / 64) {}

  void add(std::uint32_t address) { addresses_.push_back(address); }

  void flush(std::vector<std::uint32_t>& sorted) {
    if (addresses_.size() * 8 < words_) {
      std::sort(addresses_.begin(), addresses_.end());
      sorted.insert(sorted.end(), addresses_.begin(),
                    std::unique(addresses_.begin(), addresses_.end()));
    } else {
      bits_.resize(words_);
      for (const std::uint32_t address : addresses_)
        bits_[address / 64] |= std::uint64_t{1} << (address % 64);
      for (std::size_t word = 0; word < words_; ++word) {
        for (std::uint64_t rest = bits_[word]; rest != 0; rest &= rest - 1)
          sorted.push_back(static_cast<std::uint32_t>(word * 64) +
                           static_cast<std::uint32_t>(std::countr_zero(rest)));
        bits_[word] = 0;
      }
    }
    addresses_.clear();
  }

  /// The same with the number of times that each address was added.
  void flush_counts(std::vector<std::uint32_t>& sorted, std::vector<float>& counts) {
    std::sort(addresses_.begin(), addresses_.end());
    for (auto at = addresses_.begin(); at != addresses_.end();) {
      const auto end = std::upper_bound(at, addresses_.end(), *at);
      sorted.push_back(*at);
      counts.push_back(static_cast<float>(end - at));
      at = end;
    }
    addresses_.clear();
  }

private:
  std::size_t words_;
  std::vector<std::uint64_t> bits_;  // all zero between calls
  std::vector<std::uint32_t> addresses_;
};

[[noreturn]] void refuse(const Recording& recording, const Event& event, const char* reason) {
  throw Error("event " + std::to_string(&event - recording.events.data()) + " at " +
                  std::to_string(event.t) + " us " + reason,
              recording.name, "read the recording again with its own decoder and sensor size");
}

}  // namespace

SpikeTrain bin_events(const Recording& recording, const BinOptions& options) {
  const std::uint64_t dt = step_microseconds(options.dt_ms);
  if (options.events_per_step < 0)
    throw Error("is negative", "events_per_step", "use 0 for steps of dt_ms");
  const auto per_step = static_cast<std::uint64_t>(options.events_per_step);
  const SensorSize& sensor = recording.sensor;
  SpikeTrain train;
  train.inputs = count_inputs(recording);
  train.steps = count_steps(recording, dt, per_step, options.steps);
  train.offsets.reserve(train.steps + std::size_t{1});
  train.indices.reserve(recording.events.size());

  StepSorter sorter(train.inputs);
  const auto close_step = [&] {
    if (options.counts) sorter.flush_counts(train.indices, train.values);
    else sorter.flush(train.indices);
    if (train.indices.size() > std::numeric_limits<std::uint32_t>::max())
      throw Error("has more than 2^32 spikes", recording.name, "cut it into shorter recordings");
    train.offsets.push_back(static_cast<std::uint32_t>(train.indices.size()));
  };

  std::int64_t previous = recording.start_us;
  const std::uint64_t step_length = per_step > 0 ? per_step : dt;
  std::uint64_t step_end = step_length;  // us since the start or events; at most 1e6 * 1e12
  for (const Event& event : recording.events) {
    if (event.t < recording.start_us) refuse(recording, event, "lies before the start");
    if (event.t < previous) refuse(recording, event, "is earlier than the one before");
    if (event.x >= sensor.width || event.y >= sensor.height || event.p >= sensor.polarities)
      refuse(recording, event, "lies outside the sensor");
    previous = event.t;
    const std::uint64_t place =
        per_step > 0 ? static_cast<std::uint64_t>(&event - recording.events.data())
                     : since(recording.start_us, event.t);
    while (place >= step_end && train.offsets.size() <= train.steps) {
      close_step();
      step_end += step_length;
    }
    if (train.offsets.size() > train.steps) break;
    sorter.add(static_cast<std::uint32_t>(
        (event.y * static_cast<std::int64_t>(sensor.width) + event.x) * sensor.polarities +
        event.p));
  }
  while (train.offsets.size() <= train.steps) close_step();
  train.indices.shrink_to_fit();
  return train;
}

}  // namespace volley
