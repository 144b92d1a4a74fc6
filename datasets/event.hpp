// One event of an event camera and the sensor it came from. Must not know files or networks.
#pragma once

#include <cstddef>
#include <cstdint>

namespace volley {

/// An address event. `t` in microseconds from the recording's own origin; origin of (x, y) is the
/// top left pixel, y grows downwards; `p` is 1 for ON (brighter), 0 for OFF.
struct Event {
  std::int64_t t = 0;
  std::uint16_t x = 0, y = 0;
  std::uint8_t p = 0;

  friend bool operator==(const Event&, const Event&) = default;
};

/// Size of a sensor in pixels. Each pixel has `polarities` channels (2 for a DVS).
struct SensorSize {
  int width = 0, height = 0, polarities = 2;

  /// Number of distinct addresses, width x height x polarities.
  std::size_t inputs() const {
    return static_cast<std::size_t>(width) * static_cast<std::size_t>(height) *
           static_cast<std::size_t>(polarities);
  }
  friend bool operator==(const SensorSize&, const SensorSize&) = default;
};

}  // namespace volley
