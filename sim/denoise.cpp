#include "sim/denoise.hpp"

#include <numeric>

#include "sim/temporal_norm.hpp"

namespace volley {

namespace {
constexpr double epsilon = 1e-8;  // keeps D positive where a neuron never or always fires

double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

/// Pooled over channels: mean of the means, and covariance within plus between channels.
PopulationMoments pool_tensor(const PopulationMoments& moments) {
  const std::size_t channels = moments.spike_mean.size();
  const double mx = mean(moments.membrane_mean), ms = mean(moments.spike_mean);
  const double count = static_cast<double>(channels);
  double covariance = mean(moments.covariance), variance = mean(moments.spike_variance);
  double membrane = moments.membrane_variance.empty() ? 0 : mean(moments.membrane_variance);
  for (std::size_t c = 0; c < channels; ++c) {
    const double dx = moments.membrane_mean[c] - mx, ds = moments.spike_mean[c] - ms;
    covariance += dx * ds / count;
    variance += ds * ds / count;
    membrane += dx * dx / count;
  }
  PopulationMoments pooled;
  pooled.membrane_mean.assign(channels, mx);
  pooled.spike_mean.assign(channels, ms);
  pooled.covariance.assign(channels, covariance);
  pooled.spike_variance.assign(channels, variance);
  pooled.membrane_variance.assign(moments.membrane_variance.size(), membrane);
  return pooled;
}
}  // namespace

SpikeAffine spike_affine(const SpikeQuantizer& quantizer, const PopulationMoments& moments) {
  const std::size_t channels = moments.spike_mean.size();
  const bool standardised = quantizer.target == RegressionTarget::standardised;
  const PopulationMoments group =
      quantizer.slope == SlopeGroup::tensor ? pool_tensor(moments) : moments;
  SpikeAffine affine;
  affine.membrane_mean = group.membrane_mean;
  affine.spike_mean = group.spike_mean;
  affine.inverse.assign(channels, 1.0);
  affine.correlation = group.covariance;
  for (std::size_t c = 0; standardised && c < channels; ++c) {
    affine.inverse[c] = inverse_deviation(group.membrane_variance[c]);
    affine.correlation[c] *= affine.inverse[c];
  }
  std::vector<double> covariance = affine.correlation, variance = group.spike_variance;
  if (quantizer.slope == SlopeGroup::mixed) {
    covariance.assign(channels, mean(covariance));
    variance.assign(channels, mean(variance));
  }
  affine.slope.resize(channels);
  affine.intercept.resize(channels);
  affine.denominator.resize(channels);
  for (std::size_t c = 0; c < channels; ++c) {
    affine.denominator[c] = std::max(variance[c], 0.0) + quantizer.lambda + epsilon;
    affine.slope[c] = covariance[c] / affine.denominator[c];
    const double mean_out = quantizer.form == AffineForm::full && !standardised
                                ? affine.membrane_mean[c]
                                : 0.0;
    affine.intercept[c] = quantizer.form == AffineForm::scale
                              ? 0.0
                              : mean_out - affine.slope[c] * affine.spike_mean[c];
  }
  return affine;
}

SpikeGradient spike_gradient(const SpikeQuantizer& quantizer, const SpikeAffine& affine,
                             std::span<const double> gradient_sum,
                             std::span<const double> gradient_spike_sum, double count) {
  const std::size_t channels = affine.slope.size();
  SpikeGradient gradient;
  for (auto* values : {&gradient.slope_s, &gradient.const_s, &gradient.per_x, &gradient.per_s,
                       &gradient.const_x, &gradient.per_spike, &gradient.x_per_x})
    values->assign(channels, 0.0);
  if (quantizer.gradient == AffineGradient::constant) {
    gradient.slope_s = affine.slope;
    return gradient;
  }
  const bool centred = quantizer.form != AffineForm::scale;
  const bool standardised = quantizer.target == RegressionTarget::standardised;
  std::vector<double> mean_gradient(channels, 0.0), shared(channels);
  if (centred) {
    for (std::size_t c = 0; c < channels; ++c) mean_gradient[c] = gradient_sum[c] / count;
    if (quantizer.slope == SlopeGroup::tensor)
      mean_gradient.assign(channels, mean(mean_gradient));
  }
  for (std::size_t c = 0; c < channels; ++c)
    shared[c] = gradient_spike_sum[c] - (centred ? affine.spike_mean[c] * gradient_sum[c] : 0.0);
  double elements = count;
  if (quantizer.slope != SlopeGroup::channel) {
    shared.assign(channels, std::accumulate(shared.begin(), shared.end(), 0.0));
    elements *= static_cast<double>(channels);
  }
  const bool carries_mean = quantizer.form == AffineForm::full && !standardised;
  for (std::size_t c = 0; c < channels; ++c) {
    const double a = affine.slope[c], ms = affine.spike_mean[c];
    const double shift = shared[c] / (elements * affine.denominator[c]);
    const double to_x = shift * affine.inverse[c], mx = affine.membrane_mean[c];
    gradient.slope_s[c] = a;
    gradient.const_s[c] =
        -a * mean_gradient[c] + shift * (2 * a * ms - mx * affine.inverse[c]);
    gradient.per_x[c] = to_x;
    gradient.per_s[c] = -2 * a * shift;
    gradient.const_x[c] = (carries_mean ? mean_gradient[c] : 0.0) - to_x * ms;
    gradient.per_spike[c] = to_x;
    if (!standardised) continue;
    gradient.x_per_x[c] = -to_x * affine.inverse[c] * affine.correlation[c];
    gradient.const_x[c] -= gradient.x_per_x[c] * mx;
  }
  return gradient;
}

}  // namespace volley
