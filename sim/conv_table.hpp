// Geometry of convolution and pooling as a table: which target positions a source position reaches
// and through which kernel tap. One table serves forward, backward, both engines.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "models/network.hpp"

namespace volley {

struct ConvReach {
  std::uint32_t target;  ///< target position, y * width + x
  std::uint32_t tap;     ///< ky * kernel_width + kx
};

struct ConvTable {
  std::vector<std::uint32_t> offsets;  ///< by source position, plus one
  std::vector<ConvReach> reaches;      ///< ascending target within a source position
  /// By source position its one target, or `nowhere`; empty where a position has several.
  std::vector<std::uint32_t> only;
  static constexpr std::uint32_t nowhere = UINT32_MAX;

  std::span<const ConvReach> from(std::size_t position) const {
    return {reaches.data() + offsets[position], reaches.data() + offsets[position + 1]};
  }
};

/// Table of a conv2d or pooling projection; of one_to_one and identity each position to itself;
/// empty for other kinds.
ConvTable make_conv_table(const Projection& projection, const Shape& source, const Shape& target);

/// The same seen from the targets: from(target) lists its source positions, ascending, each named
/// `target`, with their taps.
ConvTable transposed(const ConvTable& table, std::size_t targets);

}  // namespace volley
