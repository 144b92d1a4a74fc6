// A recording as spikes without its events in memory, which would take six times as much. Owns how
// long a step of a recording is that nobody asks for; must not know windows.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "datasets/event_stream.hpp"
#include "datasets/spike_train.hpp"
#include "datasets/stream_options.hpp"

namespace volley {

struct BinnedRecording {
  SensorSize sensor;  ///< stated, or the smallest that holds the events
  SpikeTrain spikes;
  double dt_ms = 1, lasts_ms = 0;
  std::uint64_t events = 0;
  StreamReport report;  ///< events before damage are kept
};

/// Reads the file twice: once for its length and sensor, once for its spikes, by the rules of
/// bin_events().
/// @param dt_ms where not given 1 ms, longer where the recording would have more than 100,000 steps
/// @throws Error as open_recording() does, for an event outside a stated sensor and for more than
/// max_steps steps or 2^32 spikes
BinnedRecording bin_recording(const std::filesystem::path& file, const StreamOptions& options,
                              std::optional<double> dt_ms);

}  // namespace volley
