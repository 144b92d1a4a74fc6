#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sim/bit_kernels.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h

#include <hwy/highway.h>

#include "sim/bit_kernels.hpp"

HWY_BEFORE_NAMESPACE();
namespace volley::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

constexpr std::size_t planes = 8, most_at_once = 255;  // rows whose count eight planes hold
constexpr std::size_t block_words = 8, block_columns = 64 * block_words;

/// sum, carry = a + b + c, bit by bit.
template <class Vector>
HWY_ATTR inline Vector full_add(Vector& sum, Vector b, Vector c) {
  const Vector half = hn::Xor(sum, b);
#if HWY_TARGET == HWY_AVX3
  const Vector carry = hn::IfVecThenElse(half, c, sum);  // bit by bit on this target alone
#else
  const Vector carry = hn::OrAnd(hn::And(sum, b), half, c);
#endif
  sum = hn::Xor(half, c);
  return carry;
}
template <class Vector>
HWY_ATTR inline Vector half_add(Vector& sum, Vector b) {
  const Vector carry = hn::And(sum, b);
  sum = hn::Xor(sum, b);
  return carry;
}

/// Counts of one vector of columns over at most most_at_once rows, plane by plane of block_words.
template <class Tag>
HWY_ATTR inline void count_planes(Tag tag, const std::uint64_t* bits, std::size_t words,
                                  const std::uint32_t* rows, std::size_t count,
                                  std::uint64_t* counts) {
  const auto zero = hn::Zero(tag);
  auto p0 = zero, p1 = zero, p2 = zero, p3 = zero, p4 = zero, p5 = zero, p6 = zero, p7 = zero;
  for (std::size_t k = 0; k < count; k += 8) {
    const std::size_t left = count - k;
    const auto row = [&](std::size_t at) HWY_ATTR {
      return at < left ? hn::LoadU(tag, bits + rows[k + at] * words) : zero;
    };
    const auto twos_a = full_add(p0, row(0), row(1)), twos_b = full_add(p0, row(2), row(3));
    const auto fours_a = full_add(p1, twos_a, twos_b);
    auto fours_b = zero, eights = zero;
    if (left > 4) {
      const auto twos_c = full_add(p0, row(4), row(5)), twos_d = full_add(p0, row(6), row(7));
      fours_b = full_add(p1, twos_c, twos_d);
    }
    eights = full_add(p2, fours_a, fours_b);
    p7 = hn::Xor(p7, half_add(p6, half_add(p5, half_add(p4, half_add(p3, eights)))));
  }
  hn::StoreU(p0, tag, counts);
  hn::StoreU(p1, tag, counts + block_words);
  hn::StoreU(p2, tag, counts + 2 * block_words);
  hn::StoreU(p3, tag, counts + 3 * block_words);
  hn::StoreU(p4, tag, counts + 4 * block_words);
  hn::StoreU(p5, tag, counts + 5 * block_words);
  hn::StoreU(p6, tag, counts + 6 * block_words);
  hn::StoreU(p7, tag, counts + 7 * block_words);
}

/// Count of every column, from the planes; `used` of them are not zero.
HWY_ATTR inline void widen_planes(const std::uint64_t* counts, std::size_t words, std::size_t used,
                                  std::uint8_t* HWY_RESTRICT small) {
#if HWY_TARGET == HWY_SCALAR
  for (std::size_t i = 0; i < 64 * words; ++i) {
    small[i] = 0;
    for (std::size_t plane = 0; plane < used; ++plane)
      small[i] = static_cast<std::uint8_t>(
          small[i] | (counts[plane * block_words + i / 64] >> (i % 64) & 1) << plane);
  }
#else
  const hn::ScalableTag<std::uint8_t> tag;
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(counts);
  for (std::size_t i = 0; i < 64 * words; i += hn::Lanes(tag)) {
    auto sum = hn::Zero(tag);
    for (std::size_t plane = 0; plane < used; ++plane) {
      const auto mask = hn::LoadMaskBits(tag, bytes + plane * 8 * block_words + i / 8);
      sum = hn::Or(sum, hn::IfThenElseZero(
                            mask, hn::Set(tag, static_cast<std::uint8_t>(1u << plane))));
    }
    hn::Store(sum, tag, small + i);
  }
#endif
}

/// currents[i] += scale[i] sums[i] + offset[i] spikes, no product fused.
template <class Sum>
HWY_ATTR inline void add_sums(float* HWY_RESTRICT currents, const Sum* HWY_RESTRICT sums,
                              std::size_t n, const float* HWY_RESTRICT scale,
                              const float* HWY_RESTRICT offset, std::size_t count) {
  const hn::ScalableTag<float> tag;
  const hn::Rebind<std::int32_t, decltype(tag)> integer;
  const hn::Rebind<Sum, decltype(tag)> narrow;
  const std::size_t lanes = hn::Lanes(tag);
  const auto all = static_cast<float>(count);
  const auto spikes = hn::Set(tag, all);
  std::size_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    const auto sum = hn::ConvertTo(tag, hn::PromoteTo(integer, hn::LoadU(narrow, sums + i)));
    const auto current = hn::Add(hn::Mul(hn::LoadU(tag, scale + i), sum),
                                 hn::Mul(hn::LoadU(tag, offset + i), spikes));
    hn::StoreU(hn::Add(hn::LoadU(tag, currents + i), current), tag, currents + i);
  }
  for (; i < n; ++i)
    currents[i] += scale[i] * static_cast<float>(sums[i]) + offset[i] * all;
}

HWY_ATTR inline std::size_t bits_of(std::size_t count) {
  std::size_t used = 0;
  for (; count != 0; count >>= 1) ++used;
  return used;
}

template <class Tag>
HWY_ATTR inline void add_block(Tag tag, float* currents, std::size_t n, const BitRows& weights,
                               std::size_t first_word, const std::uint32_t* rows,
                               std::size_t count) {
  alignas(64) std::uint64_t counts[planes * block_words];
  alignas(64) std::uint8_t small[block_columns];
  alignas(64) std::uint16_t sums[block_columns];
  const std::size_t words =
      weights.words - first_word < block_words ? weights.words - first_word : block_words;
  const std::size_t first = 64 * first_word;
  const std::size_t columns = n - first < block_columns ? n - first : block_columns;
  for (std::size_t at = 0; at < count; at += most_at_once) {
    const std::size_t some = count - at < most_at_once ? count - at : most_at_once;
    for (std::size_t w = 0; w < words; w += hn::Lanes(tag))
      count_planes(tag, weights.bits + first_word + w, weights.words, rows + at, some, counts + w);
    widen_planes(counts, words, bits_of(some), small);
    if (count <= most_at_once) {
      add_sums(currents + first, small, columns, weights.scale + first, weights.offset + first,
               count);
      return;
    }
    for (std::size_t i = 0; i < 64 * words; ++i)
      sums[i] = static_cast<std::uint16_t>(at == 0 ? small[i] : sums[i] + small[i]);
  }
  add_sums(currents + first, sums, columns, weights.scale + first, weights.offset + first, count);
}

HWY_ATTR void AddBitRows(float* currents, std::size_t n, const BitRows& weights,
                         const std::uint32_t* rows, std::size_t count) {
  for (std::size_t word = 0; word < weights.words; word += block_words) {
    if (weights.words >= 8)
      add_block(hn::CappedTag<std::uint64_t, 8>(), currents, n, weights, word, rows, count);
    else if (weights.words == 4)
      add_block(hn::CappedTag<std::uint64_t, 4>(), currents, n, weights, word, rows, count);
    else if (weights.words == 2)
      add_block(hn::CappedTag<std::uint64_t, 2>(), currents, n, weights, word, rows, count);
    else
      add_block(hn::CappedTag<std::uint64_t, 1>(), currents, n, weights, word, rows, count);
  }
}

}  // namespace volley::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace volley {

HWY_EXPORT(AddBitRows);

std::size_t bit_row_words(std::size_t columns) {
  const std::size_t words = (columns + 63) / 64;
  if (words <= 2) return words;
  return words <= 4 ? 4 : (words + 7) / 8 * 8;
}

void add_bit_rows(float* currents, std::size_t n, const BitRows& weights,
                  const std::uint32_t* rows, std::size_t count) {
  HWY_DYNAMIC_DISPATCH(AddBitRows)(currents, n, weights, rows, count);
}

}  // namespace volley
#endif  // HWY_ONCE
