// A recording held in memory: events in time order with the sensor and label they belong to.
#pragma once

#include <string>
#include <vector>

#include "datasets/event.hpp"

namespace volley {

/// Events sorted by time. `start_us` is the recording's own start (bins are anchored there, not at
/// the first event); `label` is -1 where unknown. An empty recording is legal.
struct Recording {
  std::string name;
  SensorSize sensor;
  int label = -1;
  std::int64_t start_us = 0;
  std::vector<Event> events;

  /// Microseconds from start to just after the last event; 0 for an empty recording.
  std::int64_t duration_us() const {
    return events.empty() ? 0 : events.back().t - start_us + 1;
  }
};

}  // namespace volley
