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

}  // namespace volley::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace volley {

HWY_EXPORT(SumRows);

void sum_rows(float* destination, std::size_t n, const float* weights, std::size_t stride,
              const std::uint32_t* rows, std::size_t count) {
  HWY_DYNAMIC_DISPATCH(SumRows)(destination, n, weights, stride, rows, count);
}

}  // namespace volley
#endif  // HWY_ONCE
