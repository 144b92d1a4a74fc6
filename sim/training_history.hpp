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
  std::vector<PopulationRate> rates;   ///< lif populations, network order
};

struct TrainingHistory {
  std::vector<BatchRecord> batches;
  std::vector<EpochRecord> epochs;
};

}  // namespace volley
