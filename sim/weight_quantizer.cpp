#include "sim/weight_quantizer.hpp"
#include "base/parallel.hpp"

#include <algorithm>
#include <cmath>

namespace volley {

namespace {
constexpr std::size_t columns_per_task = 32;

/// Calls body(first, last) on fixed blocks of columns, in parallel.
template <class Body>
void for_column_blocks(std::size_t columns, const Body& body) {
  const std::size_t blocks = (columns + columns_per_task - 1) / columns_per_task;
  parallel_for(blocks, [&](std::size_t block) {
    const std::size_t first = block * columns_per_task;
    body(first, std::min(columns, first + columns_per_task));
  });
}

/// 1 bit split at the mean of every column: two values, so that sums are short.
bool plain_one_bit(const WeightQuantizer& quantizer) {
  return quantizer.bits == 1 && quantizer.levels == WeightLevels::uniform &&
         quantizer.group == WeightGroup::channel && quantizer.intercept &&
         quantizer.estimator == WeightEstimator::denoise;
}
}  // namespace

template <class Real>
void quantise_weights(const WeightQuantizer& quantizer, const std::vector<Real>& weights,
                      std::size_t columns, std::vector<Real>& quantised,
                      WeightStatistics& statistics) {
  quantised.resize(weights.size());
  if (!quantizer.quantised()) {
    std::copy(weights.begin(), weights.end(), quantised.begin());
    return;
  }
  if (!plain_one_bit(quantizer))
    return regress_weights(quantizer, weights, columns, quantised, statistics);
  const std::size_t rows = weights.size() / columns;
  const double count = static_cast<double>(rows);
  for (auto* values : {&statistics.mean, &statistics.quantised_mean, &statistics.slope,
                       &statistics.denominator, &statistics.gradient_scale})
    values->resize(columns);
  for_column_blocks(columns, [&](std::size_t first, std::size_t last) {
    const std::size_t width = last - first;
    double sum[columns_per_task] = {}, squares[columns_per_task] = {};
    double ones[columns_per_task] = {}, product[columns_per_task] = {};
    for (std::size_t row = 0; row < rows; ++row)
      for (std::size_t c = 0; c < width; ++c)
        sum[c] += static_cast<double>(weights[row * columns + first + c]);
    for (std::size_t c = 0; c < width; ++c) sum[c] /= count;
    for (std::size_t row = 0; row < rows; ++row)
      for (std::size_t c = 0; c < width; ++c) {
        const double centred = static_cast<double>(weights[row * columns + first + c]) - sum[c];
        const double q = centred >= 0 ? 1.0 : 0.0;
        squares[c] += centred * centred;
        ones[c] += q;
        product[c] += centred * q;
      }
    for (std::size_t c = 0; c < width; ++c) {
      const std::size_t column = first + c;
      const double share = ones[c] / count;
      statistics.mean[column] = sum[c];
      statistics.quantised_mean[column] = share;
      statistics.denominator[column] = share * (1 - share) + quantizer.lambda + 1e-8;
      statistics.slope[column] = product[c] / count / statistics.denominator[column];
      const double deviation = std::sqrt(squares[c] / std::max(count - 1, 1.0));
      statistics.gradient_scale[column] = 1 / (1.6 * (deviation + 1e-8));
    }
    for (std::size_t row = 0; row < rows; ++row)
      for (std::size_t c = 0; c < width; ++c) {
        const std::size_t column = first + c, at = row * columns + column;
        const double q =
            static_cast<double>(weights[at]) - statistics.mean[column] >= 0 ? 1.0 : 0.0;
        quantised[at] = static_cast<Real>(statistics.mean[column] +
                                          statistics.slope[column] *
                                              (q - statistics.quantised_mean[column]));
      }
  });
}

template <class Real>
void quantise_weights_backward(const WeightQuantizer& quantizer, const std::vector<Real>& weights,
                               std::size_t columns, const WeightStatistics& statistics,
                               std::vector<Real>& gradient) {
  if (!quantizer.quantised()) return;
  if (!plain_one_bit(quantizer))
    return regress_weights_backward(quantizer, weights, columns, statistics, gradient);
  const std::size_t rows = weights.size() / columns;
  const double count = static_cast<double>(rows);
  for_column_blocks(columns, [&](std::size_t first, std::size_t last) {
    const std::size_t width = last - first;
    double sum[columns_per_task] = {}, product[columns_per_task] = {};
    const auto centred_bit = [&](std::size_t at, std::size_t column) {
      const double q = static_cast<double>(weights[at]) - statistics.mean[column] >= 0 ? 1.0 : 0.0;
      return q - statistics.quantised_mean[column];
    };
    for (std::size_t row = 0; row < rows; ++row)
      for (std::size_t c = 0; c < width; ++c) {
        const std::size_t column = first + c, at = row * columns + column;
        sum[c] += static_cast<double>(gradient[at]);
        product[c] += static_cast<double>(gradient[at]) * centred_bit(at, column);
      }
    for (std::size_t row = 0; row < rows; ++row)
      for (std::size_t c = 0; c < width; ++c) {
        const std::size_t column = first + c, at = row * columns + column;
        const double bit = centred_bit(at, column), g = static_cast<double>(gradient[at]);
        const double mean_gradient = sum[c] / count, a = statistics.slope[column];
        const double shared = product[c] / (count * statistics.denominator[column]);
        const double centred = static_cast<double>(weights[at]) - statistics.mean[column];
        gradient[at] = static_cast<Real>(
            mean_gradient + shared * bit +
            statistics.gradient_scale[column] *
                (a * (g - mean_gradient) + shared * (centred - 2 * a * bit)));
      }
  });
}

template void quantise_weights(const WeightQuantizer&, const std::vector<float>&, std::size_t,
                               std::vector<float>&, WeightStatistics&);
template void quantise_weights(const WeightQuantizer&, const std::vector<double>&, std::size_t,
                               std::vector<double>&, WeightStatistics&);
template void quantise_weights_backward(const WeightQuantizer&, const std::vector<float>&,
                                        std::size_t, const WeightStatistics&, std::vector<float>&);
template void quantise_weights_backward(const WeightQuantizer&, const std::vector<double>&,
                                        std::size_t, const WeightStatistics&,
                                        std::vector<double>&);

}  // namespace volley
