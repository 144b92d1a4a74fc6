// What one step's spikes bring through a projection of fixed delay, for both engines the same way:
// as integers where the weights are such, else in float. Must not know time or membranes.
#pragma once

#include <cstdint>
#include <span>

#include "sim/frozen_plan.hpp"
#include "sim/step_spikes.hpp"

namespace volley {

/// One object per thread.
class FrozenCurrents {
public:
  /// Adds one step's spikes to the target's currents [target neurons].
  /// @param values  of graded spikes, beside their indices; empty: every spike counts 1
  /// @return arrivals: how often a spike reached a position of the target map (all of a dense
  /// target is one); times columns / groups, the synaptic operations done
  std::uint64_t add(const FrozenPlan& plan, const PlanProjection& projection,
                    const StepSpikes& spikes, std::span<const float> values, float* currents);

  /// Whether sweep() does the step of a population that these spikes alone reach, quicker than by
  /// its currents.
  static bool sweeps(const FrozenPlan& plan, const PlanProjection& projection,
                     const StepSpikes& spikes, std::span<const float> values);
  /// add() to currents of zeros and sweep_membranes() in one pass. @return arrivals
  std::uint64_t sweep(const FrozenPlan& plan, const PlanProjection& projection,
                      const StepSpikes& spikes, const SweepRow& row, std::uint64_t* bits);

private:
  std::uint64_t add_conv(const FrozenPlan& plan, const PlanProjection& projection,
                         const StepSpikes& spikes, float* currents);

  IntegerCurrents integers_;
  BitMapCurrents bit_maps_;
  FloatMapCurrents float_maps_;
};

/// Arrivals of these spikes, as above.
std::uint64_t count_arrivals(const PlanProjection& projection,
                             std::span<const std::uint32_t> spikes);

}  // namespace volley
