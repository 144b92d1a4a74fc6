// A network as tables, in words and as JSON: its populations and its projections. Must not know
// files.
#pragma once

#include <cstdint>
#include <string>

#include "app/console.hpp"
#include "models/recipe.hpp"

namespace volley {

struct ParameterCount {
  std::uint64_t weights = 0, others = 0, bytes = 0;
};

/// A row for each population. @param trained_here whether the estimators are known
/// @param json array that gets an object for each
std::string population_table(const Recipe& recipe, bool trained_here, Json& json);

/// A row for each projection. @param total gets what is counted, added up
std::string projection_table(const Network& network, Json& json, ParameterCount& total);

}  // namespace volley
