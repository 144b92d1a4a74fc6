// The [network] part of a recipe. Owns its keys, defaults and checks; must not know the rest.
#pragma once

#include "models/network.hpp"
#include "models/recipe_table.hpp"

namespace volley {

/// Reads populations and projections and checks the network.
/// @param dt_ms  length of a step, for tau_ms
/// @param levels of a lif population that gives none
/// @throws Error with file, line and column
Network parse_network(StrictTable table, double dt_ms, int levels = 1);

/// Appends the [network] part. @throws Error as format_recipe
void format_network(const Network& network, std::string& toml);

/// A number so that it reads back as the same double, always with a point or an exponent.
std::string format_number(double value);
/// A TOML text in double quotes.
std::string format_text(std::string_view text);

}  // namespace volley
