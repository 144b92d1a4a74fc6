// Exact leak, arriving weights and thresholds of columns of neurons in one pass, for microsecond
// mode. One text, compiled per instruction set by Highway and chosen at run time; the same to the
// bit on each. Must not know time or networks.
#pragma once

#include <cstddef>
#include <cstdint>

namespace volley {

/// Neurons of a column are padded to a multiple of this.
inline constexpr std::size_t column_alignment = 8;
inline std::size_t padded_column(std::size_t neurons) {
  return (neurons + column_alignment - 1) / column_alignment * column_alignment;
}

/// One column of `padded` neurons: v[n] = ((v[n] * decay + drive[n] * gain) + rows[0][n]) + ...
struct ColumnStep {
  double* v;
  const double* drive;        ///< null: 0
  double decay, gain;
  const float* const* rows;   ///< of `padded` weights each
  std::size_t row_count;
  std::uint8_t* over;         ///< out: a bit for each neuron with v >= threshold, padded / 8 bytes
};

/// Steps `count` columns. @param padded neurons of each, a multiple of column_alignment
void step_columns(const ColumnStep* columns, std::size_t count, std::size_t padded,
                  double threshold);

}  // namespace volley
