// Float currents of one step at inference: rows of weights added where spikes are, whole lists of
// spikes in one call. One text, compiled per instruction set by Highway and chosen at run time;
// every sum is taken in the order of the spikes, so that results are those of add_rows() and
// scatter_taps() to the bit. Must not know networks or time.
#pragma once

#include <cstddef>
#include <cstdint>

#include "sim/conv_table.hpp"

namespace volley {

/// destination[i] += sum over k of weights[rows[k] * stride + i], i below n, in the order of k.
void sum_rows(float* destination, std::size_t n, const float* weights, std::size_t stride,
              const std::uint32_t* rows, std::size_t count);

/// The spikes of one map, grouped by position, and the weights [channel][tap][stride] they meet.
struct MapSpikes {
  const float* weights;
  std::size_t columns, stride;
  const std::uint32_t* offsets;  ///< by position, plus one: its spikes, in `rows`
  const std::uint32_t* rows;     ///< first weight of each spike's channel: channel * taps * stride
};

/// Fills MapSpikes::offsets and rows from spikes as bits, `block` being taps * stride.
/// @param channels of the map: 8, 16, 32 or 64
/// @param rows with room for 64 more than there are spikes
void group_bits(const std::uint64_t* bits, std::size_t positions, std::size_t channels,
                std::uint32_t block, std::uint32_t* offsets, std::uint32_t* rows);

/// Convolution from the sources: map[target][..] += weights of (channel, tap) for each reach of the
/// listed positions, the lowest position and channel first. For few spikes.
/// @param positions those with spikes, ascending; spikes.offsets goes by their place in this list
void scatter_map(float* map, const MapSpikes& spikes, const ConvTable& table,
                 const std::uint32_t* positions, std::size_t count);

/// The same sums seen from the targets, each kept in registers: for many spikes.
/// @param sources table of who is reached: from(target) lists source positions as `target`
/// @param list scratch with room for twice the spikes of one target and 64 more
void gather_map(float* map, std::size_t targets, const MapSpikes& spikes, const ConvTable& sources,
                std::uint32_t* list);

}  // namespace volley
