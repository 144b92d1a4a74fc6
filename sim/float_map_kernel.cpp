#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sim/float_map_kernel.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h

#include <hwy/highway.h>

#include <cstring>

#include "sim/float_map_kernel.hpp"
#include "sim/window_kernel-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace volley::HWY_NAMESPACE {

/// Lists where the weights of a window's bits begin. @return how many
HWY_ATTR HWY_INLINE std::size_t list_window(const FloatMapWindows& map, std::size_t x,
                                            std::uint32_t* list) {
  const Words tag;
  const std::size_t lanes = hn::Lanes(tag);
  const auto stride = static_cast<std::uint32_t>(map.stride);
  auto row = hn::Mul(hn::Iota(tag, 0), hn::Set(tag, stride));
  const auto step = hn::Set(tag, stride * static_cast<std::uint32_t>(lanes));
  const std::uint32_t* windows = map.windows.windows + x;
  std::size_t size = 0;
  for (std::size_t word = 0; word < map.windows.words; ++word) {
    std::uint64_t seen = windows[word * map.windows.positions];
    for (std::size_t bit = 0; bit < 32; bit += lanes) {
      const std::uint64_t part = seen & ((std::uint64_t{1} << lanes) - 1);
      std::uint8_t bytes[8];
      std::memcpy(bytes, &part, 8);
      hn::StoreU(hn::Compress(row, hn::LoadMaskBits(tag, bytes)), tag, list + size);
      size += hwy::PopCount(part);
      row = hn::Add(row, step);
      seen >>= lanes;
    }
  }
  return size;
}

/// Adds `count` listed rows of one window to so many vectors of columns.
template <std::size_t Vectors, class Taker>
HWY_ATTR HWY_INLINE void add_window(const FloatMapWindows& map, std::size_t x, std::size_t c,
                                    const std::uint32_t* HWY_RESTRICT list, std::size_t count,
                                    Taker& taker) {
  const Floats tag;
  const std::size_t lanes = hn::Lanes(tag);
  const float* weights = map.weights + c;
  auto s0 = taker.start(x, c), s1 = Vectors == 2 ? taker.start(x, c + lanes) : s0;
  for (std::size_t k = 0; k < count; ++k) {
    s0 = hn::Add(s0, hn::Load(tag, weights + list[k]));
    if constexpr (Vectors == 2) s1 = hn::Add(s1, hn::Load(tag, weights + list[k] + lanes));
  }
  taker.take(x, c, s0);
  if constexpr (Vectors == 2) taker.take(x, c + lanes, s1);
}

/// Four windows at once: sums in order wait for each other, those of four windows do not. Lists
/// shorter than `count` end with rows of zeros.
template <std::size_t Vectors, class Taker>
HWY_ATTR HWY_INLINE void add_four(const FloatMapWindows& map, std::size_t x, std::size_t c,
                                  const std::uint32_t* HWY_RESTRICT list, std::size_t count,
                                  Taker& taker) {
  const Floats tag;
  const std::size_t lanes = hn::Lanes(tag);
  const std::size_t next = float_map_list(map.windows.words);
  const float* HWY_RESTRICT weights = map.weights + c;
  const auto also = [&](std::size_t at, hn::Vec<Floats> first) HWY_ATTR {
    return Vectors == 2 ? taker.start(at, c + lanes) : first;
  };
  auto a0 = taker.start(x, c), a1 = also(x, a0);
  auto b0 = taker.start(x + 1, c), b1 = also(x + 1, b0);
  auto c0 = taker.start(x + 2, c), c1 = also(x + 2, c0);
  auto d0 = taker.start(x + 3, c), d1 = also(x + 3, d0);
  for (std::size_t k = 0; k < count; ++k) {
    const float *a = weights + list[k], *b = weights + list[k + next];
    const float *e = weights + list[k + 2 * next], *d = weights + list[k + 3 * next];
    a0 = hn::Add(a0, hn::Load(tag, a));
    b0 = hn::Add(b0, hn::Load(tag, b));
    c0 = hn::Add(c0, hn::Load(tag, e));
    d0 = hn::Add(d0, hn::Load(tag, d));
    if constexpr (Vectors == 2) {
      a1 = hn::Add(a1, hn::Load(tag, a + lanes));
      b1 = hn::Add(b1, hn::Load(tag, b + lanes));
      c1 = hn::Add(c1, hn::Load(tag, e + lanes));
      d1 = hn::Add(d1, hn::Load(tag, d + lanes));
    }
  }
  const auto give = [&](std::size_t at, hn::Vec<Floats> first, hn::Vec<Floats> other) HWY_ATTR {
    taker.take(at, c, first);
    if constexpr (Vectors == 2) taker.take(at, c + lanes, other);
  };
  give(x, a0, a1);
  give(x + 1, b0, b1);
  give(x + 2, c0, c1);
  give(x + 3, d0, d1);
}

/// Map and taker are copies, so that no store may change what they hold.
template <std::size_t Tiles, class Taker>
HWY_ATTR std::uint64_t gather_map(const FloatMapWindows map, Taker taker, Taker* ended) {
  const Words tag;
  const std::size_t lanes = hn::Lanes(tag), width = map.windows.width;
  const std::size_t stride = Tiles != 0 ? Tiles * window_tile : map.stride;
  const std::size_t room = float_map_list(map.windows.words);
  const auto none = hn::Set(tag, static_cast<std::uint32_t>(32 * map.windows.words * stride));
  std::uint64_t arrivals = 0;
  for (std::size_t y = 0; y < map.windows.height; ++y) {
    arrivals += cut_windows(map.windows, y);
    std::size_t x = 0;
    for (; x + 4 <= width; x += 4) {
      std::size_t size[4], most = 0;
      for (std::size_t k = 0; k < 4; ++k) {
        size[k] = list_window(map, x + k, map.lists + k * room);
        most = size[k] > most ? size[k] : most;
      }
      for (std::size_t k = 0; k < 4; ++k)
        for (std::size_t at = size[k]; at < most; at += lanes)
          hn::StoreU(none, tag, map.lists + k * room + at);
      std::size_t c = 0;
      for (; c + 2 * lanes <= stride; c += 2 * lanes)
        add_four<2>(map, x, c, map.lists, most, taker);
      for (; c < stride; c += lanes) add_four<1>(map, x, c, map.lists, most, taker);
    }
    for (; x < width; ++x) {
      const std::size_t size = list_window(map, x, map.lists);
      std::size_t c = 0;
      for (; c + 2 * lanes <= stride; c += 2 * lanes)
        add_window<2>(map, x, c, map.lists, size, taker);
      for (; c < stride; c += lanes) add_window<1>(map, x, c, map.lists, size, taker);
    }
    taker.end_row();
  }
  *ended = taker;
  return arrivals;
}

struct GatherMap {
  const FloatMapWindows& map;

  template <std::size_t Tiles, class Taker>
  HWY_ATTR std::uint64_t operator()(const Taker& taker, Taker* ended) const {
    return gather_map<Tiles>(map, taker, ended);
  }
};

HWY_ATTR std::uint64_t AddFloatWindows(float* currents, const FloatMapWindows& map) {
  return add_windows(currents, map.windows, map.columns, GatherMap{map});
}

HWY_ATTR std::uint64_t SweepFloatWindows(const SweepRow& row, const FloatMapWindows& map,
                                         std::uint64_t* bits) {
  return sweep_windows(row, map.windows, map.columns, map.masks, bits, GatherMap{map});
}

}  // namespace volley::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace volley {

HWY_EXPORT(AddFloatWindows);
HWY_EXPORT(SweepFloatWindows);

std::uint64_t add_float_windows(float* currents, const FloatMapWindows& map) {
  return HWY_DYNAMIC_DISPATCH(AddFloatWindows)(currents, map);
}

std::uint64_t sweep_float_windows(const SweepRow& row, const FloatMapWindows& map,
                                  std::uint64_t* bits) {
  return HWY_DYNAMIC_DISPATCH(SweepFloatWindows)(row, map, bits);
}

}  // namespace volley
#endif  // HWY_ONCE
