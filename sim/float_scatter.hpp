// Convolutions of float weights over few binary spikes, with the step of the neurons behind them in
// the same pass. Owns the packing of the spikes; must not know time.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/aligned.hpp"
#include "sim/float_scatter_kernel.hpp"
#include "sim/plan.hpp"
#include "sim/window_bits.hpp"

namespace volley {

/// One object per thread.
class FloatScatter {
public:
  /// Whether there is such a pass: for an ungrouped conv2d of stride 1, without dilation, to whole
  /// tiles of channels.
  static bool possible(const PlanProjection& projection);

  /// Whole steps of neurons that these spikes alone reach, see sweep_float_scatter(). Sets arrivals
  /// as FrozenCurrents::add has them.
  /// @param placed weights as FrozenPlan::placed()
  void sweep(const PlanProjection& projection, std::span<const float> placed,
             const SweepRow& row, std::span<WindowStep> steps);

private:
  std::uint64_t pack(const PlanProjection& projection, std::span<const std::uint32_t> spikes,
                     ScatterSpike* packed, std::uint32_t* row_begin) const;

  std::vector<ScatterSpike> packed_;      ///< of all steps
  std::vector<std::uint32_t> row_begin_;  ///< likewise
  std::vector<ScatterStep> steps_;
  AlignedVector<float> row_;              ///< see FloatScatterRows, as the next
  std::vector<std::uint8_t> masks_;
};

}  // namespace volley
