// What tools that import NIR make of a file: what they refuse and what they change without a word.
// Owns that knowledge, which is theirs and of a day (2026); must not know what volley makes of it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "models/hdf5_tree.hpp"

namespace volley {

struct NirFinding {
  enum class Effect { rejects, changes };
  std::string tool;  ///< one of nir_tools()
  Effect effect = Effect::rejects;
  std::string path;  ///< in HDF5: "/node/nodes/lif"
  std::string what;  ///< "reads tau as a number of steps"
};

/// The package `nir` with its default checks, then the tools, in the order that findings have.
const std::vector<std::string>& nir_tools();

/// @param graph the group of the top node
/// @throws Error naming the HDF5 path for what is no graph: missing groups, edges to unknown nodes,
/// sub-graphs nested too deeply
std::vector<NirFinding> check_nir(const Hdf5Node& graph, const std::string& file);

/// Reads the file and checks it. @throws Error also as read_hdf5() does
std::vector<NirFinding> check_nir(const std::filesystem::path& file);

/// "rejects", "changes"
const char* to_string(NirFinding::Effect effect);

}  // namespace volley
