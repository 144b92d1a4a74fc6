// Names with named values in a recipe: what the data's side reads and this side only carries, the
// transforms of recordings and the cochlea. Must not know what the names mean.
#pragma once

#include <string>
#include <vector>

#include "base/named_values.hpp"
#include "models/recipe_table.hpp"

namespace volley {

/// The table under `key` with the key as its name; without values where it is absent.
/// @throws Error with its place for values that are no number, text, boolean or array of numbers
NamedValues parse_named(StrictTable& table, const std::string& key);
/// The array of tables under `key`, each with a `name`; empty where absent.
std::vector<NamedValues> parse_named_list(StrictTable& table, const std::string& key);

/// `{ a = 1.0, b = "text" }`; `name = ...` comes first where `named`.
std::string format_named(const NamedValues& values, bool named);
/// `[ {...}, {...} ]` over several lines.
std::string format_named_list(const std::vector<NamedValues>& list);

}  // namespace volley
