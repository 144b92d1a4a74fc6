#include "sim/denoise.hpp"

#include <numeric>

namespace volley {

namespace {
constexpr double epsilon = 1e-8;  // keeps D positive where a neuron never or always fires

double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

/// Pooled over channels: mean of the means, and covariance within plus between channels.
void pool_tensor(SpikeAffine& affine, double& covariance, double& variance) {
  const double mx = mean(affine.membrane_mean), ms = mean(affine.spike_mean);
  const double channels = static_cast<double>(affine.spike_mean.size());
  for (std::size_t c = 0; c < affine.spike_mean.size(); ++c) {
    const double dx = affine.membrane_mean[c] - mx, ds = affine.spike_mean[c] - ms;
    covariance += dx * ds / channels;
    variance += ds * ds / channels;
  }
  affine.membrane_mean.assign(affine.membrane_mean.size(), mx);
  affine.spike_mean.assign(affine.spike_mean.size(), ms);
}
}  // namespace

SpikeAffine spike_affine(const SpikeQuantizer& quantizer, const PopulationMoments& moments) {
  const std::size_t channels = moments.spike_mean.size();
  SpikeAffine affine;
  affine.membrane_mean = moments.membrane_mean;
  affine.spike_mean = moments.spike_mean;
  std::vector<double> covariance = moments.covariance, variance = moments.spike_variance;
  if (quantizer.slope != SlopeGroup::channel) {
    double pooled_covariance = mean(covariance), pooled_variance = mean(variance);
    if (quantizer.slope == SlopeGroup::tensor)
      pool_tensor(affine, pooled_covariance, pooled_variance);
    covariance.assign(channels, pooled_covariance);
    variance.assign(channels, pooled_variance);
  }
  affine.slope.resize(channels);
  affine.intercept.resize(channels);
  affine.denominator.resize(channels);
  for (std::size_t c = 0; c < channels; ++c) {
    affine.denominator[c] = std::max(variance[c], 0.0) + quantizer.lambda + epsilon;
    affine.slope[c] = covariance[c] / affine.denominator[c];
    affine.intercept[c] = quantizer.form == AffineForm::full
                              ? affine.membrane_mean[c] - affine.slope[c] * affine.spike_mean[c]
                              : 0.0;
  }
  return affine;
}

SpikeGradient spike_gradient(const SpikeQuantizer& quantizer, const SpikeAffine& affine,
                             std::span<const double> gradient_sum,
                             std::span<const double> gradient_spike_sum, double count) {
  const std::size_t channels = affine.slope.size();
  const bool full = quantizer.form == AffineForm::full;
  std::vector<double> mean_gradient(channels, 0.0), shared(channels);
  if (full) {
    for (std::size_t c = 0; c < channels; ++c) mean_gradient[c] = gradient_sum[c] / count;
    if (quantizer.slope == SlopeGroup::tensor)
      mean_gradient.assign(channels, mean(mean_gradient));
  }
  for (std::size_t c = 0; c < channels; ++c)
    shared[c] = gradient_spike_sum[c] - (full ? affine.spike_mean[c] * gradient_sum[c] : 0.0);
  double elements = count;
  if (quantizer.slope != SlopeGroup::channel) {
    shared.assign(channels, std::accumulate(shared.begin(), shared.end(), 0.0));
    elements *= static_cast<double>(channels);
  }
  SpikeGradient gradient;
  for (auto* values : {&gradient.slope_s, &gradient.const_s, &gradient.per_x, &gradient.per_s,
                       &gradient.const_x, &gradient.per_spike})
    values->resize(channels);
  for (std::size_t c = 0; c < channels; ++c) {
    const double a = affine.slope[c], ms = affine.spike_mean[c];
    const double shift = shared[c] / (elements * affine.denominator[c]);
    gradient.slope_s[c] = a;
    gradient.const_s[c] =
        -a * mean_gradient[c] + shift * (2 * a * ms - affine.membrane_mean[c]);
    gradient.per_x[c] = shift;
    gradient.per_s[c] = -2 * a * shift;
    gradient.const_x[c] = mean_gradient[c] - shift * ms;
    gradient.per_spike[c] = shift;
  }
  return gradient;
}

}  // namespace volley
