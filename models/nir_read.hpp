// The two ways of reading a NIR graph; private to the NIR files.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "models/frozen_network.hpp"
#include "models/hdf5_tree.hpp"
#include "models/nir.hpp"

namespace volley {

/// The file as it is, with the NIRGraph /node in it. @throws Error for a file that holds none, is
/// damaged, or declares more data than it can hold
Hdf5Node read_nir_tree(const std::filesystem::path& file);

/// A graph that volley wrote, to the bit; nothing where it was not written by volley, or changed
/// since (then says so among the assumptions).
std::optional<FrozenNetwork> read_own_nir(const Hdf5Node& graph,
                                          std::vector<std::string>& assumptions);

/// Any graph of the nodes that nir.hpp lists. @throws Error
FrozenNetwork import_nir(const Hdf5Node& graph, const std::string& file,
                         const NirReadOptions& options, std::vector<std::string>& assumptions);

}  // namespace volley
