// A matrix times many sparse 0/1 vectors: sums of the rows that spikes choose, for a whole batch.
// The matrix is cut into tiles of columns so that what is read again and again stays in the
// second-level cache of the thread that reads it. Must not know networks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace volley {

/// A matrix [rows][columns], row-major, whose rows count slopes[row modulo their number] times.
template <class Real>
struct SlopedMatrix {
  const Real* values;
  std::size_t rows, columns;
  std::span<const Real> slopes;
};

/// Indices of the rows to add, for each row of the result.
using RowLists = std::span<const std::span<const std::uint32_t>>;

/// out[r] = start[r * start_stride] + sum over k of slope * matrix[lists[r][k]], added in the order
/// of k: out is [lists][columns] and may be start. A start_stride of 0 starts every row from the
/// same values; `start` null: from 0. In parallel; the numbers do not depend on threads or tiles.
template <class Real>
void sparse_product(const SlopedMatrix<Real>& matrix, RowLists lists, const Real* start,
                    std::size_t start_stride, Real* out);

/// One tile of it, `width` columns wide, for the rows of `lists`: `stride` is the distance of the
/// tile's rows, `out_stride` that of the result's.
struct TileShape {
  std::size_t width, stride, start_stride, out_stride;
};
void sparse_product_tile(const float* tile, const TileShape& shape, RowLists lists,
                         const float* start, float* out);
void sparse_product_tile(const double* tile, const TileShape& shape, RowLists lists,
                         const double* start, double* out);

}  // namespace volley
