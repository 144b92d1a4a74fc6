// Max pooling of spikes kept as bits: the bit-wise or of a window. Must not know time or lists.
#pragma once

#include <cstdint>
#include <span>

#include "sim/plan.hpp"

namespace volley {

/// Bits of a max_pool relay from those of its source, both a bit a neuron with zeros behind the
/// last. @param sources the projection's table seen from the targets. @return how many are set
std::size_t pool_bits(const PlanProjection& projection, const ConvTable& sources,
                      std::span<const std::uint64_t> source, std::uint64_t* target);

}  // namespace volley
