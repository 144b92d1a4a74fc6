// Spikes in discrete time, sparse: for each step the ascending indices of those that fired. The one
// form in which spikes travel from datasets to engines, between layers and to pictures.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace volley {

/// steps x inputs, compressed by step: the spikes of step t are indices[offsets[t]] up to but not
/// including indices[offsets[t + 1]], strictly ascending. Index of a sensor address:
/// (y * width + x) * polarities + p (channel last, the order of every map in volley, see
/// models/shape.hpp).
struct SpikeTrain {
  std::uint32_t steps = 0;
  std::uint32_t inputs = 0;
  std::vector<std::uint32_t> offsets{0};
  std::vector<std::uint32_t> indices;
  /// Graded input: what each spike counts for, beside its index. Empty: every spike counts 1, as
  /// it always does between layers.
  std::vector<float> values;
  /// The one row stored (offsets {0, n}) is the input of every step: a still image.
  bool constant = false;

  std::span<const std::uint32_t> step(std::uint32_t t) const {
    const std::size_t row = constant ? 0 : t;
    return {indices.data() + offsets[row], indices.data() + offsets[row + 1]};
  }
  /// Values of the spikes of step t; empty where every spike counts 1.
  std::span<const float> values_at(std::uint32_t t) const {
    const std::size_t row = constant ? 0 : t;
    if (values.empty()) return {};
    return {values.data() + offsets[row], values.data() + offsets[row + 1]};
  }
  std::size_t spikes() const { return constant ? steps * indices.size() : indices.size(); }

  friend bool operator==(const SpikeTrain&, const SpikeTrain&) = default;
};

}  // namespace volley
