// The sparsity of each projection as training goes on, and its place in checkpoints. Must not know
// the trainer.
#pragma once

#include <vector>

#include "models/checkpoint.hpp"
#include "sim/plan.hpp"

namespace volley {

/// Sparsity in force, by projection id.
using ProjectionSparsity = std::vector<double>;

/// @param progress share of the training's optimiser steps done, 0 to 1
ProjectionSparsity sparsity_at(const Plan& plan, double progress);

/// The quantiser of a projection with the sparsity in force; the recipe's where that is empty.
WeightQuantizer quantizer_in_force(const PlanProjection& projection,
                                   const ProjectionSparsity& sparsity);

/// Of the projections whose sparsity rises while training.
DoubleTensors to_tensors(const Plan& plan, const ProjectionSparsity& sparsity);
/// @throws Error naming the statistic where one is missing.
ProjectionSparsity sparsity_from_tensors(const Plan& plan, const DoubleTensors& tensors);

}  // namespace volley
