// Networks with every kind of layer beyond plain chains: dilated and grouped kernels, one to one,
// skips, concatenation, average pooling, dropout, weight normalisation.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/random.hpp"
#include "sample_networks.hpp"

namespace volley {

/// Small ones by name, for gradients and folding.
std::vector<std::pair<std::string, Network>> layer_networks();

/// Appends a few such layers to a chain that ends in a map; height and width stay.
void add_random_layers(ChainBuilder& chain, RandomEngine& engine, const Population& spec);

}  // namespace volley
