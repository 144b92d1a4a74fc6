// Keys of a population that go beyond leak, threshold and reset: learned decay, synaptic current,
// adaptive threshold, refractory period. Owns their reading and writing; private to the recipe
// files.
#pragma once

#include <string>
#include <vector>

#include "models/network.hpp"
#include "models/recipe_table.hpp"

namespace volley {

/// Every such key, for messages about populations of another kind.
extern const std::vector<std::string> extension_keys;

/// A decay per step: `beta_key`, or `tau_key` in milliseconds as exp(-dt_ms / tau).
double read_decay(StrictTable& table, const std::string& beta_key, const std::string& tau_key,
                  double fallback, double dt_ms);

/// Call for lif and leaky_integrator, once beta is known.
void read_extension(StrictTable& table, Population& population, double dt_ms);

/// The keys that the population's kind knows, each on a line.
std::string format_extension(const Population& population);

}  // namespace volley
