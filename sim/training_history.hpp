// The numbers of a training run as they come: what curves and metrics files are drawn from.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace volley {

struct BatchRecord {
  int epoch = 0;                ///< from 1
  std::uint64_t step = 0;       ///< optimiser steps taken, from 1
  double loss = 0, accuracy = 0;  ///< of this batch
  double learning_rate = 0;
  double gradient_norm = 0;     ///< of the whole gradient, before clipping
  double penalty = 0;           ///< of the budgets, not within `loss`
};

struct PopulationRate {
  std::string name;
  double rate = 0;  ///< spikes per neuron and step
  int levels = 1;   ///< most that there can be
};

struct EpochRecord {
  int epoch = 0;
  double train_loss = 0, train_accuracy = 0;
  double test_accuracy = -1;           ///< -1 where not evaluated
  double test_balanced_accuracy = -1;  ///< mean of the accuracies per class
  double learning_rate = 0;
  double samples_per_second = 0;
  double seconds = 0;
  double loading_seconds = 0;  ///< of them, those in which training waited for its samples
  std::vector<PopulationRate> rates;   ///< lif populations, network order
  double gradient_norm = 0, penalty = 0;  ///< means over the batches
  double synaptic_operations = 0;      ///< per training sample; 0 where there is no budget of them
  double test_synaptic_operations = 0;  ///< per test recording, counted; 0 where not evaluated
  /// [label][predicted] on the test split; empty where not evaluated, and for more than
  /// most_confusion_classes.
  std::vector<std::vector<std::uint32_t>> test_confusion;
  bool best = false;                   ///< no epoch was better so far by early_stop_metric
};

/// What goes wrong in a way that the one who trains can mend.
struct TrainingWarning {
  enum class Kind { silent, nearly_silent, saturated, vanishing, exploding, not_finite };
  Kind kind = Kind::silent;
  int epoch = 0;               ///< from 1
  std::uint64_t step = 0;      ///< optimiser steps taken
  std::string subject;         ///< population, or projection and array as in checkpoints
  std::string problem, advice;
};

inline constexpr std::size_t most_confusion_classes = 256;

struct TrainingHistory {
  std::vector<BatchRecord> batches;
  std::vector<EpochRecord> epochs;
};

}  // namespace volley
