// The spikes of a batch transposed: for each neuron the rows in which it fired, which is what the
// gradient of its weights sums up. Must not know networks.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sim/spike_rows.hpp"

namespace volley {

/// For each neuron the rows in which it fired, ascending, as often as they name it. Keeps its room
/// from batch to batch.
struct SpikesByNeuron {
  std::vector<std::span<const std::uint32_t>> lists;  ///< the rows of each neuron
  /// Of graded spikes, else empty: what they count for, those of neuron n from offsets[n] on.
  std::vector<float> values;
  std::vector<std::uint32_t> offsets;

  // Where the lists are.
  std::vector<std::uint32_t> rows;
  std::vector<std::vector<std::uint32_t>> parts;
  std::vector<std::uint64_t> bits;
};

/// In parallel; the lists do not depend on threads.
void transpose(const SpikeRows& spikes, std::size_t neurons, SpikesByNeuron& out);

}  // namespace volley
