#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sim/segment_kernel.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h

#include <hwy/highway.h>

#include <cstring>

#include "sim/segment_kernel.hpp"
#include "sim/window_bits.hpp"

HWY_BEFORE_NAMESPACE();
namespace volley::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

HWY_ATTR void CutSegments(const std::uint64_t* bits, std::size_t first, std::size_t step,
                          std::size_t count, std::uint32_t* segments, std::size_t width) {
  const auto* row = reinterpret_cast<const unsigned char*>(bits);
  const auto kept = static_cast<std::uint32_t>((std::uint64_t{1} << count) - 1);
  const std::size_t padded = window_padded(width);
#if HWY_TARGET != HWY_SCALAR
  const hn::CappedTag<std::uint32_t, window_tile> tag;
  const hn::Repartition<std::uint8_t, decltype(tag)> bytes;
  const std::size_t lanes = hn::Lanes(tag);
  if ((31 + (lanes - 1) * step + count - 1) / 32 < lanes) {
    // A vector of segments lies in a vector of the row, and is looked up in it.
    const auto one = hn::Set(tag, 1u), last = hn::Set(tag, 31u), mask = hn::Set(tag, kept);
    const auto places = hn::Mul(hn::Iota(tag, 0), hn::Set(tag, static_cast<std::uint32_t>(step)));
    const auto end = hn::Set(tag, static_cast<std::uint32_t>(lanes - 1));
    for (std::size_t x = 0; x < padded; x += lanes) {
      auto cut = hn::Zero(tag);
      if (x < width) {
        const std::size_t bit = first + x * step;
        const auto words = hn::BitCast(tag, hn::LoadU(bytes, row + bit / 32 * 4));
        const auto at = hn::Add(places, hn::Set(tag, static_cast<std::uint32_t>(bit % 32)));
        const auto low = hn::ShiftRight<5>(at), high = hn::Min(hn::Add(low, one), end);
        const auto shift = hn::And(at, last);
        const auto own = hn::TableLookupLanes(words, hn::IndicesFromVec(tag, low));
        const auto next = hn::TableLookupLanes(words, hn::IndicesFromVec(tag, high));
        cut = hn::Or(hn::Shr(own, shift),
                     hn::Shl(hn::Add(next, next), hn::Sub(last, shift)));
        cut = hn::And(cut, mask);
        if (width - x < lanes) cut = hn::IfThenElseZero(hn::FirstN(tag, width - x), cut);
      }
      hn::Store(cut, tag, segments + x);
    }
    return;
  }
#endif
  for (std::size_t x = 0; x < padded; ++x) {
    std::uint64_t word = 0;
    const std::size_t bit = first + x * step;
    if (x < width) std::memcpy(&word, row + bit / 8, sizeof(word));
    segments[x] = static_cast<std::uint32_t>(word >> (bit % 8)) & kept;
  }
}

}  // namespace volley::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace volley {

HWY_EXPORT(CutSegments);

void cut_segments(const std::uint64_t* bits, std::size_t first, std::size_t step,
                  std::size_t count, std::uint32_t* segments, std::size_t width) {
  HWY_DYNAMIC_DISPATCH(CutSegments)(bits, first, step, count, segments, width);
}

}  // namespace volley
#endif  // HWY_ONCE
