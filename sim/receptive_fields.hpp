// A convolution seen from its targets: the receptive field of each on the source map with its
// padding, and gradients that few targets send back through it. One text, compiled per instruction
// set by Highway and chosen at run time. Must not know networks' dynamics.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "models/network.hpp"

namespace volley {

struct ReceptiveFields {
  std::size_t channels = 0, columns = 0;  ///< of the source and of the target
  std::size_t rows = 0, row_size = 0;     ///< of a field: lines, and values of a line
  std::size_t source_width = 0, source_height = 0;
  std::size_t width = 0, height = 0;      ///< of the source map with its padding
  std::size_t left = 0, top = 0;          ///< padding
  std::vector<std::uint32_t> corner;      ///< by target position: the field's first position

  bool empty() const { return corner.empty(); }
  /// Values of a padded source map.
  std::size_t map_size() const { return width * height * channels; }
  /// Where line y of the source map without padding begins on it.
  std::size_t line(std::size_t y) const { return ((top + y) * width + left) * channels; }
};

/// Empty for a dilated or grouped convolution, whose fields are not lines of values side by side.
ReceptiveFields make_receptive_fields(const Projection& projection, const Shape& source,
                                      const Shape& target);

/// Weights [columns][field lines][line values] from [channel][tap][columns].
template <class Real>
void place_fields(const ReceptiveFields& fields, std::span<const Real> weights,
                  std::vector<Real>& placed);

/// Values of a few neurons, row after row.
template <class Real>
struct SparseRows {
  std::vector<std::uint32_t> indices;  ///< ascending within a row
  std::vector<Real> values;
  std::vector<std::size_t> ends;       ///< of each row

  void clear() {
    indices.clear();
    values.clear();
    ends.clear();
  }
  std::size_t begin(std::size_t row) const { return row == 0 ? 0 : ends[row - 1]; }
};

/// Appends a row: those of n values that are not 0.
void append_nonzeros(const float* values, std::size_t n, SparseRows<float>& rows);
void append_nonzeros(const double* values, std::size_t n, SparseRows<double>& rows);

/// map[i] = factor * map[i], then adds each target's value times its weights to its field: `map` is
/// a padded source map, `indices` are position * columns + column, `placed` as of place_fields.
void scatter_fields(const ReceptiveFields& fields, const float* placed,
                    std::span<const std::uint32_t> indices, const float* values, float factor,
                    float* map);
void scatter_fields(const ReceptiveFields& fields, const double* placed,
                    std::span<const std::uint32_t> indices, const double* values, double factor,
                    double* map);

}  // namespace volley
