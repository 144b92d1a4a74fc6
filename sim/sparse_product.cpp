// A tile's sums stay in registers while the rows that spikes choose stream by.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sim/sparse_product.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h

#include <hwy/highway.h>

#include <algorithm>

#include "base/parallel.hpp"
#include "sim/row_sums-inl.hpp"
#include "sim/sparse_product.hpp"

HWY_BEFORE_NAMESPACE();
namespace volley::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

/// The columns of one row of the result that do not fill a vector: the tile is padded, the result
/// is not.
template <class Real>
HWY_ATTR HWY_INLINE void sum_edge(const Real* tile, std::size_t width, std::size_t stride,
                                  std::span<const std::uint32_t> rows, const Real* start,
                                  Real* out) {
  HWY_ALIGN Real edge[HWY_MAX_BYTES / sizeof(Real)] = {};
  if (start != nullptr) std::copy_n(start, width, edge);
  sum_vectors<1>(tile, stride, rows, edge, edge);
  std::copy_n(edge, width, out);
}

template <class Real>
HWY_ATTR void sparse_product_text(const Real* tile, const TileShape& shape, RowLists lists,
                                  const Real* start, Real* out) {
  for (std::size_t r = 0; r < lists.size(); ++r) {
    const Real* own = start == nullptr ? nullptr : start + r * shape.start_stride;
    Real* sums = out + r * shape.out_stride;
    if (lists[r].empty() && own == sums) continue;
    const std::size_t i = sum_rows(shape.width, tile, shape.stride, lists[r], own, sums);
    if (i < shape.width)
      sum_edge(tile + i, shape.width - i, shape.stride, lists[r], own == nullptr ? own : own + i,
               sums + i);
  }
}

// Highway's dispatch tables take plain functions, so each text gets a name per type.
HWY_ATTR void ProductFloat(const float* t, const TileShape& p, RowLists l, const float* s,
                           float* o) { sparse_product_text(t, p, l, s, o); }
HWY_ATTR void ProductDouble(const double* t, const TileShape& p, RowLists l, const double* s,
                            double* o) { sparse_product_text(t, p, l, s, o); }

}  // namespace volley::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace volley {

HWY_EXPORT(ProductFloat);
HWY_EXPORT(ProductDouble);

void sparse_product_tile(const float* tile, const TileShape& shape, RowLists lists,
                         const float* start, float* out) {
  HWY_DYNAMIC_DISPATCH(ProductFloat)(tile, shape, lists, start, out);
}
void sparse_product_tile(const double* tile, const TileShape& shape, RowLists lists,
                         const double* start, double* out) {
  HWY_DYNAMIC_DISPATCH(ProductDouble)(tile, shape, lists, start, out);
}

namespace {
constexpr std::size_t cache_bytes = 900 << 10;  // of a core's second level, for one tile
constexpr std::size_t rows_per_task = 64;
}  // namespace

template <class Real>
void ColumnTiles<Real>::pack(const Real* matrix, std::size_t rows, std::size_t columns,
                             std::span<const Real> slopes) {
  constexpr std::size_t narrowest = 64 / sizeof(Real), widest = 8 * narrowest;
  rows_ = rows;
  columns_ = columns;
  width_ = widest;
  while (width_ > narrowest && rows * width_ * sizeof(Real) > cache_bytes) width_ /= 2;
  values_.resize(rows * ((count() - 1) * width_ + padded(width(count() - 1))));
  const std::size_t blocks = (rows + rows_per_task - 1) / rows_per_task;
  parallel_for(blocks, [&](std::size_t block) {
    const std::size_t end = std::min(rows, (block + 1) * rows_per_task);
    for (std::size_t row = block * rows_per_task; row < end; ++row) {
      const Real slope = slopes[row % slopes.size()];
      for (std::size_t t = 0; t < count(); ++t) {
        const Real* source = matrix + row * columns + first_column(t);
        Real* own = values_.data() + rows * t * width_ + row * stride(t);
        if (slope == Real(1)) std::copy_n(source, width(t), own);
        else
          for (std::size_t c = 0; c < width(t); ++c) own[c] = slope * source[c];
        std::fill(own + width(t), own + stride(t), Real(0));
      }
    }
  });
}

template <class Real>
void sparse_product(const ColumnTiles<Real>& matrix, RowLists lists, const Real* start,
                    std::size_t start_stride, Real* out) {
  const std::size_t blocks = (lists.size() + rows_per_task - 1) / rows_per_task;
  parallel_for(matrix.count() * blocks, [&](std::size_t task) {
    const std::size_t tile = task / blocks, first = task % blocks * rows_per_task;
    const std::size_t column = matrix.first_column(tile);
    const Real* from = start == nullptr ? nullptr : start + first * start_stride + column;
    sparse_product_tile(
        matrix.tile(tile),
        {matrix.width(tile), matrix.stride(tile), start_stride, matrix.columns()},
        lists.subspan(first, std::min(rows_per_task, lists.size() - first)), from,
        out + first * matrix.columns() + column);
  });
}

template class ColumnTiles<float>;
template class ColumnTiles<double>;
template void sparse_product(const ColumnTiles<float>&, RowLists, const float*, std::size_t,
                             float*);
template void sparse_product(const ColumnTiles<double>&, RowLists, const double*, std::size_t,
                             double*);

}  // namespace volley
#endif  // HWY_ONCE
