// Delays in the clocked engine: what a spike adds at each of them, and what they do to gradients. A
// spike is wanted by the steps at which it acts, an intercept by every step, also those before the
// first delayed spike could act.

#include <algorithm>

#include "base/parallel.hpp"
#include "sim/clocked_engine.hpp"
#include "sim/row_kernels.hpp"

namespace volley {

template <class Real>
const Real* ClockedEngine<Real>::spike_weights(const PlanProjection& projection,
                                               std::size_t tap) const {
  const ProjectionState<Real>& state = projection_states_[projection.id];
  if (projection.delayed()) return state.taps.data() + tap * state.in_force.size();
  return projection.recurrent ? state.in_force.data() : state.scaled.data();
}

template <class Real>
void ClockedEngine<Real>::back_delayed_source(const PlanProjection& projection) {
  const std::vector<Real>& gradient = states_[projection.target].gradient;
  PopulationState<Real>& source = states_[projection.source];
  const ProjectionState<Real>& state = projection_states_[projection.id];
  const std::size_t neurons = projection.target_shape.size();
  source.early.resize(projection.source_shape.size());  // zeros where it was empty
  std::vector<Real> later, before, weights;
  for (std::size_t tap = 0; tap < projection.taps; ++tap) {
    const std::size_t delay = projection.delay(tap);
    std::span<const Real> own = state.in_force;
    if (projection.delayed()) {
      weights.resize(own.size());
      tap_weights<Real>(projection, state.in_force, state.kernel, tap, weights.data());
      own = weights;
    }
    later.assign(gradient.size(), Real(0));
    parallel_for(rows_.samples(), [&](std::size_t sample) {
      const std::size_t first = rows_.first[sample], steps = rows_.steps(sample);
      if (delay < steps)
        std::copy_n(gradient.data() + (first + delay) * neurons, (steps - delay) * neurons,
                    later.data() + first * neurons);
    });
    source_gradient<Real>(projection, own, later, rows_.rows(), gradient_of(projection.source));
    before.assign(neurons, Real(0));
    for (std::size_t sample = 0; sample < rows_.samples(); ++sample)
      for (std::size_t t = 0; t < std::min(delay, rows_.steps(sample)); ++t)
        add_scaled(before.data(), neurons, gradient.data() + (rows_.first[sample] + t) * neurons,
                   Real(1));
    source_gradient<Real>(projection, own, before, 1, source.early);
  }
}

template const float* ClockedEngine<float>::spike_weights(const PlanProjection&,
                                                          std::size_t) const;
template const double* ClockedEngine<double>::spike_weights(const PlanProjection&,
                                                            std::size_t) const;
template void ClockedEngine<float>::back_delayed_source(const PlanProjection&);
template void ClockedEngine<double>::back_delayed_source(const PlanProjection&);

}  // namespace volley
