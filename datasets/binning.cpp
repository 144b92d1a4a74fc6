#include "datasets/binning.hpp"

#include <algorithm>
#include <limits>

#include "base/error.hpp"
#include "datasets/event_binner.hpp"

namespace volley {

namespace {

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

/// Appends the addresses of one step, ascending, with how often each was added, and forgets them.
void flush_counts(std::vector<std::uint32_t>& addresses, std::vector<std::uint32_t>& sorted,
                  std::vector<float>& counts) {
  std::sort(addresses.begin(), addresses.end());
  for (auto at = addresses.begin(); at != addresses.end();) {
    const auto end = std::upper_bound(at, addresses.end(), *at);
    sorted.push_back(*at);
    counts.push_back(static_cast<float>(end - at));
    at = end;
  }
  addresses.clear();
}

}  // namespace

SpikeTrain bin_events(const Recording& recording, const BinOptions& options) {
  const std::uint64_t dt = step_microseconds(options.dt_ms);
  if (options.events_per_step < 0)
    throw Error("is negative", "events_per_step", "use 0 for steps of dt_ms");
  const auto per_step = static_cast<std::uint64_t>(options.events_per_step);
  const SensorSize& sensor = recording.sensor;
  SpikeTrain train;
  train.inputs = count_inputs(sensor, recording.name);
  train.steps = count_steps(recording, dt, per_step, options.steps);
  train.offsets.reserve(train.steps + std::size_t{1});
  train.indices.reserve(recording.events.size());

  StepSorter sorter(train.inputs);
  std::vector<std::uint32_t> counted;
  const auto close_step = [&] {
    if (options.counts) flush_counts(counted, train.indices, train.values);
    else sorter.flush(train.indices);
    if (train.indices.size() > std::numeric_limits<std::uint32_t>::max())
      throw Error("has more than 2^32 spikes", recording.name, "cut it into shorter recordings");
    train.offsets.push_back(static_cast<std::uint32_t>(train.indices.size()));
  };

  EventCheck check(sensor, recording.start_us, recording.name);
  const std::uint64_t step_length = per_step > 0 ? per_step : dt;
  std::uint64_t step_end = step_length;  // us since the start or events; at most 1e6 * 1e12
  std::uint64_t number = 0;
  for (const Event& event : recording.events) {
    check.next(event);
    const std::uint64_t place = per_step > 0 ? number++ : since(recording.start_us, event.t);
    while (place >= step_end && train.offsets.size() <= train.steps) {
      close_step();
      step_end += step_length;
    }
    if (train.offsets.size() > train.steps) break;
    if (options.counts) counted.push_back(address_index(event, sensor));
    else sorter.add(address_index(event, sensor));
  }
  while (train.offsets.size() <= train.steps) close_step();
  train.indices.shrink_to_fit();
  return train;
}

}  // namespace volley
