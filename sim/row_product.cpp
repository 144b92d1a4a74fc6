// Tiles of sums stay in registers while the weights stream by from the second-level cache.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sim/row_product.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h

#include <hwy/highway.h>

#include <algorithm>

#include "sim/row_product.hpp"

HWY_BEFORE_NAMESPACE();
namespace volley::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

/// One row by one vector of columns: the edges, and vectors of unknown length.
template <class Real>
HWY_ATTR HWY_INLINE void add_one(std::size_t n, std::size_t k, const Real* a, const Real* b,
                                 Real* c) {
  const hn::ScalableTag<Real> tag;
  auto sum = hn::LoadU(tag, c);
  for (std::size_t j = 0; j < k; ++j)
    sum = hn::MulAdd(hn::Set(tag, a[j]), hn::LoadU(tag, b + j * n), sum);
  hn::StoreU(sum, tag, c);
}

#if !HWY_HAVE_SCALABLE
/// `Rows` rows by `Vectors` vectors of columns.
template <std::size_t Rows, std::size_t Vectors, class Real>
HWY_ATTR HWY_INLINE void add_tile(std::size_t n, std::size_t k, const Real* HWY_RESTRICT a,
                                  const Real* HWY_RESTRICT b, Real* HWY_RESTRICT c) {
  const hn::ScalableTag<Real> tag;
  const std::size_t lanes = hn::Lanes(tag);
  hn::Vec<decltype(tag)> sum[Rows][Vectors];
  for (std::size_t r = 0; r < Rows; ++r)
    for (std::size_t v = 0; v < Vectors; ++v)
      sum[r][v] = hn::LoadU(tag, c + r * n + v * lanes);
  for (std::size_t j = 0; j < k; ++j) {
    hn::Vec<decltype(tag)> weights[Vectors];
    for (std::size_t v = 0; v < Vectors; ++v)
      weights[v] = hn::LoadU(tag, b + j * n + v * lanes);
    for (std::size_t r = 0; r < Rows; ++r) {
      const auto value = hn::Set(tag, a[r * k + j]);
      for (std::size_t v = 0; v < Vectors; ++v)
        sum[r][v] = hn::MulAdd(value, weights[v], sum[r][v]);
    }
  }
  for (std::size_t r = 0; r < Rows; ++r)
    for (std::size_t v = 0; v < Vectors; ++v)
      hn::StoreU(sum[r][v], tag, c + r * n + v * lanes);
}
#endif

template <class Real>
HWY_ATTR void add_row_product_text(std::size_t m, std::size_t n, std::size_t k, const Real* a,
                                   const Real* b, Real* c) {
  const std::size_t lanes = hn::Lanes(hn::ScalableTag<Real>());
  std::size_t i = 0;
#if !HWY_HAVE_SCALABLE
  // As many sums as there are registers for: 32 with AVX-512, else 16.
  constexpr std::size_t rows = 4, vectors = HWY_TARGET <= HWY_AVX3 ? 4 : 2;
  for (; i + vectors * lanes <= n; i += vectors * lanes) {
    std::size_t r = 0;
    for (; r + rows <= m; r += rows)
      add_tile<rows, vectors>(n, k, a + r * k, b + i, c + r * n + i);
    for (; r < m; ++r) add_tile<1, vectors>(n, k, a + r * k, b + i, c + r * n + i);
  }
#endif
  for (; i + lanes <= n; i += lanes)
    for (std::size_t r = 0; r < m; ++r) add_one(n, k, a + r * k, b + i, c + r * n + i);
  for (; i < n; ++i)
    for (std::size_t r = 0; r < m; ++r)
      for (std::size_t j = 0; j < k; ++j) c[r * n + i] += a[r * k + j] * b[j * n + i];
}

// Highway's dispatch tables take plain functions, so each text gets a name per type.
HWY_ATTR void RowProductFloat(std::size_t m, std::size_t n, std::size_t k, const float* a,
                              const float* b, float* c) { add_row_product_text(m, n, k, a, b, c); }
HWY_ATTR void RowProductDouble(std::size_t m, std::size_t n, std::size_t k, const double* a,
                               const double* b, double* c) {
  add_row_product_text(m, n, k, a, b, c);
}

}  // namespace volley::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace volley {

HWY_EXPORT(RowProductFloat);
HWY_EXPORT(RowProductDouble);

void add_row_product(std::size_t m, std::size_t n, std::size_t k, const float* a, const float* b,
                     float* c) {
  HWY_DYNAMIC_DISPATCH(RowProductFloat)(m, n, k, a, b, c);
}
void add_row_product(std::size_t m, std::size_t n, std::size_t k, const double* a,
                     const double* b, double* c) {
  HWY_DYNAMIC_DISPATCH(RowProductDouble)(m, n, k, a, b, c);
}

template <class Real>
void transpose_matrix(const Real* matrix, std::size_t rows, std::size_t columns,
                      std::vector<Real>& out) {
  constexpr std::size_t block = 16;  // a block's rows and columns fit in the first-level cache
  out.resize(rows * columns);
  for (std::size_t first = 0; first < rows; first += block)
    for (std::size_t column = 0; column < columns; ++column)
      for (std::size_t row = first; row < std::min(rows, first + block); ++row)
        out[column * rows + row] = matrix[row * columns + column];
}
template void transpose_matrix(const float*, std::size_t, std::size_t, std::vector<float>&);
template void transpose_matrix(const double*, std::size_t, std::size_t, std::vector<double>&);

}  // namespace volley
#endif  // HWY_ONCE
