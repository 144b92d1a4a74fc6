// The ATIS .bin container (N-MNIST, N-Caltech101; also called .bs2) and its kin .bs1 and .bs3:
// decoders, and the writer of whole .bin recordings. Must not know datasets, labels or folders.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include "datasets/block_stream.hpp"
#include "datasets/recording.hpp"

namespace volley {

// Layout of .bin (shared by the readers of Orchard et al., Frontiers in Neuroscience 9:437, 2015):
// no header, 5 bytes an event: x, y, then 24 bits big-endian: polarity (1 = ON), t in us (23 bits).
// An item with y = 240, just below the 304x240 sensor, is no event: it adds 2^13 us to the time of
// all that follow.
inline constexpr std::size_t atis_event_bytes = 5;
inline constexpr std::uint8_t atis_overflow_y = 240;
inline constexpr std::int64_t atis_overflow_us = std::int64_t{1} << 13;
inline constexpr std::int64_t atis_time_end_us = std::int64_t{1} << 23;  ///< one past the last t
inline constexpr SensorSize atis_sensor{304, 240, 2};

/// A stream of the events in a file. The container does not tell its sensor: `sensor` must. Damage
/// is: a last item of fewer than 5 bytes, coordinates outside the sensor, time that steps back.
/// Overflow marks count as skipped. An empty file is a legal empty recording.
/// @throws Error as open_bytes() does.
std::unique_ptr<EventStream> open_atis_bin(const std::filesystem::path& path,
                                           const SensorSize& sensor);

/// The same from bytes that are open already.
std::unique_ptr<EventStream> open_atis_bin(std::unique_ptr<ByteSource> bytes,
                                           const SensorSize& sensor);

std::unique_ptr<BlockDecoder> make_atis_bin_decoder();

/// .bs1 of SLAYER (Shrestha and Orchard 2018): 5 bytes an event, big-endian: 16 bits channel, 1 bit
/// polarity, 23 bits t in us. The channel is x, y is 0.
std::unique_ptr<BlockDecoder> make_bs1_decoder();

/// .bs3 of SLAYER: 7 bytes an event, big-endian: x 12, y 12, channel 8 and t 24 bits in us. The
/// channel is the polarity; above 1 it is damage.
std::unique_ptr<BlockDecoder> make_bs3_decoder();

/// Writes a recording so that it reads back equal, atomically.
/// @throws Error, leaving an older file as it was, for what the container cannot say: an event
/// outside the sensor, x or y above 255, y = 240, t outside 0 .. 2^23 - 1, time that steps back, a
/// polarity other than 0 and 1, a start other than 0 us; and where the file cannot be written.
void write_atis_bin(const std::filesystem::path& path, const Recording& recording);

}  // namespace volley
