// Whole steps of the neurons behind a convolution of float weights, for few spikes: row by row of
// the target, each spike's weights are added to a row of currents that stays in cache, in the order
// of the spikes; the sums are those of scatter_runs() to the bit. One text, compiled for each
// instruction set by Highway and chosen at run time. Must not know networks or time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "sim/sweep_kernel.hpp"
#include "sim/window_bits.hpp"

namespace volley {

/// Rows of the source are counted from the upper border on.
struct ScatterSpike {
  std::uint32_t weights;  ///< those of its channel and kernel row 0, plus its row's kernel rows
  std::uint32_t target;   ///< of the row of currents: where its first weight goes
};

struct ScatterStep {
  const ScatterSpike* spikes;      ///< by row
  const std::uint32_t* row_begin;  ///< by row of the source, borders included, plus one
};

struct FloatScatterRows {
  std::size_t height, width, columns;  ///< of the target; columns a multiple of window_tile
  std::size_t kernel_height, kernel_width;
  const float* placed;                 ///< [channel][ky][kx, descending][columns]
  const ScatterStep* steps;
  float* row;                          ///< scratch: [width + 2 (kernel_width - 1)][columns]
  std::uint8_t* masks;                 ///< scratch, see BitMapWindows
};

/// As sweep_bit_windows(), but for `arrivals`, which stay.
void sweep_float_scatter(const SweepRow& row, const FloatScatterRows& map,
                         std::span<WindowStep> steps);

}  // namespace volley
