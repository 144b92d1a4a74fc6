// Penalties on what a network spends: spikes and synaptic operations. Owns their formulas and
// gradients; must not know losses or optimisers.
#pragma once

#include <vector>

#include "models/recipe.hpp"
#include "sim/clocked_engine.hpp"
#include "sim/fan_out.hpp"

namespace volley {

/// Of a batch.
struct Spending {
  double penalty = 0;              ///< to be added to the loss
  double synaptic_operations = 0;  ///< per sample, as EventEngine counts; 0 without that budget
};

/// Rates: rate_weight * mean over channels c of max(0, m_c - rate_target)^2 for every lif
/// population but the readout, m_c the spikes per neuron and step of the batch.
/// Operations: synops_weight * max(0, S / synops_target - 1)^2, S per sample.
/// Both flow back through the raw spikes and their slope, before any denoising transform.
template <class Real>
class Budgets {
public:
  /// @throws Error as fan_outs does where synaptic operations are to be counted
  Budgets(const Plan& plan, const TrainingOptions& options);

  /// After a forward pass: what it spent; its gradient times `share` goes to the next backward.
  Spending apply(ClockedEngine<Real>& engine, double share = 1.0) const;

private:
  double apply_rates(ClockedEngine<Real>& engine, double share) const;
  double count_operations(const ClockedEngine<Real>& engine) const;

  double rate_target_, rate_weight_, operations_target_, operations_weight_;
  std::vector<FanOut> fan_outs_;
};

}  // namespace volley
