// The ATIS .bin container (N-MNIST, N-Caltech101; also called .bs2): decoder and writer. Must not
// know datasets, labels or folders.
#pragma once

#include <cstdint>
#include <filesystem>
#include <istream>
#include <memory>

#include "datasets/event_stream.hpp"
#include "datasets/recording.hpp"

namespace volley {

// Layout (shared by the readers of Orchard et al., Frontiers in Neuroscience 9:437, 2015): no
// header, 5 bytes an event: x, y, then 24 bits big-endian: polarity (1 = ON), t in us (23 bits).
// An item with y = 240, just below the 304x240 sensor, is no event: it adds 2^13 us to the time of
// all that follow.
inline constexpr std::size_t atis_event_bytes = 5;
inline constexpr std::uint8_t atis_overflow_y = 240;
inline constexpr std::int64_t atis_overflow_us = std::int64_t{1} << 13;
inline constexpr std::int64_t atis_time_end_us = std::int64_t{1} << 23;  ///< one past the last t

/// A stream of the events in a file. The container does not tell its sensor: `sensor` must. Damage
/// is: a last item of fewer than 5 bytes, coordinates outside the sensor, time that steps back.
/// Overflow marks count as skipped. An empty file is a legal empty recording.
/// @throws Error as open_event_file() does.
std::unique_ptr<EventStream> open_atis_bin(const std::filesystem::path& path,
                                           const SensorSize& sensor);

/// The same from bytes that are open already.
std::unique_ptr<EventStream> open_atis_bin(std::unique_ptr<std::istream> bytes,
                                           const SensorSize& sensor);

/// Writes a recording so that it reads back equal, atomically.
/// @throws Error, leaving an older file as it was, for what the container cannot say: an event
/// outside the sensor, x or y above 255, y = 240, t outside 0 .. 2^23 - 1, time that steps back, a
/// polarity other than 0 and 1, a start other than 0 us; and where the file cannot be written.
void write_atis_bin(const std::filesystem::path& path, const Recording& recording);

}  // namespace volley
