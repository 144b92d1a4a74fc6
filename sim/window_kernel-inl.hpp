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

/// The windows of one target row and the spikes in each. @return the sum of these
HWY_ATTR HWY_INLINE std::uint64_t cut_windows(const WindowBits& map, std::size_t y) {
  const Words tag;
  const Floats real;
  const hn::RebindToSigned<Words> integer;
  const std::uint32_t* first = map.segments + y * map.step * map.segment_words * map.positions;
  auto all = hn::Zero(tag);
  for (std::size_t x = 0; x < map.positions; x += hn::Lanes(tag)) {
    auto count = hn::Zero(tag);
    for (std::size_t word = 0; word < map.words; ++word) {
      auto seen = hn::Zero(tag);
      for (std::uint32_t k = map.part_offsets[word]; k < map.part_offsets[word + 1]; ++k) {
        const WindowPart& part = map.parts[k];
        const auto segment = hn::Load(tag, first + part.offset + x);
        seen = hn::Or(seen, hn::ShiftRightSame(hn::ShiftLeftSame(segment, part.left), part.right));
      }
      hn::Store(seen, tag, map.windows + word * map.positions + x);
      count = hn::Add(count, hn::PopulationCount(seen));
    }
    hn::Store(hn::ConvertTo(real, hn::BitCast(integer, count)), real, map.counts + x);
    all = hn::Add(all, count);
  }
  alignas(64) std::uint32_t lanes[window_tile];
  hn::Store(all, tag, lanes);
  std::uint64_t spikes = 0;
  for (std::size_t lane = 0; lane < hn::Lanes(tag); ++lane) spikes += lanes[lane];
  return spikes;
}

// Takers are told the currents of a row of windows, some columns [c, c + lanes) of window x at a
// time, summed from what start() gave. Tiles: columns are so many whole tiles; 0: any number.

template <std::size_t Tiles>
struct ToCurrents {
  static constexpr bool from_zero = false;  ///< what start() gives
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
  HWY_ATTR HWY_INLINE void take(std::size_t x, std::size_t c, hn::Vec<Floats> current) {
    const Floats real;
    float* own = row + x * columns + c;
    if (Tiles != 0 || c + hn::Lanes(real) <= columns) return hn::StoreU(current, real, own);
    alignas(64) float some[window_tile];
    hn::Store(current, real, some);
    for (std::size_t i = 0; c + i < columns; ++i) own[i] = some[i];
  }
  HWY_ATTR HWY_INLINE void end_row() { row += width * columns; }
};

/// The neurons take the step, and their spikes become bits.
template <Reset reset, std::size_t Tiles>
struct ToMembranes {
  static constexpr bool from_zero = true;
  std::size_t columns, width;
  float beta, threshold;
  const float* bias;      ///< of the row of windows, as membrane
  std::size_t bias_step;  ///< from a window to the next; 0 where the bias is one per column
  float* membrane;
  std::uint8_t* masks;    ///< [window][tile], two bytes: bits themselves where tiles are whole
  std::uint64_t* next;    ///< else the word of bits to be written, of which `filled` are known
  std::uint64_t word = 0;
  std::size_t filled = 0;

  HWY_ATTR HWY_INLINE hn::Vec<Floats> start(std::size_t, std::size_t) const {
    return hn::Zero(Floats());
  }
  HWY_ATTR HWY_INLINE void take(std::size_t x, std::size_t c, hn::Vec<Floats> current) {
    const Floats real;
    const std::size_t lanes = hn::Lanes(real), all = Tiles != 0 ? Tiles * window_tile : columns;
    const std::size_t tiles = Tiles != 0 ? Tiles : window_padded(columns) / window_tile;
    std::uint8_t* mask = masks + 2 * (x * tiles + c / window_tile);
    std::uint16_t found = 0;
    if (lanes < window_tile && c % window_tile == 0) std::memcpy(mask, &found, 2);
    if (Tiles == 0 && c >= all) return;
    const auto limit = hn::Set(real, threshold);
    float* own = membrane + x * all + c;
    auto kept = hn::LoadU(real, own);
    if constexpr (reset == Reset::subtract)
      kept = hn::IfThenElse(hn::Ge(kept, limit), hn::Sub(kept, limit), kept);
    if constexpr (reset == Reset::zero) kept = hn::IfThenZeroElse(hn::Ge(kept, limit), kept);
    const auto pushed = hn::Add(current, hn::LoadU(real, bias + x * bias_step + c));
    const auto v = hn::Add(hn::Mul(hn::Set(real, beta), kept), pushed);
    auto fires = hn::Ge(v, limit);
    if (Tiles != 0 || c + lanes <= all) {
      hn::StoreU(v, real, own);
    } else {
      const auto some = hn::FirstN(real, all - c);
      hn::BlendedStore(v, some, real, own);
      fires = hn::And(fires, some);
    }
    std::uint8_t bytes[8];
    hn::StoreMaskBits(real, fires, bytes);
    std::memcpy(&found, bytes, lanes > 8 ? 2 : 1);
    if (lanes < window_tile) {
      std::uint16_t before;
      std::memcpy(&before, mask, 2);
      found = static_cast<std::uint16_t>(before | found << (c % window_tile));
    }
    std::memcpy(mask, &found, 2);
  }

  HWY_ATTR HWY_INLINE void end_row() {
    membrane += width * columns;
    bias += width * bias_step;
    if (Tiles != 0) {
      masks += 2 * width * Tiles;
      return;
    }
    const std::uint8_t* mask = masks;
    for (std::size_t x = 0; x < width; ++x)
      for (std::size_t c = 0; c < columns; c += window_tile, mask += 2) {
        const std::uint64_t own = std::uint64_t{mask[0]} | std::uint64_t{mask[1]} << 8;
        const std::size_t count = columns - c < window_tile ? columns - c : window_tile;
        word |= own << filled;
        filled += count;
        if (filled < 64) continue;
        *next++ = word;
        filled -= 64;
        word = own >> (count - filled);
      }
  }
};

/// Calls run.template operator()<Tiles>(taker, ended) with a taker of the row's neurons; `ended`
/// gets it back as it is behind the last row. @param masks scratch, see BitMapWindows
template <Reset reset, std::size_t Tiles, class Run>
HWY_ATTR std::uint64_t sweep_tiles(const SweepRow& row, const WindowBits& map,
                                   std::size_t columns, std::uint8_t* masks, std::uint64_t* bits,
                                   const Run& run) {
  const std::size_t n = map.height * map.width * columns;
  ToMembranes<reset, Tiles> taker{columns,  map.width, row.beta, row.threshold,
                                  row.bias, row.period < n ? 0 : columns,
                                  row.v,    masks,     bits};
  if (Tiles != 0) {
    bits[(n - 1) / 64] = 0;
    taker.masks = reinterpret_cast<std::uint8_t*>(bits);
  }
  const std::uint64_t arrivals = run.template operator()<Tiles>(taker, &taker);
  if (taker.filled != 0) *taker.next = taker.word;
  return arrivals;
}

template <Reset reset, class Run>
HWY_ATTR std::uint64_t sweep_columns(const SweepRow& row, const WindowBits& map,
                                     std::size_t columns, std::uint8_t* masks,
                                     std::uint64_t* bits, const Run& run) {
  if (columns == window_tile) return sweep_tiles<reset, 1>(row, map, columns, masks, bits, run);
  if (columns == 2 * window_tile)
    return sweep_tiles<reset, 2>(row, map, columns, masks, bits, run);
  return sweep_tiles<reset, 0>(row, map, columns, masks, bits, run);
}

template <class Run>
HWY_ATTR std::uint64_t sweep_windows(const SweepRow& row, const WindowBits& map,
                                     std::size_t columns, std::uint8_t* masks,
                                     std::uint64_t* bits, const Run& run) {
  if (row.reset == Reset::subtract)
    return sweep_columns<Reset::subtract>(row, map, columns, masks, bits, run);
  if (row.reset == Reset::zero)
    return sweep_columns<Reset::zero>(row, map, columns, masks, bits, run);
  return sweep_columns<Reset::none>(row, map, columns, masks, bits, run);
}

/// The same with a taker of currents.
template <class Run>
HWY_ATTR std::uint64_t add_windows(float* currents, const WindowBits& map, std::size_t columns,
                                   const Run& run) {
  if (columns == window_tile) {
    ToCurrents<1> taker{columns, map.width, currents};
    return run.template operator()<1>(taker, &taker);
  }
  if (columns == 2 * window_tile) {
    ToCurrents<2> taker{columns, map.width, currents};
    return run.template operator()<2>(taker, &taker);
  }
  ToCurrents<0> taker{columns, map.width, currents};
  return run.template operator()<0>(taker, &taker);
}

}  // namespace volley::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
