// A circuit drawn, cut into shares and compiled: what every thread reads and none writes. Owns the
// spans of time between shares; must not know state or threads.
#pragma once

#include <cstdint>
#include <vector>

#include "datasets/spike_train.hpp"
#include "models/circuit.hpp"
#include "sim/circuit_layout.hpp"
#include "sim/synapse_table.hpp"

namespace volley {

struct CircuitSettings {
  std::uint64_t seed = 1;
  int threads = 1;
  std::uint64_t memory_limit = 0;  ///< bytes of synapses; 0: what the machine has free
};

struct CircuitPlan {
  Circuit circuit;
  CircuitSettings settings;
  std::vector<SpikeTrain> inputs;      ///< of each population; empty for those not recorded
  CircuitLayout layout;
  std::vector<SynapseTable> tables;
  std::uint32_t shortest = 0;          ///< steps until a spike can reach another share
  std::uint32_t longest = 0;           ///< steps for which tables without delays of their own ask
  std::size_t slices = 1;              ///< a power of two above every synapse's own delay
};

/// Checks, draws and compiles. @param recorded spikes of each population of kind recorded, in steps
/// of the circuit's dt. @throws Error as Circuit::check and synapse_tables do; for a train of the
/// wrong size
CircuitPlan circuit_plan(const Circuit& circuit, const CircuitSettings& settings,
                         std::vector<SpikeTrain> recorded);

/// Milliseconds as whole steps.
std::uint32_t steps_of(double ms, double dt_ms);

}  // namespace volley
