// A tile's sums stay in registers while the rows that spikes choose stream by.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sim/sparse_product.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h

#include <hwy/highway.h>

#include <algorithm>

#include "base/parallel.hpp"
#include "sim/sparse_product.hpp"

HWY_BEFORE_NAMESPACE();
namespace volley::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

/// `Vectors` whole vectors of columns of one row of the result.
template <std::size_t Vectors, class Real>
HWY_ATTR HWY_INLINE void sum_rows(const Real* HWY_RESTRICT tile, std::size_t stride,
                                  std::span<const std::uint32_t> rows, const Real* start,
                                  Real* out) {
  const hn::ScalableTag<Real> tag;
  const std::size_t lanes = hn::Lanes(tag);
  const auto from = [&](std::size_t i) {
    return start == nullptr ? hn::Zero(tag) : hn::LoadU(tag, start + i * lanes);
  };
  if constexpr (Vectors == 1) {
    auto sum = from(0);
    for (const std::uint32_t row : rows)
      sum = hn::Add(sum, hn::LoadU(tag, tile + row * stride));
    hn::StoreU(sum, tag, out);
  } else if constexpr (Vectors == 4) {
    auto sum0 = from(0), sum1 = from(1), sum2 = from(2), sum3 = from(3);
    for (const std::uint32_t row : rows) {
      const Real* source = tile + row * stride;
      sum0 = hn::Add(sum0, hn::LoadU(tag, source));
      sum1 = hn::Add(sum1, hn::LoadU(tag, source + lanes));
      sum2 = hn::Add(sum2, hn::LoadU(tag, source + 2 * lanes));
      sum3 = hn::Add(sum3, hn::LoadU(tag, source + 3 * lanes));
    }
    hn::StoreU(sum0, tag, out);
    hn::StoreU(sum1, tag, out + lanes);
    hn::StoreU(sum2, tag, out + 2 * lanes);
    hn::StoreU(sum3, tag, out + 3 * lanes);
  } else {
    static_assert(Vectors == 8);
    auto sum0 = from(0), sum1 = from(1), sum2 = from(2), sum3 = from(3);
    auto sum4 = from(4), sum5 = from(5), sum6 = from(6), sum7 = from(7);
    for (const std::uint32_t row : rows) {
      const Real* source = tile + row * stride;
      sum0 = hn::Add(sum0, hn::LoadU(tag, source));
      sum1 = hn::Add(sum1, hn::LoadU(tag, source + lanes));
      sum2 = hn::Add(sum2, hn::LoadU(tag, source + 2 * lanes));
      sum3 = hn::Add(sum3, hn::LoadU(tag, source + 3 * lanes));
      sum4 = hn::Add(sum4, hn::LoadU(tag, source + 4 * lanes));
      sum5 = hn::Add(sum5, hn::LoadU(tag, source + 5 * lanes));
      sum6 = hn::Add(sum6, hn::LoadU(tag, source + 6 * lanes));
      sum7 = hn::Add(sum7, hn::LoadU(tag, source + 7 * lanes));
    }
    hn::StoreU(sum0, tag, out);
    hn::StoreU(sum1, tag, out + lanes);
    hn::StoreU(sum2, tag, out + 2 * lanes);
    hn::StoreU(sum3, tag, out + 3 * lanes);
    hn::StoreU(sum4, tag, out + 4 * lanes);
    hn::StoreU(sum5, tag, out + 5 * lanes);
    hn::StoreU(sum6, tag, out + 6 * lanes);
    hn::StoreU(sum7, tag, out + 7 * lanes);
  }
}

template <class Real>
HWY_ATTR void sparse_product_text(const Real* tile, const TileShape& shape, RowLists lists,
                                  const Real* start, Real* out) {
  const std::size_t lanes = hn::Lanes(hn::ScalableTag<Real>());
  HWY_ALIGN Real edge[HWY_MAX_BYTES / sizeof(Real)];
  for (std::size_t r = 0; r < lists.size(); ++r) {
    const std::span<const std::uint32_t> rows = lists[r];
    const Real* own = start == nullptr ? nullptr : start + r * shape.start_stride;
    Real* sums = out + r * shape.out_stride;
    const auto at = [&](std::size_t i) { return own == nullptr ? nullptr : own + i; };
    std::size_t i = 0;
    for (; i + 8 * lanes <= shape.width; i += 8 * lanes)
      sum_rows<8>(tile + i, shape.stride, rows, at(i), sums + i);
    for (; i + 4 * lanes <= shape.width; i += 4 * lanes)
      sum_rows<4>(tile + i, shape.stride, rows, at(i), sums + i);
    for (; i + lanes <= shape.width; i += lanes)
      sum_rows<1>(tile + i, shape.stride, rows, at(i), sums + i);
    if (i == shape.width) continue;
    // The tile is padded, the result is not.
    if (own == nullptr) std::fill_n(edge, lanes, Real(0));
    else std::copy_n(own + i, shape.width - i, edge);
    sum_rows<1>(tile + i, shape.stride, rows, edge, edge);
    std::copy_n(edge, shape.width - i, sums + i);
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
constexpr std::size_t cache_bytes = 640 << 10;  // of a core's second level, for one tile
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
