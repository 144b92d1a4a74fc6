// A frozen plan as generators of code want it. Must not know any language.
#pragma once

#include "models/step_network.hpp"
#include "sim/frozen_plan.hpp"

namespace volley {

/// @throws Error naming the population for what no generator of code knows: normalisation whose
/// first steps have statistics of their own, and sums of over 65535 spikes
StepNetwork step_network(const FrozenPlan& plan, const std::string& name);

/// A run of the plan's engines on `input` as exports record it.
/// @param fixed_membrane of FixedTrace, or empty
/// @throws Error where the input is graded: exported programs take bits
RecordedRun recorded_run(const SampleTrace& trace, const SpikeTrain& input,
                         std::vector<std::int32_t> fixed_membrane = {});

}  // namespace volley
