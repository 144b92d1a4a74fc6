// The nodes and edges of a NIR file with its sub-graphs unfolded. Owns the edge list and its
// faults; what a node computes is nir_import.cpp's business.
#pragma once

#include <string>
#include <vector>

#include "models/hdf5_tree.hpp"

namespace volley {

struct NirSourceNode {
  std::string name;  ///< "lif", or "h.lif" within the sub-graph h
  std::string type;
  const Hdf5Node* group = nullptr;
  std::vector<std::size_t> from;  ///< nodes whose output it takes; ends of sub-graphs left out
  bool end_of_subgraph = false;
};

/// @param graph the group of the top NIRGraph
/// @throws Error naming the HDF5 path: no or too many nodes, an edge to an unknown node, sub-graphs
/// nested too deeply or with more than one input
std::vector<NirSourceNode> unfold_nir(const Hdf5Node& graph, const std::string& file);

}  // namespace volley
