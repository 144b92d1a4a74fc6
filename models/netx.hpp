// Networks of lava-dl as its netx reads them (HDF5, `layer/<n>`): integers for Loihi, turned into a
// frozen network in floats. Owns that layout; must not know engines.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "models/frozen_network.hpp"

namespace volley {

/// Whether an HDF5 file holds the groups of netx rather than those of NIR.
/// @throws Error as read_hdf5() does
bool is_netx(const std::filesystem::path& file);

/// Reads layers of type input, dense, conv and flatten with neurons CUBA or LOIHI: per step
///   i <- i (1 - iDecay / 4096) + w s;  v <- v (1 - vDecay / 4096) + i + bias
///   a spike where v reaches vThMant (theta / 64), then v <- 0 and refDelay - 1 steps without spike
/// Loihi rounds currents and membranes to integers at each step, the network read does not.
/// @param assumptions what the file leaves open and was assumed, one line each
/// @throws Error naming the HDF5 path for damaged, hostile or unsupported files (graded spikes,
/// delays, concatenation)
FrozenNetwork read_netx(const std::filesystem::path& file, std::vector<std::string>& assumptions);

}  // namespace volley
