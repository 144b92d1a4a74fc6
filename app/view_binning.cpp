#include "app/view_binning.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.hpp"
#include "datasets/binning.hpp"
#include "datasets/event_binner.hpp"
#include "datasets/open_recording.hpp"

namespace volley {

namespace {
constexpr double usual_dt_ms = 1, usual_steps = 100'000;

struct Extent {
  std::int64_t start_us = 0, last_us = 0;
  SensorSize sensor{1, 1, 2};
  std::uint64_t events = 0;
  StreamReport report;
};

Extent measure(EventStream& stream) {
  Extent extent;
  extent.sensor.polarities = stream.sensor().polarities;
  std::vector<Event> batch;
  while (stream.next(batch)) {
    if (extent.events == 0 && stream.free_clock()) extent.start_us = batch.front().t;
    extent.events += batch.size();
    extent.last_us = batch.back().t;
    for (const Event& event : batch) {
      extent.sensor.width = std::max(extent.sensor.width, event.x + 1);
      extent.sensor.height = std::max(extent.sensor.height, event.y + 1);
    }
  }
  if (stream.sensor_stated()) extent.sensor = stream.sensor();
  extent.report = stream.report();
  return extent;
}

void end_steps(SpikeTrain& train, std::uint64_t until) {
  train.offsets.resize(until + 1, static_cast<std::uint32_t>(train.indices.size()));
  train.steps = static_cast<std::uint32_t>(until);
}
}  // namespace

BinnedRecording bin_recording(const std::filesystem::path& file, const StreamOptions& options,
                              std::optional<double> dt_ms) {
  const Extent extent = measure(*open_recording(file, options));
  const std::string origin = file.string();
  BinnedRecording binned;
  binned.sensor = extent.sensor;
  binned.events = extent.events;
  binned.report = extent.report;
  if (extent.events > 0)
    binned.lasts_ms = 1e-3 * static_cast<double>(since(extent.start_us, extent.last_us) + 1);
  binned.dt_ms = dt_ms.value_or(std::max(usual_dt_ms, std::ceil(binned.lasts_ms / usual_steps)));
  const std::uint64_t step_us = step_microseconds(binned.dt_ms);
  const std::uint64_t steps =
      extent.events == 0 ? 1 : since(extent.start_us, extent.last_us) / step_us + 1;
  if (steps > static_cast<std::uint64_t>(max_steps))
    throw Error(fmt::format("lasts {} steps of {:g} ms", steps, binned.dt_ms), origin,
                fmt::format("take longer steps (--dt-ms); {} are the most", max_steps));
  binned.spikes.inputs = count_inputs(binned.sensor, origin);
  binned.spikes.indices.reserve(std::min<std::uint64_t>(extent.events, 1U << 28));
  StepSorter sorter(binned.spikes.inputs);
  EventCheck check(binned.sensor, extent.start_us, origin);
  const auto stream = open_recording(file, options);
  std::vector<Event> batch;
  std::uint64_t step = 0;
  while (stream->next(batch))
    for (const Event& event : batch) {
      check.next(event);
      const std::uint64_t now = since(extent.start_us, event.t) / step_us;
      if (now != step) {
        sorter.flush(binned.spikes.indices);
        end_steps(binned.spikes, now);
        step = now;
      }
      sorter.add(address_index(event, binned.sensor));
      if (now >= steps || binned.spikes.indices.size() >= std::numeric_limits<std::uint32_t>::max())
        throw Error("changes while it is read, or has too many events", origin,
                    "cut the recording into shorter ones");
    }
  sorter.flush(binned.spikes.indices);
  end_steps(binned.spikes, steps);
  return binned;
}

}  // namespace volley
