// A trained network ready to run: normalisation, denoising slopes and quantisers folded into plain
// weights and biases, only binary spikes travel. What every exporter writes and every engine runs.
#pragma once

#include <string>
#include <vector>

#include "models/network.hpp"
#include "models/training_options.hpp"

namespace volley {

/// Dynamics at inference, computed in float in exactly this order by every engine:
///   I = sum over incoming projections (by id) and their spikes (ascending source index) of weights
///   v = (beta * reset(v)) + (I + bias);  s = v >= threshold
/// No fused multiply-add, so that engines agree to the bit on every instruction set.
struct FrozenNetwork {
  Network network;                          ///< topology; `normalise` and quantisers are history
  double dt_ms = 1.0;                       ///< length of a step
  std::string dataset;                      ///< trained on this catalog entry; empty: unknown
  int steps = 0;                            ///< steps per sample there; 0: as the recording is long
  std::vector<std::vector<float>> weights;  ///< by projection id, [fan_in][columns]; empty if none
  std::vector<std::vector<float>> bias;     ///< by population, per neuron; empty for input, relay
  /// How class scores are read of a leaky_integrator's membrane over the steps; those of a lif
  /// readout are the number of its spikes divided by the steps.
  ReadoutScore readout = ReadoutScore::mean;
};

}  // namespace volley
