// VPOPCNT comes with AVX3_DL, which Highway compiles on demand only.
#define HWY_WANT_AVX3_DL 1
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sim/bit_map_kernel.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h

#include <hwy/highway.h>

#include "sim/bit_map_kernel.hpp"
#include "sim/window_kernel-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace volley::HWY_NAMESPACE {

/// Sums of the columns [c, c + lanes) as current, in float as written: no product is fused.
template <class Vector>
HWY_ATTR HWY_INLINE hn::Vec<Floats> current_of(const BitMapWindows& map, std::size_t c,
                                               Vector sums, float count) {
  const Floats real;
  const hn::RebindToSigned<Floats> integer;
  return hn::Add(
      hn::Mul(hn::Load(real, map.scale + c), hn::ConvertTo(real, hn::BitCast(integer, sums))),
      hn::Mul(hn::Load(real, map.offset + c), hn::Set(real, count)));
}

/// Windows of one go share what is loaded of the weights.
template <std::size_t Windows, std::size_t Tiles, class Taker>
HWY_ATTR HWY_INLINE void count_windows(const BitMapWindows& map, std::size_t x, Taker& taker) {
  static_assert(Windows == 1 || Windows == 4);
  const Words tag;
  constexpr std::size_t b = Windows == 4 ? 1 : 0, c = 2 * b, d = 3 * b;
  const std::size_t stride = Tiles != 0 ? Tiles * window_tile : map.stride;
  const std::size_t words = map.windows.words, positions = map.windows.positions;
  const auto give = [&](std::size_t at, std::size_t column, auto sums) HWY_ATTR {
    const auto current = current_of(map, column, sums, map.windows.counts[at]);
    if constexpr (Taker::from_zero) taker.take(at, column, current);
    else taker.take(at, column, hn::Add(taker.start(at, column), current));
  };
  for (std::size_t column = 0; column < stride; column += hn::Lanes(tag)) {
    auto s0 = hn::Zero(tag), s1 = s0, s2 = s0, s3 = s0;
    const std::uint32_t* weights = map.weights + column;
    const std::uint32_t* seen = map.windows.windows + x;
    for (std::size_t word = 0; word < words; ++word) {
      const auto own = hn::Load(tag, weights);
      s0 = hn::Add(s0, hn::PopulationCount(hn::And(own, hn::Set(tag, seen[0]))));
      if constexpr (Windows == 4) {
        s1 = hn::Add(s1, hn::PopulationCount(hn::And(own, hn::Set(tag, seen[b]))));
        s2 = hn::Add(s2, hn::PopulationCount(hn::And(own, hn::Set(tag, seen[c]))));
        s3 = hn::Add(s3, hn::PopulationCount(hn::And(own, hn::Set(tag, seen[d]))));
      }
      weights += stride;
      seen += positions;
    }
    give(x, column, s0);
    if constexpr (Windows == 4) {
      give(x + b, column, s1);
      give(x + c, column, s2);
      give(x + d, column, s3);
    }
  }
}

/// Map and taker are copies, so that no store may change what they hold.
template <std::size_t Tiles, class Taker>
HWY_ATTR std::uint64_t count_map(const BitMapWindows map, Taker taker, Taker* ended) {
  std::uint64_t arrivals = 0;
  for (std::size_t y = 0; y < map.windows.height; ++y) {
    arrivals += cut_windows(map.windows, y);
    std::size_t x = 0;
    for (; x + 4 <= map.windows.width; x += 4) count_windows<4, Tiles>(map, x, taker);
    for (; x < map.windows.width; ++x) count_windows<1, Tiles>(map, x, taker);
    taker.end_row();
  }
  *ended = taker;
  return arrivals;
}

struct CountMap {
  const BitMapWindows& map;

  template <std::size_t Tiles, class Taker>
  HWY_ATTR std::uint64_t operator()(const Taker& taker, Taker* ended) const {
    return count_map<Tiles>(map, taker, ended);
  }
};

HWY_ATTR std::uint64_t AddBitWindows(float* currents, const BitMapWindows& map) {
  return add_windows(currents, map.windows, map.columns, CountMap{map});
}

HWY_ATTR std::uint64_t SweepBitWindows(const SweepRow& row, const BitMapWindows& map,
                                       std::uint64_t* bits) {
  return sweep_windows(row, map.windows, map.columns, map.masks, bits, CountMap{map});
}

}  // namespace volley::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace volley {

HWY_EXPORT(AddBitWindows);
HWY_EXPORT(SweepBitWindows);

std::uint64_t add_bit_windows(float* currents, const BitMapWindows& map) {
  return HWY_DYNAMIC_DISPATCH(AddBitWindows)(currents, map);
}

std::uint64_t sweep_bit_windows(const SweepRow& row, const BitMapWindows& map,
                                std::uint64_t* bits) {
  return HWY_DYNAMIC_DISPATCH(SweepBitWindows)(row, map, bits);
}

}  // namespace volley
#endif  // HWY_ONCE
