// A trained network ready to run: normalisation, denoising slopes and quantisers folded into plain
// weights and biases, only binary spikes travel. What every exporter writes and every engine runs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/network.hpp"
#include "models/training_options.hpp"

namespace volley {

/// Dynamics at inference, computed in float in exactly this order by every engine:
///   I = sum over incoming projections (by id, those from other populations first) and the spikes
///       that arrive of weights; of a projection's the earliest emitted first, of one step the
///       lowest source index first
///       weights that are evenly spaced values per column are summed as integers, and the sum of a
///       projection and step is added at once, see sim/integer_weights.hpp
///   v = (beta * reset(v)) + (I + bias);  s = v >= threshold
/// extended populations (Population::extended) as sim/neuron_kernels.hpp has it, with I + bias.
/// No fused multiply-add, so that engines agree to the bit on every instruction set.
struct FrozenNetwork {
  /// What normalisation by steps of their own makes of the current from other populations in the
  /// first steps, before that of recurrent projections is added: I <- ratio I + shift.
  struct EarlySteps {
    std::vector<float> ratio;  ///< [steps][channels]
    std::vector<float> shift;  ///< [steps][neurons]
  };

  Network network;                          ///< topology; `normalise` and quantisers are history
  double dt_ms = 1.0;                       ///< length of a step
  std::string dataset;                      ///< trained on this catalog entry; empty: unknown
  int steps = 0;                            ///< steps per sample there; 0: as the recording is long
  std::string encoding = "auto";            ///< how images there become spikes, as in recipes
  std::vector<std::vector<float>> weights;  ///< by projection id, [fan_in][columns]; empty if none
  std::vector<std::vector<float>> bias;     ///< by population, per neuron; empty for input, relay
  /// By population, per channel: its learned beta, used in place of the population's own. Empty
  /// where that holds, and altogether where it does for all.
  std::vector<std::vector<float>> beta;
  /// Steps from a spike to its effect, by projection id, [fan_in][columns]; empty where the
  /// projection's delays are fixed (delay_steps), and altogether where all of them are.
  std::vector<std::vector<std::uint16_t>> delays;
  /// By population; empty where the same holds for all steps, and altogether where it does for all
  /// populations.
  std::vector<EarlySteps> early;
  /// How class scores are read of a leaky_integrator's membrane over the steps; those of a lif
  /// readout are the number of its spikes divided by the steps.
  ReadoutScore readout = ReadoutScore::mean;

  /// Beta per channel of a population, learned or not.
  std::vector<float> channel_beta(PopulationId id) const {
    if (id < beta.size() && !beta[id].empty()) return beta[id];
    const Population& population = network.population(id);
    return std::vector<float>(static_cast<std::size_t>(population.shape.channels),
                              static_cast<float>(population.beta));
  }
};

}  // namespace volley
