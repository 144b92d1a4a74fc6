// Networks drawn at random over everything that an engine can run.
#pragma once

#include <cstdint>

#include "models/network.hpp"

namespace volley {

/// A lif population by its reset and decay.
Population leaky(Reset reset, double beta);

Projection fixed_delay(int steps);

/// Layers, delays, recurrence and, for odd seeds, extended neurons; 144 inputs.
Network any_network(std::uint64_t seed);

/// The same with several levels wherever no maximum pooling follows.
Network any_levels(std::uint64_t seed);

}  // namespace volley
