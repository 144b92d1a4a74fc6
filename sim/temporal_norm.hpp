// Temporal batch normalisation: the input current of a channel, standardised by mean and variance
// pooled over time steps, batch and space (the data-driven affine of the method), then gamma and
// shift. Folded away at inference. Must not know engines.
#pragma once

#include <algorithm>
#include <cmath>

#include "models/network.hpp"

namespace volley {

inline constexpr double norm_epsilon = 1e-5;

/// 1 / sqrt(variance + 1e-5), the constant of Ioffe and Szegedy's batch normalisation.
inline double inverse_deviation(double variance) { return 1 / std::sqrt(variance + norm_epsilon); }

/// Which statistics of a population step t has, see Population::normalise_steps.
inline std::size_t norm_part(const Population& population, std::size_t t) {
  return std::min(t, static_cast<std::size_t>(population.normalise_steps) - 1);
}

}  // namespace volley
