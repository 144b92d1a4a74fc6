// Weights as quantisers of one family (Ye et al., arXiv 2409.09245v1): f maps a weight to few
// values q, the denoising affine transform maps them back, w_hat = a q + b, by ridge regression.
// Owns the arithmetic, forward and backward; must not know networks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "models/quantizer.hpp"

namespace volley {

/// What backward needs of the forward pass. w is [rows][columns], a column holds all inputs of one
/// output; means, sums and scales go over the groups of models/quantizer.hpp.
///
/// f, with K = dq/dw and std w the sample standard deviation, both held constant:
///   1 bit                q = 1[w >= mean w];  K = 1 / (1.6 std w);
///                        without intercept q = 1[w >= 0] - 1/2
///   2 to 8 bits          q = clip(round(w / step) + zero);  K = 1 / step, 0 where clipped;
///                        symmetric: step = max(|low|, |high|) / (2^(bits-1) - 1), q around 0;
///                        asymmetric: step = (high - low) / (2^bits - 1), zero = round(-low / step)
///   ternary              q = sign w where |w| > 0.7 mean |w|, else 0;  K = 1 / (1.2 std w)
///   sign                 q = sign w where kept, else 0;  K = 1 / (1.2 std w)
///   unipolar             q = 1 where kept, else 0;  K = 1 / (1.6 std w), 0.8 without intercept
///   float with zeros     q = w where kept, else 0;  K = 1
/// K makes a K about 1, so that the straight path has unit gain. Kept are, of every column, all but
/// the round(sparsity * rows) smallest magnitudes; or of every group of M rows the N largest
/// magnitudes (unipolar: the N largest weights), where G = ceil(rows / M) adjacent groups are rows
/// M g .. M g + M - 1 and interleaved ones g, g + G, g + 2 G ..; of equal ones the first.
///
/// g: a = cov(w, q) / D, D = var q + lambda + 1e-8, w_hat = mean w + a (q - mean q); without
/// intercept a = mean(w q) / D, D = mean q^2 + lambda + 1e-8, w_hat = a q. For float with zeros
/// lambda counts in var w, held constant.
struct WeightStatistics {
  /// By cell: one for each column, or for each piece of group_size rows of it.
  std::vector<double> mean, quantised_mean, slope, denominator, gradient_scale;
  std::vector<double> zero;          ///< of a grid
  std::vector<double> offset;        ///< q = level - offset
  std::vector<std::uint8_t> level;   ///< [rows][columns]; empty for plain 1 bit
};

/// Writes w_hat; a copy where nothing is quantised. `quantizer.sparsity` is the one in force.
/// Parallel over columns, independent of threads.
template <class Real>
void quantise_weights(const WeightQuantizer& quantizer, const std::vector<Real>& weights,
                      std::size_t columns, std::vector<Real>& quantised,
                      WeightStatistics& statistics);

/// Turns dL/dw_hat into dL/dw in place: with gb = mean g, A = sum g (q - mean q) / (n D),
///   dw = gb + A (q - mean q) + K [a (g - gb) + A ((w - mean w) - 2 a (q - mean q))],
/// without intercept the same with gb and both means 0; a and b held constant: dw = K a g;
/// straight through: dw = g, 0 where a grid clips.
template <class Real>
void quantise_weights_backward(const WeightQuantizer& quantizer, const std::vector<Real>& weights,
                               std::size_t columns, const WeightStatistics& statistics,
                               std::vector<Real>& gradient);

/// The general twin of the quicker loops for 1 bit per column; for these two and the tests.
template <class Real>
void regress_weights(const WeightQuantizer& quantizer, const std::vector<Real>& weights,
                     std::size_t columns, std::vector<Real>& quantised,
                     WeightStatistics& statistics);
template <class Real>
void regress_weights_backward(const WeightQuantizer& quantizer, const std::vector<Real>& weights,
                              std::size_t columns, const WeightStatistics& statistics,
                              std::vector<Real>& gradient);

}  // namespace volley
