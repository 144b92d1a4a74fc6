// Cross-entropy of class scores with its gradient. Must not know networks.
#pragma once

#include <span>
#include <vector>

namespace volley {

struct LossOptions {
  double logit_scale = 1.0;      ///< scores are multiplied by this before the softmax
  double label_smoothing = 0.0;  ///< share of the target spread evenly over classes
  std::vector<double> class_weights;  ///< by class; empty: 1 for all
};

struct LossResult {
  double loss = 0;      ///< mean over samples (weighted)
  std::size_t correct = 0;
};

/// @param logits [samples][classes]
/// @param gradient receives dL/dlogits, same size
template <class Real>
LossResult cross_entropy(const LossOptions& options, std::span<const Real> logits,
                         std::span<const int> labels, std::vector<Real>& gradient);

/// Class weights inverse to class frequency, mean 1 over samples.
std::vector<double> balanced_class_weights(std::span<const int> labels, std::size_t classes);

/// Index of the largest score; the first of equals.
int predicted_class(std::span<const float> scores);

}  // namespace volley
