// Spikes drawn at random while training, for the estimators `stochastic` and `progressive`
// (models/quantizer.hpp). Owns their probabilities and the order of the draws, which depends on
// nothing but seed, step, population and sample. Must not know batches or threads.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/random.hpp"
#include "sim/neuron_kernels.hpp"
#include "sim/plan.hpp"

namespace volley {

/// Where training stands, as far as estimators ask.
struct TrainingMoment {
  std::uint64_t seed = 1, step = 0;  ///< address the random streams; step = optimiser steps taken
  double progress = 0;               ///< part of training done, 0 to 1
  bool draws = true;                 ///< false: every spike is 1[v >= threshold], as in inference
};

/// Probability with which a spike of `progressive` is the quantised one: log10(1 + 9 progress).
double replaced_share(double progress);

/// Probability of a spike at distance d from the threshold; `window` in units of v.
/// stochastic: sigma(k d). progressive: p 1[d >= 0] + (1 - p) clip(d / window + 1/2, 0, 1).
double spike_probability(const SpikeQuantizer& quantizer, double window, double share, double d);

/// The spikes of one sample of a population, step after step: one uniform number per neuron and
/// step, in order, from the stream {step, population, sample}; a spike where it is below the
/// probability.
template <class Real>
class SpikeDraws {
public:
  SpikeDraws(const PlanPopulation& population, const TrainingMoment& moment, std::size_t sample);

  /// The membranes after the reset by the spikes drawn last; valid until the next call.
  const Real* reset(const Real* previous);

  /// Draws a step. Writes the ascending neurons that fire to `spikes` (room for all); returns how
  /// many.
  std::size_t draw(const Real* v, std::uint32_t* spikes);
  /// The same of extended neurons, whose quantiser sees `relative`: puts the spikes drawn in the
  /// place of the thresholds'. A refractory neuron stays so; its number is drawn in vain.
  void draw(const Real* relative, NeuronStatus* status);

private:
  bool fires(Real v);

  const PlanPopulation& population_;
  double window_, share_;
  RandomEngine engine_;
  std::vector<Real> kept_;
  std::vector<std::uint32_t> fired_;
};

}  // namespace volley
