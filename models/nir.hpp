// The Neuromorphic Intermediate Representation (NIR, Pedersen et al., Nature Communications 2024):
// writing a frozen network and reading one back. Owns its HDF5 layout and what importers accept;
// must not know engines.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "models/frozen_network.hpp"

namespace volley {

/// What an export had to say: each line names what NIR cannot express and the tools that differ.
struct NirReport {
  std::vector<std::string> warnings;
  bool portable = true;  ///< exact in snnTorch, Norse (dt = 1e-4) and SpikingJelly
};

/// Writes the network as NIR, nodes in creation order, dt = 1e-4 s per step in the file's own
/// time (`portable` profile), true step length, reset and bits under metadata.
/// @throws Error for what cannot be said at all (max pooling, a bias that differs within a channel
/// of a map, synaptic currents, adaptive thresholds, refractory periods) with the population's name
/// and what to do instead. A learned decay is written as a tau per neuron.
NirReport write_nir(const FrozenNetwork& network, const std::filesystem::path& file);

/// Reads a graph of Input, Output, Affine, Linear, Conv2d, SumPool2d, AvgPool2d, Flatten, Scale,
/// IF, LIF, LI nodes in a chain (or feed-forward branches that sum). Step rule: forward Euler with
/// metadata dt (default 1e-4 s). Files that volley wrote give back the same network to the bit.
/// @param assumptions what the file leaves open and was assumed, one line each
/// @throws Error naming the HDF5 path for a damaged, hostile or unsupported file.
FrozenNetwork read_nir(const std::filesystem::path& file, std::vector<std::string>& assumptions);

}  // namespace volley
