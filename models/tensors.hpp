// The numbers of a frozen network as named tensors, in the layout that PyTorch and NumPy users
// expect, and back. Owns names and orders; must not know files.
#pragma once

#include <string>
#include <vector>

#include "models/frozen_network.hpp"

namespace volley {

struct NamedTensor {
  std::string name;                ///< "input->hidden/weight", "hidden/bias"
  std::vector<std::size_t> shape;  ///< row-major; empty for a scalar
  std::vector<float> values;

  friend bool operator==(const NamedTensor&, const NamedTensor&) = default;
};

/// By projection: weight, (out, in) for dense, (out, in / groups, height, width) for conv2d,
/// (channels) for one_to_one and identity; delay of the same shape, where synapses have their own.
/// By population: bias (neurons), or (channels, height, width) of a map; beta (channels); threshold.
/// Inputs of a dense projection behind a flatten are counted channel first.
std::vector<NamedTensor> tensors_of(const FrozenNetwork& network);

/// Puts tensors of these names and shapes in the network's place.
/// @throws Error naming a tensor that is missing, not known, or of another shape
void put_tensors(const std::vector<NamedTensor>& tensors, FrozenNetwork& network);

}  // namespace volley
