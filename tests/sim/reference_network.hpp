// The plain-loop twin of the clocked engine: dense, in double, written from the formulas alone.
// With frozen noise every quantiser is the affine map plus the perturbation it had, so that the loss is
// smooth and finite differences are its true gradient. Slow; for tests only.
#pragma once

#include <vector>

#include "datasets/spike_train.hpp"
#include "models/recipe.hpp"
#include "reference_weights.hpp"
#include "sim/dropout.hpp"
#include "sim/loss.hpp"
#include "sim/parameters.hpp"
#include "sim/spike_draws.hpp"

namespace volley {

using Matrix = std::vector<std::vector<double>>;  // [row][neuron]; row = sample * steps + step

/// What quantisation did at one point of parameter space.
struct QuantisationNoise {
  struct Of {
    Matrix membrane, spike, slope;  // u0, s0, ds/du; u is v but for adaptive thresholds
    Matrix hard, per_sharpness;     // s0 had it not been drawn, ds/dlog(sharpness)
    double log_sharpness = 0;       // of a learned estimator
    Matrix clipped, open;           // x0, dx/du
    Matrix refractory;              // 1 where no spike could be
    Matrix potential, synapse, adaptation;  // v, i, a: what truncation holds
    Matrix fires, fire_slope;       // whether there is a spike at all, and its slope
    std::vector<double> gain, offset;  // a, b by channel, where they are taken as constants
    std::vector<std::vector<std::size_t>> winner;  // max pooling: source neuron by row and neuron
  };
  using OfWeights = WeightNoise;
  std::vector<Of> population;
  std::vector<OfWeights> projection;
  TrainingMoment moment;  // read: of the random spikes
};

struct ReferenceResult {
  double loss = 0;                        // penalties and discretisation errors included
  double penalty = 0, synaptic_operations = 0;
  std::vector<double> logits;
  std::vector<Matrix> spikes, membranes;  // by population; u of extended neurons
};

/// @param frozen null: quantise, and write what happened to `noise`; else: use that noise
/// @param training how scores are read, the budgets, and where states are detached; detached states
/// are those of the noise
ReferenceResult run_reference(const Plan& plan, const Parameters<double>& parameters,
                              const std::vector<SpikeTrain>& samples,
                              const std::vector<int>& labels, const LossOptions& loss,
                              QuantisationNoise& noise, bool frozen,
                              const TrainingOptions& training = {},
                              const DropoutStream& dropout = {});

}  // namespace volley
