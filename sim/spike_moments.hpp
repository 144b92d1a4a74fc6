// Moments of membrane and spikes over a batch for quantisers of several levels, with a window
// measured on the batch or with a standardised target; the engine sums the plain case itself. Must
// not know gradients.
#pragma once

#include <vector>

#include "sim/parameters.hpp"
#include "sim/plan.hpp"
#include "sim/spike_rows.hpp"

namespace volley {

/// Width of the window per neuron: quantizer.window thresholds, or for WindowMode::deviation
/// quantizer.window * sqrt(var v + 1e-5), var over steps, batch and space of the neuron's channel.
/// @param membrane [rows][neurons]
template <class Real>
std::vector<Real> spike_windows(const PlanPopulation& population, const BatchRows& rows,
                                const std::vector<Real>& membrane);

/// Sets the moments of spikes s and of x = clip(v, threshold - w/2, levels * threshold + w/2) per
/// channel, x unclipped where the quantizer says so; membrane_variance only where it is there.
/// @param windows w per neuron
template <class Real>
void spike_moments(const PlanPopulation& population, const BatchRows& rows,
                   const std::vector<Real>& membrane, const SpikeRows& spikes,
                   const std::vector<Real>& windows, PopulationMoments& moments);

}  // namespace volley
