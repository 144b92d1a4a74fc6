// Gradients that few neurons send back, in the clocked engine. Behind max pooling at most one neuron
// of a window has a dL/dy. Where nothing but the leak joins the steps of such a population, its
// dL/du[t] = h[t] + beta dL/du[t + 1] with as few h, and a convolution back, being linear and the
// same at all steps, may take them alone: W dL/du[t] = W h[t] + beta W dL/du[t + 1]. Must not know
// how h comes about.

#include <algorithm>
#include <cassert>

#include "sim/clocked_engine.hpp"
#include "sim/row_kernels.hpp"

namespace volley {

template <class Real>
bool ClockedEngine<Real>::sends_few(const PlanPopulation& population) const {
  const SpikeQuantizer& quantizer = population.spec.quantizer;
  const Reset reset = population.spec.reset;
  const bool leaks =
      reset == Reset::none || (reset == Reset::subtract && !quantizer.attached_reset);
  if (!fuses_weights(population) || !leaks || !quantizer.plain() ||
      quantizer.estimator == Estimator::learned || quantizer.discretisation > 0 ||
      population.id == plan_.readout)
    return false;
  constexpr int few = 4;  // neurons of a window, from which on one of them is few
  const auto& outgoing = outgoing_[population.id];
  const auto& incoming = population.feed_forward;
  return !outgoing.empty() &&
         std::all_of(outgoing.begin(), outgoing.end(),
                     [&](std::size_t id) {
                       const PlanProjection& pool = plan_.projections[id];
                       return pool.spec.kind == ProjectionKind::max_pool &&
                              !pool.table.only.empty() &&
                              pool.spec.kernel_height * pool.spec.kernel_width >= few;
                     }) &&
         std::all_of(incoming.begin(), incoming.end(), [&](std::size_t id) {
           const PlanProjection& projection = plan_.projections[id];
           return projection.source == plan_.input || !projection.fields.empty();
         });
}

template <class Real>
const Real* ClockedEngine<Real>::carried_gradient(const PlanProjection& projection,
                                                  std::size_t row) const {
  struct Carried {
    std::uint64_t backward = 0;
    std::size_t row = 0;
    std::vector<Real> map;
  };
  thread_local std::vector<Carried> by_projection;
  if (by_projection.size() <= projection.id) by_projection.resize(projection.id + 1);
  Carried& own = by_projection[projection.id];
  const bool known = own.backward == backward_;
  if (known && own.row == row) return own.map.data();
  const ReceptiveFields& fields = projection.fields;
  const PlanPopulation& target = plan_.populations[projection.target];
  const auto after = std::upper_bound(rows_.first.begin(), rows_.first.end(), row);
  const auto sample = static_cast<std::size_t>(after - rows_.first.begin()) - 1;
  const SparseRows<Real>& sent = states_[target.id].few[sample];
  const std::size_t first = rows_.first[sample], last = rows_.first[sample + 1] - 1;
  own.map.resize(fields.map_size());
  // Rows are asked for from the last of a sample to its first, and one may be asked for twice.
  std::size_t at = known && own.row == row + 1 && row != last ? row : last;
  for (;; --at) {
    const bool begins = at == last || !joined(at - first, at + 1 - first);
    if (begins) std::fill(own.map.begin(), own.map.end(), Real(0));
    const std::size_t place = last - at;  // they were sent in that order
    const std::size_t begin = sent.begin(place), end = sent.ends[place];
    scatter_fields(fields, projection_states_[projection.id].sources.data(),
                   {sent.indices.data() + begin, end - begin}, sent.values.data() + begin,
                   static_cast<Real>(target.spec.beta), own.map.data());
    if (at == row) break;
  }
  own.backward = backward_;
  own.row = row;
  return own.map.data();
}

template <class Real>
void ClockedEngine<Real>::read_few(const PlanProjection& projection, std::size_t row, bool fresh,
                                   Real* out) const {
  const Real* map = carried_gradient(projection, row);
  const ReceptiveFields& fields = projection.fields;
  const std::size_t line = fields.source_width * fields.channels;
  for (std::size_t y = 0; y < fields.source_height; ++y) {
    const Real* from = map + fields.line(y);
    if (fresh) std::copy_n(from, line, out + y * line);
    else add_scaled(out + y * line, line, from, Real(1));
  }
}

#define VOLLEY_INSTANTIATE(Real)                                                                  \
  template bool ClockedEngine<Real>::sends_few(const PlanPopulation&) const;                      \
  template const Real* ClockedEngine<Real>::carried_gradient(const PlanProjection&, std::size_t)  \
      const;                                                                                      \
  template void ClockedEngine<Real>::read_few(const PlanProjection&, std::size_t, bool, Real*)    \
      const;
VOLLEY_INSTANTIATE(float)
VOLLEY_INSTANTIATE(double)
#undef VOLLEY_INSTANTIATE

}  // namespace volley
