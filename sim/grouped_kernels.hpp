// Projections whose channels do not all see each other: grouped and depthwise convolutions, and
// one_to_one and identity, which are depthwise with a kernel of one. The same contracts as in
// sim/projection_kernels.hpp, which calls these; must not know populations' dynamics.
//
// Weights are [rows][columns] with row = channel within the group * taps + tap; column c belongs to
// group c / (columns / groups) and meets that group's source channels only.
#pragma once

#include <span>
#include <vector>

#include "sim/projection_kernels.hpp"

namespace volley {

template <class Real>
void scale_grouped(const PlanProjection& projection, std::span<const Real> weights,
                   const SourceAffine<Real>& affine, std::vector<Real>& scaled);

/// Adds to `constant` [target neurons].
template <class Real>
void grouped_intercept(const PlanProjection& projection, std::span<const Real> weights,
                       const SourceAffine<Real>& affine, std::vector<Real>& constant);

template <class Real>
void add_grouped(const PlanProjection& projection, const Real* weights,
                 std::span<const std::uint32_t> spikes, std::span<const float> values,
                 Real* currents);

/// Adds to `gradient` [rows][columns].
template <class Real>
void grouped_weight_gradient(const PlanProjection& projection, const SpikeRows& spikes,
                             const SourceAffine<Real>& affine,
                             const std::vector<Real>& current_gradient,
                             std::vector<Real>& gradient);

template <class Real>
void grouped_source_gradient(const PlanProjection& projection, std::span<const Real> weights,
                             const std::vector<Real>& current_gradient, Share wanted,
                             std::vector<Real>& gradient);

}  // namespace volley
