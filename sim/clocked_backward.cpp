// Backpropagation through time of the clocked engine: the formulas are in sim/denoise.hpp (spike
// and transform), sim/membrane_kernels.hpp (one step), sim/weight_quantizer.hpp (quantised
// weights).

#include <algorithm>
#include <atomic>
#include <cassert>
#include <cmath>
#include <numeric>

#include "base/parallel.hpp"
#include "sim/channel_sums.hpp"
#include "sim/clocked_engine.hpp"
#include "sim/estimator_terms.hpp"
#include "sim/level_kernels.hpp"
#include "sim/row_kernels.hpp"
#include "sim/row_product.hpp"
#include "sim/training_kernels.hpp"

namespace volley {

template <class Real>
void ClockedEngine<Real>::backward(std::span<const Real> logit_gradient,
                                   const Parameters<Real>& parameters,
                                   Parameters<Real>& gradient) {
  assert(logit_gradient.size() == logits_.size());
  static std::atomic<std::uint64_t> backwards{0};
  backward_ = ++backwards;
  for (PopulationState<Real>& state : states_) {
    state.begun = false;
    state.early.clear();
  }
  start_readout_gradient(logit_gradient);
  std::vector<bool> done(plan_.populations.size(), false);
  for (auto id = plan_.order.rbegin(); id != plan_.order.rend(); ++id) {
    const PlanPopulation& population = plan_.populations[*id];
    if (population.spec.kind == NeuronKind::input) continue;
    const bool relay = population.spec.kind == NeuronKind::relay;
    const bool shares = recomputing_ && !relay && *id != plan_.readout;
    if (shares) recompute(population, parameters);
    if (!relay) {
      back_through_time(population, parameters, gradient);
      back_learned_beta(population, parameters, gradient);
      if (!population.recurrent.empty()) complete_gradient(population);
      for (const std::size_t recurrent : population.recurrent)
        if (plan_.projections[recurrent].spec.trainable())
          finish_weight_gradient(plan_.projections[recurrent], states_[population.id].spikes, {},
                                 parameters, gradient);
      back_normalisation(population, parameters, gradient);
      if (!fuses_weights(population)) complete_gradient(population);
    }
    back_projections(population, parameters, gradient);
    if (shares) exchange_rows(population);
    done[*id] = true;
    if (recomputing_) free_gradients(done);
  }
}

template <class Real>
void ClockedEngine<Real>::recompute(const PlanPopulation& population,
                                    const Parameters<Real>& parameters) {
  exchange_rows(population);
  compute_currents(population, parameters);
  scan(population, parameters, moment_.draws);
}

/// Sums over the batch, such as weights' gradients, are added up from all rows in their order.
template <class Real>
void ClockedEngine<Real>::complete_gradient(const PlanPopulation& population) {
  complete_rows<Real>(rows_, population.neurons, states_[population.id].gradient);
}

template <class Real>
void ClockedEngine<Real>::back_through_time(const PlanPopulation& population,
                                            const Parameters<Real>& parameters,
                                            Parameters<Real>& gradient) {
  PopulationState<Real>& state = states_[population.id];
  const std::size_t neurons = population.neurons;
  const Real beta = static_cast<Real>(population.spec.beta);
  const bool fused = fuses_weights(population);
  const bool sums_first = population.spiking() &&
                          population.spec.quantizer.estimator == Estimator::denoise;
  // Else row by row when the scan gets there.
  const bool reads_first = !population.spiking() || !state.dropped.empty();
  if (!fused && !sums_first) {
    if (reads_first) read_gradient_rows(population);
    else start_gradient_rows(population);
  }
  if (!population.spiking() && !population.spec.extended()) {
    for_own_samples(rows_, [&](std::size_t sample) {
      const std::size_t first = rows_.first[sample];
      for (std::size_t row = rows_.first[sample + 1] - 1; row > first; --row)
        if (joined(row - 1 - first, row - first))
          add_scaled(state.gradient.data() + (row - 1) * neurons, neurons,
                     state.gradient.data() + row * neurons, beta);
    });
    return;
  }
  const SpikeQuantizer& quantizer = population.spec.quantizer;
  const Real threshold = static_cast<Real>(population.spec.threshold);
  BackwardRow<Real> settings{};
  settings.beta = beta;
  settings.threshold = threshold;
  settings.window = static_cast<Real>(quantizer.window) * threshold;
  settings.reset = population.spec.reset;
  settings.attached = quantizer.attached_reset;
  settings.estimator = quantizer.estimator;
  settings.sharpness = static_cast<Real>(quantizer.surrogate_sharpness());
  settings.clip = quantizer.clip;
  const std::vector<Real>& log_sharpness = parameters.log_sharpness[population.id];
  if (!log_sharpness.empty()) settings.sharpness = std::exp(log_sharpness.front());
  state.sharpness_gradient.assign(log_sharpness.empty() ? 0 : rows_.samples(), 0.0);
  std::vector<Real> spread[7];
  const double heard = state.dropped.empty() ? 1.0 : heard_scale(population.spec.dropout);
  if (sums_first) {
    start_gradient_rows(population);
    auto sums = channel_sums<2>(
        rows_, neurons, population.channels,
        [&](std::size_t row, FoldedSums<2>& by_neuron) {
          Real* g = state.gradient.data() + row * neurons;
          read_gradient(population.id, row, g);
          by_neuron.for_pieces([&](std::size_t at, std::size_t count) {
            add_values(g + at, count, by_neuron.of(0));
          });
          for (const std::uint32_t neuron : state.sent().row(row))
            by_neuron.at(1, neuron) += heard * static_cast<double>(g[neuron]);
        });
    for (std::size_t n = 0; n < state.early.size(); ++n)
      sums[0][n % population.channels] += static_cast<double>(state.early[n]);
    const double count = static_cast<double>(rows_.rows()) *
                         static_cast<double>(neurons / population.channels);
    const SpikeGradient constants =
        spike_gradient(quantizer, state.denoise, sums[0], sums[1], count);
    const std::vector<double>* by_channel[7] = {&constants.slope_s, &constants.const_s,
                                                &constants.per_x,   &constants.per_s,
                                                &constants.const_x, &constants.per_spike,
                                                &constants.x_per_x};
    const std::size_t period =
        state.window.empty() ? channel_period(neurons, population.channels) : neurons;
    for (std::size_t k = 0; k < 7; ++k) spread_channels(*by_channel[k], period, spread[k]);
    settings.constants = {spread[0].data(), spread[1].data(), spread[2].data(),
                          spread[3].data(), spread[4].data(), spread[5].data(), period};
  }
  if (!state.dropped.empty()) back_dropout(population);
  for (const std::size_t id : population.recurrent) {
    const PlanProjection& projection = plan_.projections[id];
    if (projection.grouped()) continue;
    auto& transposed = projection_states_[id].transposed;
    transposed.resize(projection.taps);
    for (std::size_t tap = 0; tap < projection.taps; ++tap)
      transpose_matrix(spike_weights(projection, tap), neurons, neurons, transposed[tap]);
  }
  if (fused) {
    back_fused(population, settings, spread[6].data());
  } else {
    // Recurrent populations go in blocks of samples, so that the dense product back has some rows.
    const std::size_t block = population.recurrent.empty() ? 1 : 16;
    const Share own = rows_.own_samples();
    parallel_for((own.size() + block - 1) / block, [&](std::size_t part) {
      const std::size_t first = own.first + part * block;
      back_block(population, first, std::min(own.last, first + block), !sums_first && !reads_first,
                 settings, spread[6].data());
    });
  }
  complete_samples<double>(rows_, log_sharpness.empty() ? 0 : 1, state.sharpness_gradient);
  if (!log_sharpness.empty())
    gradient.log_sharpness[population.id].front() = static_cast<Real>(std::accumulate(
        state.sharpness_gradient.begin(), state.sharpness_gradient.end(), 0.0));
}

template <class Real>
void ClockedEngine<Real>::back_block(const PlanPopulation& population, std::size_t first,
                                     std::size_t last, bool reads,
                                     const BackwardRow<Real>& settings, const Real* x_per_x) {
  PopulationState<Real>& state = states_[population.id];
  const std::size_t neurons = population.neurons;
  const bool extended = population.spec.extended();
  std::vector<Real> later, wanted;  // of recurrence: dL/dI some steps on, and dL/ds from it
  std::vector<Real> carry(extended ? 2 * (last - first) * neurons : 0, Real(0));
  const std::vector<SpikeTerm>& terms = spike_terms_[population.id];
  std::size_t steps = 0;
  for (std::size_t sample = first; sample < last; ++sample)
    steps = std::max(steps, rows_.steps(sample));
  for (std::size_t t = steps; t-- > 0;) {
    if (extended || !population.recurrent.empty() || !terms.empty())
      wanted.assign((last - first) * neurons, Real(0));
    for (const std::size_t id : population.recurrent) {
      const PlanProjection& projection = plan_.projections[id];
      for (std::size_t tap = 0; tap < projection.taps; ++tap) {
        const std::size_t delay = projection.delay(tap);
        if (!joined(t, t + delay)) continue;
        later.assign((last - first) * neurons, Real(0));
        for (std::size_t sample = first; sample < last; ++sample)
          if (t + delay < rows_.steps(sample))
            std::copy_n(state.gradient.data() + (rows_.first[sample] + t + delay) * neurons,
                        neurons, later.data() + (sample - first) * neurons);
        if (projection.grouped()) {
          const std::span<const Real> weights = projection_states_[id].in_force;
          for (std::size_t at = 0; at < wanted.size(); ++at)
            wanted[at] += weights[at % weights.size()] * later[at];
          continue;
        }
        add_row_product({last - first, neurons, neurons, neurons, neurons}, later.data(),
                        projection_states_[id].transposed[tap].data(), wanted.data());
      }
    }
    for (std::size_t sample = first; sample < last; ++sample) {
      if (t >= rows_.steps(sample)) continue;
      for (const SpikeTerm& term : terms)
        if (t + term.delay < rows_.steps(sample))
          add_scaled(wanted.data() + (sample - first) * neurons, neurons, term.by_neuron.data(),
                     Real(1));
      const std::size_t row = rows_.first[sample] + t;
      BackwardRow<Real> step = settings;
      step.v = state.membrane.data() + row * neurons;
      step.gradient = state.gradient.data() + row * neurons;
      if (reads) read_gradient(population.id, row, step.gradient);
      step.next =
          t + 1 < rows_.steps(sample) && joined(t, t + 1) ? step.gradient + neurons : nullptr;
      Real* own = wanted.empty() ? nullptr : wanted.data() + (sample - first) * neurons;
      step.recurrent = own;
      if (extended)
        back_extended_row(population, sample, row, step, x_per_x, own,
                          carry.data() + 2 * (sample - first) * neurons);
      else
        back_row(population, sample, row, step, x_per_x);
    }
  }
}

template <class Real>
void ClockedEngine<Real>::back_row(const PlanPopulation& population, std::size_t sample,
                                   std::size_t row, const BackwardRow<Real>& step,
                                   const Real* x_per_x, const Real* any) {
  const PopulationState<Real>& state = states_[population.id];
  if (state.window.empty()) return back_plain_row(population, sample, row, step);
  level_backward_row({step, state.window.data(), x_per_x, population.spec.quantizer.levels, any},
                     population.neurons);
}

/// One row of one level, with what its estimator adds to the kernel.
template <class Real>
void ClockedEngine<Real>::back_plain_row(const PlanPopulation& population, std::size_t sample,
                                         std::size_t row, const BackwardRow<Real>& settings) {
  PopulationState<Real>& state = states_[population.id];
  const SpikeQuantizer& quantizer = population.spec.quantizer;
  const std::size_t neurons = population.neurons;
  thread_local std::vector<Real> fired, slopes;
  BackwardRow<Real> step = settings;
  if (state.drawn && step.reset == Reset::zero) {
    fired.assign(neurons, Real(0));
    for (const std::uint32_t neuron : state.spikes.row(row)) fired[neuron] = Real(1);
    step.fired = fired.data();
  }
  if (state.own != nullptr) {
    const double k = quantizer.sharpness > 0 ? quantizer.sharpness : state.own->default_sharpness;
    slopes.resize(neurons);
    for (std::size_t n = 0; n < neurons; ++n)
      slopes[n] =
          static_cast<Real>(state.own->slope(static_cast<double>(step.v[n] - step.threshold),
                                             static_cast<double>(step.window), k));
    step.slopes = slopes.data();
  }
  const double cells = static_cast<double>(rows_.rows()) * static_cast<double>(neurons);
  const EstimatorTerms<Real> terms{
      step.estimator, step.beta,     step.threshold, step.window, step.sharpness,
      step.reset,     step.attached, static_cast<Real>(2 * quantizer.discretisation / cells),
      step.v,         step.next,     step.recurrent, step.gradient,
      state.status.empty() ? nullptr : state.status.data() + row * neurons};
  if (quantizer.estimator == Estimator::learned)
    state.sharpness_gradient[sample] += sharpness_gradient(terms, neurons);
  backward_row(step, neurons);
  if (quantizer.discretisation > 0) add_discretisation_gradient(terms, neurons);
}

// back_row is called from clocked_neurons.cpp too.
template void ClockedEngine<float>::back_row(const PlanPopulation&, std::size_t, std::size_t,
                                             const BackwardRow<float>&, const float*,
                                             const float*);
template void ClockedEngine<double>::back_row(const PlanPopulation&, std::size_t, std::size_t,
                                              const BackwardRow<double>&, const double*,
                                              const double*);
template void ClockedEngine<float>::backward(std::span<const float>, const Parameters<float>&,
                                             Parameters<float>&);
template void ClockedEngine<double>::backward(std::span<const double>, const Parameters<double>&,
                                              Parameters<double>&);

}  // namespace volley
