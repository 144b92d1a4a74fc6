// Temporal batch normalisation: the input current of a channel, standardised by mean and variance
// pooled over time steps, batch and space (the data-driven affine of the method), then gamma and
// shift. Folded away at inference. Must not know networks.
#pragma once

#include <cmath>

namespace volley {

inline constexpr double norm_epsilon = 1e-5;

/// 1 / sqrt(variance + 1e-5), the constant of Ioffe and Szegedy's batch normalisation.
inline double inverse_deviation(double variance) { return 1 / std::sqrt(variance + norm_epsilon); }

}  // namespace volley
