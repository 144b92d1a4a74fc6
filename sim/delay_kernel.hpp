// Delays as weights of several taps, tap k acting delay_steps + k steps after the spike: forward,
// gradients, and the width that narrows while training. Dilated convolution with learnable spacings
// over time (Hammouamri, Khalfaoui-Hassani and Masquelier, "Learning delays in spiking neural
// networks using dilated convolutions with learnable spacings", ICLR 2024). Must not know
// populations' dynamics.
#pragma once

#include <span>
#include <vector>

#include "sim/parameters.hpp"
#include "sim/projection_kernels.hpp"

namespace volley {

/// Part of training over which the kernel narrows; after it delays are whole numbers that stay,
/// and the weights get used to them.
inline constexpr double delay_anneal_end = 0.75;
inline constexpr double least_delay_sigma = 0.25;  ///< steps, reached there

/// Width of the kernel in steps when `fraction_done` of the training is done: s0 (s1 / s0)^(f / fe)
/// with s0 = delay_sigma or half the range, s1 = least_delay_sigma (s0 where that is less) and fe =
/// delay_anneal_end. 0 means rounded: after fe, and for delays that are not learned.
double delay_sigma(const Projection& projection, double fraction_done);

/// The delay in whole steps, within delay_steps and the longest; halves go up.
int rounded_delay(const Projection& projection, double delay);

/// g_k(d) by tap and stored delay, [taps][values]: exp(-(k - d)^2 / (2 sigma^2)) divided by its sum
/// over the taps, delays counted from delay_steps; with sigma 0 it is 1 at the rounded delay.
template <class Real>
struct DelayKernel {
  std::vector<Real> values;
  double sigma = 0;
};
template <class Real>
void make_delay_kernel(const PlanProjection& projection, const std::vector<Real>& delays,
                       double sigma, DelayKernel<Real>& kernel);

/// W[k] = w g_k(d) of one tap, written to `out` [rows][columns].
template <class Real>
void tap_weights(const PlanProjection& projection, std::span<const Real> weights,
                 const DelayKernel<Real>& kernel, std::size_t tap, Real* out);

/// Of every tap, [taps][rows][columns].
template <class Real>
void all_tap_weights(const PlanProjection& projection, std::span<const Real> weights,
                     const DelayKernel<Real>& kernel, std::vector<Real>& out);

/// With G_k = dL/dW[k] (what weight_gradient makes of the source's spikes at that delay):
///   dL/dw = sum over k of g_k G_k, and what the intercepts add at every step
///   dL/dd = sum over k and the synapses that share d of w G_k g_k (k - mean) / sigma^2,
///   mean = sum over m of g_m m
/// Overwrites both; the delays' gradient is 0 where sigma is. `weights` are those after their
/// quantiser, [rows][columns].
template <class Real>
void delayed_weight_gradient(const PlanProjection& projection, std::span<const Real> weights,
                             const DelayKernel<Real>& kernel, const SpikeRows& spikes,
                             const BatchRows& rows, const SourceAffine<Real>& affine,
                             const std::vector<Real>& current_gradient,
                             std::vector<Real>& weight_gradient, std::vector<Real>& delay_gradient);

/// Delays that an optimiser moved out of their range go back to its ends.
void clamp_delays(const Plan& plan, Parameters<float>& parameters);

}  // namespace volley
