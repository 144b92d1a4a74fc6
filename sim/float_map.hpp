// Convolutions of float weights over binary spikes, seen from the targets, by windows of bits: for
// many spikes. Owns the weights' packing; must not know time.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/aligned.hpp"
#include "sim/float_map_kernel.hpp"
#include "sim/plan.hpp"
#include "sim/window_bits.hpp"

namespace volley {

/// The weights of one projection.
struct FloatMap {
  WindowPlan windows;
  std::size_t stride = 0;        ///< columns padded for the kernel
  AlignedVector<float> weights;  ///< see FloatMapWindows

  bool empty() const { return windows.empty(); }
};

/// @param weights [channel][ky][kx][columns]. Empty where there is no WindowPlan or the weights are
/// too many for lists of 32 bits.
FloatMap make_float_map(const PlanProjection& projection, std::span<const float> weights);

/// One object per thread.
class FloatMapCurrents {
public:
  /// Adds one step's spikes, as bits, to the target's currents. @return arrivals, as
  /// FrozenCurrents::add
  std::uint64_t add(const PlanProjection& projection, const FloatMap& weights,
                    std::span<const std::uint64_t> spikes, float* currents);
  /// Whole steps of neurons that these spikes alone reach, see sweep_float_windows().
  void sweep(const PlanProjection& projection, const FloatMap& weights, const SweepRow& row,
             std::span<WindowStep> steps);

  /// Whether this is quicker than going from spike to spike.
  static bool worthwhile(const PlanProjection& projection, const FloatMap& weights,
                         std::size_t spikes);

private:
  FloatMapWindows cut(const PlanProjection& projection, const FloatMap& weights,
                      std::span<WindowStep> steps);

  std::vector<WindowCutter> cutters_;  ///< by projection
  std::vector<std::uint32_t> lists_;  ///< see FloatMapWindows, as the next
  std::vector<std::uint8_t> masks_;
};

}  // namespace volley
