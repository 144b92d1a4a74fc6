// Convolutions of 1-bit weights over binary spikes as AND and population count over windows of
// bits. Owns the weights' packing; must not know time. Exact as all integer sums are, see
// sim/integer_weights.hpp.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/aligned.hpp"
#include "sim/bit_map_kernel.hpp"
#include "sim/plan.hpp"
#include "sim/window_bits.hpp"

namespace volley {

/// The weights of one projection.
struct BitMap {
  WindowPlan windows;
  std::size_t stride = 0;                ///< columns padded for the kernel
  AlignedVector<std::uint32_t> weights;  ///< [words of a window][stride]
  AlignedVector<float> scale, offset;    ///< by column, zeros up to the stride

  bool empty() const { return windows.empty(); }
};

/// @param codes 0 or 1, [rows][code_stride]. Empty where there is no WindowPlan.
BitMap make_bit_map(const PlanProjection& projection, std::span<const std::uint8_t> codes,
                    std::size_t code_stride, std::span<const float> scale,
                    std::span<const float> offset);

/// One object per thread.
class BitMapCurrents {
public:
  /// Adds one step's spikes, as bits, to the target's currents. @return arrivals, as
  /// FrozenCurrents::add
  std::uint64_t add(const PlanProjection& projection, const BitMap& weights,
                    std::span<const std::uint64_t> spikes, float* currents);
  /// Whole steps of neurons that these spikes alone reach, see sweep_bit_windows().
  void sweep(const PlanProjection& projection, const BitMap& weights, const SweepRow& row,
             std::span<WindowStep> steps);

  /// Whether this is quicker than going from spike to spike.
  static bool worthwhile(const PlanProjection& projection, const BitMap& weights,
                         std::size_t spikes);

private:
  BitMapWindows cut(const PlanProjection& projection, const BitMap& weights,
                    std::span<WindowStep> steps);

  std::vector<WindowCutter> cutters_;  ///< by projection
  std::vector<std::uint8_t> masks_;  ///< see BitMapWindows
};

}  // namespace volley
