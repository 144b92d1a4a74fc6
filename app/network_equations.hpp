// What a network computes, in equations of the kinds of neurons it has. Must not know numbers.
#pragma once

#include <string>

#include "models/network.hpp"
#include "models/training_options.hpp"

namespace volley {

/// One equation a line, of those that the network needs.
/// @param score how class scores are read of a leaky_integrator
std::string network_equations(const Network& network, ReadoutScore score);

}  // namespace volley
