#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sim/current_kernels.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h

#include <hwy/highway.h>

#include <cstring>

#include "sim/current_kernels.hpp"

HWY_BEFORE_NAMESPACE();
namespace volley::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

/// Adds rows to so many vectors held in registers; row k begins at weights + rows[k] * stride.
template <std::size_t Vectors>
HWY_ATTR inline void add_tile(float* HWY_RESTRICT destination, const float* HWY_RESTRICT weights,
                              std::size_t stride, const std::uint32_t* HWY_RESTRICT rows,
                              std::size_t count) {
  static_assert(Vectors == 1 || Vectors == 2 || Vectors == 4 || Vectors == 8);
  const hn::ScalableTag<float> tag;
  const std::size_t lanes = hn::Lanes(tag);
  const auto load = [&](std::size_t v) HWY_ATTR {
    return hn::LoadU(tag, destination + (v < Vectors ? v : 0) * lanes);
  };
  auto s0 = load(0), s1 = load(1), s2 = load(2), s3 = load(3);
  auto s4 = load(4), s5 = load(5), s6 = load(6), s7 = load(7);
  for (std::size_t k = 0; k < count; ++k) {
    const float* row = weights + rows[k] * stride;
    s0 = hn::Add(s0, hn::LoadU(tag, row));
    if constexpr (Vectors >= 2) s1 = hn::Add(s1, hn::LoadU(tag, row + lanes));
    if constexpr (Vectors >= 4) {
      s2 = hn::Add(s2, hn::LoadU(tag, row + 2 * lanes));
      s3 = hn::Add(s3, hn::LoadU(tag, row + 3 * lanes));
    }
    if constexpr (Vectors >= 8) {
      s4 = hn::Add(s4, hn::LoadU(tag, row + 4 * lanes));
      s5 = hn::Add(s5, hn::LoadU(tag, row + 5 * lanes));
      s6 = hn::Add(s6, hn::LoadU(tag, row + 6 * lanes));
      s7 = hn::Add(s7, hn::LoadU(tag, row + 7 * lanes));
    }
  }
  hn::StoreU(s0, tag, destination);
  if constexpr (Vectors >= 2) hn::StoreU(s1, tag, destination + lanes);
  if constexpr (Vectors >= 4) {
    hn::StoreU(s2, tag, destination + 2 * lanes);
    hn::StoreU(s3, tag, destination + 3 * lanes);
  }
  if constexpr (Vectors >= 8) {
    hn::StoreU(s4, tag, destination + 4 * lanes);
    hn::StoreU(s5, tag, destination + 5 * lanes);
    hn::StoreU(s6, tag, destination + 6 * lanes);
    hn::StoreU(s7, tag, destination + 7 * lanes);
  }
}

/// The columns behind the last whole vector.
HWY_ATTR inline void add_rest(float* HWY_RESTRICT destination, const float* HWY_RESTRICT weights,
                              std::size_t stride, const std::uint32_t* HWY_RESTRICT rows,
                              std::size_t count, std::size_t rest) {
#if HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3
  const hn::ScalableTag<float> tag;
  const auto mask = hn::FirstN(tag, rest);
  auto sum = hn::MaskedLoad(mask, tag, destination);
  for (std::size_t k = 0; k < count; ++k)
    sum = hn::Add(sum, hn::MaskedLoad(mask, tag, weights + rows[k] * stride));
  hn::BlendedStore(sum, mask, tag, destination);
#else  // masked loads of others touch whole, aligned vectors
  for (std::size_t k = 0; k < count; ++k)
    for (std::size_t i = 0; i < rest; ++i) destination[i] += weights[rows[k] * stride + i];
#endif
}

/// destination[0..n) += the rows that begin at weights + rows[k] * stride.
HWY_ATTR inline void add_all(float* destination, std::size_t n, const float* weights,
                             std::size_t stride, const std::uint32_t* rows, std::size_t count) {
  const std::size_t lanes = hn::Lanes(hn::ScalableTag<float>());
  std::size_t i = 0;
  for (; i + 8 * lanes <= n; i += 8 * lanes)
    add_tile<8>(destination + i, weights + i, stride, rows, count);
  if (i + 4 * lanes <= n) {
    add_tile<4>(destination + i, weights + i, stride, rows, count);
    i += 4 * lanes;
  }
  if (i + 2 * lanes <= n) {
    add_tile<2>(destination + i, weights + i, stride, rows, count);
    i += 2 * lanes;
  }
  if (i + lanes <= n) {
    add_tile<1>(destination + i, weights + i, stride, rows, count);
    i += lanes;
  }
  if (i < n) add_rest(destination + i, weights + i, stride, rows, count, n - i);
}

HWY_ATTR void SumRows(float* destination, std::size_t n, const float* weights, std::size_t stride,
                      const std::uint32_t* rows, std::size_t count) {
  add_all(destination, n, weights, stride, rows, count);
}

HWY_ATTR void GroupBits(const std::uint64_t* bits, std::size_t positions, std::size_t channels,
                        std::uint32_t block, std::uint32_t* offsets, std::uint32_t* rows) {
  const hn::ScalableTag<std::uint32_t> tag;
  const std::size_t lanes = hn::Lanes(tag);
  const auto first = hn::Mul(hn::Iota(tag, 0), hn::Set(tag, block));
  std::uint32_t size = 0;
  offsets[0] = 0;
  for (std::size_t position = 0; position < positions; ++position) {
    const std::size_t at = position * channels;
    const std::uint64_t word = bits[at / 64] >> (at % 64);
    for (std::size_t c = 0; c < channels; c += lanes) {
      const std::size_t width = channels - c < lanes ? channels - c : lanes;
      const std::uint64_t part = (word >> c) & (~std::uint64_t{0} >> (64 - width));
      std::uint8_t bytes[8];
      std::memcpy(bytes, &part, 8);
      const auto row = hn::Add(first, hn::Set(tag, static_cast<std::uint32_t>(c) * block));
      hn::StoreU(hn::Compress(row, hn::LoadMaskBits(tag, bytes)), tag, rows + size);
      size += static_cast<std::uint32_t>(hwy::PopCount(part));
    }
    offsets[position + 1] = size;
  }
}

/// Maps whose positions are so many whole vectors, or 0: any number of columns.
template <std::size_t Vectors>
HWY_ATTR void scatter_text(float* map, const MapSpikes& spikes, const ConvTable& table,
                           const std::uint32_t* positions, std::size_t count) {
  const std::size_t lanes = hn::Lanes(hn::ScalableTag<float>());
  const std::size_t columns = Vectors == 0 ? spikes.columns : Vectors * lanes;
  const std::size_t stride = Vectors == 0 ? spikes.stride : columns;
  for (std::size_t k = 0; k < count; ++k) {
    const std::uint32_t* rows = spikes.rows + spikes.offsets[k];
    const std::size_t some = spikes.offsets[k + 1] - spikes.offsets[k];
    for (const ConvReach reach : table.from(positions[k])) {
      float* own = map + reach.target * columns;
      const float* weights = spikes.weights + reach.tap * stride;
      if constexpr (Vectors == 0) add_all(own, columns, weights, 1, rows, some);
      else if (some == 1) add_tile<Vectors>(own, weights, 1, rows, 1);
      else add_tile<Vectors>(own, weights, 1, rows, some);
    }
  }
}

/// Lists the rows of all spikes in a target's window, so that one loop adds them, whose end is
/// foreseen or missed once. @return how many
HWY_ATTR inline std::size_t list_window(const MapSpikes& spikes, std::size_t stride,
                                        std::span<const ConvReach> window, std::uint32_t* list) {
  const hn::CappedTag<std::uint32_t, 8> tag;  // a position's spikes are few
  const std::size_t lanes = hn::Lanes(tag);
  std::size_t size = 0;
  for (const ConvReach source : window) {
    const std::uint32_t* rows = spikes.rows + spikes.offsets[source.target];
    const std::size_t some = spikes.offsets[source.target + 1] - spikes.offsets[source.target];
    const auto tap = hn::Set(tag, static_cast<std::uint32_t>(source.tap * stride));
    std::size_t k = 0;
    do {
      hn::StoreU(hn::Add(hn::LoadU(tag, rows + k), tap), tag, list + size + k);
      k += lanes;
    } while (k < some);
    size += some;
  }
  return size;
}

/// Two targets of one or two vectors at once: sums in order wait for each other, those of two
/// targets do not.
template <std::size_t Vectors>
HWY_ATTR inline void add_two(float* HWY_RESTRICT one, float* HWY_RESTRICT two,
                             const float* HWY_RESTRICT weights,
                             const std::uint32_t* HWY_RESTRICT rows_one,
                             const std::uint32_t* HWY_RESTRICT rows_two, std::size_t count) {
  const hn::ScalableTag<float> tag;
  const std::size_t lanes = hn::Lanes(tag), second = Vectors == 2 ? lanes : 0;
  auto a0 = hn::LoadU(tag, one), a1 = hn::LoadU(tag, one + second);
  auto b0 = hn::LoadU(tag, two), b1 = hn::LoadU(tag, two + second);
  for (std::size_t k = 0; k < count; ++k) {
    const float *a = weights + rows_one[k], *b = weights + rows_two[k];
    a0 = hn::Add(a0, hn::LoadU(tag, a));
    b0 = hn::Add(b0, hn::LoadU(tag, b));
    if constexpr (Vectors == 2) {
      a1 = hn::Add(a1, hn::LoadU(tag, a + lanes));
      b1 = hn::Add(b1, hn::LoadU(tag, b + lanes));
    }
  }
  hn::StoreU(a0, tag, one);
  hn::StoreU(b0, tag, two);
  if constexpr (Vectors == 2) {
    hn::StoreU(a1, tag, one + lanes);
    hn::StoreU(b1, tag, two + lanes);
  }
}

template <std::size_t Vectors>
HWY_ATTR void gather_text(float* map, std::size_t targets, const MapSpikes& spikes,
                          const ConvTable& sources, std::uint32_t* list) {
  const std::size_t lanes = hn::Lanes(hn::ScalableTag<float>());
  const std::size_t columns = Vectors == 0 ? spikes.columns : Vectors * lanes;
  const std::size_t stride = Vectors == 0 ? spikes.stride : columns;
  std::size_t target = 0;
  if constexpr (Vectors == 1 || Vectors == 2)
    for (; target + 2 <= targets; target += 2) {
      const std::size_t one = list_window(spikes, stride, sources.from(target), list);
      std::uint32_t* other = list + one;
      const std::size_t two = list_window(spikes, stride, sources.from(target + 1), other);
      const std::size_t both = one < two ? one : two;
      float* map_one = map + target * columns;
      float* map_two = map_one + columns;
      add_two<Vectors>(map_one, map_two, spikes.weights, list, other, both);
      if (one > both) add_tile<Vectors>(map_one, spikes.weights, 1, list + both, one - both);
      if (two > both) add_tile<Vectors>(map_two, spikes.weights, 1, other + both, two - both);
    }
  for (; target < targets; ++target) {
    const std::size_t size = list_window(spikes, stride, sources.from(target), list);
    if constexpr (Vectors == 0)
      add_all(map + target * columns, columns, spikes.weights, 1, list, size);
    else
      add_tile<Vectors>(map + target * columns, spikes.weights, 1, list, size);
  }
}

HWY_ATTR void ScatterMap(float* map, const MapSpikes& spikes, const ConvTable& table,
                         const std::uint32_t* positions, std::size_t count) {
  const std::size_t lanes = hn::Lanes(hn::ScalableTag<float>());
  if (spikes.columns == lanes) scatter_text<1>(map, spikes, table, positions, count);
  else if (spikes.columns == 2 * lanes) scatter_text<2>(map, spikes, table, positions, count);
  else if (spikes.columns == 4 * lanes) scatter_text<4>(map, spikes, table, positions, count);
  else scatter_text<0>(map, spikes, table, positions, count);
}

HWY_ATTR void GatherMap(float* map, std::size_t targets, const MapSpikes& spikes,
                        const ConvTable& sources, std::uint32_t* list) {
  const std::size_t lanes = hn::Lanes(hn::ScalableTag<float>());
  if (spikes.columns == lanes) gather_text<1>(map, targets, spikes, sources, list);
  else if (spikes.columns == 2 * lanes) gather_text<2>(map, targets, spikes, sources, list);
  else if (spikes.columns == 4 * lanes) gather_text<4>(map, targets, spikes, sources, list);
  else gather_text<0>(map, targets, spikes, sources, list);
}

}  // namespace volley::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace volley {

HWY_EXPORT(SumRows);
HWY_EXPORT(GroupBits);
HWY_EXPORT(ScatterMap);
HWY_EXPORT(GatherMap);

void sum_rows(float* destination, std::size_t n, const float* weights, std::size_t stride,
              const std::uint32_t* rows, std::size_t count) {
  HWY_DYNAMIC_DISPATCH(SumRows)(destination, n, weights, stride, rows, count);
}

void group_bits(const std::uint64_t* bits, std::size_t positions, std::size_t channels,
                std::uint32_t block, std::uint32_t* offsets, std::uint32_t* rows) {
  HWY_DYNAMIC_DISPATCH(GroupBits)(bits, positions, channels, block, offsets, rows);
}

void scatter_map(float* map, const MapSpikes& spikes, const ConvTable& table,
                 const std::uint32_t* positions, std::size_t count) {
  HWY_DYNAMIC_DISPATCH(ScatterMap)(map, spikes, table, positions, count);
}

void gather_map(float* map, std::size_t targets, const MapSpikes& spikes, const ConvTable& sources,
                std::uint32_t* list) {
  HWY_DYNAMIC_DISPATCH(GatherMap)(map, targets, spikes, sources, list);
}

}  // namespace volley
#endif  // HWY_ONCE
