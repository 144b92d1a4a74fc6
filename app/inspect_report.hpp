// What is in a file, by kind: each prints its words and returns its JSON. Must not know options.
#pragma once

#include <filesystem>

#include "app/console.hpp"
#include "datasets/event.hpp"

namespace volley {

/// @param damaged set where the file is damaged; what came before the damage is reported
Json inspect_events(const std::filesystem::path& file, const SensorSize& sensor, bool& damaged,
                    Console& console);
Json inspect_volley(const std::filesystem::path& file, Console& console);
Json inspect_nir(const std::filesystem::path& file, Console& console);
Json inspect_recipe(const std::filesystem::path& file, Console& console);

}  // namespace volley
