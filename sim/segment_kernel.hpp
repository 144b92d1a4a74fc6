// Pieces of a row of bits at equal distances, each into a word of its own. One text, compiled per
// instruction set by Highway and chosen at run time. Must not know maps or networks.
#pragma once

#include <cstddef>
#include <cstdint>

namespace volley {

/// Words of 64 bits that must be readable behind the last bit of cut_segments().
inline constexpr std::size_t segment_spare = 9;

/// segments[x] = the `count` bits, 32 at most, of `bits` from first + x * step on, x below width;
/// those behind it, up to a multiple of window_tile, become 0.
void cut_segments(const std::uint64_t* bits, std::size_t first, std::size_t step,
                  std::size_t count, std::uint32_t* segments, std::size_t width);

}  // namespace volley
