#include "sim/optimizer.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/parallel.hpp"
#include "sim/training_kernels.hpp"

namespace volley {

namespace {
constexpr double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;

template <class Real>
double squared_norm(const std::vector<Real>& values) {
  constexpr std::size_t block = 65536;
  const std::size_t blocks = (values.size() + block - 1) / block;
  std::vector<double> partial(blocks, 0.0);
  parallel_for(blocks, [&](std::size_t part) {
    for (std::size_t i = part * block; i < std::min(values.size(), (part + 1) * block); ++i)
      partial[part] += static_cast<double>(values[i]) * static_cast<double>(values[i]);
  });
  double sum = 0;
  for (const double value : partial) sum += value;
  return sum;
}
}  // namespace

double scheduled_rate(const TrainingOptions& options, std::uint64_t step, std::uint64_t total) {
  const double now = static_cast<double>(step) + 1, all = static_cast<double>(total);
  const double rising = options.warm_up * all;
  if (now < rising) return options.learning_rate * now / rising;
  const double progress = all > rising ? (now - rising) / (all - rising) : 1.0;
  return options.learning_rate * 0.5 * (1 + std::cos(std::numbers::pi * std::min(1.0, progress)));
}

template <class Real>
AdamW<Real>::AdamW(const Plan& plan, const TrainingOptions& options)
    : options_(options), first_(zero_parameters<Real>(plan)), second_(first_) {}

template <class Real>
double AdamW<Real>::step(const Plan& plan, Parameters<Real>& parameters,
                         Parameters<Real>& gradient, double rate, std::uint64_t step_number) {
  auto values = parameter_views(plan, parameters);
  const auto slopes = parameter_views(plan, gradient);
  const auto firsts = parameter_views(plan, first_), seconds = parameter_views(plan, second_);
  double norm = 0, scale = 1;
  if (options_.gradient_clip > 0) {
    for (const auto& view : slopes) norm += squared_norm(*view.values);
    norm = std::sqrt(norm);
    if (norm > options_.gradient_clip) scale = options_.gradient_clip / norm;
  }
  const double number = static_cast<double>(step_number) + 1;
  const double correction1 = 1 - std::pow(beta1, number);
  const double correction2 = 1 - std::pow(beta2, number);
  constexpr std::size_t block = 16384;
  for (std::size_t k = 0; k < values.size(); ++k) {
    const std::size_t size = values[k].values->size();
    const double decay = values[k].decays ? options_.weight_decay : 0.0;
    parallel_for((size + block - 1) / block, [&](std::size_t part) {
      const std::size_t at = part * block;
      AdamRow<Real> row{};
      row.parameter = values[k].values->data() + at;
      row.first = firsts[k].values->data() + at;
      row.second = seconds[k].values->data() + at;
      row.gradient = slopes[k].values->data() + at;
      row.gradient_scale = static_cast<Real>(scale);
      row.rate = static_cast<Real>(rate * values[k].rate);
      row.decay = static_cast<Real>(decay);
      row.beta1 = static_cast<Real>(beta1);
      row.beta2 = static_cast<Real>(beta2);
      row.correction1 = static_cast<Real>(correction1);
      row.correction2 = static_cast<Real>(correction2);
      row.epsilon = static_cast<Real>(epsilon);
      adam_row(row, std::min(block, size - at));
    });
  }
  return norm;
}

template class AdamW<float>;
template class AdamW<double>;

}  // namespace volley
