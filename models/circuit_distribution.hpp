// Numbers and distributions of a circuit file, and what its readers share. Private to those files.
#pragma once

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "models/circuit.hpp"
#include "models/recipe_table.hpp"

namespace volley {

inline constexpr NumberRange any_number, positive{0, 1e12, true}, not_negative{0, 1e12, false},
    probability_range{0, 1, false};

/// Kinds with their words, for StrictTable::choice.
template <class Kind>
std::vector<std::pair<std::string, Kind>> words(std::initializer_list<Kind> kinds) {
  std::vector<std::pair<std::string, Kind>> pairs;
  for (const Kind kind : kinds) pairs.emplace_back(to_string(kind), kind);
  return pairs;
}

/// @throws Error at the table unless it has the key; `example` shows how to write it
void require(const StrictTable& table, const char* key, const std::string& example);

/// A number, or a table with a distribution and its parameters.
Distribution read_distribution(StrictTable& parent, const char* key, Distribution fallback);

}  // namespace volley
