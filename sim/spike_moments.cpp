#include "sim/spike_moments.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "sim/channel_sums.hpp"
#include "sim/temporal_norm.hpp"
#include "sim/training_kernels.hpp"

namespace volley {

namespace {
double elements(const PlanPopulation& population, const BatchRows& rows) {
  return static_cast<double>(rows.rows()) *
         static_cast<double>(population.neurons / population.channels);
}
}  // namespace

template <class Real>
std::vector<Real> spike_windows(const PlanPopulation& population, const BatchRows& rows,
                                const std::vector<Real>& membrane) {
  const SpikeQuantizer& quantizer = population.spec.quantizer;
  std::vector<Real> windows(population.neurons, static_cast<Real>(quantizer.window) *
                                                    static_cast<Real>(population.spec.threshold));
  if (quantizer.window_mode == WindowMode::thresholds) return windows;
  const std::size_t neurons = population.neurons, channels = population.channels;
  const auto sums = channel_sums<2>(
      rows, neurons, channels, [&](std::size_t row, FoldedSums<2>& by_neuron) {
        by_neuron.for_pieces([&](std::size_t at, std::size_t size) {
          add_moments(membrane.data() + row * neurons + at, size, by_neuron.of(0),
                      by_neuron.of(1));
        });
      });
  const double count = elements(population, rows);
  std::vector<double> by_channel(channels);
  for (std::size_t c = 0; c < channels; ++c) {
    const double mean = sums[0][c] / count;
    const double variance = std::max(0.0, sums[1][c] / count - mean * mean);
    by_channel[c] = quantizer.window * std::sqrt(variance + norm_epsilon);
  }
  spread_channels(by_channel, neurons, windows);
  return windows;
}

template <class Real>
void spike_moments(const PlanPopulation& population, const BatchRows& rows,
                   const std::vector<Real>& membrane, const SpikeRows& spikes,
                   const std::vector<Real>& windows, PopulationMoments& moments) {
  const SpikeQuantizer& quantizer = population.spec.quantizer;
  const std::size_t neurons = population.neurons, channels = population.channels;
  const Real threshold = static_cast<Real>(population.spec.threshold);
  const Real top = static_cast<Real>(quantizer.levels) * threshold;
  std::vector<Real> low(neurons, std::numeric_limits<Real>::lowest());
  std::vector<Real> high(neurons, std::numeric_limits<Real>::max());
  for (std::size_t n = 0; quantizer.clip && n < neurons; ++n) {
    low[n] = threshold - windows[n] / 2;
    high[n] = top + windows[n] / 2;
  }
  const auto clipped = [&](const Real* v, std::size_t n) {
    return static_cast<double>(std::min(std::max(v[n], low[n]), high[n]));
  };
  const auto sums = channel_sums<5>(
      rows, neurons, channels, [&](std::size_t row, FoldedSums<5>& by_neuron) {
        const Real* v = membrane.data() + row * neurons;
        by_neuron.for_pieces([&](std::size_t at, std::size_t size) {
          double *sum = by_neuron.of(0), *squares = by_neuron.of(4);
          for (std::size_t n = 0; n < size; ++n) {
            const double x = clipped(v, at + n);
            sum[n] += x;
            squares[n] += x * x;
          }
        });
        const auto fired = spikes.row(row);
        for (std::size_t k = 0; k < fired.size();) {
          const std::uint32_t neuron = fired[k];
          double count = 0;
          for (; k < fired.size() && fired[k] == neuron; ++k) ++count;
          by_neuron.at(1, neuron) += count;
          by_neuron.at(2, neuron) += count * clipped(v, neuron);
          by_neuron.at(3, neuron) += count * count;
        }
      });
  const double count = elements(population, rows);
  for (std::size_t c = 0; c < channels; ++c) {
    const double mx = sums[0][c] / count, ms = sums[1][c] / count;
    moments.membrane_mean[c] = mx;
    moments.spike_mean[c] = ms;
    moments.covariance[c] = sums[2][c] / count - mx * ms;
    moments.spike_variance[c] = std::max(0.0, sums[3][c] / count - ms * ms);
    if (!moments.membrane_variance.empty())
      moments.membrane_variance[c] = std::max(0.0, sums[4][c] / count - mx * mx);
  }
}

#define VOLLEY_INSTANTIATE(Real)                                                                  \
  template std::vector<Real> spike_windows(const PlanPopulation&, const BatchRows&,               \
                                           const std::vector<Real>&);                             \
  template void spike_moments(const PlanPopulation&, const BatchRows&, const std::vector<Real>&,  \
                              const SpikeRows&, const std::vector<Real>&, PopulationMoments&);
VOLLEY_INSTANTIATE(float)
VOLLEY_INSTANTIATE(double)
#undef VOLLEY_INSTANTIATE

}  // namespace volley
