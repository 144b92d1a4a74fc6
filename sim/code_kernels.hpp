// Rows of small integer weights added where spikes are, and what the sums mean as currents. One text,
// compiled per instruction set by Highway and chosen at run time; integer sums are the same in any
// order. Must not know networks or threads.
#pragma once

#include <cstddef>
#include <cstdint>

#include "sim/conv_table.hpp"

namespace volley {

/// Rows of codes are padded with zeros to multiples of so many bytes, so that no vector is cut.
inline constexpr std::size_t dense_alignment = 64, conv_alignment = 16;
inline constexpr std::size_t padded(std::size_t columns, std::size_t alignment) {
  return (columns + alignment - 1) / alignment * alignment;
}

/// sums[i] += sum over k of codes[rows[k] * n + i], n a multiple of dense_alignment. The sums must
/// have room for `largest`, the largest code, times count.
void add_code_rows(std::uint16_t* sums, std::size_t n, const std::uint8_t* codes,
                   const std::uint32_t* rows, std::size_t count, unsigned largest);
void add_code_rows(std::uint32_t* sums, std::size_t n, const std::uint8_t* codes,
                   const std::uint32_t* rows, std::size_t count, unsigned largest);

/// Some channels of one position of a map that spiked, and where their codes are.
struct CodeSpikes {
  const std::uint8_t* codes;      ///< [channels][taps][n]
  std::size_t channel_codes;      ///< taps * n
  const std::uint32_t* channels;  ///< a channel stands once for each of its spikes
  std::size_t count;
};
/// Convolution from one position: sums[target][i] += the sum over its spikes of codes[tap][i] for
/// each reach; rows of n values, n a multiple of conv_alignment; count * largest <= 65535.
void scatter_codes(std::uint16_t* sums, std::size_t n, const CodeSpikes& spikes,
                   const ConvReach* reaches, std::size_t count, unsigned largest);
void scatter_codes(std::uint32_t* sums, std::size_t n, const CodeSpikes& spikes,
                   const ConvReach* reaches, std::size_t count, unsigned largest);

/// currents[i] += scale[i] sums[i] + offset[i] spikes, in float as written: no product is fused.
void add_code_currents(float* currents, const std::uint16_t* sums, std::size_t n,
                       const float* scale, const float* offset, std::uint32_t spikes);
void add_code_currents(float* currents, const std::uint32_t* sums, std::size_t n,
                       const float* scale, const float* offset, std::uint32_t spikes);

}  // namespace volley
