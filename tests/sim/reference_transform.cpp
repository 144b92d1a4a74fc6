#include <cmath>

#include "reference_forward.hpp"

namespace volley {

void Reference::transform(const PlanPopulation& population) {
  const SpikeQuantizer& quantizer = population.spec.quantizer;
  const Matrix& s = result.spikes[population.id];
  const double kept = 1 - population.spec.dropout;
  Matrix& heard = heard_[population.id] = s;
  for (std::size_t b = 0; population.spec.dropout > 0 && b < samples_.size(); ++b) {
    std::vector<char> dropped(population.neurons);
    draw_dropped(dropout_, population.spec.dropout, population.id, b, dropped);
    for (std::size_t t = 0; t < steps_; ++t)
      for (std::size_t n = 0; n < population.neurons; ++n)
        if (dropped[n] != 0) heard[b * steps_ + t][n] = 0;
  }
  Matrix scaled = heard;  // m s / (1 - p)
  for (auto& row : scaled)
    for (double& one : row) one /= kept;
  output_[population.id] = scaled;
  if (quantizer.estimator != Estimator::denoise) return;
  auto& noise = noise_.population[population.id];
  Matrix x = noise.clipped;
  for (std::size_t row = 0; frozen_ && row < rows_; ++row)
    for (std::size_t n = 0; n < population.neurons; ++n)
      x[row][n] += noise.open[row][n] *
                   (result.membranes[population.id][row][n] - noise.membrane[row][n]);
  const std::size_t channels = population.channels;
  const bool tensor = quantizer.slope == SlopeGroup::tensor;
  const auto in_group = [&](std::size_t n, std::size_t c) { return tensor || n % channels == c; };
  std::vector<double> mean_x(channels), mean_s(channels);
  std::vector<double> covariance(channels), variance(channels), spread(channels);
  const bool standardised = quantizer.target == RegressionTarget::standardised;
  for (std::size_t c = 0; c < channels; ++c) {
    double count = 0;
    for (std::size_t row = 0; row < rows_; ++row)
      for (std::size_t n = 0; n < population.neurons; ++n) {
        if (!in_group(n, c)) continue;
        ++count;
        mean_x[c] += x[row][n];
        mean_s[c] += s[row][n];
      }
    mean_x[c] /= count;
    mean_s[c] /= count;
    for (std::size_t row = 0; row < rows_; ++row)
      for (std::size_t n = 0; n < population.neurons; ++n) {
        if (!in_group(n, c)) continue;
        covariance[c] += (x[row][n] - mean_x[c]) * (s[row][n] - mean_s[c]) / count;
        variance[c] += (s[row][n] - mean_s[c]) * (s[row][n] - mean_s[c]) / count;
        spread[c] += (x[row][n] - mean_x[c]) * (x[row][n] - mean_x[c]) / count;
      }
    if (standardised) covariance[c] /= std::sqrt(spread[c] + 1e-5);
  }
  const bool fixed = quantizer.gradient == AffineGradient::constant;
  if (fixed && !frozen_) noise.gain = noise.offset = std::vector<double>(channels);
  for (std::size_t c = 0; c < channels; ++c) {
    double top = covariance[c], bottom = variance[c];
    if (quantizer.slope == SlopeGroup::mixed) {
      top = bottom = 0;
      for (std::size_t k = 0; k < channels; ++k) {
        top += covariance[k] / static_cast<double>(channels);
        bottom += variance[k] / static_cast<double>(channels);
      }
    }
    double a = top / (bottom + quantizer.lambda + 1e-8), b = 0;
    if (quantizer.form != AffineForm::scale) b = -a * mean_s[c];
    if (quantizer.form == AffineForm::full && !standardised) b += mean_x[c];
    if (fixed && !frozen_) noise.gain[c] = a, noise.offset[c] = b;
    if (fixed) a = noise.gain[c], b = noise.offset[c];
    for (std::size_t n = c; n < population.neurons; n += channels)
      intercept_[population.id][n] = b;
    for (std::size_t row = 0; row < rows_; ++row)
      for (std::size_t n = c; n < population.neurons; n += channels)
        output_[population.id][row][n] = a * scaled[row][n] + b;
  }
}

}  // namespace volley
