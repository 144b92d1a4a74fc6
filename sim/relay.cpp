#include "sim/relay.hpp"

#include "sim/pool_kernels.hpp"
#include "sim/row_kernels.hpp"

namespace volley {

namespace {
std::size_t channels_of(const PlanProjection& projection) {
  return static_cast<std::size_t>(projection.source_shape.channels);
}
template <class Real>
Real window_area(const PlanProjection& projection) {
  return static_cast<Real>(projection.spec.kernel_height) *
         static_cast<Real>(projection.spec.kernel_width);
}
}  // namespace

void relay_spikes(const PlanProjection& projection, std::span<const std::uint32_t> spikes,
                  std::vector<std::uint32_t>& out) {
  if (projection.spec.kind == ProjectionKind::flatten) {
    out.insert(out.end(), spikes.begin(), spikes.end());
    return;
  }
  if (projection.spec.kind == ProjectionKind::concat) {
    const auto own = static_cast<std::uint32_t>(channels_of(projection));
    const auto all = static_cast<std::uint32_t>(projection.target_shape.channels);
    const auto first = static_cast<std::uint32_t>(projection.first_channel);
    for (const std::uint32_t spike : spikes)
      out.push_back(spike / own * all + first + spike % own);
    return;
  }
  pool_spikes(projection.table, channels_of(projection), projection.target_shape.size(), spikes,
              projection.spec.kind == ProjectionKind::max_pool, out);
}

template <class Real>
void relay_gradient(const PlanProjection& projection, std::span<const std::uint32_t> source_spikes,
                    const Real* gradient, Real* source_gradient_row, bool fresh) {
  const std::size_t sources = projection.source_shape.size();
  if (projection.spec.kind == ProjectionKind::max_pool) {
    pool_gradient(projection.table, projection.members, channels_of(projection), source_spikes,
                  gradient, fresh, source_gradient_row);
    return;
  }
  if (fresh) std::fill_n(source_gradient_row, sources, Real(0));
  if (projection.spec.kind == ProjectionKind::flatten) {
    add_scaled(source_gradient_row, sources, gradient, Real(1));
    return;
  }
  const std::size_t channels = channels_of(projection);
  if (projection.spec.kind == ProjectionKind::concat) {
    const auto all = static_cast<std::size_t>(projection.target_shape.channels);
    for (std::size_t position = 0; position < projection.source_shape.area(); ++position)
      add_scaled(source_gradient_row + position * channels, channels,
                 gradient + position * all + projection.first_channel, Real(1));
    return;
  }
  const Real share = projection.spec.kind == ProjectionKind::average_pool
                         ? Real(1) / window_area<Real>(projection)
                         : Real(1);
  for (std::size_t position = 0; position < projection.source_shape.area(); ++position)
    for (const ConvReach reach : projection.table.from(position))
      add_scaled(source_gradient_row + position * channels, channels,
                 gradient + reach.target * channels, share);
}

template <class Real>
void pool_affine(const PlanProjection& projection, SourceAffine<Real>& affine) {
  const Real area = window_area<Real>(projection);
  if (projection.spec.kind == ProjectionKind::sum_pool)
    for (Real& intercept : affine.intercept) intercept *= area;
  if (projection.spec.kind == ProjectionKind::average_pool)
    for (Real& slope : affine.slope) slope /= area;
}

template void pool_affine(const PlanProjection&, SourceAffine<float>&);
template void pool_affine(const PlanProjection&, SourceAffine<double>&);
template void relay_gradient(const PlanProjection&, std::span<const std::uint32_t>, const float*,
                             float*, bool);
template void relay_gradient(const PlanProjection&, std::span<const std::uint32_t>, const double*,
                             double*, bool);

}  // namespace volley
