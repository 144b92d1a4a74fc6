// The topology of a network as GraphViz (.dot) and GraphML, by Boost.Graph's writers. Owns what is
// said of a population and a projection; must not know weights.
#pragma once

#include <filesystem>

#include "models/network.hpp"

namespace volley {

/// Populations by name, kind, shape, beta and threshold; projections by kind, number of weights and
/// delay. @throws Error where it cannot be written
void write_graphviz_file(const Network& network, const std::filesystem::path& file);
void write_graphml_file(const Network& network, const std::filesystem::path& file);

/// Whether a file that was just written says this network: populations, projections and their
/// kinds. @throws Error for a file that cannot be read
bool says_graphviz(const Network& network, const std::filesystem::path& file);
bool says_graphml(const Network& network, const std::filesystem::path& file);

}  // namespace volley
