// Spikes of plain neurons in the clocked engine: the scan over time, what the spikes mean after the
// denoising transform, and dropout both ways. Extended neurons are scanned in clocked_neurons.cpp.

#include <algorithm>
#include <limits>
#include <optional>

#include "base/parallel.hpp"
#include "sim/channel_sums.hpp"
#include "sim/clocked_engine.hpp"
#include "sim/spike_levels.hpp"
#include "sim/spike_moments.hpp"
#include "sim/temporal_norm.hpp"
#include "sim/training_kernels.hpp"

namespace volley {

template <class Real>
void ClockedEngine<Real>::scan(const PlanPopulation& population,
                               const Parameters<Real>& parameters, bool draws) {
  if (population.spec.extended()) return scan_extended(population, parameters, draws);
  PopulationState<Real>& state = states_[population.id];
  const std::size_t neurons = population.neurons;
  const bool spiking = population.spiking();
  state.drawn = spiking && draws && draws_spikes(population.spec.quantizer.estimator);
  const bool forgotten = forgets(population), streaming = streams(population);
  if (!forgotten) state.membrane.resize(rows_.rows() * neurons);
  state.spikes.resize(rows_);
  const std::vector<Real>& currents = currents_of(population);
  const Real threshold = static_cast<Real>(population.spec.threshold);
  const int levels = population.spec.quantizer.levels;
  // Of the normalisation; null without.
  const auto of_step = [&](const std::vector<Real>& values, std::size_t t) {
    return values.empty() ? nullptr : values.data() + norm_part(population.spec, t) * neurons;
  };
  for_own_samples(rows_, [&](std::size_t sample) {
    thread_local std::vector<std::uint32_t> found;
    thread_local std::vector<std::vector<std::uint32_t>> fired;  // for recurrence, by step
    thread_local std::vector<Real> two_rows;
    if (forgotten) two_rows.resize(2 * neurons);
    found.resize(neurons);
    fired.resize(population.recurrent.empty() ? 0 : rows_.steps(sample));
    std::optional<SpikeDraws<Real>> random;
    if (state.drawn) random.emplace(population, moment_, sample);
    state.spikes.begin(sample);
    for (std::size_t t = 0; t < rows_.steps(sample); ++t) {
      const std::size_t row = rows_.first[sample] + t;
      Real* v = forgotten ? two_rows.data() + t % 2 * neurons
                          : state.membrane.data() + row * neurons;
      const Real* previous = t == 0      ? nullptr
                             : forgotten ? two_rows.data() + (t - 1) % 2 * neurons
                                         : v - neurons;
      if (streaming) sum_currents(population, sample, t, v);
      if (random && t > 0) previous = random->reset(previous);
      const MembraneRow<Real> step{static_cast<Real>(population.spec.beta),
                                   threshold,
                                   spiking && !random ? population.spec.reset : Reset::none,
                                   previous,
                                   streaming ? v : currents.data() + row * neurons,
                                   of_step(state.scale, t),
                                   of_step(state.offset, t),
                                   v,
                                   levels};
      std::size_t count = 0;
      if (spiking && !random && population.recurrent.empty()) {
        count = spiking_row(step, neurons, found.data());
      } else {
        membrane_row(step, neurons);
        add_recurrent(population, parameters, fired, t, v);
        if (!spiking) continue;
        count = random ? random->draw(v, found.data())
                       : find_spikes(v, neurons, threshold, found.data());
      }
      std::vector<std::uint32_t>& stored = state.spikes.stored(sample);
      const auto before = static_cast<std::ptrdiff_t>(stored.size());
      append_spikes<Real>({found.data(), count}, v, threshold, levels, 0, stored);
      state.spikes.end_row(sample);
      if (!fired.empty()) fired[t].assign(stored.begin() + before, stored.end());
    }
  });
  if (spiking) state.spikes.finish(rows_);
}

template <class Real>
void ClockedEngine<Real>::denoise(const PlanPopulation& population, const NetworkMoments* frozen) {
  PopulationState<Real>& state = states_[population.id];
  const SpikeQuantizer& quantizer = population.spec.quantizer;
  state.window.clear();
  if (population.spec.kind == NeuronKind::lif && !quantizer.plain() && frozen == nullptr)
    state.window = spike_windows(population, rows_, state.quantised());
  if (population.spec.kind != NeuronKind::lif || quantizer.estimator != Estimator::denoise) {
    state.affine = {};
    return;
  }
  PopulationMoments& own = moments_[population.id];
  if (frozen != nullptr) {
    const PopulationMoments& given = (*frozen)[population.id];
    own.membrane_mean = given.membrane_mean;
    own.spike_mean = given.spike_mean;
    own.covariance = given.covariance;
    own.spike_variance = given.spike_variance;
    own.membrane_variance = given.membrane_variance;
  } else if (!quantizer.plain()) {
    spike_moments(population, rows_, state.quantised(), state.spikes, state.window, own);
  } else {
    const std::size_t neurons = population.neurons, channels = population.channels;
    const Real threshold = static_cast<Real>(population.spec.threshold);
    const Real half = static_cast<Real>(quantizer.window) * threshold / 2;
    const Real low = quantizer.clip ? threshold - half : std::numeric_limits<Real>::lowest();
    const Real high = quantizer.clip ? threshold + half : std::numeric_limits<Real>::max();
    const auto sums = channel_sums<3>(
        rows_, neurons, channels, [&](std::size_t row, FoldedSums<3>& by_neuron) {
          const Real* v = state.quantised().data() + row * neurons;
          by_neuron.for_pieces([&](std::size_t at, std::size_t size) {
            add_clamped(v + at, size, low, high, by_neuron.of(0));
          });
          for (const std::uint32_t neuron : state.spikes.row(row)) {
            by_neuron.at(1, neuron) += 1;
            by_neuron.at(2, neuron) += static_cast<double>(std::min(v[neuron], high));
          }
        });
    const double count =
        static_cast<double>(rows_.rows()) * static_cast<double>(neurons / channels);
    for (std::size_t c = 0; c < channels; ++c) {
      own.membrane_mean[c] = sums[0][c] / count;
      own.spike_mean[c] = sums[1][c] / count;
      own.covariance[c] = sums[2][c] / count - own.membrane_mean[c] * own.spike_mean[c];
      own.spike_variance[c] = own.spike_mean[c] * (1 - own.spike_mean[c]);
    }
  }
  state.denoise = spike_affine(quantizer, own);
  state.affine.slope.assign(state.denoise.slope.begin(), state.denoise.slope.end());
  state.affine.intercept.assign(state.denoise.intercept.begin(), state.denoise.intercept.end());
}

template <class Real>
void ClockedEngine<Real>::drop(const PlanPopulation& population, const DropoutStream* dropout) {
  PopulationState<Real>& state = states_[population.id];
  state.dropped.clear();
  const double probability = population.spec.dropout;
  if (dropout == nullptr || probability == 0.0) return;
  state.dropped.resize(rows_.samples() * population.neurons);
  state.heard.resize(rows_);
  for_own_samples(rows_, [&](std::size_t sample) {
    char* dropped = state.dropped.data() + sample * population.neurons;
    draw_dropped(*dropout, probability, population.id, sample, {dropped, population.neurons});
    state.heard.begin(sample);
    std::vector<std::uint32_t>& stored = state.heard.stored(sample);
    for (std::size_t row = rows_.first[sample]; row < rows_.first[sample + 1]; ++row) {
      for (const std::uint32_t neuron : state.spikes.row(row))
        if (dropped[neuron] == 0) stored.push_back(neuron);
      state.heard.end_row(sample);
    }
  });
  state.heard.finish(rows_);
  for (Real& slope : state.affine.slope) slope *= static_cast<Real>(heard_scale(probability));
}

/// From dL/dy to what the spike path sees of it, m g / (1 - p).
template <class Real>
void ClockedEngine<Real>::back_dropout(const PlanPopulation& population) {
  PopulationState<Real>& state = states_[population.id];
  const std::size_t neurons = population.neurons;
  const Real heard = static_cast<Real>(heard_scale(population.spec.dropout));
  for_own_samples(rows_, [&](std::size_t sample) {
    const char* dropped = state.dropped.data() + sample * neurons;
    for (std::size_t row = rows_.first[sample]; row < rows_.first[sample + 1]; ++row) {
      Real* g = state.gradient.data() + row * neurons;
      for (std::size_t n = 0; n < neurons; ++n) g[n] = dropped[n] != 0 ? Real(0) : heard * g[n];
    }
  });
}

#define VOLLEY_INSTANTIATE(Real)                                                                  \
  template void ClockedEngine<Real>::scan(const PlanPopulation&, const Parameters<Real>&, bool);  \
  template void ClockedEngine<Real>::denoise(const PlanPopulation&, const NetworkMoments*);       \
  template void ClockedEngine<Real>::drop(const PlanPopulation&, const DropoutStream*);           \
  template void ClockedEngine<Real>::back_dropout(const PlanPopulation&);
VOLLEY_INSTANTIATE(float)
VOLLEY_INSTANTIATE(double)
#undef VOLLEY_INSTANTIATE

}  // namespace volley
