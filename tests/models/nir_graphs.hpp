// Graphs and checks that the tests of NIR share.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "models/nir.hpp"
#include "models/nir_graph.hpp"
#include "sample_networks.hpp"

namespace volley::test {

/// read_nir() without what it assumes.
FrozenNetwork read_graph(const std::filesystem::path& file);

bool same_bits(const std::vector<std::vector<float>>& a, const std::vector<std::vector<float>>& b);

/// Writes and reads the network, which must be the same one, and nothing assumed.
void expect_back_to_the_bit(const FrozenNetwork& frozen, const std::filesystem::path& file);

/// As another tool would have written it.
void write_without_metadata(const FrozenNetwork& frozen, const std::filesystem::path& file);

/// A random network that resets to zero.
/// @param learned whether decays may differ within a population
Network portable_network(RandomEngine& random, bool learned = false);

/// Fields and nodes of a graph made by hand.
NirField floats(const std::string& name, std::vector<std::size_t> shape, float value);
NirField integers(const std::string& name, std::vector<std::int64_t> values);
NirNode node(const std::string& name, const std::string& type, std::vector<NirField> fields);

/// input 2x4x4 -> depthwise conv -> IF -> average pool -> flatten -> linear -> LIF, some of its
/// parameters scalars
NirNode foreign_graph();

}  // namespace volley::test
