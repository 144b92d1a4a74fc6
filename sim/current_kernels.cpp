#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sim/current_kernels.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h

#include <hwy/highway.h>

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
  const hn::ScalableTag<float> tag;
  const auto mask = hn::FirstN(tag, rest);
  auto sum = hn::MaskedLoad(mask, tag, destination);
  for (std::size_t k = 0; k < count; ++k)
    sum = hn::Add(sum, hn::MaskedLoad(mask, tag, weights + rows[k] * stride));
  hn::BlendedStore(sum, mask, tag, destination);
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

HWY_ATTR void SumRows(float* destination, std::size_t n, const float* weights,
                      const std::uint32_t* rows, std::size_t count) {
  add_all(destination, n, weights, n, rows, count);
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

HWY_ATTR void ScatterMap(float* map, const MapSpikes& spikes, const ConvTable& table,
                         const std::uint32_t* positions, std::size_t count) {
  const std::size_t columns = spikes.columns;
  for (std::size_t k = 0; k < count; ++k) {
    const std::uint32_t first = spikes.offsets[positions[k]];
    const std::uint32_t last = spikes.offsets[positions[k] + 1];
    for (const ConvReach reach : table.from(positions[k]))
      add_all(map + reach.target * columns, columns, spikes.weights + reach.tap * columns, 1,
              spikes.rows + first, last - first);
  }
}

HWY_ATTR void GatherMap(float* map, std::size_t targets, const MapSpikes& spikes,
                        const ConvTable& sources, std::uint32_t* list) {
  const hn::ScalableTag<std::uint32_t> tag;
  const std::size_t lanes = hn::Lanes(tag), columns = spikes.columns;
  for (std::size_t target = 0; target < targets; ++target) {
    // All rows of the window in one list: then one loop, whose end is foreseen or missed once.
    std::size_t size = 0;
    for (const ConvReach source : sources.from(target)) {
      const std::uint32_t* rows = spikes.rows + spikes.offsets[source.target];
      const std::size_t some = spikes.offsets[source.target + 1] - spikes.offsets[source.target];
      const auto tap = hn::Set(tag, static_cast<std::uint32_t>(source.tap * columns));
      std::size_t k = 0;
      do {
        hn::StoreU(hn::Add(hn::LoadU(tag, rows + k), tap), tag, list + size + k);
        k += lanes;
      } while (k < some);
      size += some;
    }
    if (size != 0) add_all(map + target * columns, columns, spikes.weights, 1, list, size);
  }
}

}  // namespace volley::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace volley {

HWY_EXPORT(SumRows);
HWY_EXPORT(GroupBits);
HWY_EXPORT(ScatterMap);
HWY_EXPORT(GatherMap);

void sum_rows(float* destination, std::size_t n, const float* weights, const std::uint32_t* rows,
              std::size_t count) {
  HWY_DYNAMIC_DISPATCH(SumRows)(destination, n, weights, rows, count);
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
