// The plain-loop twin of the clocked engine: dense, in double, written from the formulas alone.
// With frozen noise every quantiser is the affine map plus the perturbation it had, so that the loss is
// smooth and finite differences are its true gradient. Slow; for tests only.
#pragma once

#include <vector>

#include "datasets/spike_train.hpp"
#include "models/recipe.hpp"
#include "sim/loss.hpp"
#include "sim/parameters.hpp"

namespace volley {

using Matrix = std::vector<std::vector<double>>;  // [row][neuron]; row = sample * steps + step

/// What quantisation did at one point of parameter space.
struct QuantisationNoise {
  struct Of {
    Matrix membrane, spike, slope;  // v0, s0, ds/dv
    Matrix clipped, open;           // x0, dx/dv
    std::vector<std::vector<std::size_t>> winner;  // max pooling: source neuron by row and neuron
  };
  struct OfWeights {
    std::vector<double> weight, quantised, slope;  // w0, q0, dq/dw
  };
  std::vector<Of> population;
  std::vector<OfWeights> projection;
};

struct ReferenceResult {
  double loss = 0;                        // penalties included
  double penalty = 0, synaptic_operations = 0;
  std::vector<double> logits;
  std::vector<Matrix> spikes, membranes;  // by population
};

/// @param frozen null: quantise, and write what happened to `noise`; else: use that noise
/// @param training how scores are read, the budgets, and where states are detached; detached states
/// are those of the noise
ReferenceResult run_reference(const Plan& plan, const Parameters<double>& parameters,
                              const std::vector<SpikeTrain>& samples,
                              const std::vector<int>& labels, const LossOptions& loss,
                              QuantisationNoise& noise, bool frozen,
                              const TrainingOptions& training = {});

}  // namespace volley
