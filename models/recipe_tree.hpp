// A recipe as a TOML tree before its keys are read: parsing the text and changing it by dotted
// paths. Owns the walk along a path; must not know keys beyond those that name list entries.
#pragma once

#include <string>
#include <string_view>
#include <toml++/toml.h>
#include <vector>

#include "models/recipe_override.hpp"
#include "models/recipe_table.hpp"

namespace volley {

/// @param how what the Error advises
/// @throws Error with line and column for a syntax error
toml::table parse_toml(std::string_view text, const std::string& origin, const std::string& how);

/// Makes the changes in order and notes the place of every node that they put in.
/// @throws Error at the change's place for a path that leads nowhere or a value that is no TOML
void apply_overrides(toml::table& root, const std::vector<RecipeOverride>& changes,
                     NodePlaces& places);

/// A value of a TOML file as the text of a change.
std::string toml_text(const toml::node& value);

}  // namespace volley
