// Convolutions of 1-bit weights over binary spikes as AND and population count over packed bits:
// what every kernel row of a window sees is a few words of 16 bits. Owns the packing; must not know
// time. Exact as all integer sums are, see sim/integer_weights.hpp.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/aligned.hpp"
#include "sim/plan.hpp"

namespace volley {

/// The weights of one projection.
struct BitMap {
  std::size_t row_words = 0;             ///< words of 16 bits of a kernel row; 0: no such weights
  std::size_t stride = 0;                ///< columns padded for the kernel
  AlignedVector<std::uint16_t> words;    ///< [kernel row * row_words + word][stride]
  AlignedVector<double> scale, offset;   ///< by column, zeros up to the stride

  bool empty() const { return row_words == 0; }
};

/// @param codes 0 or 1, [rows][code_stride]. Empty for a dilated convolution.
BitMap make_bit_map(const PlanProjection& projection, std::span<const std::uint8_t> codes,
                    std::size_t code_stride, std::span<const float> scale,
                    std::span<const float> offset);

/// One object per thread.
class BitMapCurrents {
public:
  /// Adds one step's spikes, as bits, to the target's currents. @return arrivals, as
  /// FrozenCurrents::add
  std::uint64_t add(const PlanProjection& projection, const BitMap& weights,
                    std::span<const std::uint64_t> spikes, float* currents);

  /// Whether this is quicker than going from spike to spike.
  static bool worthwhile(const PlanProjection& projection, const BitMap& weights,
                         std::size_t spikes);

private:
  void cut_windows(const PlanProjection& projection, std::size_t row_words,
                   std::span<const std::uint64_t> spikes);

  std::vector<std::uint64_t> row_;       ///< one row of the map between its borders
  std::vector<std::uint16_t> windows_;   ///< [padded source row][target column][row_words]
  std::vector<std::uint16_t> counts_, window_;  ///< scratch of the kernel
};

}  // namespace volley
