// What training needs beside spikes and membranes: sums for the moments, the backward of the
// normalisation, the optimiser. On rows of float or double; one text, compiled per instruction set
// by Highway and chosen at run time. Must not know networks or threads.
#pragma once

#include <cstddef>

namespace volley {

/// sum[i] += clamp(v[i], low, high)
void add_clamped(const float* v, std::size_t n, float low, float high, double* sum);
void add_clamped(const double* v, std::size_t n, double low, double high, double* sum);

/// sum[i] += x[i]
void add_values(const float* x, std::size_t n, double* sum);
void add_values(const double* x, std::size_t n, double* sum);

/// sum[i] += x[i]; squares[i] += x[i]^2
void add_moments(const float* x, std::size_t n, double* sum, double* squares);
void add_moments(const double* x, std::size_t n, double* sum, double* squares);

/// sums over a row for the backward of normalisation: sum[i] += g[i];
/// product[i] += g[i] * (current[i] - mean[i]) * inverse[i]
void add_norm_gradient(const float* g, const float* current, const float* mean,
                       const float* inverse, std::size_t n, double* sum, double* product);
void add_norm_gradient(const double* g, const double* current, const double* mean,
                       const double* inverse, std::size_t n, double* sum, double* product);

/// g[i] = factor[i] * (g[i] - mean_gradient[i] - (current[i] - mean[i]) * inverse[i] *
/// mean_product[i])
template <class Real>
struct NormBackwardRow {
  const Real *current, *mean, *inverse, *factor, *mean_gradient, *mean_product;
  Real* g;
};
void norm_backward_row(const NormBackwardRow<float>& row, std::size_t n);
void norm_backward_row(const NormBackwardRow<double>& row, std::size_t n);

/// AdamW (Loshchilov and Hutter, arXiv 1711.05101, algorithm 2) on n parameters; with `l2` instead
/// of `decay`, Adam with that times the parameter added to the gradient.
template <class Real>
struct AdamRow {
  Real *parameter, *first, *second;
  const Real* gradient;
  Real gradient_scale, rate, decay, beta1, beta2, correction1, correction2, epsilon;
  Real l2 = 0;
};
void adam_row(const AdamRow<float>& row, std::size_t n);
void adam_row(const AdamRow<double>& row, std::size_t n);

/// Gradient descent with momentum on n parameters: g = gradient_scale * gradient + l2 * parameter;
/// velocity = momentum * velocity + g; parameter -= rate * velocity, or in Nesterov's form
/// rate * (g + momentum * velocity) (Sutskever et al., ICML 2013, as PyTorch writes it).
template <class Real>
struct DescentRow {
  Real *parameter, *velocity;
  const Real* gradient;
  Real gradient_scale, rate, l2, momentum;
  bool nesterov;
};
void descent_row(const DescentRow<float>& row, std::size_t n);
void descent_row(const DescentRow<double>& row, std::size_t n);

}  // namespace volley
