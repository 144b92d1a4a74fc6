#include "sim/clocked_engine.hpp"

#include <algorithm>
#include <cassert>
#include <limits>
#include <optional>

#include "base/parallel.hpp"
#include "sim/channel_sums.hpp"
#include "sim/relay.hpp"
#include "sim/row_kernels.hpp"
#include "sim/spike_levels.hpp"
#include "sim/spike_moments.hpp"
#include "sim/temporal_norm.hpp"
#include "sim/training_kernels.hpp"
#include "sim/weight_norm.hpp"

namespace volley {

template <class Real>
ClockedEngine<Real>::ClockedEngine(Plan plan)
    : plan_(std::move(plan)),
      states_(plan_.populations.size()),
      projection_states_(plan_.projections.size()),
      moments_(initial_moments(plan_)),
      spike_terms_(plan_.populations.size()) {
  for (const PlanPopulation& population : plan_.populations)
    if (population.spec.quantizer.estimator == Estimator::custom)
      states_[population.id].own = &user_estimator(population.spec.quantizer.custom);
}

template <class Real>
const std::vector<Real>& ClockedEngine<Real>::forward(std::span<const SpikeTrain* const> samples,
                                                      const Parameters<Real>& parameters,
                                                      const NetworkMoments* frozen,
                                                      const DropoutStream* dropout) {
  for ([[maybe_unused]] const SpikeTrain* sample : samples)
    assert(sample->inputs == plan_.populations[plan_.input].neurons);
  rows_ = batch_rows(samples);
  for (auto& terms : spike_terms_) terms.clear();
  states_[plan_.input].spikes.view(samples);
  prepare_weights(parameters, frozen != nullptr);
  for (const std::size_t id : plan_.order) {
    const PlanPopulation& population = plan_.populations[id];
    if (population.spec.kind == NeuronKind::input) continue;
    if (population.spec.kind == NeuronKind::relay) {
      run_relay(population);
      continue;
    }
    const bool shares = recomputing_ && id != plan_.readout;
    if (shares) exchange_rows(population);
    compute_currents(population, parameters);
    normalise(population, parameters, frozen);
    scan(population, parameters, frozen == nullptr && moment_.draws);
    denoise(population, frozen);
    drop(population, frozen == nullptr ? dropout : nullptr);
    if (shares) exchange_rows(population);
  }
  read_logits();
  return logits_;
}

template <class Real>
void ClockedEngine<Real>::exchange_rows(const PlanPopulation& population) {
  PopulationState<Real>& state = states_[population.id];
  std::swap(state.current, shared_.current);
  std::swap(state.membrane, shared_.membrane);
  if (!population.spec.extended()) return;
  std::swap(state.relative, shared_.relative);
  std::swap(state.status, shared_.status);
  std::swap(state.beta_gradient, shared_.beta_gradient);
}

template <class Real>
void ClockedEngine<Real>::prepare_weights(const Parameters<Real>& parameters,
                                          bool frozen) {
  for (const PlanProjection& projection : plan_.projections) {
    ProjectionState<Real>& state = projection_states_[projection.id];
    if (!projection.spec.trainable()) {
      state.quantised.assign(projection.rows * projection.columns,
                             static_cast<Real>(projection.spec.gain));
      continue;
    }
    const std::vector<Real>& weights = parameters.weight[projection.id];
    if (projection.spec.weight_norm)
      normalise_columns<Real>(weights, parameters.norm_gain[projection.id], state.normed,
                              state.norm);
    quantise_weights(quantizer_in_force(projection, sparsity_),
                     projection.spec.weight_norm ? state.normed : weights, projection.columns,
                     state.quantised, state.statistics);
    if (!projection.delayed()) continue;
    make_delay_kernel(projection, parameters.delay[projection.id],
                      frozen ? 0.0 : delay_sigma(projection.spec, moment_.progress), state.kernel);
    if (projection.recurrent)
      all_tap_weights<Real>(projection, state.quantised, state.kernel, state.taps);
  }
}

/// The earliest spikes first, as at inference.
template <class Real>
void ClockedEngine<Real>::add_spikes(const PlanProjection& projection, std::size_t sample,
                                     std::size_t t, Real* currents) const {
  const SpikeRows& spikes = states_[projection.source].sent();
  for (std::size_t tap = projection.taps; tap-- > 0;) {
    if (t < projection.delay(tap)) continue;
    const std::size_t row = rows_.first[sample] + t - projection.delay(tap);
    add_currents(projection, spike_weights(projection, tap), spikes.row(row), currents,
                 spikes.values(row));
  }
}

template <class Real>
void ClockedEngine<Real>::run_relay(const PlanPopulation& population) {
  PopulationState<Real>& state = states_[population.id];
  state.spikes.resize(rows_);
  parallel_for(rows_.samples(), [&](std::size_t sample) {
    state.spikes.begin(sample);
    for (std::size_t row = rows_.first[sample]; row < rows_.first[sample + 1]; ++row) {
      relay_step(
          plan_, population, [&](std::size_t source) { return states_[source].sent().row(row); },
          state.spikes.stored(sample));
      state.spikes.end_row(sample);
    }
  });
  state.spikes.finish(rows_);
  state.affine = relay_affine<Real>(
      plan_, population, [&](std::size_t source) -> const auto& { return states_[source].affine; });
}

template <class Real>
void ClockedEngine<Real>::compute_currents(const PlanPopulation& population,
                                           const Parameters<Real>& parameters) {
  PopulationState<Real>& state = states_[population.id];
  const std::size_t neurons = population.neurons;
  state.constant.assign(neurons, Real(0));
  std::vector<Real> constant;
  for (const std::size_t id : population.feed_forward) {
    const PlanProjection& projection = plan_.projections[id];
    ProjectionState<Real>& weights = projection_states_[id];
    const SourceAffine<Real>& affine = states_[projection.source].affine;
    scale_weights<Real>(projection, weights.quantised, affine, weights.scaled);
    if (projection.delayed())
      all_tap_weights<Real>(projection, weights.scaled, weights.kernel, weights.taps);
    intercept_current<Real>(projection, weights.quantised, affine, constant);
    const std::vector<Real>& bias = parameters.bias[id];
    for (std::size_t neuron = 0; neuron < neurons; ++neuron)
      state.constant[neuron] +=
          constant[neuron] + (bias.empty() ? Real(0) : bias[neuron % bias.size()]);
  }
  state.current.resize(rows_.rows() * neurons);
  parallel_for(rows_.samples(), [&](std::size_t sample) {
    for (std::size_t row = rows_.first[sample]; row < rows_.first[sample + 1]; ++row) {
      Real* currents = state.current.data() + row * neurons;
      std::copy(state.constant.begin(), state.constant.end(), currents);
      for (const std::size_t id : population.feed_forward)
        add_spikes(plan_.projections[id], sample, row - rows_.first[sample], currents);
    }
  });
}

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
void ClockedEngine<Real>::scan(const PlanPopulation& population,
                               const Parameters<Real>& parameters, bool draws) {
  if (population.spec.extended()) return scan_extended(population, parameters, draws);
  PopulationState<Real>& state = states_[population.id];
  const std::size_t neurons = population.neurons;
  const bool spiking = population.spiking();
  state.drawn = spiking && draws && draws_spikes(population.spec.quantizer.estimator);
  state.membrane.resize(rows_.rows() * neurons);
  state.spikes.resize(rows_);
  const Real threshold = static_cast<Real>(population.spec.threshold);
  const int levels = population.spec.quantizer.levels;
  const auto optional = [](const std::vector<Real>& values) {
    return values.empty() ? nullptr : values.data();
  };
  parallel_for(rows_.samples(), [&](std::size_t sample) {
    thread_local std::vector<std::uint32_t> found;
    thread_local std::vector<std::vector<std::uint32_t>> fired;  // for recurrence, by step
    found.resize(neurons);
    fired.resize(population.recurrent.empty() ? 0 : rows_.steps(sample));
    std::optional<SpikeDraws<Real>> random;
    if (state.drawn) random.emplace(population, moment_, sample);
    state.spikes.begin(sample);
    for (std::size_t t = 0; t < rows_.steps(sample); ++t) {
      const std::size_t row = rows_.first[sample] + t;
      Real* v = state.membrane.data() + row * neurons;
      const Real* previous = t == 0 ? nullptr : v - neurons;
      if (random && t > 0) previous = random->reset(previous);
      membrane_row({static_cast<Real>(population.spec.beta), threshold,
                    spiking && !random ? population.spec.reset : Reset::none, previous,
                    state.current.data() + row * neurons, optional(state.scale),
                    optional(state.offset), v, levels},
                   neurons);
      for (const std::size_t id : population.recurrent) {
        const PlanProjection& projection = plan_.projections[id];
        for (std::size_t tap = projection.taps; tap-- > 0;)
          if (t >= projection.delay(tap))
            add_currents<Real>(projection, spike_weights(projection, tap),
                               fired[t - projection.delay(tap)], v);
        const std::vector<Real>& bias = parameters.bias[id];
        for (std::size_t first = 0; !bias.empty() && first < neurons; first += bias.size())
          add_scaled(v + first, bias.size(), bias.data(), Real(1));
      }
      if (!spiking) continue;
      const std::size_t count = random ? random->draw(v, found.data())
                                       : find_spikes(v, neurons, threshold, found.data());
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
        rows_, neurons, channels, [&](std::size_t row, const std::array<double*, 3>& sum) {
          const Real* v = state.quantised().data() + row * neurons;
          add_clamped(v, neurons, low, high, sum[0]);
          for (const std::uint32_t neuron : state.spikes.row(row)) {
            sum[1][neuron] += 1;
            sum[2][neuron] += static_cast<double>(std::min(v[neuron], high));
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
  parallel_for(rows_.samples(), [&](std::size_t sample) {
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

template <class Real>
void ClockedEngine<Real>::read_logits() {
  const PlanPopulation& readout = plan_.populations[plan_.readout];
  const PopulationState<Real>& state = states_[readout.id];
  const std::size_t classes = readout.neurons;
  logits_.assign(rows_.samples() * classes, Real(0));
  if (!readout.spiking() && readout_score_ != ReadoutScore::mean) {
    score_row_.assign(logits_.size(), 0);
    for (std::size_t sample = 0; sample < rows_.samples(); ++sample)
      for (std::size_t c = 0; c < classes && rows_.steps(sample) > 0; ++c) {
        const auto membrane = [&](std::size_t row) { return state.membrane[row * classes + c]; };
        std::size_t best = rows_.first[sample + 1] - 1;
        if (readout_score_ == ReadoutScore::max)
          for (std::size_t row = best = rows_.first[sample]; row < rows_.first[sample + 1]; ++row)
            if (membrane(row) > membrane(best)) best = row;
        logits_[sample * classes + c] = membrane(best);
        score_row_[sample * classes + c] = best;
      }
    return;
  }
  for (std::size_t sample = 0; sample < rows_.samples(); ++sample) {
    Real* own = logits_.data() + sample * classes;
    for (std::size_t row = rows_.first[sample]; row < rows_.first[sample + 1]; ++row) {
      if (readout.spiking())
        for (const std::uint32_t neuron : state.spikes.row(row)) own[neuron] += Real(1);
      else
        add_scaled(own, classes, state.membrane.data() + row * classes, Real(1));
    }
    for (std::size_t c = 0; c < classes; ++c) own[c] /= static_cast<Real>(rows_.steps(sample));
  }
}

template <class Real>
void ClockedEngine<Real>::add_spike_gradient(std::size_t population, std::vector<Real> by_neuron,
                                             std::size_t delay) {
  assert(by_neuron.size() == plan_.populations[population].neurons);
  spike_terms_[population].push_back({std::move(by_neuron), delay});
}

template <class Real>
double ClockedEngine<Real>::firing_rate(std::size_t population) const {
  const double cells = static_cast<double>(rows_.rows()) *
                       static_cast<double>(plan_.populations[population].neurons);
  return cells > 0 ? static_cast<double>(states_[population].spikes.spikes()) / cells : 0.0;
}

// The backward half is in clocked_backward.cpp, extended neurons are in clocked_neurons.cpp.
template ClockedEngine<float>::ClockedEngine(Plan);
template ClockedEngine<double>::ClockedEngine(Plan);
template const std::vector<float>& ClockedEngine<float>::forward(
    std::span<const SpikeTrain* const>, const Parameters<float>&, const NetworkMoments*,
    const DropoutStream*);
template const std::vector<double>& ClockedEngine<double>::forward(
    std::span<const SpikeTrain* const>, const Parameters<double>&, const NetworkMoments*,
    const DropoutStream*);
template void ClockedEngine<float>::add_spike_gradient(std::size_t, std::vector<float>,
                                                       std::size_t);
template void ClockedEngine<double>::add_spike_gradient(std::size_t, std::vector<double>,
                                                        std::size_t);
template double ClockedEngine<float>::firing_rate(std::size_t) const;
template double ClockedEngine<double>::firing_rate(std::size_t) const;
template void ClockedEngine<float>::exchange_rows(const PlanPopulation&);
template void ClockedEngine<double>::exchange_rows(const PlanPopulation&);

}  // namespace volley
