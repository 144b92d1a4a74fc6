// A circuit run by plain loops in double precision: the exact solution between steps, one neuron
// and one synapse at a time. What the simulator is held against.
#pragma once

#include <cstdint>
#include <vector>

#include "datasets/spike_train.hpp"
#include "models/circuit.hpp"

namespace volley::test {

struct ReferenceSpike {
  std::uint32_t step = 0;
  std::size_t population = 0;
  std::uint32_t neuron = 0;
  friend bool operator==(const ReferenceSpike&, const ReferenceSpike&) = default;
};

struct ReferenceRun {
  std::vector<ReferenceSpike> spikes;                       ///< by step, population, neuron
  std::vector<std::vector<std::vector<double>>> membranes;  ///< [population][neuron][step]
};

/// @param initial v of every population's neurons; without Poisson sources and inputs
ReferenceRun run_reference(const Circuit& circuit, std::uint64_t seed,
                           const std::vector<std::vector<double>>& initial,
                           const std::vector<SpikeTrain>& recorded, std::uint32_t steps);

}  // namespace volley::test
