// A matrix times many sparse 0/1 vectors: sums of the rows that spikes choose, for a whole batch.
// The matrix is cut into tiles of columns so that what is read again and again stays in the
// second-level cache. Must not know networks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace volley {

/// A matrix [rows][columns] stored tile by tile, each tile [rows][width], the last one padded with
/// zeros to whole vectors.
template <class Real>
class ColumnTiles {
public:
  /// Copies the matrix, the rows multiplied by slopes[row modulo their number]. In parallel.
  void pack(const Real* matrix, std::size_t rows, std::size_t columns,
            std::span<const Real> slopes);

  std::size_t columns() const { return columns_; }
  std::size_t count() const { return (columns_ + width_ - 1) / width_; }
  /// Columns of a tile, without padding.
  std::size_t width(std::size_t tile) const {
    return tile + 1 < count() ? width_ : columns_ - tile * width_;
  }
  /// Distance of a tile's rows.
  std::size_t stride(std::size_t tile) const { return padded(width(tile)); }
  std::size_t first_column(std::size_t tile) const { return tile * width_; }
  const Real* tile(std::size_t tile) const { return values_.data() + rows_ * tile * width_; }

private:
  static std::size_t padded(std::size_t width) {
    constexpr std::size_t lanes = 64 / sizeof(Real);
    return (width + lanes - 1) / lanes * lanes;
  }

  std::size_t rows_ = 0, columns_ = 0, width_ = 1;
  std::vector<Real> values_;
};

/// Indices of the rows to add, for each row of the result.
using RowLists = std::span<const std::span<const std::uint32_t>>;

/// out[r] = start[r * start_stride] + sum over k of matrix[lists[r][k]], added in the order of k:
/// out is [lists][columns] and may be start. A start_stride of 0 starts every row from the same
/// values; `start` null: from 0. In parallel; the numbers do not depend on threads or tiles.
template <class Real>
void sparse_product(const ColumnTiles<Real>& matrix, RowLists lists, const Real* start,
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
