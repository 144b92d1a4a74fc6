// How much memory a batch takes in training, known before it is run, and how it is cut to fit. Must
// not know trainers.
#pragma once

#include <cstddef>
#include <cstdint>

#include "models/recipe.hpp"
#include "sim/plan.hpp"

namespace volley {

/// Bytes of the clocked engine in training: currents, membranes and gradients of every neuron and
/// row (sample and step), spike lists at a rate of 1/4, and whatever is there once: parameters,
/// their gradients, the optimiser's moments and the quantised weights. With recomputation currents
/// and membranes are the largest population's and the readout's, gradients those that are needed at
/// the same time.
struct BatchMemory {
  std::uint64_t fixed = 0, per_row = 0;

  std::uint64_t bytes(std::uint64_t rows) const { return fixed + per_row * rows; }
};

BatchMemory batch_memory(const Plan& plan, const TrainingOptions& options,
                         bool recomputing = false);

/// How a batch is run: cut into parts that differ by at most one sample, or whole.
struct MicroBatches {
  std::size_t largest = 1;        ///< most samples of a part
  std::uint64_t whole_bytes = 0;  ///< predicted for a whole batch
  std::uint64_t part_bytes = 0;   ///< and for its largest part
  bool recomputing = false;       ///< see ClockedEngine::set_recomputation

  std::size_t parts(std::size_t samples) const { return (samples + largest - 1) / largest; }
  /// First sample of a part; of the part after the last the end.
  std::size_t begin(std::size_t part, std::size_t samples) const {
    return part * samples / parts(samples);
  }
};

/// How batch_size samples of `steps` steps stay within memory_budget_mib: whole if they do, else
/// with recomputation, which changes no number, where that saves anything; else in the fewest
/// parts.
/// @throws Error where one sample alone does not
MicroBatches cut_batch(const Plan& plan, const TrainingOptions& options, std::uint64_t steps);

}  // namespace volley
