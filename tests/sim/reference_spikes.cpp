#include "reference_spikes.hpp"

#include <algorithm>
#include <cmath>

#include "sim/user_estimator.hpp"

namespace volley {

namespace {

constexpr double pi = 3.14159265358979323846;

double normal(double x) { return 0.5 * (1 + std::erf(x / std::sqrt(2.0))); }

}  // namespace

double ramp(double d, double half) { return std::clamp(d / (2 * half) + 0.5, 0.0, 1.0); }

double smooth_step(Estimator estimator, double d, double k, double half) {
  switch (estimator) {
    case Estimator::atan: return std::atan(pi / 2 * k * d) / pi;
    case Estimator::fast_sigmoid: return d / (1 + k * std::abs(d));
    case Estimator::sigmoid:
    case Estimator::stochastic:
    case Estimator::learned: return 1 / (1 + std::exp(-k * d));
    case Estimator::soft_round:
      return std::tanh(k * d / (2 * half)) / (2 * std::tanh(k / 2));
    case Estimator::triangle: {
      const double away = std::min(std::abs(d), 1 / k);
      return std::copysign(k * away - k * k * away * away / 2, d);
    }
    case Estimator::gaussian: return normal(k * d);
    case Estimator::multi_gaussian:
      return 1.15 * normal(k * d) - 0.15 * normal((k * d - 1) / 6) -
             0.15 * normal((k * d + 1) / 6);
    default: return 0;
  }
}

double reference_slope(const SpikeQuantizer& quantizer, double d, double half, double threshold,
                       int levels, double k) {
  switch (quantizer.estimator) {
    case Estimator::denoise:
    case Estimator::straight_through:
    case Estimator::progressive: {
      const double climb = (levels - 1) * threshold + 2 * half;
      return d > -half && d < climb - half ? levels / climb : 0.0;
    }
    case Estimator::custom: return user_estimator(quantizer.custom).slope(d, 2 * half, k);
    case Estimator::soft_round:
      if (std::abs(d) >= half) return 0.0;  // no difference may be taken across the window's edge
      [[fallthrough]];
    default:
      return derivative(
          [&](double at) { return smooth_step(quantizer.estimator, at, k, half); }, d);
  }
}

double reference_probability(const SpikeQuantizer& quantizer, double d, double half, double k,
                             double progress) {
  if (quantizer.estimator == Estimator::stochastic)
    return smooth_step(quantizer.estimator, d, k, half);
  const double share = std::log10(1 + 9 * progress);
  return d >= 0 ? share + (1 - share) * ramp(d, half) : (1 - share) * ramp(d, half);
}

}  // namespace volley
