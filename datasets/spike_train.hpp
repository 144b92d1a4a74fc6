// Binary spikes in discrete time, sparse: for each step the ascending indices of those that fired.
// The one form in which spikes travel from datasets to engines, between layers and to pictures.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace volley {

/// steps x inputs, compressed by step: the spikes of step t are indices[offsets[t]] up to but not
/// including indices[offsets[t + 1]], strictly ascending. Index of a sensor address: (y * width + x) * polarities + p (channel last,
/// the order of every map in volley, see models/shape.hpp).
struct SpikeTrain {
  std::uint32_t steps = 0;
  std::uint32_t inputs = 0;
  std::vector<std::uint32_t> offsets{0};
  std::vector<std::uint32_t> indices;

  std::span<const std::uint32_t> step(std::uint32_t t) const {
    return {indices.data() + offsets[t], indices.data() + offsets[t + 1]};
  }
  std::size_t spikes() const { return indices.size(); }

  friend bool operator==(const SpikeTrain&, const SpikeTrain&) = default;
};

}  // namespace volley
