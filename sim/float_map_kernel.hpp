// Currents of a convolution of float weights over binary spikes, seen from the targets: the weights
// that a window's spikes take are listed, then added in registers, in the order of the spikes. One
// text, compiled per instruction set by Highway and chosen at run time; the sums are those of
// scatter_runs() to the bit. Must not know networks or time.
#pragma once

#include <cstddef>
#include <cstdint>

#include "sim/sweep_kernel.hpp"
#include "sim/window_bits.hpp"

namespace volley {

struct FloatMapWindows {
  WindowBits windows;
  const float* weights;         ///< [32 words + 1][stride]: by bit of a window; the last are zeros
  std::size_t stride, columns;  ///< columns padded to window_tile
  std::uint32_t* lists;         ///< scratch: four lists, see short_float_map_list
  std::uint32_t* segment_lists; ///< scratch: [kernel_height][width][float_map_list() of a segment]
  std::uint32_t* segment_sizes; ///< scratch: [kernel_height][width]
  std::uint8_t* masks;          ///< scratch, see BitMapWindows
};

/// Room for what the spikes of a window, or of a segment, take.
inline constexpr std::size_t float_map_list(std::size_t words) { return 32 * words + 32; }

/// From the list of a window to that of the next for windows of 9 words (3x3 of 32 channels) and
/// less: a constant, so that one register leads to four lists. Others take float_map_list().
inline constexpr std::size_t short_float_map_list = float_map_list(9);

/// Adds to the target's currents.
void add_float_windows(float* currents, const FloatMapWindows& map, WindowStep& step);

/// The same currents, to neurons that get no others, and sweep_membranes() in one pass, as
/// sweep_bit_windows().
void sweep_float_windows(const SweepRow& row, const FloatMapWindows& map,
                         std::span<WindowStep> steps);

}  // namespace volley
