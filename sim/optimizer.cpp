#include "sim/optimizer.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/parallel.hpp"
#include "sim/training_kernels.hpp"

namespace volley {

namespace {
constexpr double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;

template <class Real>
double squared_norm(const std::vector<Real>& values) {
  constexpr std::size_t block = 65536, lanes = 8;  // lanes, so that sums need not wait for another
  const std::size_t blocks = (values.size() + block - 1) / block;
  std::vector<double> partial(blocks, 0.0);
  parallel_for(blocks, [&](std::size_t part) {
    std::array<double, lanes> sums{};
    const std::size_t end = std::min(values.size(), (part + 1) * block);
    std::size_t i = part * block;
    for (; i + lanes <= end; i += lanes)
      for (std::size_t lane = 0; lane < lanes; ++lane) {
        const double value = static_cast<double>(values[i + lane]);
        sums[lane] += value * value;
      }
    for (; i < end; ++i)
      sums[0] += static_cast<double>(values[i]) * static_cast<double>(values[i]);
    for (const double sum : sums) partial[part] += sum;
  });
  double sum = 0;
  for (const double value : partial) sum += value;
  return sum;
}
}  // namespace

template <class Real>
std::vector<double> tensor_norms(const Plan& plan, Parameters<Real>& gradient) {
  std::vector<double> norms;
  for (const auto& view : parameter_views(plan, gradient))
    norms.push_back(std::sqrt(squared_norm(*view.values)));
  return norms;
}

double global_norm(const std::vector<double>& norms) {
  double sum = 0;
  for (const double norm : norms) sum += norm * norm;
  return std::sqrt(sum);
}

template <class Real>
Optimizer<Real>::Optimizer(const Plan& plan, const TrainingOptions& options)
    : options_(options), first_(zero_parameters<Real>(plan)) {
  if (has_second_moment()) second_ = first_;
}

template <class Real>
void Optimizer<Real>::step(const Plan& plan, Parameters<Real>& parameters,
                           Parameters<Real>& gradient, const std::vector<double>& norms,
                           double rate, std::uint64_t step_number) {
  const bool descent = options_.optimizer == OptimizerKind::sgd;
  const bool decoupled = options_.optimizer == OptimizerKind::adamw;
  auto values = parameter_views(plan, parameters);
  const auto slopes = parameter_views(plan, gradient);
  const auto firsts = parameter_views(plan, first_);
  const auto seconds = parameter_views(plan, descent ? first_ : second_);
  double scale = 1;
  if (options_.gradient_clip > 0) {
    const double norm = global_norm(norms);
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
      const std::size_t at = part * block, count = std::min(block, size - at);
      if (descent) {
        descent_row(DescentRow<Real>{values[k].values->data() + at, firsts[k].values->data() + at,
                                     slopes[k].values->data() + at, static_cast<Real>(scale),
                                     static_cast<Real>(rate), static_cast<Real>(decay),
                                     static_cast<Real>(options_.sgd_momentum), options_.nesterov},
                    count);
        return;
      }
      AdamRow<Real> row{};
      row.parameter = values[k].values->data() + at;
      row.first = firsts[k].values->data() + at;
      row.second = seconds[k].values->data() + at;
      row.gradient = slopes[k].values->data() + at;
      row.gradient_scale = static_cast<Real>(scale);
      row.rate = static_cast<Real>(rate * values[k].rate);
      row.decay = static_cast<Real>(decoupled ? decay : 0.0);
      row.l2 = static_cast<Real>(decoupled ? 0.0 : decay);
      row.beta1 = static_cast<Real>(beta1);
      row.beta2 = static_cast<Real>(beta2);
      row.correction1 = static_cast<Real>(correction1);
      row.correction2 = static_cast<Real>(correction2);
      row.epsilon = static_cast<Real>(epsilon);
      adam_row(row, count);
    });
  }
}

template std::vector<double> tensor_norms(const Plan&, Parameters<float>&);
template std::vector<double> tensor_norms(const Plan&, Parameters<double>&);
template class Optimizer<float>;
template class Optimizer<double>;

}  // namespace volley
