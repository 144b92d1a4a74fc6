// The two ways of reading a NIR graph; private to the NIR files.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/frozen_network.hpp"
#include "models/hdf5_tree.hpp"

namespace volley {

/// A graph that volley wrote, to the bit; nothing where it was not written by volley, or changed
/// since (then says so among the assumptions).
std::optional<FrozenNetwork> read_own_nir(const Hdf5Node& graph,
                                          std::vector<std::string>& assumptions);

/// Any graph of the nodes that nir.hpp lists. @throws Error
FrozenNetwork import_nir(const Hdf5Node& graph, const std::string& file,
                         std::vector<std::string>& assumptions);

}  // namespace volley
