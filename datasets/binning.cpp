#include "datasets/binning.hpp"

#include <limits>

#include "base/error.hpp"
#include "datasets/event_binner.hpp"

namespace volley {

namespace {

std::uint32_t count_steps(const Recording& recording, std::uint64_t dt, int wanted) {
  if (wanted < 0) throw Error("the number of steps is negative", "steps", "use 0 or more");
  std::uint64_t steps = static_cast<std::uint64_t>(wanted);
  if (wanted == 0) {
    steps = 1;
    if (!recording.events.empty() && recording.events.back().t >= recording.start_us)
      steps = since(recording.start_us, recording.events.back().t) / dt + 1;
  }
  if (steps > max_steps)
    throw Error("needs " + std::to_string(steps) + " steps, at most " +
                    std::to_string(max_steps) + " are possible",
                recording.name, "use longer steps (dt_ms) or fix their number (steps)");
  return static_cast<std::uint32_t>(steps);
}

}  // namespace

SpikeTrain bin_events(const Recording& recording, const BinOptions& options) {
  const std::uint64_t dt = step_microseconds(options.dt_ms);
  const SensorSize& sensor = recording.sensor;
  SpikeTrain train;
  train.inputs = count_inputs(sensor, recording.name);
  train.steps = count_steps(recording, dt, options.steps);
  train.offsets.reserve(train.steps + std::size_t{1});
  train.indices.reserve(recording.events.size());

  StepSorter sorter(train.inputs);
  const auto close_step = [&] {
    sorter.flush(train.indices);
    if (train.indices.size() > std::numeric_limits<std::uint32_t>::max())
      throw Error("has more than 2^32 spikes", recording.name, "cut it into shorter recordings");
    train.offsets.push_back(static_cast<std::uint32_t>(train.indices.size()));
  };

  EventCheck check(sensor, recording.start_us, recording.name);
  std::uint64_t step_end = dt;  // microseconds since the start; at most 1e6 * 1e12
  for (const Event& event : recording.events) {
    check.next(event);
    while (since(recording.start_us, event.t) >= step_end && train.offsets.size() <= train.steps) {
      close_step();
      step_end += dt;
    }
    if (train.offsets.size() > train.steps) break;
    sorter.add(address_index(event, sensor));
  }
  while (train.offsets.size() <= train.steps) close_step();
  train.indices.shrink_to_fit();
  return train;
}

}  // namespace volley
