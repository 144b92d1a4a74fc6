#include "sim/loss.hpp"

#include <algorithm>
#include <cmath>

namespace volley {

template <class Real>
LossResult cross_entropy(const LossOptions& options, std::span<const Real> logits,
                         std::span<const int> labels, std::vector<Real>& gradient) {
  const std::size_t samples = labels.size(), classes = logits.size() / samples;
  gradient.resize(logits.size());
  LossResult result;
  const auto weight_of = [&](int label) {
    return options.class_weights.empty() ? 1.0
                                         : options.class_weights[static_cast<std::size_t>(label)];
  };
  double total_weight = 0;
  for (const int label : labels) total_weight += weight_of(label);
  std::vector<double> scores(classes);
  for (std::size_t sample = 0; sample < samples; ++sample) {
    const Real* own = logits.data() + sample * classes;
    const auto label = static_cast<std::size_t>(labels[sample]);
    for (std::size_t c = 0; c < classes; ++c)
      scores[c] = options.logit_scale * static_cast<double>(own[c]);
    const auto best = std::max_element(scores.begin(), scores.end());
    if (static_cast<std::size_t>(best - scores.begin()) == label) ++result.correct;
    const double top = *best;
    double sum = 0;
    for (const double score : scores) sum += std::exp(score - top);
    const double weight = weight_of(labels[sample]) / total_weight;
    for (std::size_t c = 0; c < classes; ++c) {
      const double target = (c == label ? 1 - options.label_smoothing : 0.0) +
                            options.label_smoothing / static_cast<double>(classes);
      const double log_probability = scores[c] - top - std::log(sum);
      result.loss -= weight * target * log_probability;
      gradient[sample * classes + c] = static_cast<Real>(
          weight * options.logit_scale * (std::exp(log_probability) - target));
    }
  }
  return result;
}

template LossResult cross_entropy(const LossOptions&, std::span<const float>,
                                  std::span<const int>, std::vector<float>&);
template LossResult cross_entropy(const LossOptions&, std::span<const double>,
                                  std::span<const int>, std::vector<double>&);

std::vector<double> balanced_class_weights(std::span<const int> labels, std::size_t classes) {
  std::vector<double> count(classes, 0.0), weights(classes, 0.0);
  for (const int label : labels) count[static_cast<std::size_t>(label)] += 1;
  const auto present = std::count_if(count.begin(), count.end(), [](double n) { return n > 0; });
  for (std::size_t c = 0; c < classes; ++c)
    if (count[c] > 0)
      weights[c] =
          static_cast<double>(labels.size()) / (static_cast<double>(present) * count[c]);
  return weights;
}

int predicted_class(std::span<const float> scores) {
  return static_cast<int>(std::max_element(scores.begin(), scores.end()) - scores.begin());
}

}  // namespace volley
