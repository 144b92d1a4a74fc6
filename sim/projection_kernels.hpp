// What a projection does with sparse spikes: currents forward, gradients of weights and of the
// source backward. Shared by training and both engines; the same call adds the same numbers in the
// same order. Must not know populations' dynamics.
#pragma once

#include <span>
#include <vector>

#include "sim/plan.hpp"
#include "sim/spike_rows.hpp"

namespace volley {

/// y = slope s + intercept of the source's spikes, by source neuron modulo the period.
template <class Real>
struct SourceAffine {
  std::vector<Real> slope{Real(1)}, intercept{Real(0)};

  std::size_t period() const { return slope.size(); }
  bool has_intercept() const;
};

/// Weights with the source's slope in: what a raw spike adds.
template <class Real>
void scale_weights(const PlanProjection& projection, std::span<const Real> weights,
                   const SourceAffine<Real>& affine, std::vector<Real>& scaled);

/// Current per target neuron from the source's intercepts alone, through the unscaled weights
/// (exact at zero-padded borders). Written to `constant` [target neurons].
template <class Real>
void intercept_current(const PlanProjection& projection, std::span<const Real> weights,
                       const SourceAffine<Real>& affine, std::vector<Real>& constant);

/// Adds one row's spikes to the row's currents [target neurons].
/// @param values  of graded spikes, beside their indices; empty: every spike counts 1
template <class Real>
void add_currents(const PlanProjection& projection, const Real* weights,
                  std::span<const std::uint32_t> spikes, Real* currents,
                  std::span<const float> values = {});

/// dL/dw_hat = sum over rows of the target's current gradient [rows][target neurons] times the
/// source's y. Written to `gradient`.
/// @param ranks  which share the work, each with all spikes and current gradients, and end with the
/// same gradient; null: every process does all of it
template <class Real>
void weight_gradient(const PlanProjection& projection, const SpikeRows& spikes,
                     const SourceAffine<Real>& affine, const std::vector<Real>& current_gradient,
                     std::vector<Real>& gradient, const Ranks* ranks = nullptr);

/// Sums of weight gradients by parts of a batch, each [channel][place][columns] in the order of
/// places of PlanProjection::runs: the parts in order, times the slope of the source's channel.
/// Written to `gradient` [channel][tap][columns].
template <class Real>
void join_weight_parts(const PlanProjection& projection,
                       const std::vector<std::vector<Real>>& parts,
                       const SourceAffine<Real>& affine, std::vector<Real>& gradient);

/// Adds one row to a part of an ungrouped conv2d's weight gradient.
/// @param map the row of the target's current gradient
template <class Real>
void add_to_weight_part(const PlanProjection& projection, std::span<const std::uint32_t> spikes,
                        const Real* map, std::vector<Real>& part);

/// Adds dL/dy of the source [rows][source neurons] through the unscaled weights. The rows come in
/// blocks that begin at multiples of their size, because a product of matrices may round by where a
/// row stands: of a block with wanted rows, others are written too.
/// @param wanted  rows to compute
/// @param fresh   of a dense projection: `gradient` holds nothing yet and is written instead
template <class Real>
void source_gradient(const PlanProjection& projection, std::span<const Real> weights,
                     const std::vector<Real>& current_gradient, Share wanted,
                     std::vector<Real>& gradient, bool fresh = false);

}  // namespace volley
