// Temporal batch normalisation in the clocked engine, forward and back: statistics of a channel's
// current over all samples and steps, or those of one step. Must not know neurons or projections.

#include <algorithm>

#include "base/parallel.hpp"
#include "sim/channel_sums.hpp"
#include "sim/clocked_engine.hpp"
#include "sim/temporal_norm.hpp"
#include "sim/training_kernels.hpp"

namespace volley {

namespace {

std::size_t parts(const PlanPopulation& population) {
  return static_cast<std::size_t>(population.spec.normalise_steps);
}

/// The steps that a part's statistics are of.
StepRange steps_of(const PlanPopulation& population, std::size_t part) {
  return part + 1 < parts(population) ? StepRange{part, part + 1} : StepRange{part};
}

/// Mean and variance of a part; of one that no recording reaches those of the part before.
template <class Real>
void measure(const PlanPopulation& population, const BatchRows& rows, std::size_t part,
             const std::vector<Real>& current, PopulationMoments& moments) {
  const std::size_t neurons = population.neurons, channels = population.channels;
  double* means = moments.current_mean.data() + part * channels;
  double* variances = moments.current_variance.data() + part * channels;
  const StepRange steps = steps_of(population, part);
  const double count =
      static_cast<double>(steps.count(rows)) * static_cast<double>(neurons / channels);
  if (count == 0 && part > 0) {
    std::copy_n(means - channels, channels, means);
    std::copy_n(variances - channels, channels, variances);
    return;
  }
  const auto sums = channel_sums<2>(
      rows, neurons, channels,
      [&](std::size_t row, FoldedSums<2>& by_neuron) {
        by_neuron.for_pieces([&](std::size_t at, std::size_t size) {
          add_moments(current.data() + row * neurons + at, size, by_neuron.of(0),
                      by_neuron.of(1));
        });
      },
      steps);
  for (std::size_t c = 0; c < channels; ++c) {
    means[c] = sums[0][c] / count;
    variances[c] = std::max(0.0, sums[1][c] / count - means[c] * means[c]);
  }
}

}  // namespace

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
  const std::size_t neurons = population.neurons, channels = population.channels;
  if (frozen != nullptr) {
    own.current_mean = (*frozen)[population.id].current_mean;
    own.current_variance = (*frozen)[population.id].current_variance;
  } else {
    for (std::size_t part = 0; part < parts(population); ++part)
      measure(population, rows_, part, state.current, own);
  }
  for (auto* values : {&state.mean, &state.inverse, &state.scale, &state.offset})
    values->resize(parts(population) * neurons);
  for (std::size_t at = 0; at < state.mean.size(); ++at) {
    const std::size_t c = at % neurons % channels, moment = at / neurons * channels + c;
    const double mean = own.current_mean[moment];
    const double inverse = inverse_deviation(own.current_variance[moment]);
    const double scale = static_cast<double>(gamma[c]) * inverse;
    const double shift = static_cast<double>(parameters.shift[population.id][c]);
    state.mean[at] = static_cast<Real>(mean);
    state.inverse[at] = static_cast<Real>(inverse);
    state.scale[at] = static_cast<Real>(scale);
    state.offset[at] = static_cast<Real>(shift - scale * mean);
  }
}

template <class Real>
void ClockedEngine<Real>::back_normalisation(const PlanPopulation& population,
                                             const Parameters<Real>& parameters,
                                             Parameters<Real>& gradient) {
  const std::vector<Real>& gamma = parameters.gamma[population.id];
  if (gamma.empty()) return;
  PopulationState<Real>& state = states_[population.id];
  const std::size_t neurons = population.neurons, channels = population.channels;
  std::vector<double> shift_gradient(channels), gamma_gradient(channels);
  for (std::size_t part = 0; part < parts(population); ++part) {
    const StepRange steps = steps_of(population, part);
    const Real* mean = state.mean.data() + part * neurons;
    const Real* inverse = state.inverse.data() + part * neurons;
    const auto sums = channel_sums<2>(
        rows_, neurons, channels,
        [&](std::size_t row, FoldedSums<2>& by_neuron) {
          by_neuron.for_pieces([&](std::size_t at, std::size_t size) {
            add_norm_gradient(state.gradient.data() + row * neurons + at,
                              state.current.data() + row * neurons + at, mean, inverse, size,
                              by_neuron.of(0), by_neuron.of(1));
          });
        },
        steps);
    const double count =
        static_cast<double>(steps.count(rows_)) * static_cast<double>(neurons / channels);
    std::vector<double> mean_gradient(channels), mean_product(channels);
    for (std::size_t c = 0; c < channels; ++c) {
      shift_gradient[c] += sums[0][c];
      gamma_gradient[c] += sums[1][c];
      mean_gradient[c] = sums[0][c] / count;
      mean_product[c] = sums[1][c] / count;
    }
    // Values of a channel, repeated no further than they stay in the first-level cache.
    const std::size_t period = channel_period(neurons, channels);
    std::vector<Real> spread_gradient, spread_product;
    spread_channels(mean_gradient, period, spread_gradient);
    spread_channels(mean_product, period, spread_product);
    for_own_samples(rows_, [&](std::size_t sample) {
      for (std::size_t row = steps.begin(rows_, sample); row < steps.end(rows_, sample); ++row)
        for (std::size_t at = 0; at < neurons; at += period)
          norm_backward_row(
              {state.current.data() + row * neurons + at, mean, inverse,
               state.scale.data() + part * neurons, spread_gradient.data(), spread_product.data(),
               state.gradient.data() + row * neurons + at},
              std::min(period, neurons - at));
    });
  }
  for (std::size_t c = 0; c < channels; ++c) {
    gradient.shift[population.id][c] = static_cast<Real>(shift_gradient[c]);
    gradient.gamma[population.id][c] = static_cast<Real>(gamma_gradient[c]);
  }
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
