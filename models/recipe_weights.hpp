// The weight_... keys of a projection: reading and writing them. Must not know the other keys.
#pragma once

#include <string>
#include <vector>

#include "models/quantizer.hpp"
#include "models/recipe_table.hpp"

namespace volley {

/// Every key, for messages about projections without weights.
inline const std::vector<std::string> weight_keys{
    "weight_bits",     "weight_lambda",        "weight_levels",  "weight_grid",
    "weight_range",    "weight_deviations",    "weight_group",   "weight_group_size",
    "weight_sparsity", "weight_sparsity_ramp", "weight_pattern", "weight_interleaved",
    "weight_intercept", "weight_estimator"};

/// @throws Error at the key for one that has no meaning beside the others, or is out of range
WeightQuantizer read_weights(StrictTable& table);

/// "key = value" for every key that has a meaning; read_weights gives back an equal quantiser.
std::vector<std::string> format_weights(const WeightQuantizer& quantizer);

}  // namespace volley
