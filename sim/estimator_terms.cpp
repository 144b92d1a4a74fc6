#include "sim/estimator_terms.hpp"

#include <algorithm>
#include <cmath>

namespace volley {

namespace {

/// What the spike stands for at distance d, and its derivative by v.
template <class Real>
struct Unquantised {
  Real value, slope;
};

template <class Real>
Unquantised<Real> unquantised(const EstimatorTerms<Real>& row, Real d) {
  if (row.estimator == Estimator::learned) {
    const Real k = row.sharpness, e = std::exp(-k * std::abs(d)), below = e / (1 + e);
    return {d < 0 ? below : 1 - below, k * e / ((1 + e) * (1 + e))};
  }
  const Real x = std::clamp(d / row.window + Real(0.5), Real(0), Real(1));
  return {x, std::abs(d) < row.window / 2 ? 1 / row.window : Real(0)};
}

/// dE/dx
template <class Real>
Real error_slope(const EstimatorTerms<Real>& row, Real d, Real x) {
  return row.error_factor * (x - (d >= 0 ? Real(1) : Real(0)));
}

}  // namespace

template <class Real>
double sharpness_gradient(const EstimatorTerms<Real>& row, std::size_t n) {
  double sum = 0;
  for (std::size_t i = 0; i < n; ++i) {
    if (!row.open(i)) continue;
    const Real d = row.v[i] - row.threshold;
    const auto [x, slope] = unquantised(row, d);
    Real to_spike = row.gradient[i] + error_slope(row, d, x);
    if (row.recurrent != nullptr) to_spike += row.recurrent[i];
    if (row.next != nullptr && row.attached && row.reset != Reset::none)
      to_spike -= row.beta * row.next[i] * (row.reset == Reset::zero ? row.v[i] : row.threshold);
    sum += static_cast<double>(to_spike * slope * d);
  }
  return sum;
}

template <class Real>
void add_discretisation_gradient(const EstimatorTerms<Real>& row, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) {
    if (!row.open(i)) continue;
    const Real d = row.v[i] - row.threshold;
    const auto [x, slope] = unquantised(row, d);
    row.gradient[i] += error_slope(row, d, x) * slope;
  }
}

template double sharpness_gradient(const EstimatorTerms<float>&, std::size_t);
template double sharpness_gradient(const EstimatorTerms<double>&, std::size_t);
template void add_discretisation_gradient(const EstimatorTerms<float>&, std::size_t);
template void add_discretisation_gradient(const EstimatorTerms<double>&, std::size_t);

}  // namespace volley
