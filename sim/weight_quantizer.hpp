// Weights of few bits by the denoising affine transform (Ye et al., arXiv 2409.09245v1), per output
// neuron or channel. Owns the arithmetic, forward and backward; must not know networks.
#pragma once

#include <cstddef>
#include <vector>

#include "models/quantizer.hpp"

namespace volley {

/// 1 bit, per column of w [rows][columns] (a column holds all inputs of one output):
///   q = 1[w >= mean w],  w_hat = mean w + a (q - mean q),
///   a = cov(w, q) / (var q + lambda + 1e-8);   K = dq/dw = 1 / (1.6 (std w + 1e-8)), the
///   sample standard deviation, held constant.
/// What backward needs of the forward pass, per column.
struct WeightStatistics {
  std::vector<double> mean, quantised_mean, slope, denominator, gradient_scale;
};

/// Writes w_hat; for 32 bits a copy. Parallel over columns, independent of threads.
template <class Real>
void quantise_weights(const WeightQuantizer& quantizer, const std::vector<Real>& weights,
                      std::size_t columns, std::vector<Real>& quantised,
                      WeightStatistics& statistics);

/// Turns dL/dw_hat into dL/dw in place: with gb = mean g, A = sum g (q - mean q) / (n D),
///   dw = gb + A (q - mean q) + K [a (g - gb) + A ((w - mean w) - 2 a (q - mean q))].
template <class Real>
void quantise_weights_backward(const WeightQuantizer& quantizer, const std::vector<Real>& weights,
                               std::size_t columns, const WeightStatistics& statistics,
                               std::vector<Real>& gradient);

}  // namespace volley
