// Random recordings for the tests of formats, and decoding from memory.
#pragma once

#include "base/random.hpp"
#include "datasets/event_writer.hpp"
#include "datasets/open_recording.hpp"
#include "support.hpp"

namespace volley::test {

/// Decodes bytes in memory. @param name whose extension may decide between formats
inline std::unique_ptr<EventStream> stream_of(const std::string& bytes,
                                              const std::string& name = "m",
                                              const StreamOptions& options = {}) {
  return open_recording([bytes, name] { return memory_source(bytes, name); }, name, options);
}

/// Events in order: bursts at one time, rows that vectors can hold, and now and then a long gap.
/// @param longest_us the last time is below it
inline std::vector<Event> random_events(RandomEngine& random, std::size_t count,
                                        const SensorSize& sensor, std::int64_t longest_us) {
  const auto below = [&](std::int64_t end) {
    return boost::random::uniform_int_distribution<std::int64_t>(0, end - 1)(random);
  };
  std::vector<Event> events;
  std::int64_t t = below(std::max<std::int64_t>(1, longest_us / 8));
  while (events.size() < count) {
    const auto y = static_cast<std::uint16_t>(below(sensor.height));
    const auto p = static_cast<std::uint8_t>(below(2));
    auto x = below(sensor.width);
    for (std::int64_t row = below(4) == 0 ? below(40) : 1; row > 0 && x < sensor.width; --row) {
      events.push_back({t, static_cast<std::uint16_t>(x), y, p});
      x += 1 + (below(3) == 0 ? below(5) : 0);
    }
    if (below(2) == 0) t += below(below(20) == 0 ? std::max<std::int64_t>(2, longest_us / 50) : 40);
    t = std::min(t, longest_us - 1);
  }
  events.resize(count);
  return events;
}

/// Writes events and returns the file's bytes.
inline std::string written(const TempFolder& folder, const std::string& format,
                           const std::vector<Event>& events, const SensorSize& sensor,
                           const std::string& compression = "lz4") {
  const auto writer =
      create_recording(folder / ("written." + format), format, {sensor, compression});
  // In pieces, as converting does.
  for (std::size_t at = 0; at < events.size(); at += 777)
    writer->write(std::span(events).subspan(at, std::min<std::size_t>(777, events.size() - at)));
  writer->finish();
  return read_file(folder / ("written." + format));
}

}  // namespace volley::test
