// What a relay passes on within a step: the spikes of its sources and, in training, what they mean
// and the gradient back.
// Shared by training, folding and both engines; must not know parameters or time.
#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include "sim/projection_kernels.hpp"

namespace volley {

/// Spikes of a relay from those of one source, appended to `out`: pooled or passed on. Sum and
/// average pooling repeat an index once per spike in the window; max pooling names it once; all
/// ascending.
void relay_spikes(const PlanProjection& projection, std::span<const std::uint32_t> spikes,
                  std::vector<std::uint32_t>& out);

/// Adds a relay's dL/dy row to its source's: sum pooling to every member, average pooling a share
/// of 1 / area; max pooling to the first member that fired, else the first (the convention of
/// PyTorch's max pooling on ties).
/// @param fresh the row holds nothing yet and is written instead
template <class Real>
void relay_gradient(const PlanProjection& projection, std::span<const std::uint32_t> source_spikes,
                    const Real* gradient, Real* source_gradient_row, bool fresh = false);

/// Appends a relay's spikes of one step to `out`, ascending, each as often as it counts.
/// @param spikes_of by population id: the source's spikes of that step, as a span
template <class SpikesOf>
void relay_step(const Plan& plan, const PlanPopulation& relay, const SpikesOf& spikes_of,
                std::vector<std::uint32_t>& out) {
  const auto begin = static_cast<std::ptrdiff_t>(out.size());
  for (const std::size_t id : relay.feed_forward)
    relay_spikes(plan.projections[id], spikes_of(plan.projections[id].source), out);
  if (relay.feed_forward.size() > 1) std::sort(out.begin() + begin, out.end());
}

/// Changes the source's transform to that of what one projection passes on: a window of n spikes
/// a s + b sums up to a count + n b, and averages to (a / n) count + b.
template <class Real>
void pool_affine(const PlanProjection& projection, SourceAffine<Real>& affine);

/// Transform of a relay's spikes: that of its source, pooled, or those of several stacked channel
/// by channel.
/// @param affine_of by population id: the source's transform
template <class Real, class AffineOf>
SourceAffine<Real> relay_affine(const Plan& plan, const PlanPopulation& relay,
                                const AffineOf& affine_of) {
  const PlanProjection& first = plan.projections[relay.feed_forward.front()];
  if (first.spec.kind != ProjectionKind::concat) {
    SourceAffine<Real> affine = affine_of(first.source);
    pool_affine(first, affine);
    return affine;
  }
  SourceAffine<Real> stacked{{}, {}};
  for (const std::size_t id : relay.feed_forward) {
    const PlanProjection& projection = plan.projections[id];
    const SourceAffine<Real>& source = affine_of(projection.source);
    const auto channels = static_cast<std::size_t>(projection.source_shape.channels);
    for (std::size_t c = 0; c < channels; ++c) {
      stacked.slope.push_back(source.slope[c % source.period()]);
      stacked.intercept.push_back(source.intercept[c % source.period()]);
    }
  }
  return stacked;
}

}  // namespace volley
