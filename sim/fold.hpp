// From trained parameters to a frozen network: normalisation, denoising transform and weight
// quantisers folded into plain weights and biases. Exact: only the rounding of the folded float
// weights separates it from the network in training, frozen. Must not know engines.
#pragma once

#include "models/frozen_network.hpp"
#include "sim/parameters.hpp"
#include "sim/weight_schedule.hpp"

namespace volley {

/// With frozen moments, for each projection into population l from population k:
///   W' = diag(gamma / sqrt(var + 1e-5)) W_hat diag(a_k)
///   bias' = gamma / sqrt(var + 1e-5) (W_hat b_k + bias - mu) + shift, per neuron (borders of
/// zero-padded maps included). Recurrent projections see raw spikes and are not normalised. With
/// normalise_steps above 1 these are of the last statistics, `early` says how the others differ.
/// A learned beta is written out per channel. Computed in double, rounded once. `sparsity` as
/// ClockedEngine::set_sparsity.
FrozenNetwork fold(const Network& network, double dt_ms, const Parameters<float>& parameters,
                   const NetworkMoments& moments, const ProjectionSparsity& sparsity = {});

/// The frozen network of a checkpoint.
FrozenNetwork fold(const Checkpoint& checkpoint);

}  // namespace volley
