// What happened in a network during one recording: the read-only view that comparison, pictures and
// windows share. Must not know engines or windows.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "datasets/spike_train.hpp"
#include "models/network.hpp"

namespace volley {

/// Activity of one population. Spiking kinds fill `spikes` (relays after pooling: their pooled
/// spikes); leaky integrators fill `membrane` (steps x neurons, row-major).
struct PopulationTrace {
  std::string name;
  NeuronKind kind = NeuronKind::lif;
  Shape shape;
  SpikeTrain spikes;
  std::vector<float> membrane;

  /// Spikes per neuron and step; 0 for kinds without spikes.
  double firing_rate() const {
    const double cells = static_cast<double>(spikes.steps) * static_cast<double>(shape.size());
    return cells > 0 ? static_cast<double>(spikes.spikes()) / cells : 0.0;
  }
};

/// One recording through the network. populations[i] is the population with id i.
struct SampleTrace {
  std::string recording;
  int label = -1;
  int predicted = -1;
  double dt_ms = 1.0;
  std::uint32_t steps = 0;
  std::vector<PopulationTrace> populations;
  std::vector<float> scores;         ///< one per class
  std::uint64_t synaptic_operations = 0;  ///< weights added, counted by the event engine; else 0
};

}  // namespace volley
