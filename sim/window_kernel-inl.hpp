// Text shared by the kernels over windows of bits, compiled once per instruction set into each: how
// the windows of a row are put together, and what becomes of the currents found, which stay
// currents or make the neurons' whole step. Must not know weights.
// No #pragma once: Highway's foreach_target reads it once for each instruction set.
#if defined(VOLLEY_WINDOW_KERNEL_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef VOLLEY_WINDOW_KERNEL_INL
#undef VOLLEY_WINDOW_KERNEL_INL
#else
#define VOLLEY_WINDOW_KERNEL_INL
#endif

#include <hwy/highway.h>

#include <cstring>

#include "sim/sweep_kernel.hpp"
#include "sim/window_bits.hpp"

HWY_BEFORE_NAMESPACE();
namespace volley::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using Floats = hn::CappedTag<float, window_tile>;
using Words = hn::RebindToUnsigned<Floats>;

/// What so many vectors of windows see in one of their words.
template <std::size_t Vectors>
HWY_ATTR HWY_INLINE void cut_word(const WindowBits& map, const std::uint32_t* segments,
                                  std::size_t word, hn::Vec<Words>& s0, hn::Vec<Words>& s1) {
  static_assert(Vectors == 1 || Vectors == 2);
  const Words tag;
  s0 = s1 = hn::Zero(tag);
  for (std::uint32_t k = map.part_offsets[word]; k < map.part_offsets[word + 1]; ++k) {
    const WindowPart& part = map.parts[k];
    const std::uint32_t* own = segments + part.offset;
    const auto a = hn::Load(tag, own);
    const auto b = Vectors == 2 ? hn::Load(tag, own + hn::Lanes(tag)) : a;
    if (part.right == 0) {
      s0 = hn::Or(s0, hn::ShiftLeftSame(a, part.left));
      if constexpr (Vectors == 2) s1 = hn::Or(s1, hn::ShiftLeftSame(b, part.left));
    } else {
      s0 = hn::Or(s0, hn::ShiftRightSame(a, part.right));
      if constexpr (Vectors == 2) s1 = hn::Or(s1, hn::ShiftRightSame(b, part.right));
    }
  }
}

template <std::size_t Vectors>
HWY_ATTR HWY_INLINE void cut_vectors(const WindowBits& map, const std::uint32_t* segments,
                                     std::size_t x, std::uint32_t* windows, float* counts,
                                     std::uint32_t* arrivals) {
  const Words tag;
  const Floats real;
  const hn::RebindToSigned<Words> integer;
  const std::size_t lanes = hn::Lanes(tag);
  auto c0 = hn::Zero(tag), c1 = c0;
  for (std::size_t word = 0; word < map.words; ++word) {
    auto s0 = hn::Zero(tag), s1 = s0;
    cut_word<Vectors>(map, segments + x, word, s0, s1);
    std::uint32_t* own = windows + word * map.positions + x;
    hn::Store(s0, tag, own);
    c0 = hn::Add(c0, hn::PopulationCount(s0));
    if constexpr (Vectors == 2) {
      hn::Store(s1, tag, own + lanes);
      c1 = hn::Add(c1, hn::PopulationCount(s1));
    }
  }
  hn::Store(hn::ConvertTo(real, hn::BitCast(integer, c0)), real, counts + x);
  if constexpr (Vectors == 2)
    hn::Store(hn::ConvertTo(real, hn::BitCast(integer, c1)), real, counts + x + lanes);
  hn::Store(hn::Add(hn::Load(tag, arrivals), hn::Add(c0, c1)), tag, arrivals);
}

/// The windows of one target row and the spikes in each, whose sums are added to so many numbers
/// as a vector has.
HWY_ATTR HWY_INLINE void cut_windows(const WindowBits& map, const std::uint32_t* segments,
                                     std::size_t y, std::uint32_t* windows, float* counts,
                                     std::uint32_t* arrivals) {
  const std::size_t lanes = hn::Lanes(Words());
  const std::uint32_t* first = segments + y * map.step * map.segment_words * map.positions;
  std::size_t x = 0;
  for (; x + 2 * lanes <= map.positions; x += 2 * lanes)
    cut_vectors<2>(map, first, x, windows, counts, arrivals);
  for (; x < map.positions; x += lanes)
    cut_vectors<1>(map, first, x, windows, counts, arrivals);
}

// Takers are told the currents of a row of windows in each of some steps, some columns
// [c, c + lanes) of window x at a time: summed from what start() gave, by take(); or whole, to what
// load() gave, by add(), step by step, until store(), with fires() beside it.
// Tiles: columns are so many whole tiles; 0: any number.

/// Of one step.
template <std::size_t Tiles>
struct ToCurrents {
  static constexpr bool makes_spikes = false;
  std::size_t columns, width;
  float* row;

  HWY_ATTR HWY_INLINE hn::Vec<Floats> start(std::size_t x, std::size_t c) const {
    const Floats real;
    const float* own = row + x * columns + c;
    if (Tiles != 0 || c + hn::Lanes(real) <= columns) return hn::LoadU(real, own);
    alignas(64) float some[window_tile] = {};
    for (std::size_t i = 0; c + i < columns; ++i) some[i] = own[i];
    return hn::Load(real, some);
  }
  HWY_ATTR HWY_INLINE void take(std::size_t x, std::size_t c, hn::Vec<Floats> current,
                                std::size_t) const {
    const Floats real;
    float* own = row + x * columns + c;
    if (Tiles != 0 || c + hn::Lanes(real) <= columns) return hn::StoreU(current, real, own);
    alignas(64) float some[window_tile];
    hn::Store(current, real, some);
    for (std::size_t i = 0; c + i < columns; ++i) own[i] = some[i];
  }
  HWY_ATTR HWY_INLINE hn::Vec<Floats> load(std::size_t x, std::size_t c) const {
    return start(x, c);
  }
  HWY_ATTR HWY_INLINE hn::Mask<Floats> fires(hn::Vec<Floats> own) const {
    return hn::Ge(own, own);
  }
  HWY_ATTR HWY_INLINE void add(std::size_t, std::size_t, hn::Vec<Floats> current, std::size_t,
                               hn::Vec<Floats>& own, hn::Mask<Floats>&) const {
    own = hn::Add(own, current);
  }
  HWY_ATTR HWY_INLINE void store(std::size_t x, std::size_t c, hn::Vec<Floats> own) const {
    take(x, c, own, 0);
  }
  HWY_ATTR HWY_INLINE void end_row(std::size_t, std::size_t) { row += width * columns; }
};

/// The bits of a population in one step, written from the first on.
struct BitWriter {
  std::uint64_t* next = nullptr;
  std::uint64_t word = 0;
  std::size_t filled = 0;  ///< of the word

  void write(std::uint64_t bits, std::size_t count) {
    word |= bits << filled;
    filled += count;
    if (filled < 64) return;
    *next++ = word;
    filled -= 64;
    word = bits >> (count - filled);
  }
};

/// The neurons take the steps, and their spikes become bits.
template <Reset reset, std::size_t Tiles>
struct ToMembranes {
  static constexpr bool makes_spikes = true;
  std::size_t columns, width;
  float beta, threshold;
  const float* bias;      ///< of the row of windows, as membrane
  std::size_t bias_step;  ///< from a window to the next; 0 where the bias is one per column
  float* membrane;
  /// By step, [window][tile], two bytes: bits themselves where tiles are whole, else scratch, which
  /// the writers copy.
  std::uint8_t* masks[most_window_steps];
  BitWriter* writers;

  HWY_ATTR HWY_INLINE std::size_t all() const {
    return Tiles != 0 ? Tiles * window_tile : columns;
  }
  HWY_ATTR HWY_INLINE std::size_t tiles() const {
    return Tiles != 0 ? Tiles : window_padded(columns) / window_tile;
  }
  HWY_ATTR HWY_INLINE hn::Vec<Floats> start(std::size_t, std::size_t) const {
    return hn::Zero(Floats());
  }
  HWY_ATTR HWY_INLINE hn::Vec<Floats> load(std::size_t x, std::size_t c) const {
    const Floats real;
    if (Tiles == 0 && c >= all()) return hn::Zero(real);
    return hn::LoadU(real, membrane + x * all() + c);
  }
  HWY_ATTR HWY_INLINE hn::Mask<Floats> fires(hn::Vec<Floats> v) const {
    return hn::Ge(v, hn::Set(Floats(), threshold));
  }
  HWY_ATTR HWY_INLINE void add(std::size_t x, std::size_t c, hn::Vec<Floats> current,
                               std::size_t step, hn::Vec<Floats>& v,
                               hn::Mask<Floats>& fired) const {
    const Floats real;
    const std::size_t lanes = hn::Lanes(real);
    std::uint8_t* mask = masks[step] + 2 * (x * tiles() + c / window_tile);
    std::uint16_t found = 0;
    if (lanes < window_tile && c % window_tile == 0) std::memcpy(mask, &found, 2);
    if (Tiles == 0 && c >= all()) return;
    const auto limit = hn::Set(real, threshold);
    auto kept = v;
    if constexpr (reset == Reset::subtract)
      kept = hn::IfThenElse(fired, hn::Sub(kept, limit), kept);
    if constexpr (reset == Reset::zero) kept = hn::IfThenZeroElse(fired, kept);
    const auto pushed = hn::Add(current, hn::LoadU(real, bias + x * bias_step + c));
    v = hn::Add(hn::Mul(hn::Set(real, beta), kept), pushed);
    fired = hn::Ge(v, limit);
    const bool whole = Tiles != 0 || c + lanes <= all();
    std::uint8_t bytes[8];
    hn::StoreMaskBits(real, whole ? fired : hn::And(fired, hn::FirstN(real, all() - c)),
                      bytes);
    std::memcpy(&found, bytes, lanes > 8 ? 2 : 1);
    if (lanes < window_tile) {
      std::uint16_t before;
      std::memcpy(&before, mask, 2);
      found = static_cast<std::uint16_t>(before | found << (c % window_tile));
    }
    std::memcpy(mask, &found, 2);
  }
  HWY_ATTR HWY_INLINE void store(std::size_t x, std::size_t c, hn::Vec<Floats> v) const {
    const Floats real;
    if (Tiles == 0 && c >= all()) return;
    float* to = membrane + x * all() + c;
    if (Tiles != 0 || c + hn::Lanes(real) <= all()) return hn::StoreU(v, real, to);
    hn::BlendedStore(v, hn::FirstN(real, all() - c), real, to);
  }
  HWY_ATTR HWY_INLINE void take(std::size_t x, std::size_t c, hn::Vec<Floats> current,
                                std::size_t step) const {
    auto v = load(x, c);
    auto fired = fires(v);
    add(x, c, current, step, v, fired);
    store(x, c, v);
  }

  HWY_ATTR HWY_INLINE void write_row(std::size_t step) {
    if (Tiles != 0) {
      masks[step] += 2 * width * Tiles;
      return;
    }
    const std::uint8_t* mask = masks[step];
    for (std::size_t x = 0; x < width; ++x)
      for (std::size_t c = 0; c < columns; c += window_tile, mask += 2)
        writers[step].write(std::uint64_t{mask[0]} | std::uint64_t{mask[1]} << 8,
                            columns - c < window_tile ? columns - c : window_tile);
  }
  /// Of these steps.
  HWY_ATTR HWY_INLINE void end_row(std::size_t first, std::size_t last) {
    for (std::size_t step = first; step < last; ++step) write_row(step);
    membrane += width * columns;
    bias += width * bias_step;
  }
};

/// Of the target.
struct MapShape {
  std::size_t height, width, columns;
};

// A run is given a taker, and tells it the rows of the map in order, all steps of a row before the
// next. `masks` are scratch, see BitMapWindows.

template <Reset reset, std::size_t Tiles, class Run>
HWY_ATTR void sweep_tiles(const SweepRow& row, const MapShape& map, std::uint8_t* masks,
                          std::span<WindowStep> steps, const Run& run) {
  const std::size_t n = map.height * map.width * map.columns;
  const std::size_t row_masks = 2 * map.width * window_padded(map.columns) / window_tile;
  BitWriter writers[most_window_steps];
  ToMembranes<reset, Tiles> taker{map.columns, map.width, row.beta, row.threshold,
                                  row.bias,    row.period < n ? 0 : map.columns,
                                  row.v,       {},        writers};
  for (std::size_t at = 0; at < steps.size(); ++at) {
    std::uint64_t* bits = steps[at].bits;
    writers[at] = {bits};
    taker.masks[at] = masks + at * row_masks;
    if (Tiles == 0) continue;
    bits[(n - 1) / 64] = 0;
    taker.masks[at] = reinterpret_cast<std::uint8_t*>(bits);
  }
  run.template operator()<Tiles>(taker, steps);
  for (std::size_t at = 0; at < steps.size(); ++at)
    if (writers[at].filled != 0) *writers[at].next = writers[at].word;
}

template <Reset reset, class Run>
HWY_ATTR void sweep_columns(const SweepRow& row, const MapShape& map, std::uint8_t* masks,
                            std::span<WindowStep> steps, const Run& run) {
  if (map.columns == window_tile) return sweep_tiles<reset, 1>(row, map, masks, steps, run);
  if (map.columns == 2 * window_tile) return sweep_tiles<reset, 2>(row, map, masks, steps, run);
  sweep_tiles<reset, 0>(row, map, masks, steps, run);
}

template <class Run>
HWY_ATTR void sweep_windows(const SweepRow& row, const MapShape& map, std::uint8_t* masks,
                            std::span<WindowStep> steps, const Run& run) {
  if (row.reset == Reset::subtract)
    return sweep_columns<Reset::subtract>(row, map, masks, steps, run);
  if (row.reset == Reset::zero) return sweep_columns<Reset::zero>(row, map, masks, steps, run);
  sweep_columns<Reset::none>(row, map, masks, steps, run);
}

/// The same with a taker of currents.
template <class Run>
HWY_ATTR void add_windows(float* currents, const MapShape& map, WindowStep& step,
                          const Run& run) {
  const std::span<WindowStep> steps(&step, 1);
  if (map.columns == window_tile) {
    ToCurrents<1> taker{map.columns, map.width, currents};
    return run.template operator()<1>(taker, steps);
  }
  if (map.columns == 2 * window_tile) {
    ToCurrents<2> taker{map.columns, map.width, currents};
    return run.template operator()<2>(taker, steps);
  }
  ToCurrents<0> taker{map.columns, map.width, currents};
  run.template operator()<0>(taker, steps);
}

}  // namespace volley::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
