// The numbers of one population: shape, neuron and quantiser. Private to Network::check. Must not
// know projections.
#pragma once

#include "models/network.hpp"

namespace volley {

/// @throws Error naming the population and what is wrong with it
void check_population(const Population& population);

}  // namespace volley
