// Microsecond mode as it is defined (sim/microsecond_dynamics.hpp), by plain loops: every neuron of
// every population is stepped at every microsecond, in long double, and all spikes are kept.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/frozen_plan.hpp"

namespace volley {

struct MicrosecondTrace {
  /// [population][tick]: ascending spikes, a relay's as often as they count.
  std::vector<std::vector<std::vector<std::uint32_t>>> spikes;
  std::vector<double> scores;  ///< of all ticks
};

/// @param input [tick] ascending indices
MicrosecondTrace microsecond_reference(const FrozenPlan& plan,
                                       const std::vector<std::vector<std::uint32_t>>& input);

}  // namespace volley
