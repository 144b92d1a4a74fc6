// The shapes of all nodes of a NIR graph, followed from the nodes that say theirs. Owns which node
// makes which shape; must not know weights' values.
#pragma once

#include <string>
#include <vector>

#include "models/nir_source.hpp"
#include "models/shape.hpp"

namespace volley {

struct NirShape {
  Shape shape;
  bool spatial = false;  ///< has the axes channel, height, width
  bool sure = false;     ///< false where nothing says it
};

/// One per node. @throws Error for fields that make no shape
std::vector<NirShape> find_shapes(const std::vector<NirSourceNode>& nodes, const std::string& file);

}  // namespace volley
