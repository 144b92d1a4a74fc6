// Counts of a convolution of 1-bit weights and the currents they mean. One text, compiled per
// instruction set by Highway and chosen at run time. Must not know networks or time.
#pragma once

#include <cstddef>
#include <cstdint>

namespace volley {

/// Columns of BitMapWindows are padded to 16, or to multiples of 32.
inline constexpr std::size_t bit_map_stride(std::size_t columns) {
  return columns <= 16 ? 16 : (columns + 31) / 32 * 32;
}

struct BitMapWindows {
  const std::uint16_t* weights;  ///< [kernel_height * row_words][stride], see sim/bit_map.hpp
  std::size_t row_words, stride, columns;
  const double *scale, *offset;  ///< by column
  const std::uint16_t* windows;  ///< [source rows][width][row_words]
  std::uint16_t* counts;         ///< [source rows][width], scratch: spikes of each window's row
  std::uint16_t* window;         ///< scratch: kernel_height * row_words
  std::size_t rows;              ///< of the source, borders included
  std::size_t kernel_height, step;  ///< source rows of a window; source rows between two windows
  std::size_t height, width;        ///< of the target map
};

/// currents[position][c] += scale[c] * (sum over the window of popcount(weights & spikes)) +
/// offset[c] * (spikes in the window), the bracket in double as add_code_currents() has it.
/// @return the sum of the spikes in all windows
std::uint64_t add_bit_windows(float* currents, const BitMapWindows& map);

}  // namespace volley
