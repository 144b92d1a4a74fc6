// The gradient of one batch: loss and budgets, whole or in parts that are added up. Must not know
// optimisers or where batches come from.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "sim/batch_memory.hpp"
#include "sim/budgets.hpp"
#include "sim/clocked_engine.hpp"
#include "sim/gradient_l1.hpp"
#include "sim/loss.hpp"

namespace volley {

struct BatchOutcome {
  double loss = 0, penalty = 0;     ///< means over the samples (the loss weighted)
  double synaptic_operations = 0;   ///< per sample; 0 without that budget
  std::size_t correct = 0;
  std::vector<double> rates;        ///< spikes per neuron and step, by population
  NetworkMoments moments;           ///< means over the parts, by samples
  std::size_t held = 0;             ///< sample that the engine's first rows now hold
};

class BatchGradient {
public:
  /// The engine must outlive it.
  /// @param labels of the whole split, for class_balanced
  /// @param ranks  as ClockedEngine::share_with takes them
  BatchGradient(ClockedEngine<float>& engine, const TrainingOptions& options,
                const std::vector<int>& labels, MicroBatches cut,
                const Ranks& ranks = one_rank());

  /// Forward and backward; overwrites `gradient`. The sum over the parts is that of the whole batch
  /// but for the normalisation and the denoising transform, whose statistics are the part's own.
  BatchOutcome run(std::span<const SpikeTrain* const> trains, std::span<const int> labels,
                   const BatchConditions& conditions, const Parameters<float>& parameters,
                   Parameters<float>& gradient);

  const MicroBatches& cut() const { return cut_; }

private:
  ClockedEngine<float>& engine_;
  LossOptions loss_;
  MicroBatches cut_;
  Budgets<float> budgets_;
  std::optional<GradientL1<float>> gradient_l1_;
  std::vector<float> logit_gradient_;
  Parameters<float> part_;  ///< gradient of one part; empty until there is more than one
};

}  // namespace volley
