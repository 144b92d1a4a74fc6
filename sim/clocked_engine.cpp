#include "sim/clocked_engine.hpp"

#include <cassert>

#include "sim/weight_norm.hpp"

namespace volley {

template <class Real>
ClockedEngine<Real>::ClockedEngine(Plan plan)
    : plan_(std::move(plan)),
      states_(plan_.populations.size()),
      projection_states_(plan_.projections.size()),
      moments_(initial_moments(plan_)),
      spike_terms_(plan_.populations.size()),
      outgoing_(plan_.populations.size()) {
  for (const PlanProjection& projection : plan_.projections)
    if (!projection.recurrent) outgoing_[projection.source].push_back(projection.id);
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
  training_ = frozen == nullptr;
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
      state.in_force = state.quantised;
      continue;
    }
    const std::vector<Real>* weights = &parameters.weight[projection.id];
    if (projection.spec.weight_norm) {
      normalise_columns<Real>(*weights, parameters.norm_gain[projection.id], state.normed,
                              state.norm);
      weights = &state.normed;
    }
    state.in_force = *weights;
    const WeightQuantizer quantizer = quantizer_in_force(projection, sparsity_);
    if (quantizer.quantised()) {
      quantise_weights(quantizer, *weights, projection.columns, state.quantised,
                       state.statistics);
      state.in_force = state.quantised;
    }
    if (!projection.delayed()) continue;
    make_delay_kernel(projection, parameters.delay[projection.id],
                      frozen ? 0.0 : delay_sigma(projection.spec, moment_.progress), state.kernel);
    if (projection.recurrent)
      all_tap_weights<Real>(projection, state.in_force, state.kernel, state.taps);
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

// The rest of its members are in clocked_projections.cpp, clocked_normalisation.cpp,
// clocked_spikes.cpp, clocked_neurons.cpp, clocked_delays.cpp, clocked_readout.cpp and, all that
// goes back through time, clocked_backward.cpp.
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
