// The metrics of NeuroBench (Yik et al., Nature Communications 16, 1545, 2025) on a frozen network,
// by its names and counting rules, and the energy that its operations would take. Owns the figures;
// must not know how they are printed.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "sim/synaptic_counter.hpp"

namespace volley {

struct NeurobenchMetrics {
  /// Footprint in bytes: weights, biases and delays as they run (floats; 2 bytes for a delay), with
  /// the decays, thresholds and so on of every population (NeuroBench: parameters and buffers).
  /// What neurons keep from step to step is not in it.
  std::uint64_t footprint = 0;
  /// The same with every projection's weights packed as weight_bytes() says.
  std::uint64_t footprint_quantised = 0;
  std::uint64_t membrane_bytes = 0;     ///< membranes, and traces of extended neurons: the state
  std::uint64_t parameter_count = 0;    ///< ParameterCount: weights, biases, delays of synapses
  double connection_sparsity = 0;       ///< ConnectionSparsity: zero weights / weights
  struct Layer {
    std::string name;
    double sparsity = 0;
  };
  double activation_sparsity = 0;       ///< ActivationSparsity: silent / (neurons x steps)
  std::vector<Layer> layers;            ///< the same by lif population
  // Means over the recordings:
  double membrane_updates = 0;          ///< MembraneUpdates: v[t] != v[t-1]; all of the first step
  double effective_macs = 0, effective_acs = 0, dense = 0;  ///< SynapticOperations
  std::size_t recordings = 0;
};

/// What needs no recording: footprints, ParameterCount, ConnectionSparsity.
NeurobenchMetrics static_metrics(const FrozenPlan& plan);

/// Everything. Synaptic operations and spikes are counted by the event engine as it runs. Membrane
/// updates are counted by the clocked engine, since NeuroBench's rule asks for every step of every
/// neuron and the event engine skips most. Parallel over recordings, the same for any number of
/// threads.
/// @param progress called one at a time, from any thread
/// @throws Error where a recording does not fit the network's input
NeurobenchMetrics measure(const FrozenPlan& plan, std::span<const SpikeTrain> recordings,
                          const std::function<void(std::size_t done)>& progress = {});

/// Energy of one operation in a 45 nm process, in picojoules: Horowitz, "Computing's energy
/// problem", ISSCC 2014, figure 1.1.9. MAC = multiplication + addition of the same type.
struct OperationEnergy {
  const char* type;
  double add_pj, multiply_pj;
};
inline constexpr std::array<OperationEnergy, 3> operation_energies{{
    {"fp32", 0.9, 3.7},
    {"fp16", 0.4, 1.1},
    {"int8", 0.03, 0.2},
}};

/// Energy of a recording in nanojoules: arithmetic of the synaptic operations alone.
struct EnergyEstimate {
  const char* type;
  double effective_nj = 0;  ///< ACs as additions, MACs as both
  double dense_nj = 0;      ///< every dense operation as a MAC: a network that skips nothing
};
std::array<EnergyEstimate, operation_energies.size()> energy_of(const NeurobenchMetrics& metrics);

}  // namespace volley
