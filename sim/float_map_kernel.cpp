#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sim/float_map_kernel.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h

#include <hwy/highway.h>

#include <cstring>

#include "sim/float_map_kernel.hpp"
#include "sim/window_kernel-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace volley::HWY_NAMESPACE {

/// Lists where the weights of the segments of a map's row begin, those of kernel row 0. Rows of the
/// map take the place of rows that no window has any more.
HWY_ATTR HWY_INLINE void list_segments(const FloatMapWindows& map, const std::uint32_t* all,
                                       std::size_t row) {
  const Words tag;
  const WindowBits& seen = map.windows;
  const std::size_t lanes = hn::Lanes(tag), room = float_map_list(seen.segment_words);
  const auto stride = static_cast<std::uint32_t>(map.stride);
  const auto first = hn::Mul(hn::Iota(tag, 0), hn::Set(tag, stride));
  const auto step = hn::Set(tag, stride * static_cast<std::uint32_t>(lanes));
  const std::uint32_t* segments = all + row * seen.segment_words * seen.positions;
  std::uint32_t* sizes = map.segment_sizes + row % seen.kernel_height * seen.width;
  std::uint32_t* list = map.segment_lists + row % seen.kernel_height * seen.width * room;
  for (std::size_t x = 0; x < seen.width; ++x, list += room) {
    std::size_t size = 0;
    auto weights = first;
    for (std::size_t at = 0; at < seen.segment_bits; at += lanes) {
      const std::uint64_t bits = segments[at / 32 * seen.positions + x] >> (at % 32);
      const std::uint64_t part = bits & ((std::uint64_t{1} << lanes) - 1);
      std::uint8_t bytes[8];
      std::memcpy(bytes, &part, 8);
      hn::StoreU(hn::Compress(weights, hn::LoadMaskBits(tag, bytes)), tag, list + size);
      size += hwy::PopCount(part);
      weights = hn::Add(weights, step);
    }
    sizes[x] = static_cast<std::uint32_t>(size);
  }
}

/// The lists of a window's segments as one. @return how many it holds
HWY_ATTR HWY_INLINE std::size_t list_window(const FloatMapWindows& map, std::size_t y,
                                            std::size_t x, std::uint32_t* list) {
  const Words tag;
  const WindowBits& seen = map.windows;
  const std::size_t lanes = hn::Lanes(tag), room = float_map_list(seen.segment_words);
  const std::size_t kernel_row = seen.segment_bits * map.stride;
  std::size_t size = 0, slot = y * seen.step % seen.kernel_height;
  for (std::size_t row = 0; row < seen.kernel_height; ++row) {
    const std::size_t at = slot * seen.width + x, count = map.segment_sizes[at];
    const std::uint32_t* own = map.segment_lists + at * room;
    const auto base = hn::Set(tag, static_cast<std::uint32_t>(row * kernel_row));
    std::size_t k = 0;
    do {  // two vectors are mostly enough, so that nothing is to be foreseen
      hn::StoreU(hn::Add(hn::LoadU(tag, own + k), base), tag, list + size + k);
      hn::StoreU(hn::Add(hn::LoadU(tag, own + k + lanes), base), tag, list + size + k + lanes);
      k += 2 * lanes;
    } while (k < count);
    size += count;
    slot = slot + 1 == seen.kernel_height ? 0 : slot + 1;
  }
  return size;
}

/// Adds `count` listed rows of one window to so many vectors of columns.
template <std::size_t Vectors, class Taker>
HWY_ATTR HWY_INLINE void add_window(const FloatMapWindows& map, std::size_t x, std::size_t c,
                                    const std::uint32_t* HWY_RESTRICT list, std::size_t count,
                                    const Taker& taker, std::size_t step) {
  const Floats tag;
  const std::size_t lanes = hn::Lanes(tag);
  const float* weights = map.weights + c;
  auto s0 = taker.start(x, c), s1 = Vectors == 2 ? taker.start(x, c + lanes) : s0;
  for (std::size_t k = 0; k < count; ++k) {
    s0 = hn::Add(s0, hn::Load(tag, weights + list[k]));
    if constexpr (Vectors == 2) s1 = hn::Add(s1, hn::Load(tag, weights + list[k] + lanes));
  }
  taker.take(x, c, s0, step);
  if constexpr (Vectors == 2) taker.take(x, c + lanes, s1, step);
}

/// Four windows at once: sums in order wait for each other, those of four windows do not. Lists
/// shorter than `count` end with rows of zeros. @param Next short_float_map_list; 0: any
template <std::size_t Vectors, std::size_t Next, class Taker>
HWY_ATTR HWY_INLINE void add_four(const FloatMapWindows& map, std::size_t x, std::size_t c,
                                  const std::uint32_t* HWY_RESTRICT list, std::size_t count,
                                  const Taker& taker, std::size_t step) {
  const Floats tag;
  const std::size_t lanes = hn::Lanes(tag);
  const std::size_t next = Next != 0 ? Next : float_map_list(map.windows.words);
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
    taker.take(at, c, first, step);
    if constexpr (Vectors == 2) taker.take(at, c + lanes, other, step);
  };
  give(x, a0, a1);
  give(x + 1, b0, b1);
  give(x + 2, c0, c1);
  give(x + 3, d0, d1);
}

/// Map and taker are copies, so that no store may change what they hold.
template <std::size_t Tiles, std::size_t Next, class Taker>
HWY_ATTR std::uint64_t gather_map(const FloatMapWindows map, const std::uint32_t* segments,
                                  Taker taker, std::size_t step) {
  const Words tag;
  const std::size_t lanes = hn::Lanes(tag), width = map.windows.width;
  const std::size_t stride = Tiles != 0 ? Tiles * window_tile : map.stride;
  const std::size_t room = Next != 0 ? Next : float_map_list(map.windows.words);
  const auto none = hn::Set(tag, static_cast<std::uint32_t>(32 * map.windows.words * stride));
  std::size_t arrivals = 0, listed = 0;  // rows of the map
  for (std::size_t y = 0; y < map.windows.height; ++y) {
    const std::size_t first = y * map.windows.step, end = first + map.windows.kernel_height;
    for (listed = listed < first ? first : listed; listed < end; ++listed)
      list_segments(map, segments, listed);
    std::size_t x = 0;
    for (; x + 4 <= width; x += 4) {
      std::size_t size[4], most = 0;
      for (std::size_t k = 0; k < 4; ++k) {
        size[k] = list_window(map, y, x + k, map.lists + k * room);
        arrivals += size[k];
        most = size[k] > most ? size[k] : most;
      }
      for (std::size_t k = 0; k < 4; ++k)
        for (std::size_t at = size[k]; at < most; at += lanes)
          hn::StoreU(none, tag, map.lists + k * room + at);
      std::size_t c = 0;
      for (; c + 2 * lanes <= stride; c += 2 * lanes)
        add_four<2, Next>(map, x, c, map.lists, most, taker, step);
      for (; c < stride; c += lanes) add_four<1, Next>(map, x, c, map.lists, most, taker, step);
    }
    for (; x < width; ++x) {
      const std::size_t size = list_window(map, y, x, map.lists);
      arrivals += size;
      std::size_t c = 0;
      for (; c + 2 * lanes <= stride; c += 2 * lanes)
        add_window<2>(map, x, c, map.lists, size, taker, step);
      for (; c < stride; c += lanes) add_window<1>(map, x, c, map.lists, size, taker, step);
    }
    taker.end_row(step, step + 1);
  }
  return arrivals;
}

struct GatherMap {
  const FloatMapWindows& map;

  template <std::size_t Tiles, class Taker>
  HWY_ATTR void operator()(const Taker& taker, std::span<WindowStep> steps) const {
    const bool few = float_map_list(map.windows.words) <= short_float_map_list;
    for (std::size_t at = 0; at < steps.size(); ++at)
      steps[at].arrivals =
          few ? gather_map<Tiles, short_float_map_list>(map, steps[at].segments, taker, at)
              : gather_map<Tiles, 0>(map, steps[at].segments, taker, at);
  }
};

HWY_ATTR void AddFloatWindows(float* currents, const FloatMapWindows& map, WindowStep& step) {
  add_windows(currents, {map.windows.height, map.windows.width, map.columns}, step,
              GatherMap{map});
}

HWY_ATTR void SweepFloatWindows(const SweepRow& row, const FloatMapWindows& map,
                                std::span<WindowStep> steps) {
  sweep_windows(row, {map.windows.height, map.windows.width, map.columns}, map.masks, steps,
                GatherMap{map});
}

}  // namespace volley::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace volley {

HWY_EXPORT(AddFloatWindows);
HWY_EXPORT(SweepFloatWindows);

void add_float_windows(float* currents, const FloatMapWindows& map, WindowStep& step) {
  HWY_DYNAMIC_DISPATCH(AddFloatWindows)(currents, map, step);
}

void sweep_float_windows(const SweepRow& row, const FloatMapWindows& map,
                         std::span<WindowStep> steps) {
  HWY_DYNAMIC_DISPATCH(SweepFloatWindows)(row, map, steps);
}

}  // namespace volley
#endif  // HWY_ONCE
