// The keys of a recipe that say how long a projection's spikes travel. Private to the recipe files.
#pragma once

#include <string>

#include "models/network.hpp"
#include "models/recipe_table.hpp"

namespace volley {

/// Reads delay_steps and, for dense projections, the delays beyond one fixed value.
void read_delays(StrictTable& table, Projection& projection, int delay_default);

/// The same keys, each with its value.
std::string format_delays(const Projection& projection, std::string_view separator);

}  // namespace volley
