// Counts of a convolution of 1-bit weights, and what becomes of them: currents, or the whole step
// of the neurons that they reach. One text, compiled per instruction set by Highway and chosen at
// run time. Must not know networks or time.
#pragma once

#include <cstddef>
#include <cstdint>

#include "sim/sweep_kernel.hpp"
#include "sim/window_bits.hpp"

namespace volley {

struct BitMapWindows {
  WindowBits windows;
  const std::uint32_t* weights;  ///< [words of a window][stride]
  std::size_t stride, columns;   ///< columns padded to window_tile
  const float *scale, *offset;   ///< by column, up to the stride
  std::uint8_t* masks;           ///< scratch: [step][width][stride / window_tile][2]
};

/// currents[position][c] += scale[c] * (sum over the window of popcount(weights & spikes)) +
/// offset[c] * (spikes in the window), as add_code_currents() has it.
void add_bit_windows(float* currents, const BitMapWindows& map, WindowStep& step);

/// The same currents, to neurons that get no others, and sweep_membranes() in one pass, for
/// most_window_steps steps at most; row.current is not used. `v` and a bias that does not repeat
/// have room for 16 values more. Bits are as those of sweep_membranes().
void sweep_bit_windows(const SweepRow& row, const BitMapWindows& map,
                       std::span<WindowStep> steps);

}  // namespace volley
