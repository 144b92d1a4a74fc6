// How a weight matrix is cut for quantisation: cells that never share a sum between threads, and
// the groups that cells are pooled into. Must not know what is summed.
#pragma once

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <vector>

#include "base/parallel.hpp"
#include "models/quantizer.hpp"

namespace volley {

/// A cell is a column of w [rows][columns], or a piece of `segment` rows of it; cells are numbered
/// piece * columns + column.
class WeightCells {
public:
  /// Up to 32 neighbouring cells of equal rows.
  struct Block {
    std::size_t first_cell, first_column, width, first_row, last_row, columns;

    /// Calls body(index into w, cell) row by row.
    template <class Body>
    void each(const Body& body) const {
      for (std::size_t row = first_row; row < last_row; ++row)
        for (std::size_t c = 0; c < width; ++c)
          body(row * columns + first_column + c, first_cell + c);
    }
  };

  WeightCells(const WeightQuantizer& quantizer, std::size_t weights, std::size_t columns)
      : shared_slope(quantizer.group == WeightGroup::tensor ||
                     quantizer.group == WeightGroup::mixed),
        shared_intercept(quantizer.group == WeightGroup::tensor),
        rows_(weights / columns),
        columns_(columns),
        segment_(quantizer.group == WeightGroup::sub_channel
                     ? std::min(rows_, static_cast<std::size_t>(quantizer.group_size))
                     : rows_) {}

  const bool shared_slope, shared_intercept;

  std::size_t rows() const { return rows_; }
  std::size_t columns() const { return columns_; }
  std::size_t count() const { return (rows_ + segment_ - 1) / segment_ * columns_; }

  /// Weights of the group that a cell belongs to.
  double size(std::size_t cell, bool shared) const {
    if (shared) return static_cast<double>(rows_ * columns_);
    const std::size_t first = cell / columns_ * segment_;
    return static_cast<double>(std::min(rows_, first + segment_) - first);
  }

  /// Calls body(Block) for all cells, in parallel.
  template <class Body>
  void blocks(const Body& body) const {
    constexpr std::size_t most = 32;
    const std::size_t across = (columns_ + most - 1) / most;
    parallel_for(across * (count() / columns_), [&](std::size_t task) {
      const std::size_t piece = task / across, column = task % across * most;
      body(Block{piece * columns_ + column, column, std::min(most, columns_ - column),
                 piece * segment_, std::min(rows_, (piece + 1) * segment_), columns_});
    });
  }

  /// Replaces the sums of cells by those of their groups, added up in the order of cells.
  static void pool(bool shared, std::vector<double>& sums) {
    if (shared)
      std::fill(sums.begin(), sums.end(), std::accumulate(sums.begin(), sums.end(), 0.0));
  }

private:
  std::size_t rows_, columns_, segment_;
};

}  // namespace volley
