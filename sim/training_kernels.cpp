// Plain loops that the compiler vectorises once per instruction set.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sim/training_kernels.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h

#include <hwy/highway.h>

#include <cmath>

#include "sim/training_kernels.hpp"

HWY_BEFORE_NAMESPACE();
namespace volley::HWY_NAMESPACE {

template <class Real>
HWY_ATTR void add_clamped_text(const Real* HWY_RESTRICT v, std::size_t n, Real low, Real high,
                               double* HWY_RESTRICT sum) {
  for (std::size_t i = 0; i < n; ++i) {
    const Real raised = v[i] < low ? low : v[i];
    sum[i] += static_cast<double>(raised > high ? high : raised);
  }
}

template <class Real>
HWY_ATTR void add_values_text(const Real* HWY_RESTRICT x, std::size_t n,
                              double* HWY_RESTRICT sum) {
  for (std::size_t i = 0; i < n; ++i) sum[i] += static_cast<double>(x[i]);
}

template <class Real>
HWY_ATTR void add_moments_text(const Real* HWY_RESTRICT x, std::size_t n,
                               double* HWY_RESTRICT sum, double* HWY_RESTRICT squares) {
  for (std::size_t i = 0; i < n; ++i) {
    const double value = static_cast<double>(x[i]);
    sum[i] += value;
    squares[i] += value * value;
  }
}

template <class Real>
HWY_ATTR void add_norm_gradient_text(const Real* HWY_RESTRICT g, const Real* HWY_RESTRICT current,
                                     const Real* HWY_RESTRICT mean,
                                     const Real* HWY_RESTRICT inverse, std::size_t n,
                                     double* HWY_RESTRICT sum, double* HWY_RESTRICT product) {
  for (std::size_t i = 0; i < n; ++i) {
    const double gradient = static_cast<double>(g[i]);
    sum[i] += gradient;
    product[i] += gradient * static_cast<double>((current[i] - mean[i]) * inverse[i]);
  }
}

template <class Real>
HWY_ATTR void norm_backward_row_text(const NormBackwardRow<Real>& row, std::size_t n) {
  const Real* HWY_RESTRICT current = row.current;
  const Real* HWY_RESTRICT mean = row.mean;
  const Real* HWY_RESTRICT inverse = row.inverse;
  const Real* HWY_RESTRICT factor = row.factor;
  const Real* HWY_RESTRICT mean_gradient = row.mean_gradient;
  const Real* HWY_RESTRICT mean_product = row.mean_product;
  Real* HWY_RESTRICT g = row.g;
  for (std::size_t i = 0; i < n; ++i) {
    const Real standard = (current[i] - mean[i]) * inverse[i];
    g[i] = factor[i] * (g[i] - mean_gradient[i] - standard * mean_product[i]);
  }
}

template <bool l2, class Real>
HWY_ATTR void adam_row_text(const AdamRow<Real>& row, std::size_t n) {
  Real* HWY_RESTRICT parameter = row.parameter;
  Real* HWY_RESTRICT first = row.first;
  Real* HWY_RESTRICT second = row.second;
  const Real* HWY_RESTRICT gradient = row.gradient;
  const Real beta1 = row.beta1, beta2 = row.beta2, epsilon = row.epsilon;
  const Real keep = 1 - row.rate * row.decay, rate = row.rate / row.correction1;
  const Real correction = 1 / row.correction2, scale = row.gradient_scale;
  for (std::size_t i = 0; i < n; ++i) {
    Real g = gradient[i] * scale;
    if constexpr (l2) g += row.l2 * parameter[i];
    first[i] = beta1 * first[i] + (1 - beta1) * g;
    second[i] = beta2 * second[i] + (1 - beta2) * g * g;
    parameter[i] = keep * parameter[i] -
                   rate * first[i] / (std::sqrt(second[i] * correction) + epsilon);
  }
}

template <class Real>
HWY_ATTR void descent_row_text(const DescentRow<Real>& row, std::size_t n) {
  Real* HWY_RESTRICT parameter = row.parameter;
  Real* HWY_RESTRICT velocity = row.velocity;
  const Real* HWY_RESTRICT gradient = row.gradient;
  const Real scale = row.gradient_scale, l2 = row.l2, momentum = row.momentum;
  // rate * velocity, or rate * (g + momentum * velocity)
  const Real along = row.rate * (row.nesterov ? momentum : Real(1));
  const Real ahead = row.nesterov ? row.rate : Real(0);
  for (std::size_t i = 0; i < n; ++i) {
    const Real g = gradient[i] * scale + l2 * parameter[i];
    velocity[i] = momentum * velocity[i] + g;
    parameter[i] -= along * velocity[i] + ahead * g;
  }
}

// Highway's dispatch tables take plain functions, so each text gets a name per type.
#define VOLLEY_KERNELS(Real, X)                                                                   \
  HWY_ATTR void AddClamped##X(const Real* v, std::size_t n, Real l, Real h, double* s) {          \
    add_clamped_text<Real>(v, n, l, h, s); }                                                      \
  HWY_ATTR void AddValues##X(const Real* x, std::size_t n, double* s) {                           \
    add_values_text<Real>(x, n, s); }                                                             \
  HWY_ATTR void AddMoments##X(const Real* x, std::size_t n, double* s, double* q) {               \
    add_moments_text<Real>(x, n, s, q); }                                                         \
  HWY_ATTR void AddNormGradient##X(const Real* g, const Real* c, const Real* m, const Real* i,    \
                                   std::size_t n, double* s, double* p) {                         \
    add_norm_gradient_text<Real>(g, c, m, i, n, s, p); }                                          \
  HWY_ATTR void NormBackwardRow##X(const NormBackwardRow<Real>& r, std::size_t n) {               \
    norm_backward_row_text<Real>(r, n); }                                                         \
  HWY_ATTR void AdamRow##X(const AdamRow<Real>& r, std::size_t n) {                               \
    if (r.l2 != 0) adam_row_text<true, Real>(r, n);                                               \
    else adam_row_text<false, Real>(r, n); }                                                      \
  HWY_ATTR void DescentRow##X(const DescentRow<Real>& r, std::size_t n) {                         \
    descent_row_text<Real>(r, n); }
VOLLEY_KERNELS(float, Float)
VOLLEY_KERNELS(double, Double)
#undef VOLLEY_KERNELS

}  // namespace volley::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace volley {

#define VOLLEY_DISPATCH(Real, X)                                                                  \
  HWY_EXPORT(AddClamped##X);                                                                      \
  HWY_EXPORT(AddValues##X);                                                                       \
  HWY_EXPORT(AddMoments##X);                                                                      \
  HWY_EXPORT(AddNormGradient##X);                                                                 \
  HWY_EXPORT(NormBackwardRow##X);                                                                 \
  HWY_EXPORT(AdamRow##X);                                                                         \
  HWY_EXPORT(DescentRow##X);                                                                      \
  void add_clamped(const Real* v, std::size_t n, Real l, Real h, double* s) {                     \
    HWY_DYNAMIC_DISPATCH(AddClamped##X)(v, n, l, h, s);                                           \
  }                                                                                               \
  void add_values(const Real* x, std::size_t n, double* s) {                                      \
    HWY_DYNAMIC_DISPATCH(AddValues##X)(x, n, s);                                                  \
  }                                                                                               \
  void add_moments(const Real* x, std::size_t n, double* s, double* q) {                          \
    HWY_DYNAMIC_DISPATCH(AddMoments##X)(x, n, s, q);                                              \
  }                                                                                               \
  void add_norm_gradient(const Real* g, const Real* c, const Real* m, const Real* i,              \
                         std::size_t n, double* s, double* p) {                                   \
    HWY_DYNAMIC_DISPATCH(AddNormGradient##X)(g, c, m, i, n, s, p);                                \
  }                                                                                               \
  void norm_backward_row(const NormBackwardRow<Real>& r, std::size_t n) {                         \
    HWY_DYNAMIC_DISPATCH(NormBackwardRow##X)(r, n);                                               \
  }                                                                                               \
  void adam_row(const AdamRow<Real>& r, std::size_t n) {                                          \
    HWY_DYNAMIC_DISPATCH(AdamRow##X)(r, n);                                                       \
  }                                                                                               \
  void descent_row(const DescentRow<Real>& r, std::size_t n) {                                    \
    HWY_DYNAMIC_DISPATCH(DescentRow##X)(r, n);                                                    \
  }
VOLLEY_DISPATCH(float, Float)
VOLLEY_DISPATCH(double, Double)
#undef VOLLEY_DISPATCH

}  // namespace volley
#endif  // HWY_ONCE
