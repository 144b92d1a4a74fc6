#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sim/sweep_kernel.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h

#include <hwy/highway.h>

#include <bit>
#include <cstring>

#include "sim/sweep_kernel.hpp"

HWY_BEFORE_NAMESPACE();
namespace volley::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

HWY_ATTR std::size_t CountBits(const std::uint64_t* bits, std::size_t words) {
  std::size_t set = 0;
  for (std::size_t word = 0; word < words; ++word) set += hwy::PopCount(bits[word]);
  return set;
}

/// Bits of the lanes from neuron i on; vectors of less than eight lanes share a byte.
template <class Tag, class Mask>
HWY_ATTR inline void store_mask(Tag tag, Mask mask, std::uint8_t* bytes, std::size_t i) {
  if (hn::Lanes(tag) >= 8) {
    hn::StoreMaskBits(tag, mask, bytes + i / 8);
    return;
  }
  std::uint8_t part[8];
  hn::StoreMaskBits(tag, mask, part);
  const auto shifted = static_cast<std::uint8_t>(part[0] << (i % 8));
  bytes[i / 8] = i % 8 == 0 ? shifted : static_cast<std::uint8_t>(bytes[i / 8] | shifted);
}

template <Reset reset>
HWY_ATTR void sweep_text(const SweepRow& row, std::size_t n, std::uint64_t* bits) {
  const hn::ScalableTag<float> tag;
  const std::size_t lanes = hn::Lanes(tag);
  const auto threshold = hn::Set(tag, row.threshold), beta = hn::Set(tag, row.beta);
  const auto zero = hn::Zero(tag);
  const float* HWY_RESTRICT bias = row.bias;
  float* HWY_RESTRICT current = row.current;
  float* HWY_RESTRICT membrane = row.v;
  auto* bytes = reinterpret_cast<std::uint8_t*>(bits);
  for (std::size_t first = 0; first < n; first += row.period) {
    const std::size_t last = n - first < row.period ? n : first + row.period;
    for (std::size_t i = first; i < last; i += lanes) {
      const auto before = hn::LoadU(tag, membrane + i);
      auto kept = before;
      if constexpr (reset != Reset::none) {
        const auto fired = hn::Ge(before, threshold);
        if constexpr (reset == Reset::subtract)
          kept = hn::IfThenElse(fired, hn::Sub(before, threshold), before);
        else
          kept = hn::IfThenZeroElse(fired, before);
      }
      const auto pushed =
          hn::Add(hn::LoadU(tag, current + i), hn::LoadU(tag, bias + (i - first)));
      const auto v = hn::Add(hn::Mul(beta, kept), pushed);
      hn::StoreU(v, tag, membrane + i);
      hn::StoreU(zero, tag, current + i);
      store_mask(tag, hn::Ge(v, threshold), bytes, i);
    }
  }
}

HWY_ATTR std::size_t SweepMembranes(const SweepRow& row, std::size_t n, std::uint64_t* bits) {
  const std::size_t room = swept(n);
  if (row.reset == Reset::subtract) sweep_text<Reset::subtract>(row, room, bits);
  else if (row.reset == Reset::zero) sweep_text<Reset::zero>(row, room, bits);
  else sweep_text<Reset::none>(row, room, bits);
  if (n % 64 != 0) bits[n / 64] &= (std::uint64_t{1} << (n % 64)) - 1;
  return CountBits(bits, room / 64);
}

constexpr std::size_t most_listed = 16, listed_together = 4;  // of a word, one by one

HWY_ATTR std::size_t ListBits(const std::uint64_t* bits, std::size_t words,
                              std::uint32_t* numbers) {
  const hn::ScalableTag<std::uint32_t> tag;
  const std::size_t lanes = hn::Lanes(tag);
  std::size_t found = 0;
  for (std::size_t word = 0; word < words; ++word) {
    std::uint64_t left = bits[word];
    if (left == 0) continue;
    const std::size_t count = hwy::PopCount(left);
    if (count <= most_listed) {  // some at a time, whether they are there or not
      std::uint32_t* next = numbers + found;
      found += count;
      for (const std::uint32_t* end = numbers + found; next < end; next += listed_together)
        for (std::size_t k = 0; k < listed_together; ++k) {
          next[k] = static_cast<std::uint32_t>(64 * word) +
                    static_cast<std::uint32_t>(std::countr_zero(left));
          left &= left - 1;
#if defined(__GNUC__)
          asm("" : "+r"(left));  // else the compiler asks after each whether it was the last
#endif
        }
      continue;
    }
    for (std::size_t bit = 0; bit < 64; bit += lanes) {
      const std::uint64_t part = bits[word] >> bit;
      std::uint8_t small = static_cast<std::uint8_t>(part);
      const auto mask = hn::LoadMaskBits(
          tag, lanes < 8 ? &small : reinterpret_cast<const std::uint8_t*>(bits + word) + bit / 8);
      // Iota of 0 is a constant; of a variable it would go through memory.
      const auto number =
          hn::Add(hn::Iota(tag, 0), hn::Set(tag, static_cast<std::uint32_t>(64 * word + bit)));
      hn::StoreU(hn::Compress(number, mask), tag, numbers + found);
      const std::uint64_t own = lanes < 64 ? part & ((std::uint64_t{1} << lanes) - 1) : part;
      found += hwy::PopCount(own);
    }
  }
  return found;
}

}  // namespace volley::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace volley {

HWY_EXPORT(SweepMembranes);
HWY_EXPORT(CountBits);
HWY_EXPORT(ListBits);

std::size_t sweep_membranes(const SweepRow& row, std::size_t n, std::uint64_t* bits) {
  static_assert(std::endian::native == std::endian::little, "bits are written byte by byte");
  return HWY_DYNAMIC_DISPATCH(SweepMembranes)(row, n, bits);
}

std::size_t count_bits(const std::uint64_t* bits, std::size_t words) {
  return HWY_DYNAMIC_DISPATCH(CountBits)(bits, words);
}

std::size_t list_bits(const std::uint64_t* bits, std::size_t words, std::uint32_t* numbers) {
  return HWY_DYNAMIC_DISPATCH(ListBits)(bits, words, numbers);
}

}  // namespace volley
#endif  // HWY_ONCE
