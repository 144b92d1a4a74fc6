// From what the user wrote to a recipe or study file: a path, or the bare name of a shipped one. Must
// not know what is in it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace volley {

/// Names of the shipped recipes that are found, sorted.
std::vector<std::string> shipped_recipes();

/// @throws Error for a bare name that is no file and no shipped recipe (lists those)
std::filesystem::path find_recipe(const std::string& name);

/// The same for studies, and for the large networks of volley simulate.
std::filesystem::path find_study(const std::string& name);
std::filesystem::path find_network(const std::string& name);

}  // namespace volley
