// Weights of few evenly spaced values as small integers: found in the folded weights, whoever
// trained them. With w = scale k + offset per column, k in 0..255, the current of a step is
//   I = scale * (sum of k over the spikes) + offset * (number of spikes),
// one integer product and a correction of rank one (Ye et al., arXiv 2409.09245v1, quantised
// products). Integer sums are the same in any order; what they mean is computed in float as
// written, no product fused with the sum, so that it is the same on every instruction set. Must not
// know time or membranes.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/aligned.hpp"
#include "sim/bit_map.hpp"
#include "sim/plan.hpp"

namespace volley {

struct IntegerWeights {
  std::vector<std::uint8_t> codes;   ///< [rows][stride]; empty: the weights are no such
  std::size_t stride = 0;            ///< columns padded for sim/code_kernels.hpp
  unsigned largest = 0;              ///< of the codes
  AlignedVector<float> scale, offset;  ///< by column, zeros up to the stride

  AlignedVector<std::uint64_t> bits;  ///< of dense 1-bit weights, for sim/bit_kernels.hpp
  std::size_t row_words = 0;

  BitMap map;  ///< of a 1-bit convolution

  bool empty() const { return codes.empty(); }
};

/// The weights [rows][columns] of a projection as integers. Empty where a column has other values
/// than lowest + step * k, k = 0..255, to within four roundings of its largest magnitude; and where
/// no engine would use them: grouped kinds and delays of the synapses' own.
IntegerWeights integer_weights(const PlanProjection& projection, std::span<const float> weights);

/// Sums the spikes of one projection and step at a time. One object per thread.
class IntegerCurrents {
public:
  /// Adds one step's spikes (a repeated index counts again) to the target's currents [target
  /// neurons]. Ascending spikes are quickest.
  void add(const PlanProjection& projection, const IntegerWeights& weights,
           std::span<const std::uint32_t> spikes, float* currents);

private:
  template <class Sum>
  void add_dense(const IntegerWeights& weights, std::span<const std::uint32_t> spikes,
                 std::size_t columns, std::vector<Sum>& sums, float* currents);
  template <class Sum>
  void add_conv(const PlanProjection& projection, const IntegerWeights& weights,
                std::span<const std::uint32_t> spikes, std::vector<Sum>& sums, float* currents);

  std::vector<std::uint16_t> short_sums_;  ///< all zero between calls, as long_sums_ and arrived_
  std::vector<std::uint32_t> long_sums_, arrived_;
  std::vector<std::uint32_t> touched_, channels_;
};

}  // namespace volley
