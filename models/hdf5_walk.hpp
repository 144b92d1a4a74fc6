// The child's end of hdf5_tree.hpp: walks a file with the HDF5 library. May crash on damaged files.
#pragma once

#include <cstdint>

#include "base/child_process.hpp"
#include "models/hdf5_tree.hpp"

namespace volley {

/// Record tag for a message; all other tags are an Hdf5Node::Kind.
inline constexpr std::uint64_t walk_error = 255;

/// Sends the records of the whole file, or a message in place of a record.
void walk_hdf5(const std::filesystem::path& file, const Hdf5Limits& limits,
               const ChildProcess::Send& send);

}  // namespace volley
