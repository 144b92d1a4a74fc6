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

/// Windows of one go share what is loaded of the weights; their neurons stay in registers from step
/// to step. @param Count words of a window, whose weights stay in registers too; 0: any
template <std::size_t Windows, std::size_t Tiles, std::size_t Count, class Taker>
HWY_ATTR HWY_INLINE void count_windows(const BitMapWindows& map, std::size_t x, std::size_t steps,
                                       const Taker& taker) {
  static_assert(Windows == 1 || Windows == 2 || Windows == 4);
  const Words tag;
  constexpr std::size_t b = Windows > 1 ? 1 : 0, c = Windows > 2 ? 2 : 0, d = Windows > 2 ? 3 : 0;
  const std::size_t stride = Tiles != 0 ? Tiles * window_tile : map.stride;
  const std::size_t words = map.windows.words, positions = map.windows.positions;
  for (std::size_t column = 0; column < stride; column += hn::Lanes(tag)) {
    auto n0 = taker.load(x, column), n1 = n0, n2 = n0, n3 = n0;
    if constexpr (Windows > 1) n1 = taker.load(x + b, column);
    if constexpr (Windows > 2) {
      n2 = taker.load(x + c, column);
      n3 = taker.load(x + d, column);
    }
    auto f0 = taker.fires(n0), f1 = taker.fires(n1), f2 = taker.fires(n2), f3 = taker.fires(n3);
    const std::uint32_t* seen = map.windows.windows + x;
    const float* counts = map.windows.counts + x;
    const auto weight = [&](std::size_t word) HWY_ATTR {
      return hn::Load(tag, map.weights + column + (word < Count ? word : 0) * stride);
    };
    const auto w0 = weight(0), w1 = weight(1), w2 = weight(2), w3 = weight(3), w4 = weight(4);
    for (std::size_t step = 0; step < steps; ++step, counts += positions) {
      auto s0 = hn::Zero(tag), s1 = s0, s2 = s0, s3 = s0;
      const auto meet = [&](hn::Vec<Words> own) HWY_ATTR {
        s0 = hn::Add(s0, hn::PopulationCount(hn::And(own, hn::Set(tag, seen[0]))));
        if constexpr (Windows > 1)
          s1 = hn::Add(s1, hn::PopulationCount(hn::And(own, hn::Set(tag, seen[b]))));
        if constexpr (Windows > 2) {
          s2 = hn::Add(s2, hn::PopulationCount(hn::And(own, hn::Set(tag, seen[c]))));
          s3 = hn::Add(s3, hn::PopulationCount(hn::And(own, hn::Set(tag, seen[d]))));
        }
        seen += positions;
      };
      if constexpr (Count > 0) meet(w0);
      if constexpr (Count > 1) meet(w1);
      if constexpr (Count > 2) meet(w2);
      if constexpr (Count > 3) meet(w3);
      if constexpr (Count > 4) meet(w4);
      for (std::size_t word = 0; Count == 0 && word < words; ++word)
        meet(hn::Load(tag, map.weights + column + word * stride));
      taker.add(x, column, current_of(map, column, s0, counts[0]), step, n0, f0);
      if constexpr (Windows > 1)
        taker.add(x + b, column, current_of(map, column, s1, counts[b]), step, n1, f1);
      if constexpr (Windows > 2) {
        taker.add(x + c, column, current_of(map, column, s2, counts[c]), step, n2, f2);
        taker.add(x + d, column, current_of(map, column, s3, counts[d]), step, n3, f3);
      }
    }
    taker.store(x, column, n0);
    if constexpr (Windows > 1) taker.store(x + b, column, n1);
    if constexpr (Windows > 2) {
      taker.store(x + c, column, n2);
      taker.store(x + d, column, n3);
    }
  }
}

/// Map and taker are copies, so that no store may change what they hold.
template <std::size_t Tiles, std::size_t Count, class Taker>
HWY_ATTR void count_map(const BitMapWindows map, Taker taker, std::span<WindowStep> steps) {
  const WindowBits& all = map.windows;
  alignas(64) std::uint32_t arrivals[most_window_steps][window_tile] = {};
  for (std::size_t y = 0; y < all.height; ++y) {
    for (std::size_t at = 0; at < steps.size(); ++at)
      cut_windows(all, steps[at].segments, y, all.windows + at * all.words * all.positions,
                  all.counts + at * all.positions, arrivals[at]);
    std::size_t x = 0;
    for (; x + 4 <= all.width; x += 4) count_windows<4, Tiles, Count>(map, x, steps.size(), taker);
    if (x + 2 <= all.width) {
      count_windows<2, Tiles, 0>(map, x, steps.size(), taker);
      x += 2;
    }
    if (x < all.width) count_windows<1, Tiles, 0>(map, x, steps.size(), taker);
    taker.end_row(0, steps.size());
  }
  for (std::size_t at = 0; at < steps.size(); ++at) {
    steps[at].arrivals = 0;
    for (const std::uint32_t lane : arrivals[at]) steps[at].arrivals += lane;
  }
}

struct CountMap {
  const BitMapWindows& map;

  template <std::size_t Tiles, class Taker>
  HWY_ATTR void operator()(const Taker& taker, std::span<WindowStep> steps) const {
    // Texts of their own for the commonest windows: 5x5 of two polarities, 3x3 of 16 channels.
    const std::size_t words = map.windows.words;
    if constexpr (Taker::makes_spikes && Tiles != 0) {
      if (words == 2) return count_map<Tiles, 2>(map, taker, steps);
      if (words == 5) return count_map<Tiles, 5>(map, taker, steps);
    }
    count_map<Tiles, 0>(map, taker, steps);
  }
};

HWY_ATTR void AddBitWindows(float* currents, const BitMapWindows& map, WindowStep& step) {
  add_windows(currents, {map.windows.height, map.windows.width, map.columns}, step,
              CountMap{map});
}

HWY_ATTR void SweepBitWindows(const SweepRow& row, const BitMapWindows& map,
                              std::span<WindowStep> steps) {
  sweep_windows(row, {map.windows.height, map.windows.width, map.columns}, map.masks, steps,
                CountMap{map});
}

}  // namespace volley::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace volley {

HWY_EXPORT(AddBitWindows);
HWY_EXPORT(SweepBitWindows);

void add_bit_windows(float* currents, const BitMapWindows& map, WindowStep& step) {
  HWY_DYNAMIC_DISPATCH(AddBitWindows)(currents, map, step);
}

void sweep_bit_windows(const SweepRow& row, const BitMapWindows& map,
                       std::span<WindowStep> steps) {
  HWY_DYNAMIC_DISPATCH(SweepBitWindows)(row, map, steps);
}

}  // namespace volley
#endif  // HWY_ONCE
