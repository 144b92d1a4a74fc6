#include "sim/relay.hpp"

namespace volley {

template <class Real>
void pool_affine(const PlanProjection& projection, SourceAffine<Real>& affine) {
  const Real area = static_cast<Real>(projection.spec.kernel_height) *
                    static_cast<Real>(projection.spec.kernel_width);
  if (projection.spec.kind == ProjectionKind::sum_pool)
    for (Real& intercept : affine.intercept) intercept *= area;
  if (projection.spec.kind == ProjectionKind::average_pool)
    for (Real& slope : affine.slope) slope /= area;
}

template void pool_affine(const PlanProjection&, SourceAffine<float>&);
template void pool_affine(const PlanProjection&, SourceAffine<double>&);

}  // namespace volley
