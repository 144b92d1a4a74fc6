// A tile's sums stay in registers while the rows that spikes choose stream by.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sim/sparse_product.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h

#include <hwy/highway.h>

#include <algorithm>
#include <atomic>
#include <vector>

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
    const std::size_t i =
        sum_rows<true>(shape.width, tile, shape.stride, lists[r], own, sums);
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
constexpr std::size_t lists_per_task = 64;

/// How a matrix is cut into tiles of columns, the last one padded to whole vectors.
template <class Real>
struct TileCut {
  std::size_t columns, width;

  explicit TileCut(const SlopedMatrix<Real>& matrix) : columns(matrix.columns) {
    constexpr std::size_t narrowest = 64 / sizeof(Real);
    width = 8 * narrowest;
    while (width > narrowest && matrix.rows * width * sizeof(Real) > cache_bytes) width /= 2;
  }
  std::size_t count() const { return (columns + width - 1) / width; }
  std::size_t own_width(std::size_t tile) const {
    return std::min(width, columns - tile * width);
  }
};

/// A thread's copy of a tile, which stays in its cache for all the lists that it takes.
template <class Real>
struct PackedTile {
  std::uint64_t call = 0;
  std::size_t tile = 0;
  std::size_t stride = 0;
  std::vector<Real> values;

  void pack(const SlopedMatrix<Real>& matrix, const TileCut<Real>& cut, std::size_t index) {
    constexpr std::size_t lanes = 64 / sizeof(Real);
    const std::size_t width = cut.own_width(index);
    tile = index;
    stride = (width + lanes - 1) / lanes * lanes;
    if (values.size() < matrix.rows * stride) values.resize(matrix.rows * stride);
    Real* own = values.data();
    for (std::size_t row = 0; row < matrix.rows; ++row, own += stride) {
      const Real* source = matrix.values + row * matrix.columns + index * cut.width;
      const Real slope = matrix.slopes[row % matrix.slopes.size()];
      if (slope == Real(1)) std::copy_n(source, width, own);
      else
        for (std::size_t c = 0; c < width; ++c) own[c] = slope * source[c];
      std::fill(own + width, own + stride, Real(0));
    }
  }
};

/// Whether the rows can be read where they are: all of them stay in the cache.
template <class Real>
bool fits(const SlopedMatrix<Real>& matrix) {
  constexpr std::size_t lanes = 64 / sizeof(Real);
  return matrix.columns % lanes == 0 &&
         matrix.rows * matrix.columns * sizeof(Real) <= cache_bytes &&
         std::all_of(matrix.slopes.begin(), matrix.slopes.end(),
                     [](Real slope) { return slope == Real(1); });
}

}  // namespace

template <class Real>
void sparse_product(const SlopedMatrix<Real>& matrix, RowLists lists, const Real* start,
                    std::size_t start_stride, Real* out) {
  static std::atomic<std::uint64_t> calls{0};
  const std::uint64_t call = ++calls;
  const TileCut<Real> cut(matrix);
  const bool in_place = fits(matrix);
  const std::size_t blocks = (lists.size() + lists_per_task - 1) / lists_per_task;
  parallel_for(cut.count() * blocks, [&](std::size_t task) {
    thread_local PackedTile<Real> packed;
    const std::size_t tile = task / blocks, first = task % blocks * lists_per_task;
    const std::size_t column = tile * cut.width;
    if (!in_place && (packed.call != call || packed.tile != tile)) {
      packed.pack(matrix, cut, tile);
      packed.call = call;
    }
    const Real* from = start == nullptr ? nullptr : start + first * start_stride + column;
    sparse_product_tile(
        in_place ? matrix.values + column : packed.values.data(),
        {cut.own_width(tile), in_place ? matrix.columns : packed.stride, start_stride,
         matrix.columns},
        lists.subspan(first, std::min(lists_per_task, lists.size() - first)), from,
        out + first * matrix.columns + column);
  }, tbb::static_partitioner());
}

template void sparse_product(const SlopedMatrix<float>&, RowLists, const float*, std::size_t,
                             float*);
template void sparse_product(const SlopedMatrix<double>&, RowLists, const double*, std::size_t,
                             double*);

}  // namespace volley
#endif  // HWY_ONCE
