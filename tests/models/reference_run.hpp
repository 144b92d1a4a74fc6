// The plainest way to run a frozen network: loops over every synapse. Independent of the engines.
#pragma once

#include <vector>

#include "base/random.hpp"
#include "models/frozen_network.hpp"

namespace volley::test {

using Steps = std::vector<std::vector<float>>;  ///< by step, by neuron

/// Spikes (lif) or membranes (leaky_integrator) of the readout.
Steps reference_run(const FrozenNetwork& frozen, const Steps& input);

/// Random weights and biases; biases of maps are equal within a channel.
FrozenNetwork random_frozen(RandomEngine& random, Network network);

Steps random_spikes(RandomEngine& random, std::size_t steps, std::size_t neurons);

}  // namespace volley::test
