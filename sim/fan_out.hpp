// How many weights one spike adds up on its way: what synaptic operations are counted with. Must
// not know budgets.
#pragma once

#include <vector>

#include "sim/plan.hpp"

namespace volley {

/// Synaptic operations that a spike of each neuron of an input or lif population causes, all of
/// them `delay` steps later, so that spikes of a recording's last `delay` steps cause none; relays
/// in between are counted through. Added up over a recording this is exactly what EventEngine
/// counts.
struct FanOut {
  std::size_t population = 0, delay = 0;
  std::vector<double> by_neuron;
};

/// @throws Error for max pooling, where it depends on the other spikes.
std::vector<FanOut> fan_outs(const Plan& plan);

}  // namespace volley
