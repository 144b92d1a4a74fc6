#include "sim/loss.hpp"

#include <algorithm>
#include <cmath>

namespace volley {

namespace {

/// Adds weight * (cross-entropy of one sample) and writes its gradient by the scores.
double add_cross_entropy(const LossOptions& options, const std::vector<double>& scores,
                         std::size_t label, double weight, std::vector<double>& slopes) {
  const double top = *std::max_element(scores.begin(), scores.end());
  double sum = 0, loss = 0;
  for (const double score : scores) sum += std::exp(score - top);
  for (std::size_t c = 0; c < scores.size(); ++c) {
    const double target = (c == label ? 1 - options.label_smoothing : 0.0) +
                          options.label_smoothing / static_cast<double>(scores.size());
    const double log_probability = scores[c] - top - std::log(sum);
    loss -= weight * target * log_probability;
    slopes[c] = weight * options.logit_scale * (std::exp(log_probability) - target);
  }
  return loss;
}

double add_squares(const LossOptions& options, const std::vector<double>& scores,
                   std::size_t label, double weight, std::vector<double>& slopes) {
  const double share = weight / static_cast<double>(scores.size());
  double loss = 0;
  for (std::size_t c = 0; c < scores.size(); ++c) {
    const double away = scores[c] - (c == label ? options.target_correct : options.target_wrong);
    loss += share * away * away;
    slopes[c] = share * options.logit_scale * 2 * away;
  }
  return loss;
}

}  // namespace

double label_weight(const LossOptions& options, std::span<const int> labels) {
  if (options.class_weights.empty()) return static_cast<double>(labels.size());
  double total = 0;
  for (const int label : labels) total += options.class_weights[static_cast<std::size_t>(label)];
  return total;
}

template <class Real>
LossResult score_loss(const LossOptions& options, std::span<const Real> logits,
                      std::span<const int> labels, std::vector<Real>& gradient) {
  const std::size_t samples = labels.size(), classes = logits.size() / samples;
  gradient.resize(logits.size());
  LossResult result;
  const double total_weight = label_weight(options, labels);
  std::vector<double> scores(classes), slopes(classes);
  for (std::size_t sample = 0; sample < samples; ++sample) {
    const Real* own = logits.data() + sample * classes;
    const auto label = static_cast<std::size_t>(labels[sample]);
    for (std::size_t c = 0; c < classes; ++c)
      scores[c] = options.logit_scale * static_cast<double>(own[c]);
    const auto best = std::max_element(scores.begin(), scores.end());
    if (static_cast<std::size_t>(best - scores.begin()) == label) ++result.correct;
    const double weight =
        (options.class_weights.empty() ? 1.0 : options.class_weights[label]) / total_weight;
    result.loss += options.kind == LossKind::mse
                       ? add_squares(options, scores, label, weight, slopes)
                       : add_cross_entropy(options, scores, label, weight, slopes);
    for (std::size_t c = 0; c < classes; ++c)
      gradient[sample * classes + c] = static_cast<Real>(slopes[c]);
  }
  return result;
}

template LossResult score_loss(const LossOptions&, std::span<const float>,
                               std::span<const int>, std::vector<float>&);
template LossResult score_loss(const LossOptions&, std::span<const double>,
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
