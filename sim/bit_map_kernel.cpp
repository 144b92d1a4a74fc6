// VPOPCNT of 16 bits comes with AVX3_DL, which Highway compiles on demand only.
#define HWY_WANT_AVX3_DL 1
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sim/bit_map_kernel.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h

#include <hwy/highway.h>

#include "sim/bit_map_kernel.hpp"

HWY_BEFORE_NAMESPACE();
namespace volley::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

/// currents[i] += scale[i] sums[i] + offset[i] spikes for whole vectors. Both products are exact in
/// double, so that fusing one with the sum changes nothing.
HWY_ATTR inline void add_window(float* HWY_RESTRICT currents,
                                const std::uint16_t* HWY_RESTRICT sums, std::size_t n,
                                const double* HWY_RESTRICT scale,
                                const double* HWY_RESTRICT offset, double spikes) {
  const hn::ScalableTag<double> tag;
  const hn::Rebind<float, decltype(tag)> single;
  const hn::Rebind<std::int32_t, decltype(tag)> integer;
  const hn::Rebind<std::uint16_t, decltype(tag)> narrow;
  const std::size_t lanes = hn::Lanes(tag);
  const auto count = hn::Set(tag, spikes);
  std::size_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    const auto sum = hn::PromoteTo(tag, hn::PromoteTo(integer, hn::LoadU(narrow, sums + i)));
    const auto current = hn::MulAdd(hn::LoadU(tag, scale + i), sum,
                                    hn::Mul(hn::LoadU(tag, offset + i), count));
    hn::StoreU(hn::Add(hn::LoadU(single, currents + i), hn::DemoteTo(single, current)), single,
               currents + i);
  }
  for (; i < n; ++i)
    currents[i] += static_cast<float>(scale[i] * static_cast<double>(sums[i]) + offset[i] * spikes);
}

/// Sums of one vector of columns over the words of a window.
template <class Tag>
HWY_ATTR inline void count_columns(Tag tag, const std::uint16_t* HWY_RESTRICT window,
                                   std::size_t words, const std::uint16_t* HWY_RESTRICT weights,
                                   std::size_t stride, std::uint16_t* HWY_RESTRICT sums) {
  auto even = hn::Zero(tag), odd = even;
  const auto seen = [&](std::size_t word) HWY_ATTR {
    return hn::PopulationCount(
        hn::And(hn::Set(tag, window[word]), hn::Load(tag, weights + word * stride)));
  };
  std::size_t word = 0;
  for (; word + 2 <= words; word += 2) {
    even = hn::Add(even, seen(word));
    odd = hn::Add(odd, seen(word + 1));
  }
  if (word < words) even = hn::Add(even, seen(word));
  hn::Store(hn::Add(even, odd), tag, sums);
}

/// Tile: columns of one go, those of a stride or 32.
template <std::size_t Tile>
HWY_ATTR std::uint64_t windows_text(float* currents, const BitMapWindows& map) {
  const hn::CappedTag<std::uint16_t, Tile> tag;
  const std::size_t lanes = hn::Lanes(tag), height = map.kernel_height, words = map.row_words;
  const std::size_t stride = Tile == 16 ? Tile : map.stride, all = height * words;
  const std::size_t columns = map.columns, width = map.width;
  alignas(64) std::uint16_t sums[Tile];
  std::uint64_t arrivals = 0;
  for (std::size_t y = 0; y < map.height; ++y)
    for (std::size_t x = 0; x < width; ++x) {
      const std::size_t first = y * map.step * width + x;
      std::uint32_t spikes = 0;
      for (std::size_t row = 0; row < height; ++row) spikes += map.counts[first + row * width];
      if (spikes == 0) continue;
      arrivals += spikes;
      std::uint16_t* next = map.window;
      for (std::size_t row = 0; row < height; ++row) {
        const std::uint16_t* own = map.windows + (first + row * width) * words;
        for (std::size_t word = 0; word < words; ++word) *next++ = own[word];
      }
      float* own = currents + (y * width + x) * columns;
      for (std::size_t c = 0; c < columns; c += Tile) {
        for (std::size_t part = 0; part < Tile; part += lanes)
          count_columns(tag, map.window, all, map.weights + c + part, stride, sums + part);
        add_window(own + c, sums, columns - c < Tile ? columns - c : Tile, map.scale + c,
                   map.offset + c, static_cast<double>(spikes));
      }
    }
  return arrivals;
}

HWY_ATTR void count_windows(const BitMapWindows& map) {
  const std::uint16_t* word = map.windows;
  for (std::size_t i = 0; i < map.rows * map.width; ++i) {
    std::size_t spikes = 0;
    for (std::size_t k = 0; k < map.row_words; ++k) spikes += hwy::PopCount(*word++);
    map.counts[i] = static_cast<std::uint16_t>(spikes);
  }
}

HWY_ATTR std::uint64_t AddBitWindows(float* currents, const BitMapWindows& map) {
  count_windows(map);
  return map.stride == 16 ? windows_text<16>(currents, map) : windows_text<32>(currents, map);
}

}  // namespace volley::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace volley {

HWY_EXPORT(AddBitWindows);

std::uint64_t add_bit_windows(float* currents, const BitMapWindows& map) {
  return HWY_DYNAMIC_DISPATCH(AddBitWindows)(currents, map);
}

}  // namespace volley
#endif  // HWY_ONCE
