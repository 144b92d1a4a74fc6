// Projections in the clocked engine: relays and currents forward, gradients of weights, biases and
// sources back. The sums are those of sim/projection_kernels.hpp; must not know neurons.

#include <algorithm>

#include "base/parallel.hpp"
#include "sim/channel_sums.hpp"
#include "sim/clocked_engine.hpp"
#include "sim/relay.hpp"
#include "sim/row_kernels.hpp"
#include "sim/row_product.hpp"
#include "sim/sparse_product.hpp"
#include "sim/training_kernels.hpp"
#include "sim/weight_norm.hpp"

namespace volley {

/// The earliest spikes first, as at inference.
template <class Real>
void ClockedEngine<Real>::add_spikes(const PlanProjection& projection, std::size_t sample,
                                     std::size_t t, Real* currents) const {
  const SpikeRows& spikes = states_[projection.source].sent();
  for (std::size_t tap = projection.taps; tap-- > 0;) {
    if (t < projection.delay(tap)) continue;
    const std::size_t row = rows_.first[sample] + t - projection.delay(tap);
    if (placed(projection))
      scatter_runs(projection.runs, static_cast<std::size_t>(projection.source_shape.channels),
                   projection.columns, spikes.row(row), spike_weights(projection, tap), currents);
    else
      add_currents(projection, spike_weights(projection, tap), spikes.row(row), currents,
                   spikes.values(row));
  }
}

template <class Real>
void ClockedEngine<Real>::add_recurrent(const PlanPopulation& population,
                                        const Parameters<Real>& parameters,
                                        const std::vector<std::vector<std::uint32_t>>& fired,
                                        std::size_t t, Real* currents) const {
  for (const std::size_t id : population.recurrent) {
    const PlanProjection& projection = plan_.projections[id];
    for (std::size_t tap = projection.taps; tap-- > 0;)
      if (t >= projection.delay(tap))
        add_currents<Real>(projection, spike_weights(projection, tap),
                           fired[t - projection.delay(tap)], currents);
    const std::vector<Real>& bias = parameters.bias[id];
    for (std::size_t first = 0; !bias.empty() && first < population.neurons; first += bias.size())
      add_scaled(currents + first, bias.size(), bias.data(), Real(1));
  }
}

template <class Real>
void ClockedEngine<Real>::run_relay(const PlanPopulation& population) {
  PopulationState<Real>& state = states_[population.id];
  state.spikes.resize(rows_);
  for_own_samples(rows_, [&](std::size_t sample) {
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
bool ClockedEngine<Real>::tiled(const PlanProjection& projection) const {
  return projection.spec.kind == ProjectionKind::dense && !projection.delayed() &&
         projection.spec.delay_steps == 0 && !states_[projection.source].sent().graded();
}

template <class Real>
bool ClockedEngine<Real>::placed(const PlanProjection& projection) const {
  return !projection.runs.place.empty() && !projection.delayed() &&
         !states_[projection.source].sent().graded();
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
    if (placed(projection))
      place_taps<Real>(projection.runs, weights.in_force, projection.columns, affine.slope,
                       weights.scaled);
    else if (!tiled(projection))
      scale_weights<Real>(projection, weights.in_force, affine, weights.scaled);
    if (projection.delayed())
      all_tap_weights<Real>(projection, weights.scaled, weights.kernel, weights.taps);
    intercept_current<Real>(projection, weights.in_force, affine, constant);
    const std::vector<Real>& bias = parameters.bias[id];
    for (std::size_t neuron = 0; neuron < neurons; ++neuron)
      state.constant[neuron] +=
          constant[neuron] + (bias.empty() ? Real(0) : bias[neuron % bias.size()]);
  }
  if (forgets(population)) return;
  std::vector<Real>& rows = currents_of(population);
  rows.resize(rows_.rows() * neurons);
  if (streams(population)) return;
  Real* currents = rows.data();
  const Share own_rows = rows_.own_rows();
  Real* own_currents = currents + own_rows.first * neurons;
  bool begun = false;
  for (const std::size_t id : population.feed_forward) {
    const PlanProjection& projection = plan_.projections[id];
    if (tiled(projection)) {
      const PopulationState<Real>& source = states_[projection.source];
      sparse_product<Real>(
          {projection_states_[id].in_force.data(), projection.rows, projection.columns,
           source.affine.slope},
          source.sent().rows().subspan(own_rows.first, own_rows.size()),
          begun ? own_currents : state.constant.data(), begun ? neurons : 0, own_currents);
    } else {
      for_own_samples(rows_, [&](std::size_t sample) {
        for (std::size_t row = rows_.first[sample]; row < rows_.first[sample + 1]; ++row) {
          Real* own = currents + row * neurons;
          if (!begun) std::copy(state.constant.begin(), state.constant.end(), own);
          add_spikes(projection, sample, row - rows_.first[sample], own);
        }
      });
    }
    begun = true;
  }
}

template <class Real>
bool ClockedEngine<Real>::streams(const PlanPopulation& population) const {
  return !population.keeps_currents() &&
         std::none_of(population.feed_forward.begin(), population.feed_forward.end(),
                      [&](std::size_t id) { return tiled(plan_.projections[id]); });
}

template <class Real>
void ClockedEngine<Real>::sum_currents(const PlanPopulation& population, std::size_t sample,
                                       std::size_t t, Real* currents) const {
  const std::vector<Real>& constant = states_[population.id].constant;
  std::copy(constant.begin(), constant.end(), currents);
  for (const std::size_t id : population.feed_forward)
    add_spikes(plan_.projections[id], sample, t, currents);
}

template <class Real>
void ClockedEngine<Real>::finish_weight_gradient(const PlanProjection& projection,
                                                 const SpikeRows& spikes,
                                                 const SourceAffine<Real>& affine,
                                                 const Parameters<Real>& parameters,
                                                 Parameters<Real>& gradient) {
  const std::vector<Real>& current_gradient = states_[projection.target].gradient;
  std::vector<Real>& own = gradient.weight[projection.id];
  const ProjectionState<Real>& weights = projection_states_[projection.id];
  SpikeRows earlier;
  if (fuses_weights(plan_.populations[projection.target])) {
    join_weight_parts(projection, weights.parts, affine, own);
  } else if (projection.delayed()) {
    delayed_weight_gradient<Real>(projection, weights.in_force, weights.kernel, spikes, rows_,
                                  affine, current_gradient, own, gradient.delay[projection.id]);
  } else if (projection.spec.delay_steps > 0) {
    earlier.view_delayed(spikes, rows_, projection.delay(0));
    weight_gradient(projection, earlier, affine, current_gradient, own, ranks_);
  } else {
    weight_gradient(projection, spikes, affine, current_gradient, own, ranks_);
  }
  const bool normed = projection.spec.weight_norm;
  quantise_weights_backward(quantizer_in_force(projection, sparsity_),
                            normed ? weights.normed : parameters.weight[projection.id],
                            projection.columns, weights.statistics, own);
  if (normed)
    normalise_columns_backward<Real>(parameters.weight[projection.id],
                                     parameters.norm_gain[projection.id], weights.norm, own,
                                     gradient.norm_gain[projection.id]);
  std::vector<Real>& bias = gradient.bias[projection.id];
  if (bias.empty()) return;
  const std::size_t neurons = projection.target_shape.size();
  const auto sums = channel_sums<1>(
      rows_, neurons, bias.size(), [&](std::size_t row, FoldedSums<1>& by_neuron) {
        by_neuron.for_pieces([&](std::size_t at, std::size_t count) {
          add_values(current_gradient.data() + row * neurons + at, count, by_neuron.of(0));
        });
      });
  for (std::size_t c = 0; c < bias.size(); ++c) bias[c] = static_cast<Real>(sums[0][c]);
}

template <class Real>
void ClockedEngine<Real>::push_gradient(const PlanProjection& projection) {
  PopulationState<Real>& source = states_[projection.source];
  const bool fresh = !source.begun && projection.spec.kind == ProjectionKind::dense;
  if (fresh) {
    start_gradient_rows(plan_.populations[projection.source]);
    source.begun = true;
  }
  source_gradient<Real>(projection, projection_states_[projection.id].in_force,
                        states_[projection.target].gradient, rows_.own_rows(),
                        gradient_of(projection.source), fresh);
}

template <class Real>
void ClockedEngine<Real>::back_projections(const PlanPopulation& population,
                                           const Parameters<Real>& parameters,
                                           Parameters<Real>& gradient) {
  PopulationState<Real>& state = states_[population.id];
  for (const std::size_t id : population.feed_forward) {
    const PlanProjection& projection = plan_.projections[id];
    PopulationState<Real>& source = states_[projection.source];
    const bool to_input = projection.source == plan_.input;
    if (projection.spec.weighted()) {
      if (projection.spec.trainable())
        finish_weight_gradient(projection, source.sent(), source.affine, parameters, gradient);
      if (to_input) continue;
      if (pulled(projection) && projection.spec.kind == ProjectionKind::dense)
        transpose_matrix(projection_states_[id].in_force.data(), projection.rows,
                         projection.columns, projection_states_[id].sources);
      else if (pulled(projection) && sends_few(population))
        place_fields<Real>(projection.fields, projection_states_[id].in_force,
                           projection_states_[id].sources);
      else if (pulled(projection))
        place_sources<Real>(projection.runs, projection_states_[id].in_force, projection.columns,
                            projection_states_[id].sources);
      else if (projection.delayed() || projection.spec.delay_steps > 0)
        back_delayed_source(projection);
      else
        push_gradient(projection);
      continue;
    }
    if (to_input || state.early.empty()) continue;
    source.early.resize(projection.source_shape.size());  // zeros where it was empty
    relay_gradient<Real>(projection, {}, state.early.data(), source.early.data());
  }
}

#define VOLLEY_INSTANTIATE(Real)                                                                  \
  template void ClockedEngine<Real>::add_recurrent(                                               \
      const PlanPopulation&, const Parameters<Real>&,                                             \
      const std::vector<std::vector<std::uint32_t>>&, std::size_t, Real*) const;                  \
  template void ClockedEngine<Real>::run_relay(const PlanPopulation&);                            \
  template bool ClockedEngine<Real>::tiled(const PlanProjection&) const;                          \
  template bool ClockedEngine<Real>::placed(const PlanProjection&) const;                         \
  template void ClockedEngine<Real>::compute_currents(const PlanPopulation&,                      \
                                                      const Parameters<Real>&);                   \
  template bool ClockedEngine<Real>::streams(const PlanPopulation&) const;                        \
  template void ClockedEngine<Real>::sum_currents(const PlanPopulation&, std::size_t,             \
                                                  std::size_t, Real*) const;                      \
  template void ClockedEngine<Real>::finish_weight_gradient(                                      \
      const PlanProjection&, const SpikeRows&, const SourceAffine<Real>&, const Parameters<Real>&,\
      Parameters<Real>&);                                                                         \
  template void ClockedEngine<Real>::push_gradient(const PlanProjection&);                        \
  template void ClockedEngine<Real>::back_projections(const PlanPopulation&,                      \
                                                      const Parameters<Real>&, Parameters<Real>&);
VOLLEY_INSTANTIATE(float)
VOLLEY_INSTANTIATE(double)
#undef VOLLEY_INSTANTIATE

}  // namespace volley
