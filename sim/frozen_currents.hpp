// What one step's spikes bring through a projection of fixed delay, for both engines the same way:
// as integers where the weights are such, else in float. Must not know time or membranes.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sim/float_scatter.hpp"
#include "sim/frozen_plan.hpp"
#include "sim/step_spikes.hpp"

namespace volley {

/// One step of a population that one projection alone reaches.
struct SweepStep {
  const StepSpikes* spikes = nullptr;  ///< of the source
  std::uint64_t* bits = nullptr;       ///< as those of sweep_membranes()
  std::uint64_t arrivals = 0;          ///< set, see FrozenCurrents::add
};

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
  /// add() to currents of zeros and sweep_membranes() in one pass, for steps in order, of which
  /// there are most_window_steps at most.
  void sweep(const FrozenPlan& plan, const PlanProjection& projection, const SweepRow& row,
             std::span<SweepStep> steps);

private:
  std::uint64_t add_conv(const FrozenPlan& plan, const PlanProjection& projection,
                         const StepSpikes& spikes, float* currents);

  IntegerCurrents integers_;
  BitMapCurrents bit_maps_;
  FloatMapCurrents float_maps_;
  FloatScatter float_scatter_;
  std::vector<WindowStep> steps_;
};

/// Arrivals of these spikes, as above.
std::uint64_t count_arrivals(const PlanProjection& projection,
                             std::span<const std::uint32_t> spikes);

}  // namespace volley
