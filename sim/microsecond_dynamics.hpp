// What a network trained in steps means from microsecond to microsecond: decays, constant currents,
// delays and refractory periods, and the refusal of what has no such meaning. Must not know engines
// or events.
//
// Microsecond mode is the same network at ticks of 1 us in place of steps of dt = D us:
//   v[k] = d reset(v[k-1]) + (1 - d) r + I[k],  s[k] = v[k] >= threshold
//   d = beta^(1/D), r = bias / (1 - beta): the leak, and the rest that a constant current pulls to
//   I[k] = the weights of the spikes that arrive in tick k, each at its full size
//   delays and refractory periods of n steps are n D ticks
// so that without spikes v[k D] is what k steps make of it. For beta = 1 the constant current adds
// bias / D a tick. Reset as in steps: it takes hold before the next tick, so a neuron that is still
// over its threshold fires again 1 us later. Sum and average pooling pass every spike on; maximum
// pooling is the OR of its window within one microsecond; an address spikes once a microsecond.
//
// Between two spikes that reach a neuron n ticks are one formula, exact for any n:
//   v[k+n] = v[k] d^n + r (1 - d^n)
// Weights are added in float as they are and summed in double, so that the leak of a microsecond is
// not lost to rounding.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/frozen_plan.hpp"

namespace volley {

/// The leak of one channel over any number of ticks.
struct ExactLeak {
  double rate = 0;      ///< -ln d: 1 / tau in microseconds; 0 for beta = 1
  double per_tick = 0;  ///< for rate 0: what a constant current adds a tick, as a share of bias

  /// Factor on the membrane after n ticks: d^n.
  double decay(std::int64_t n) const;
  /// Factor on the drive after n ticks: 1 - d^n, or n / D.
  double gain(std::int64_t n) const;
  /// Of the sum of the membrane over the ticks 1 .. n: factor on the membrane before them,
  double decay_sum(std::int64_t n) const;
  /// and on the drive.
  double gain_sum(std::int64_t n) const;
};

struct MicrosecondDynamics {
  std::vector<ExactLeak> leak;   ///< by channel; one where all are alike
  std::vector<double> drive;     ///< by neuron: r, or bias where beta = 1
  double threshold = 1;
  Reset reset = Reset::subtract;
  std::int64_t refractory = 0;   ///< ticks behind a spike in which there is none

  const ExactLeak& leak_of(std::size_t channel) const {
    return leak[leak.size() == 1 ? 0 : channel];
  }
  /// Ticks, at least 1, until the neuron reaches its threshold without input, v being the membrane
  /// after a reset; infinity where it never does. Off by rounding alone.
  double ticks_to_threshold(std::size_t neuron, std::size_t channel, double v) const;
};

/// Length of a step of the network in microseconds. @throws Error as step_microseconds() does
std::int64_t step_ticks(const FrozenPlan& plan);

/// Of a lif or leaky_integrator population.
/// @throws Error naming the population where it has no meaning from microsecond to microsecond:
/// several spikes in a step, normalisation by steps, a spiking population that is never reset,
/// beta = 0, a synaptic current or an adaptive threshold (no closed form says when it fires next)
MicrosecondDynamics microsecond_dynamics(const FrozenPlan& plan, std::size_t population);

}  // namespace volley
