// The sparse row sum is written with explicit vectors: its tile of sums has to stay in registers.
// The rest are plain loops that the compiler vectorises once per instruction set.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sim/row_kernels.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h

#include <hwy/highway.h>

#include "sim/row_kernels.hpp"

HWY_BEFORE_NAMESPACE();
namespace volley::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

/// Adds the rows to one tile of `Vectors` vectors held in registers.
template <std::size_t Vectors, class Real>
HWY_ATTR void add_rows_tile(Real* HWY_RESTRICT destination, std::size_t n,
                            const Real* HWY_RESTRICT weights,
                            const std::uint32_t* HWY_RESTRICT rows, std::size_t count) {
  const hn::ScalableTag<Real> tag;
  const std::size_t lanes = hn::Lanes(tag);
  if constexpr (Vectors == 1) {
    auto sum = hn::LoadU(tag, destination);
    for (std::size_t k = 0; k < count; ++k)
      sum = hn::Add(sum, hn::LoadU(tag, weights + rows[k] * n));
    hn::StoreU(sum, tag, destination);
  } else {
    static_assert(Vectors == 4);
    auto sum0 = hn::LoadU(tag, destination);
    auto sum1 = hn::LoadU(tag, destination + lanes);
    auto sum2 = hn::LoadU(tag, destination + 2 * lanes);
    auto sum3 = hn::LoadU(tag, destination + 3 * lanes);
    for (std::size_t k = 0; k < count; ++k) {
      const Real* source = weights + rows[k] * n;
      sum0 = hn::Add(sum0, hn::LoadU(tag, source));
      sum1 = hn::Add(sum1, hn::LoadU(tag, source + lanes));
      sum2 = hn::Add(sum2, hn::LoadU(tag, source + 2 * lanes));
      sum3 = hn::Add(sum3, hn::LoadU(tag, source + 3 * lanes));
    }
    hn::StoreU(sum0, tag, destination);
    hn::StoreU(sum1, tag, destination + lanes);
    hn::StoreU(sum2, tag, destination + 2 * lanes);
    hn::StoreU(sum3, tag, destination + 3 * lanes);
  }
}

template <class Real>
HWY_ATTR void add_rows_text(Real* destination, std::size_t n, const Real* weights,
                            const std::uint32_t* rows, std::size_t count) {
  const std::size_t lanes = hn::Lanes(hn::ScalableTag<Real>());
  std::size_t i = 0;
  for (; i + 4 * lanes <= n; i += 4 * lanes)
    add_rows_tile<4>(destination + i, n, weights + i, rows, count);
  for (; i + lanes <= n; i += lanes)
    add_rows_tile<1>(destination + i, n, weights + i, rows, count);
  for (; i < n; ++i)
    for (std::size_t k = 0; k < count; ++k) destination[i] += weights[rows[k] * n + i];
}

/// destination[i] += source[i] for a short row, as vectors.
template <class Real>
HWY_ATTR inline void add_row(Real* HWY_RESTRICT destination, const Real* HWY_RESTRICT source,
                             std::size_t n) {
  const hn::ScalableTag<Real> tag;
  const std::size_t lanes = hn::Lanes(tag);
  std::size_t i = 0;
  for (; i + lanes <= n; i += lanes)
    hn::StoreU(hn::Add(hn::LoadU(tag, destination + i), hn::LoadU(tag, source + i)), tag,
               destination + i);
  for (; i < n; ++i) destination[i] += source[i];
}

template <class Real>
HWY_ATTR void scatter_taps_text(Real* map, const Real* taps, const ConvReach* reaches,
                                std::size_t count, std::size_t columns) {
  for (std::size_t k = 0; k < count; ++k)
    add_row(map + reaches[k].target * columns, taps + reaches[k].tap * columns, columns);
}

template <class Real>
HWY_ATTR void gather_taps_text(Real* taps, const Real* map, const ConvReach* reaches,
                               std::size_t count, std::size_t columns) {
  for (std::size_t k = 0; k < count; ++k)
    add_row(taps + reaches[k].tap * columns, map + reaches[k].target * columns, columns);
}

template <class Real>
HWY_ATTR void scatter_scaled_taps_text(Real* map, const Real* taps, const ConvReach* reaches,
                                       std::size_t count, std::size_t columns, Real value) {
  for (std::size_t k = 0; k < count; ++k)
    for (std::size_t c = 0; c < columns; ++c)
      map[reaches[k].target * columns + c] += value * taps[reaches[k].tap * columns + c];
}

template <class Real>
HWY_ATTR void gather_scaled_taps_text(Real* taps, const Real* map, const ConvReach* reaches,
                                      std::size_t count, std::size_t columns, Real value) {
  for (std::size_t k = 0; k < count; ++k)
    for (std::size_t c = 0; c < columns; ++c)
      taps[reaches[k].tap * columns + c] += value * map[reaches[k].target * columns + c];
}

template <class Real>
HWY_ATTR void gather_columns_text(Real* map, const Real* columns, const std::uint32_t* offsets,
                                  const ConvReach* reaches, std::size_t positions,
                                  std::size_t channels, std::size_t taps) {
  for (std::size_t position = 0; position < positions; ++position)
    for (std::uint32_t k = offsets[position]; k < offsets[position + 1]; ++k)
      add_row(map + position * channels,
              columns + (reaches[k].target * taps + reaches[k].tap) * channels, channels);
}

template <class Real>
HWY_ATTR void add_scaled_text(Real* HWY_RESTRICT destination, std::size_t n,
                              const Real* HWY_RESTRICT source, Real factor) {
  for (std::size_t i = 0; i < n; ++i) destination[i] += factor * source[i];
}

// Highway's dispatch tables take plain functions, so each text gets a name per type.
#define VOLLEY_KERNELS(Real, X)                                                                   \
  HWY_ATTR void AddRows##X(Real* d, std::size_t n, const Real* w, const std::uint32_t* r,         \
                           std::size_t c) { add_rows_text<Real>(d, n, w, r, c); }                 \
  HWY_ATTR void ScatterTaps##X(Real* m, const Real* t, const ConvReach* r, std::size_t c,         \
                               std::size_t n) { scatter_taps_text<Real>(m, t, r, c, n); }         \
  HWY_ATTR void GatherTaps##X(Real* t, const Real* m, const ConvReach* r, std::size_t c,          \
                              std::size_t n) { gather_taps_text<Real>(t, m, r, c, n); }           \
  HWY_ATTR void ScatterScaledTaps##X(Real* m, const Real* t, const ConvReach* r, std::size_t c,   \
                                     std::size_t n, Real v) {                                     \
    scatter_scaled_taps_text<Real>(m, t, r, c, n, v); }                                           \
  HWY_ATTR void GatherScaledTaps##X(Real* t, const Real* m, const ConvReach* r, std::size_t c,    \
                                    std::size_t n, Real v) {                                      \
    gather_scaled_taps_text<Real>(t, m, r, c, n, v); }                                            \
  HWY_ATTR void GatherColumns##X(Real* m, const Real* c, const std::uint32_t* o,                  \
                                 const ConvReach* r, std::size_t p, std::size_t n,                \
                                 std::size_t t) { gather_columns_text<Real>(m, c, o, r, p, n, t); }\
  HWY_ATTR void AddScaled##X(Real* d, std::size_t n, const Real* s, Real f) {                     \
    add_scaled_text<Real>(d, n, s, f); }
VOLLEY_KERNELS(float, Float)
VOLLEY_KERNELS(double, Double)
#undef VOLLEY_KERNELS

}  // namespace volley::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace volley {

#define VOLLEY_DISPATCH(Real, X)                                                                  \
  HWY_EXPORT(AddRows##X);                                                                         \
  HWY_EXPORT(ScatterTaps##X);                                                                     \
  HWY_EXPORT(GatherTaps##X);                                                                      \
  HWY_EXPORT(ScatterScaledTaps##X);                                                               \
  HWY_EXPORT(GatherScaledTaps##X);                                                                \
  HWY_EXPORT(GatherColumns##X);                                                                   \
  HWY_EXPORT(AddScaled##X);                                                                       \
  void add_rows(Real* d, std::size_t n, const Real* w, const std::uint32_t* r, std::size_t c) {   \
    HWY_DYNAMIC_DISPATCH(AddRows##X)(d, n, w, r, c);                                              \
  }                                                                                               \
  void scatter_taps(Real* m, const Real* t, const ConvReach* r, std::size_t c, std::size_t n) {   \
    HWY_DYNAMIC_DISPATCH(ScatterTaps##X)(m, t, r, c, n);                                          \
  }                                                                                               \
  void gather_taps(Real* t, const Real* m, const ConvReach* r, std::size_t c, std::size_t n) {    \
    HWY_DYNAMIC_DISPATCH(GatherTaps##X)(t, m, r, c, n);                                           \
  }                                                                                               \
  void scatter_scaled_taps(Real* m, const Real* t, const ConvReach* r, std::size_t c,             \
                           std::size_t n, Real v) {                                               \
    HWY_DYNAMIC_DISPATCH(ScatterScaledTaps##X)(m, t, r, c, n, v);                                 \
  }                                                                                               \
  void gather_scaled_taps(Real* t, const Real* m, const ConvReach* r, std::size_t c,              \
                          std::size_t n, Real v) {                                                \
    HWY_DYNAMIC_DISPATCH(GatherScaledTaps##X)(t, m, r, c, n, v);                                  \
  }                                                                                               \
  void gather_columns(Real* m, const Real* c, const std::uint32_t* o, const ConvReach* r,         \
                      std::size_t p, std::size_t n, std::size_t t) {                              \
    HWY_DYNAMIC_DISPATCH(GatherColumns##X)(m, c, o, r, p, n, t);                                  \
  }                                                                                               \
  void add_scaled(Real* d, std::size_t n, const Real* s, Real f) {                                \
    HWY_DYNAMIC_DISPATCH(AddScaled##X)(d, n, s, f);                                               \
  }
VOLLEY_DISPATCH(float, Float)
VOLLEY_DISPATCH(double, Double)
#undef VOLLEY_DISPATCH

}  // namespace volley
#endif  // HWY_ONCE
