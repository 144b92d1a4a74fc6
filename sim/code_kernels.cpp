// The sparse row sum is written with explicit vectors: bytes are added as bytes as long as they
// cannot overflow. The rest are plain loops that the compiler vectorises once per instruction set.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sim/code_kernels.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h

#include <hwy/highway.h>

#include <algorithm>

#include "sim/code_kernels.hpp"

HWY_BEFORE_NAMESPACE();
namespace volley::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

/// Adds rows to one vector of columns, in bytes; count * largest <= 255.
template <class Sum>
HWY_ATTR void add_bytes(Sum* HWY_RESTRICT sums, std::size_t n,
                        const std::uint8_t* HWY_RESTRICT codes,
                        const std::uint32_t* HWY_RESTRICT rows, std::size_t count) {
  const hn::ScalableTag<std::uint8_t> tag;
  auto sum = hn::Zero(tag);
  for (std::size_t k = 0; k < count; ++k) sum = hn::Add(sum, hn::LoadU(tag, codes + rows[k] * n));
  alignas(64) std::uint8_t bytes[dense_alignment];
  hn::Store(sum, tag, bytes);
  for (std::size_t i = 0; i < hn::Lanes(tag); ++i) sums[i] = static_cast<Sum>(sums[i] + bytes[i]);
}

/// The same in 16 bits, half as many columns; count * largest <= 65535.
template <class Sum>
HWY_ATTR void add_words(Sum* HWY_RESTRICT sums, std::size_t n,
                        const std::uint8_t* HWY_RESTRICT codes,
                        const std::uint32_t* HWY_RESTRICT rows, std::size_t count) {
  const hn::ScalableTag<std::uint16_t> tag;
  const hn::Rebind<std::uint8_t, decltype(tag)> narrow;
  auto sum = hn::Zero(tag);
  for (std::size_t k = 0; k < count; ++k)
    sum = hn::Add(sum, hn::PromoteTo(tag, hn::LoadU(narrow, codes + rows[k] * n)));
  alignas(64) std::uint16_t words[dense_alignment / 2];
  hn::Store(sum, tag, words);
  for (std::size_t i = 0; i < hn::Lanes(tag); ++i) sums[i] = static_cast<Sum>(sums[i] + words[i]);
}

template <class Sum>
HWY_ATTR void add_code_rows_text(Sum* sums, std::size_t n, const std::uint8_t* codes,
                                 const std::uint32_t* rows, std::size_t count, unsigned largest) {
  constexpr unsigned worthwhile = 8;  // rows between two stores of the bytes
  const unsigned limit = std::max(largest, 1u);
  const bool bytes = 255 / limit >= worthwhile;
  const std::size_t chunk = bytes ? 255 / limit : 65535 / limit;
  const std::size_t lanes = bytes ? hn::Lanes(hn::ScalableTag<std::uint8_t>())
                                  : hn::Lanes(hn::ScalableTag<std::uint16_t>());
  for (std::size_t i = 0; i < n; i += lanes)
    for (std::size_t first = 0; first < count; first += chunk) {
      const std::size_t some = std::min(chunk, count - first);
      if (bytes)
        add_bytes(sums + i, n, codes + i, rows + first, some);
      else
        add_words(sums + i, n, codes + i, rows + first, some);
    }
}

template <class Sum>
HWY_ATTR void scatter_codes_text(Sum* HWY_RESTRICT sums, std::size_t n, const CodeSpikes& spikes,
                                 const ConvReach* reaches, std::size_t count, unsigned largest) {
  const hn::CappedTag<std::uint16_t, conv_alignment> tag;
  const hn::Rebind<std::uint8_t, decltype(tag)> narrow;
  const std::size_t lanes = hn::Lanes(tag);
  const bool bytes = spikes.count * largest <= 255;
  for (std::size_t k = 0; k < count; ++k) {
    const std::uint8_t* codes = spikes.codes + reaches[k].tap * n;
    Sum* own = sums + reaches[k].target * n;
    for (std::size_t i = 0; i < n; i += lanes) {
      auto sum = hn::Zero(tag);
      if (bytes) {
        auto small = hn::LoadU(narrow, codes + spikes.channels[0] * spikes.channel_codes + i);
        for (std::size_t s = 1; s < spikes.count; ++s)
          small = hn::Add(
              small, hn::LoadU(narrow, codes + spikes.channels[s] * spikes.channel_codes + i));
        sum = hn::PromoteTo(tag, small);
      } else {
        for (std::size_t s = 0; s < spikes.count; ++s)
          sum = hn::Add(sum, hn::PromoteTo(tag, hn::LoadU(narrow, codes + spikes.channels[s] *
                                                                             spikes.channel_codes +
                                                                      i)));
      }
      if constexpr (sizeof(Sum) == 2) {
        hn::StoreU(hn::Add(sum, hn::LoadU(tag, own + i)), tag, own + i);
      } else {
        alignas(64) std::uint16_t words[conv_alignment];
        hn::Store(sum, tag, words);
        for (std::size_t j = 0; j < lanes; ++j) own[i + j] += words[j];
      }
    }
  }
}

template <class Sum>
HWY_ATTR void add_code_currents_text(float* HWY_RESTRICT currents, const Sum* HWY_RESTRICT sums,
                                     std::size_t n, const float* HWY_RESTRICT scale,
                                     const float* HWY_RESTRICT offset, std::uint32_t spikes) {
  const auto count = static_cast<float>(spikes);
  for (std::size_t i = 0; i < n; ++i) {
    // Through int, which every instruction set converts; sums stay far below 2^31.
    const auto sum = static_cast<float>(static_cast<std::int32_t>(sums[i]));
    currents[i] += scale[i] * sum + offset[i] * count;
  }
}

// Highway's dispatch tables take plain functions, so each text gets a name per type.
#define VOLLEY_KERNELS(Sum, X)                                                                    \
  HWY_ATTR void AddCodeRows##X(Sum* s, std::size_t n, const std::uint8_t* w,                      \
                               const std::uint32_t* r, std::size_t c, unsigned l) {               \
    add_code_rows_text<Sum>(s, n, w, r, c, l); }                                                  \
  HWY_ATTR void ScatterCodes##X(Sum* s, std::size_t n, const CodeSpikes& k, const ConvReach* r,    \
                                std::size_t c, unsigned l) {                                      \
    scatter_codes_text<Sum>(s, n, k, r, c, l); }                                                  \
  HWY_ATTR void AddCodeCurrents##X(float* i, const Sum* s, std::size_t n, const float* a,         \
                                   const float* b, std::uint32_t k) {                             \
    add_code_currents_text<Sum>(i, s, n, a, b, k); }
VOLLEY_KERNELS(std::uint16_t, Short)
VOLLEY_KERNELS(std::uint32_t, Long)
#undef VOLLEY_KERNELS

}  // namespace volley::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace volley {

#define VOLLEY_DISPATCH(Sum, X)                                                                   \
  HWY_EXPORT(AddCodeRows##X);                                                                     \
  HWY_EXPORT(ScatterCodes##X);                                                                    \
  HWY_EXPORT(AddCodeCurrents##X);                                                                 \
  void add_code_rows(Sum* s, std::size_t n, const std::uint8_t* w, const std::uint32_t* r,        \
                     std::size_t c, unsigned l) {                                                 \
    HWY_DYNAMIC_DISPATCH(AddCodeRows##X)(s, n, w, r, c, l);                                       \
  }                                                                                               \
  void scatter_codes(Sum* s, std::size_t n, const CodeSpikes& k, const ConvReach* r,              \
                     std::size_t c, unsigned l) {                                                 \
    HWY_DYNAMIC_DISPATCH(ScatterCodes##X)(s, n, k, r, c, l);                                      \
  }                                                                                               \
  void add_code_currents(float* i, const Sum* s, std::size_t n, const float* a, const float* b,   \
                         std::uint32_t k) {                                                       \
    HWY_DYNAMIC_DISPATCH(AddCodeCurrents##X)(i, s, n, a, b, k);                                   \
  }
VOLLEY_DISPATCH(std::uint16_t, Short)
VOLLEY_DISPATCH(std::uint32_t, Long)
#undef VOLLEY_DISPATCH

}  // namespace volley
#endif  // HWY_ONCE
