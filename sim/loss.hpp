// The loss of class scores with its gradient. Must not know networks.
#pragma once

#include <span>
#include <vector>

#include "models/training_options.hpp"

namespace volley {

struct LossOptions {
  LossKind kind = LossKind::cross_entropy;
  double logit_scale = 1.0;      ///< scores are multiplied by this first
  double label_smoothing = 0.0;  ///< cross-entropy: share of the target spread over classes
  double target_correct = 1.0, target_wrong = 0.0;  ///< mse
  std::vector<double> class_weights;  ///< by class; empty: 1 for all
};

struct LossResult {
  double loss = 0;      ///< mean over samples (weighted)
  std::size_t correct = 0;
};

/// cross_entropy: -log softmax(z)_label against smoothed targets. mse: the mean over classes of
/// (z - target)^2; on the scores of a lif readout this is the spike-count loss of snnTorch's
/// mse_count_loss and of SLAYER (Shrestha and Orchard, NeurIPS 2018), counts divided by the steps.
/// z: scores times logit_scale.
/// @param logits [samples][classes]
/// @param gradient receives dL/dlogits, same size
template <class Real>
LossResult score_loss(const LossOptions& options, std::span<const Real> logits,
                      std::span<const int> labels, std::vector<Real>& gradient);

/// Sum of the class weights of some samples: what score_loss divides by.
double label_weight(const LossOptions& options, std::span<const int> labels);

/// Class weights inverse to class frequency, mean 1 over samples.
std::vector<double> balanced_class_weights(std::span<const int> labels, std::size_t classes);

/// Index of the largest score; the first of equals.
int predicted_class(std::span<const float> scores);

}  // namespace volley
