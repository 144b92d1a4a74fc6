#include "sim/gradient_l1.hpp"

#include <cmath>

namespace volley {

template <class Real>
GradientL1<Real>::GradientL1(const Plan& plan, double lambda, double relative_step)
    : engine_(plan),
      lambda_(lambda),
      relative_step_(relative_step),
      moved_gradient_(zero_parameters<Real>(plan)) {}

template <class Real>
double GradientL1<Real>::add(const BatchConditions& conditions,
                             std::span<const SpikeTrain* const> samples,
                             const LogitGradient<Real>& loss, const Parameters<Real>& parameters,
                             Parameters<Real>& gradient) {
  moved_ = parameters;
  const auto slopes = parameter_views(engine_.plan(), gradient);
  const auto moved = parameter_views(engine_.plan(), moved_);
  double squares = 0, count = 0, norm = 0;
  for (std::size_t k = 0; k < moved.size(); ++k) {
    if (!moved[k].decays) continue;  // only weights decay
    count += static_cast<double>(moved[k].values->size());
    for (const Real w : *moved[k].values)
      squares += static_cast<double>(w) * static_cast<double>(w);
    for (const Real g : *slopes[k].values) norm += std::abs(static_cast<double>(g));
  }
  if (squares == 0 || norm == 0) return norm;
  const double h = relative_step_ * std::sqrt(squares / count);
  for (std::size_t k = 0; k < moved.size(); ++k) {
    if (!moved[k].decays) continue;
    for (std::size_t i = 0; i < moved[k].values->size(); ++i) {
      const Real g = (*slopes[k].values)[i];
      if (g != 0) (*moved[k].values)[i] += static_cast<Real>(g > 0 ? h : -h);
    }
  }
  engine_.set_moment(conditions.moment);
  engine_.set_sparsity(conditions.sparsity);
  loss(engine_.forward(samples, moved_, nullptr, &conditions.dropout), logit_gradient_);
  engine_.backward(logit_gradient_, moved_, moved_gradient_);
  const auto there = parameter_views(engine_.plan(), moved_gradient_);
  const Real factor = static_cast<Real>(lambda_ / h);
  for (std::size_t k = 0; k < there.size(); ++k)
    for (std::size_t i = 0; i < there[k].values->size(); ++i) {
      Real& g = (*slopes[k].values)[i];
      g += factor * ((*there[k].values)[i] - g);
    }
  return norm;
}

template class GradientL1<float>;
template class GradientL1<double>;

}  // namespace volley
