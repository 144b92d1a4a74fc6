// How gradients go from population to population in the clocked engine. Dense projections of many
// columns add to all rows of their source at once; others, convolutions and relays are asked row by
// row, so that rows, which may be large maps, stay in the cache from one population's gradient to the
// next one's. Must not know neurons.

#include <algorithm>

#include "base/parallel.hpp"
#include "sim/clocked_engine.hpp"
#include "sim/relay.hpp"
#include "sim/row_kernels.hpp"
#include "sim/row_product.hpp"

namespace volley {

template <class Real>
std::vector<Real>& ClockedEngine<Real>::gradient_of(std::size_t population) {
  PopulationState<Real>& state = states_[population];
  if (!state.begun)
    state.gradient.assign(rows_.rows() * plan_.populations[population].neurons, Real(0));
  state.begun = true;
  return state.gradient;
}

template <class Real>
bool ClockedEngine<Real>::pulled(const PlanProjection& projection) const {
  if (!projection.spec.weighted()) return true;
  if (projection.delayed() || projection.spec.delay_steps > 0) return false;
  constexpr std::size_t few = 32;  // more columns are worth a product of whole matrices
  if (projection.spec.kind == ProjectionKind::dense) return projection.columns <= few;
  return !projection.windows.empty();
}

template <class Real>
void ClockedEngine<Real>::read_gradient(std::size_t population, std::size_t row,
                                        Real* out) const {
  const PopulationState<Real>& state = states_[population];
  const std::size_t neurons = plan_.populations[population].neurons;
  const Real* added = state.gradient.data() + row * neurons;
  if (state.begun && added != out) std::copy_n(added, neurons, out);
  bool fresh = !state.begun;  // `out` holds nothing yet
  for (const std::size_t id : outgoing_[population]) {
    const PlanProjection& projection = plan_.projections[id];
    if (!pulled(projection)) continue;
    const PlanPopulation& target = plan_.populations[projection.target];
    if (projection.spec.kind == ProjectionKind::dense) {
      if (fresh) std::fill_n(out, neurons, Real(0));
      add_row_product({1, neurons, target.neurons, target.neurons, neurons},
                      states_[target.id].gradient.data() + row * target.neurons,
                      projection_states_[id].sources.data(), out);
    } else if (projection.spec.weighted() && sends_few(target)) {
      read_few(projection, row, fresh, out);
    } else if (projection.spec.weighted()) {
      thread_local std::vector<Real> bordered;
      const ConvWindows& windows = projection.windows;
      if (bordered.size() < windows.map_size()) bordered.resize(windows.map_size());
      add_border(windows, states_[target.id].gradient.data() + row * target.neurons,
                 bordered.data());
      if (fresh) std::fill_n(out, neurons, Real(0));
      add_source_gradient(windows, projection_states_[id].sources.data(), bordered.data(), out);
    } else {
      // By population: relays may follow relays.
      thread_local std::vector<std::vector<Real>> relayed;
      if (relayed.size() < plan_.populations.size()) relayed.resize(plan_.populations.size());
      relayed[target.id].resize(target.neurons);
      Real* of_target = relayed[target.id].data();  // stays where it is when `relayed` grows
      read_gradient(target.id, row, of_target);
      relay_gradient(projection, state.sent().row(row), of_target, out, fresh);
    }
    fresh = false;
  }
  if (fresh) std::fill_n(out, neurons, Real(0));
}

template <class Real>
void ClockedEngine<Real>::start_gradient_rows(const PlanPopulation& population) {
  states_[population.id].gradient.resize(rows_.rows() * population.neurons);
}

template <class Real>
void ClockedEngine<Real>::read_gradient_rows(const PlanPopulation& population) {
  start_gradient_rows(population);
  PopulationState<Real>& state = states_[population.id];
  const auto& outgoing = outgoing_[population.id];
  if (state.begun && std::none_of(outgoing.begin(), outgoing.end(), [&](std::size_t id) {
        return pulled(plan_.projections[id]);
      }))
    return;
  const Share own = rows_.own_rows();
  parallel_for(own.size(), [&](std::size_t k) {
    const std::size_t row = own.first + k;
    read_gradient(population.id, row, state.gradient.data() + row * population.neurons);
  });
}

template <class Real>
bool ClockedEngine<Real>::fuses_weights(const PlanPopulation& population) const {
  const PopulationState<Real>& state = states_[population.id];
  if (!training_ || !population.spiking() || population.keeps_currents() ||
      !population.recurrent.empty() || !state.dropped.empty() ||
      !spike_terms_[population.id].empty() ||
      population.spec.quantizer.estimator == Estimator::denoise)
    return false;
  return std::all_of(
      population.feed_forward.begin(), population.feed_forward.end(), [&](std::size_t id) {
        const PlanProjection& projection = plan_.projections[id];
        const PopulationState<Real>& source = states_[projection.source];
        return placed(projection) && projection.spec.trainable() && !projection.spec.bias &&
               projection.spec.delay_steps == 0 && !source.affine.has_intercept();
      });
}

template <class Real>
bool ClockedEngine<Real>::passes_on(const PlanPopulation& population) const {
  return !fuses_weights(population) ||
         std::any_of(population.feed_forward.begin(), population.feed_forward.end(),
                     [&](std::size_t id) { return plan_.projections[id].source != plan_.input; });
}

template <class Real>
bool ClockedEngine<Real>::forgets(const PlanPopulation& population) const {
  const SpikeQuantizer& quantizer = population.spec.quantizer;
  return fuses_weights(population) && !passes_on(population) && streams(population) &&
         population.id != plan_.readout && quantizer.plain() &&
         !draws_spikes(quantizer.estimator);
}

template <class Real>
void ClockedEngine<Real>::remember(const PlanPopulation& population, std::size_t sample,
                                   std::vector<Real>& membranes) const {
  const std::size_t neurons = population.neurons, steps = rows_.steps(sample);
  if (membranes.size() < steps * neurons) membranes.resize(steps * neurons);
  for (std::size_t t = 0; t < steps; ++t) {
    Real* v = membranes.data() + t * neurons;
    sum_currents(population, sample, t, v);
    membrane_row(MembraneRow<Real>{static_cast<Real>(population.spec.beta),
                                   static_cast<Real>(population.spec.threshold),
                                   population.spec.reset, t == 0 ? nullptr : v - neurons, v,
                                   nullptr, nullptr, v, population.spec.quantizer.levels},
                 neurons);
  }
}

template <class Real>
void ClockedEngine<Real>::back_fused(const PlanPopulation& population,
                                     const BackwardRow<Real>& settings, const Real* x_per_x) {
  PopulationState<Real>& state = states_[population.id];
  const std::size_t neurons = population.neurons;
  const bool forgotten = forgets(population), few = passes_on(population) && sends_few(population);
  const bool kept = passes_on(population) && !few;
  if (kept) start_gradient_rows(population);
  if (few) state.few.resize(rows_.samples());
  // A fixed number of parts, so that the order of the sums is.
  for (const std::size_t id : population.feed_forward)
    projection_states_[id].parts.resize(rows_.parts());
  const Share own = ranks_ == nullptr ? Share{0, rows_.parts()} : ranks_->share(rows_.parts());
  parallel_for(own.size(), [&](std::size_t index) {
    const std::size_t part = own.first + index;
    thread_local std::vector<Real> two_rows, membranes;
    if (!kept) two_rows.resize(2 * neurons);
    for (const std::size_t id : population.feed_forward)
      projection_states_[id].parts[part].assign(projection_states_[id].in_force.size(), Real(0));
    for (std::size_t sample = rows_.part_begin(part); sample < rows_.part_begin(part + 1);
         ++sample) {
      const std::size_t first = rows_.first[sample];
      const Real* next = nullptr;
      if (forgotten) remember(population, sample, membranes);
      if (few) state.few[sample].clear();
      for (std::size_t row = rows_.first[sample + 1]; row-- > first;) {
        Real* g = kept ? state.gradient.data() + row * neurons
                       : two_rows.data() + (row - first) % 2 * neurons;
        read_gradient(population.id, row, g);
        BackwardRow<Real> step = settings;
        step.v = forgotten ? membranes.data() + (row - first) * neurons
                           : state.membrane.data() + row * neurons;
        step.gradient = g;
        if (next != nullptr && !joined(row - first, row + 1 - first)) next = nullptr;
        step.next = few ? nullptr : next;
        back_row(population, sample, row, step, x_per_x);
        if (few) append_nonzeros(g, neurons, state.few[sample]);
        if (few && next != nullptr) add_scaled(g, neurons, next, step.beta);
        for (const std::size_t id : population.feed_forward)
          add_to_weight_part(plan_.projections[id],
                             states_[plan_.projections[id].source].sent().row(row), g,
                             projection_states_[id].parts[part]);
        next = g;
      }
    }
  });
  if (ranks_ == nullptr) return;
  for (const std::size_t id : population.feed_forward)
    complete_parts(*ranks_, projection_states_[id].in_force.size(), projection_states_[id].parts);
}

template <class Real>
void ClockedEngine<Real>::free_gradients(const std::vector<bool>& done) {
  // Whether a population that is not done yet asks this one, or a relay before it.
  const auto wanted = [&](const auto& self, std::size_t population) -> bool {
    const auto& into = plan_.populations[population].feed_forward;
    return std::any_of(into.begin(), into.end(), [&](std::size_t id) {
      const PlanProjection& projection = plan_.projections[id];
      if (!pulled(projection) || projection.source == plan_.input) return false;
      const bool relay =
          plan_.populations[projection.source].spec.kind == NeuronKind::relay;
      return relay ? self(self, projection.source) : !done[projection.source];
    });
  };
  for (const PlanPopulation& population : plan_.populations)
    if (done[population.id] && !wanted(wanted, population.id)) {
      std::vector<Real>().swap(states_[population.id].gradient);
      std::vector<SparseRows<Real>>().swap(states_[population.id].few);
    }
}

#define VOLLEY_INSTANTIATE(Real)                                                                  \
  template std::vector<Real>& ClockedEngine<Real>::gradient_of(std::size_t);                      \
  template bool ClockedEngine<Real>::pulled(const PlanProjection&) const;                         \
  template void ClockedEngine<Real>::read_gradient(std::size_t, std::size_t, Real*) const;        \
  template void ClockedEngine<Real>::start_gradient_rows(const PlanPopulation&);                  \
  template void ClockedEngine<Real>::read_gradient_rows(const PlanPopulation&);                   \
  template bool ClockedEngine<Real>::fuses_weights(const PlanPopulation&) const;                  \
  template bool ClockedEngine<Real>::passes_on(const PlanPopulation&) const;                      \
  template bool ClockedEngine<Real>::forgets(const PlanPopulation&) const;                        \
  template void ClockedEngine<Real>::back_fused(const PlanPopulation&, const BackwardRow<Real>&,  \
                                                const Real*);                                     \
  template void ClockedEngine<Real>::free_gradients(const std::vector<bool>&);
VOLLEY_INSTANTIATE(float)
VOLLEY_INSTANTIATE(double)
#undef VOLLEY_INSTANTIATE

}  // namespace volley
