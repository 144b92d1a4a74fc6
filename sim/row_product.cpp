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
HWY_ATTR HWY_INLINE void add_one(const RowProduct& shape, const Real* a, const Real* b, Real* c) {
  const hn::ScalableTag<Real> tag;
  auto sum = hn::LoadU(tag, c);
  for (std::size_t j = 0; j < shape.k; ++j)
    sum = hn::MulAdd(hn::Set(tag, a[j]), hn::LoadU(tag, b + j * shape.n), sum);
  hn::StoreU(sum, tag, c);
}

#if !HWY_HAVE_SCALABLE
/// `Rows` rows by `Vectors` vectors of columns.
template <std::size_t Rows, std::size_t Vectors, class Real>
HWY_ATTR HWY_INLINE void add_tile(const RowProduct& shape, const Real* HWY_RESTRICT a,
                                  const Real* HWY_RESTRICT b, Real* HWY_RESTRICT c) {
  const hn::ScalableTag<Real> tag;
  const std::size_t lanes = hn::Lanes(tag);
  hn::Vec<decltype(tag)> sum[Rows][Vectors];
  for (std::size_t r = 0; r < Rows; ++r)
    for (std::size_t v = 0; v < Vectors; ++v)
      sum[r][v] = hn::LoadU(tag, c + r * shape.c_stride + v * lanes);
  // Four rows share a pointer, so that all rows' addresses stay in registers; the compiler must not
  // know the stride, or it makes a pointer of each row and runs out of them.
  const Real* group[(Rows + 3) / 4];
  for (std::size_t g = 0; g < (Rows + 3) / 4; ++g) group[g] = a + 4 * g * shape.a_stride;
  std::size_t stride = shape.a_stride;
  for (std::size_t j = 0; j < shape.k; ++j) {
#if defined(__GNUC__)
    asm("" : "+r"(stride));
#endif
    const std::size_t apart[4] = {0, stride, 2 * stride, 3 * stride};
    hn::Vec<decltype(tag)> weights[Vectors];
    for (std::size_t v = 0; v < Vectors; ++v)
      weights[v] = hn::LoadU(tag, b + j * shape.n + v * lanes);
    for (std::size_t r = 0; r < Rows; ++r) {
      const auto value = hn::Set(tag, group[r / 4][apart[r % 4]]);
      for (std::size_t v = 0; v < Vectors; ++v)
        sum[r][v] = hn::MulAdd(value, weights[v], sum[r][v]);
    }
    for (const Real*& rows : group) ++rows;
  }
  for (std::size_t r = 0; r < Rows; ++r)
    for (std::size_t v = 0; v < Vectors; ++v)
      hn::StoreU(sum[r][v], tag, c + r * shape.c_stride + v * lanes);
}

/// A tile of `rows` rows, at most Most.
template <std::size_t Most, std::size_t Vectors, class Real>
HWY_ATTR HWY_INLINE void add_some_rows(std::size_t rows, const RowProduct& shape, const Real* a,
                                       const Real* b, Real* c) {
  if constexpr (Most > 1) {
    if (rows < Most) return add_some_rows<Most - 1, Vectors>(rows, shape, a, b, c);
  }
  add_tile<Most, Vectors>(shape, a, b, c);
}

/// All rows, in tiles of about the same height, for as many columns as whole tiles fill.
/// @return the columns done
template <std::size_t Vectors, class Real>
HWY_ATTR std::size_t add_columns(const RowProduct& shape, std::size_t first, const Real* a,
                                 const Real* b, Real* c) {
  // As many sums as there are registers for: 32 with AVX-512, else 16.
  constexpr std::size_t sums = HWY_TARGET <= HWY_AVX3 ? 24 : 12;
  constexpr std::size_t most = sums / Vectors < 16 ? sums / Vectors : 16;
  const std::size_t width = Vectors * hn::Lanes(hn::ScalableTag<Real>());
  const std::size_t tiles = (shape.m + most - 1) / most;
  std::size_t i = first;
  for (; i + width <= shape.n; i += width)
    for (std::size_t tile = 0; tile < tiles; ++tile) {
      const std::size_t row = shape.m * tile / tiles, end = shape.m * (tile + 1) / tiles;
      add_some_rows<most, Vectors>(end - row, shape, a + row * shape.a_stride, b + i,
                                   c + row * shape.c_stride + i);
    }
  return i;
}
#endif

template <class Real>
HWY_ATTR void add_row_product_text(const RowProduct& shape, const Real* a, const Real* b,
                                   Real* c) {
  const std::size_t lanes = hn::Lanes(hn::ScalableTag<Real>());
  std::size_t i = 0;
#if !HWY_HAVE_SCALABLE
  i = add_columns<4>(shape, i, a, b, c);
  i = add_columns<2>(shape, i, a, b, c);
  i = add_columns<1>(shape, i, a, b, c);
#endif
  for (; i + lanes <= shape.n; i += lanes)
    for (std::size_t r = 0; r < shape.m; ++r)
      add_one(shape, a + r * shape.a_stride, b + i, c + r * shape.c_stride + i);
  for (; i < shape.n; ++i)
    for (std::size_t r = 0; r < shape.m; ++r)
      for (std::size_t j = 0; j < shape.k; ++j)
        c[r * shape.c_stride + i] += a[r * shape.a_stride + j] * b[j * shape.n + i];
}

// Highway's dispatch tables take plain functions, so each text gets a name per type.
HWY_ATTR void RowProductFloat(const RowProduct& s, const float* a, const float* b, float* c) {
  add_row_product_text(s, a, b, c);
}
HWY_ATTR void RowProductDouble(const RowProduct& s, const double* a, const double* b, double* c) {
  add_row_product_text(s, a, b, c);
}

}  // namespace volley::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace volley {

HWY_EXPORT(RowProductFloat);
HWY_EXPORT(RowProductDouble);

void add_row_product(const RowProduct& shape, const float* a, const float* b, float* c) {
  HWY_DYNAMIC_DISPATCH(RowProductFloat)(shape, a, b, c);
}
void add_row_product(const RowProduct& shape, const double* a, const double* b, double* c) {
  HWY_DYNAMIC_DISPATCH(RowProductDouble)(shape, a, b, c);
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
