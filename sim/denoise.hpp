// The denoising affine transform for spikes: a spike is the 1-bit quantisation of the membrane
// potential, and what travels on in training is its ridge regression back onto the membrane (Ye et
// al., arXiv 2409.09245v1), pooled over time steps, batch and space. Owns the formulas on moments;
// the loops over neurons are in kernels. Must not know networks.
//
//   s = 1[v >= threshold] or a count, x = clip(v, threshold -+ w/2), y = mx + a (s - ms) = a s + b,
//   a = C / D,  C = cov(x, s),  V = var(s),  D = V + lambda + 1e-8,  b = mx - a ms
//
// Backward, given g = dL/dy, N elements per slope group, gb = mean g over the intercept group:
//   A = sum g (s - ms) / (N D)
//   dL/ds = a (g - gb) + A [(x - mx) - 2 a (s - ms)],  dL/dx = gb + A (s - ms)
// and for the form y = a s:  A = sum g s / (N D),
//   dL/ds = a g + A [(x - mx) - 2 a (s - ms)],  dL/dx = A (s - ms)
// For y = a (s - ms), gb in dL/dx is 0. With the membrane standardised before the regression,
// xh = (x - mx) / sx, sx = sqrt(var x + 1e-5), C = mean xh (s - ms), mean xh = 0, so that `full`
// and `centre` are the same:
//   dL/ds = a (g - gb) + A [xh - 2 a (s - ms)],  dL/dx = (A / sx) [(s - ms) - C xh]
// With slope and intercept taken as constants: dL/ds = a g, dL/dx = 0.
// Then dL/dv = (1/w inside the window) dL/ds + (inside the window, or everywhere unclipped) dL/dx.
#pragma once

#include <span>
#include <vector>

#include "models/quantizer.hpp"
#include "sim/parameters.hpp"

namespace volley {

/// The transform per channel; groups wider than a channel hold equal values.
struct SpikeAffine {
  std::vector<double> slope, intercept;     ///< a, b (b = 0 for AffineForm::scale)
  std::vector<double> membrane_mean, spike_mean, denominator;  ///< mx, ms, D as the group sees them
  std::vector<double> inverse, correlation;  ///< 1/sx and mean xh (s - ms); 1 and C unstandardised
};

/// @param moments per channel: membrane_mean, spike_mean, covariance (of the membrane as it is),
/// spike_variance, and membrane_variance where the target is standardised
SpikeAffine spike_affine(const SpikeQuantizer& quantizer, const PopulationMoments& moments);

/// dL/ds = slope_s g + const_s + per_x x + per_s s;  dL/dx = const_x + per_spike s + x_per_x x, per
/// channel; x_per_x is 0 unless the target is standardised.
struct SpikeGradient {
  std::vector<double> slope_s, const_s, per_x, per_s, const_x, per_spike, x_per_x;
};

/// @param gradient_sum, gradient_spike_sum  sum g and sum g s per channel
/// @param count elements per channel (steps x batch x space)
SpikeGradient spike_gradient(const SpikeQuantizer& quantizer, const SpikeAffine& affine,
                             std::span<const double> gradient_sum,
                             std::span<const double> gradient_spike_sum, double count);

}  // namespace volley
