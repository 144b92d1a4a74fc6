// Temporal batch normalisation in the clocked engine, forward and back: statistics of a channel's
// current over all samples and steps. Must not know neurons or projections.

#include <algorithm>

#include "base/parallel.hpp"
#include "sim/channel_sums.hpp"
#include "sim/clocked_engine.hpp"
#include "sim/temporal_norm.hpp"
#include "sim/training_kernels.hpp"

namespace volley {

template <class Real>
void ClockedEngine<Real>::normalise(const PlanPopulation& population,
                                    const Parameters<Real>& parameters,
                                    const NetworkMoments* frozen) {
  PopulationState<Real>& state = states_[population.id];
  const std::vector<Real>& gamma = parameters.gamma[population.id];
  if (gamma.empty()) {
    state.scale.clear();
    state.offset.clear();
    return;
  }
  PopulationMoments& own = moments_[population.id];
  if (frozen != nullptr) {
    own.current_mean = (*frozen)[population.id].current_mean;
    own.current_variance = (*frozen)[population.id].current_variance;
  } else {
    const std::size_t neurons = population.neurons, channels = population.channels;
    const double count =
        static_cast<double>(rows_.rows()) * static_cast<double>(neurons / channels);
    const auto sums = channel_sums<2>(
        rows_, neurons, channels, [&](std::size_t row, const std::array<double*, 2>& sum) {
          add_moments(state.current.data() + row * neurons, neurons, sum[0], sum[1]);
        });
    for (std::size_t c = 0; c < channels; ++c) {
      const double mean = sums[0][c] / count;
      own.current_mean[c] = mean;
      own.current_variance[c] = std::max(0.0, sums[1][c] / count - mean * mean);
    }
  }
  std::vector<double> inverse(population.channels), scale(inverse), offset(inverse);
  for (std::size_t c = 0; c < population.channels; ++c) {
    inverse[c] = inverse_deviation(own.current_variance[c]);
    scale[c] = static_cast<double>(gamma[c]) * inverse[c];
    offset[c] = static_cast<double>(parameters.shift[population.id][c]) -
                scale[c] * own.current_mean[c];
  }
  spread_channels(own.current_mean, population.neurons, state.mean);
  spread_channels(inverse, population.neurons, state.inverse);
  spread_channels(scale, population.neurons, state.scale);
  spread_channels(offset, population.neurons, state.offset);
}

template <class Real>
void ClockedEngine<Real>::back_normalisation(const PlanPopulation& population,
                                             const Parameters<Real>& parameters,
                                             Parameters<Real>& gradient) {
  const std::vector<Real>& gamma = parameters.gamma[population.id];
  if (gamma.empty()) return;
  PopulationState<Real>& state = states_[population.id];
  const std::size_t neurons = population.neurons, channels = population.channels;
  const auto sums = channel_sums<2>(
      rows_, neurons, channels, [&](std::size_t row, const std::array<double*, 2>& sum) {
        add_norm_gradient(state.gradient.data() + row * neurons,
                          state.current.data() + row * neurons, state.mean.data(),
                          state.inverse.data(), neurons, sum[0], sum[1]);
      });
  const double count = static_cast<double>(rows_.rows()) * static_cast<double>(neurons / channels);
  std::vector<double> mean_gradient(channels), mean_product(channels);
  for (std::size_t c = 0; c < channels; ++c) {
    gradient.shift[population.id][c] = static_cast<Real>(sums[0][c]);
    gradient.gamma[population.id][c] = static_cast<Real>(sums[1][c]);
    mean_gradient[c] = sums[0][c] / count;
    mean_product[c] = sums[1][c] / count;
  }
  std::vector<Real> spread_gradient, spread_product;
  spread_channels(mean_gradient, neurons, spread_gradient);
  spread_channels(mean_product, neurons, spread_product);
  parallel_for(rows_.rows(), [&](std::size_t row) {
    norm_backward_row({state.current.data() + row * neurons, state.mean.data(),
                       state.inverse.data(), state.scale.data(), spread_gradient.data(),
                       spread_product.data(), state.gradient.data() + row * neurons},
                      neurons);
  });
}

#define VOLLEY_INSTANTIATE(Real)                                                                  \
  template void ClockedEngine<Real>::normalise(const PlanPopulation&, const Parameters<Real>&,    \
                                               const NetworkMoments*);                            \
  template void ClockedEngine<Real>::back_normalisation(                                          \
      const PlanPopulation&, const Parameters<Real>&, Parameters<Real>&);
VOLLEY_INSTANTIATE(float)
VOLLEY_INSTANTIATE(double)
#undef VOLLEY_INSTANTIATE

}  // namespace volley
