// Extended neurons in the clocked engine: their scan over time and its way back. The formulas are
// in sim/neuron_kernels.hpp; plain populations never come here.

#include <algorithm>
#include <optional>

#include "base/parallel.hpp"
#include "sim/channel_sums.hpp"
#include "sim/clocked_engine.hpp"
#include "sim/temporal_norm.hpp"
#include "sim/training_kernels.hpp"

namespace volley {

namespace {

/// What a sample's scan keeps from step to step.
template <class Real>
struct NeuronScratch {
  std::vector<Real> current, rest, synapse, adaptation;
  std::vector<NeuronStatus> silent;
  std::vector<std::int32_t> refractory;
  std::vector<std::vector<std::uint32_t>> fired;  // for recurrence, by step

  void reset(std::size_t neurons, std::size_t recurrent_steps) {
    current.resize(neurons);
    rest.assign(neurons, Real(0));
    synapse.assign(neurons, Real(0));
    adaptation.assign(neurons, Real(0));
    silent.assign(neurons, NeuronStatus{0});
    refractory.assign(neurons, 0);
    fired.resize(recurrent_steps);
  }
};

}  // namespace

template <class Real>
void ClockedEngine<Real>::scan_extended(const PlanPopulation& population,
                                        const Parameters<Real>& parameters, bool draws) {
  PopulationState<Real>& state = states_[population.id];
  const std::size_t neurons = population.neurons;
  const bool spiking = population.spiking();
  const std::vector<Real>& logits = parameters.beta_logit[population.id];
  state.beta.assign(neurons, static_cast<Real>(population.spec.beta));
  for (std::size_t n = 0; n < neurons && !logits.empty(); ++n)
    state.beta[n] =
        static_cast<Real>(learned_beta(static_cast<double>(logits[n % logits.size()])));
  const NeuronDynamics<Real> dynamics = neuron_dynamics(population.spec, state.beta.data());
  state.drawn = spiking && draws && draws_spikes(population.spec.quantizer.estimator);
  state.membrane.resize(rows_.rows() * neurons);
  state.relative.resize(dynamics.adapts ? rows_.rows() * neurons : 0);
  state.status.resize(spiking ? rows_.rows() * neurons : 0);
  state.spikes.resize(rows_);
  // Of the normalisation; null without.
  const auto of_step = [&](const std::vector<Real>& values, std::size_t t) {
    return values.empty() ? nullptr : values.data() + norm_part(population.spec, t) * neurons;
  };
  for_own_samples(rows_, [&](std::size_t sample) {
    thread_local NeuronScratch<Real> scratch;
    scratch.reset(neurons, population.recurrent.empty() ? 0 : rows_.steps(sample));
    std::optional<SpikeDraws<Real>> random;
    if (state.drawn) random.emplace(population, moment_, sample);
    state.spikes.begin(sample);
    for (std::size_t t = 0; t < rows_.steps(sample); ++t) {
      const std::size_t row = rows_.first[sample] + t, at = row * neurons;
      Real* current = scratch.current.data();
      membrane_row({Real(0), Real(1), Reset::none, nullptr, state.current.data() + at,
                    of_step(state.scale, t), of_step(state.offset, t), current},
                   neurons);
      add_recurrent(population, parameters, scratch.fired, t, current);
      NeuronRow<Real> step{};
      step.current = current;
      step.v = state.membrane.data() + at;
      step.v_before = t == 0 ? scratch.rest.data() : step.v - neurons;
      step.synapse = scratch.synapse.data();
      step.adaptation = scratch.adaptation.data();
      step.refractory = scratch.refractory.data();
      if (dynamics.adapts) step.relative = state.relative.data() + at;
      if (spiking) {
        step.status = state.status.data() + at;
        step.status_before = t == 0 ? scratch.silent.data() : step.status - neurons;
      }
      neuron_row(dynamics, step, neurons);
      if (!spiking) continue;
      if (random) random->draw(state.quantised().data() + at, step.status);
      std::vector<std::uint32_t>& stored = state.spikes.stored(sample);
      const auto before = static_cast<std::ptrdiff_t>(stored.size());
      append_spikes(step.status, neurons, 0, stored);
      state.spikes.end_row(sample);
      if (!scratch.fired.empty())
        scratch.fired[t].assign(stored.begin() + before, stored.end());
    }
  });
  if (spiking) state.spikes.finish(rows_);
  state.beta_gradient.resize(logits.empty() ? 0 : rows_.rows() * neurons);
}

template <class Real>
void ClockedEngine<Real>::back_extended_row(const PlanPopulation& population, std::size_t sample,
                                            std::size_t row, BackwardRow<Real> step,
                                            const Real* x_per_x, Real* wanted, Real* carry) {
  PopulationState<Real>& state = states_[population.id];
  const std::size_t neurons = population.neurons, at = row * neurons;
  const bool first = row == rows_.first[sample];
  if (step.next == nullptr) std::fill_n(carry, 2 * neurons, Real(0));  // the last, or truncated
  const NeuronDynamics<Real> dynamics = neuron_dynamics(population.spec, state.beta.data());
  NeuronBackwardRow<Real> own{};
  own.v = state.membrane.data() + at;
  own.v_before = first ? nullptr : own.v - neurons;
  own.carry_v = carry;
  own.carry_a = carry + neurons;
  own.synapse_after = step.next;
  own.gradient = step.gradient;
  own.decay = state.beta_gradient.empty() ? nullptr : state.beta_gradient.data() + at;
  if (population.spiking()) {
    own.status = state.status.data() + at;
    own.status_before = first ? nullptr : own.status - neurons;
    thread_local std::vector<Real> any;
    const bool apart = population.spec.quantizer.levels > 1;  // a spike, and there being one
    if (apart) any.assign(neurons, Real(0));
    add_later_spike(dynamics, step.attached, own, wanted, apart ? any.data() : wanted, neurons);
    step.v = state.quantised().data() + at;
    step.next = nullptr;
    back_row(population, sample, row, step, x_per_x, apart ? any.data() : nullptr);
  }
  neuron_backward_row(dynamics, own, neurons);
}

template <class Real>
void ClockedEngine<Real>::back_learned_beta(const PlanPopulation& population,
                                            const Parameters<Real>& parameters,
                                            Parameters<Real>& gradient) {
  const std::vector<Real>& logits = parameters.beta_logit[population.id];
  if (logits.empty()) return;
  const PopulationState<Real>& state = states_[population.id];
  const auto sums = channel_sums<1>(
      rows_, population.neurons, logits.size(),
      [&](std::size_t row, FoldedSums<1>& by_neuron) {
        by_neuron.for_pieces([&](std::size_t at, std::size_t count) {
          add_values(state.beta_gradient.data() + row * population.neurons + at, count,
                     by_neuron.of(0));
        });
      });
  for (std::size_t c = 0; c < logits.size(); ++c) {
    const double beta = learned_beta(static_cast<double>(logits[c]));
    gradient.beta_logit[population.id][c] = static_cast<Real>(sums[0][c] * beta * (1 - beta));
  }
}

#define VOLLEY_INSTANTIATE(Real)                                                                  \
  template void ClockedEngine<Real>::scan_extended(const PlanPopulation&,                         \
                                                   const Parameters<Real>&, bool);                \
  template void ClockedEngine<Real>::back_extended_row(const PlanPopulation&, std::size_t,        \
                                                       std::size_t, BackwardRow<Real>,            \
                                                       const Real*, Real*, Real*);                \
  template void ClockedEngine<Real>::back_learned_beta(                                           \
      const PlanPopulation&, const Parameters<Real>&, Parameters<Real>&);
VOLLEY_INSTANTIATE(float)
VOLLEY_INSTANTIATE(double)
#undef VOLLEY_INSTANTIATE

}  // namespace volley
