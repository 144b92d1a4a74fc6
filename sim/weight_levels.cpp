#include "sim/weight_levels.hpp"

#include <cmath>
#include <functional>
#include <limits>

namespace volley {

namespace {

/// 1 on the N largest of every group of M rows, else 0.
template <class Real>
void keep_pattern(const WeightQuantizer& quantizer, const WeightCells& cells,
                  const std::vector<Real>& weights, std::vector<std::uint8_t>& kept) {
  const std::size_t rows = cells.rows(), columns = cells.columns();
  const auto most = static_cast<std::size_t>(quantizer.of);
  const auto wanted = static_cast<std::size_t>(quantizer.kept);
  const std::size_t groups = (rows + most - 1) / most;
  const bool magnitudes = quantizer.levels != WeightLevels::unipolar;
  parallel_for(groups, [&](std::size_t group) {
    const std::size_t first = quantizer.interleaved ? group : group * most;
    const std::size_t stride = quantizer.interleaved ? groups : 1;
    const std::size_t last = quantizer.interleaved ? rows : std::min(rows, first + most);
    for (std::size_t row = first; row < last; row += stride)
      std::fill_n(kept.begin() + static_cast<std::ptrdiff_t>(row * columns), columns,
                  std::uint8_t{0});
    const auto key = [&](std::size_t at) {
      return magnitudes ? std::abs(weights[at]) : weights[at];
    };
    for (std::size_t round = 0; round < wanted; ++round)
      for (std::size_t column = 0; column < columns; ++column) {
        std::size_t best = weights.size();
        for (std::size_t row = first; row < last; row += stride) {
          const std::size_t at = row * columns + column;
          if (kept[at] == 0 && (best == weights.size() || key(at) > key(best))) best = at;
        }
        if (best != weights.size()) kept[best] = 1;
      }
  });
}

/// 0 on the smallest magnitudes of every column, else 1.
template <class Real>
void keep_largest(const WeightQuantizer& quantizer, const WeightCells& cells,
                  const std::vector<Real>& weights, std::vector<std::uint8_t>& kept) {
  const std::size_t rows = cells.rows(), columns = cells.columns();
  const auto zeroed = static_cast<std::size_t>(
      std::lround(quantizer.sparsity * static_cast<double>(rows)));
  const std::size_t wanted = rows - std::min(zeroed, rows - 1);
  parallel_for(columns, [&](std::size_t column) {
    thread_local std::vector<Real> magnitudes;
    magnitudes.resize(rows);
    // A weight that is not a number counts as 0: an order it has not.
    const auto magnitude = [&](std::size_t row) {
      const Real value = std::abs(weights[row * columns + column]);
      return value >= 0 ? value : Real(0);
    };
    for (std::size_t row = 0; row < rows; ++row) magnitudes[row] = magnitude(row);
    const auto last = magnitudes.begin() + static_cast<std::ptrdiff_t>(wanted - 1);
    std::nth_element(magnitudes.begin(), last, magnitudes.end(), std::greater<>());
    const Real least = *last;
    std::size_t larger = 0;
    for (std::size_t row = 0; row < rows; ++row)
      if (magnitude(row) > least) ++larger;
    std::size_t equal = wanted - larger;
    for (std::size_t row = 0; row < rows; ++row) {
      const Real own = magnitude(row);
      const bool tie = own == least && equal > 0;
      if (tie) --equal;
      kept[row * columns + column] = own > least || tie ? 1 : 0;
    }
  });
}

/// What the levels of a group are made from.
struct GroupScale {
  double mean, deviation, magnitude, low, high;
};

/// Range of a grid.
GroupScale ranged(const WeightQuantizer& quantizer, GroupScale group) {
  const double reach = quantizer.used_deviations() * group.deviation;
  if (quantizer.range == WeightRange::deviation)
    group.low = group.mean - reach, group.high = group.mean + reach;
  if (quantizer.range == WeightRange::absmax) {
    group.high = std::max(std::abs(group.low), std::abs(group.high));
    group.low = -group.high;
  }
  return group;
}

/// Sets K, zero and offset of a cell.
void set_scale(const WeightQuantizer& quantizer, const GroupScale& group, std::size_t cell,
               WeightStatistics& statistics) {
  double& scale = statistics.gradient_scale[cell];
  double &zero = statistics.zero[cell], &offset = statistics.offset[cell];
  zero = offset = 0;
  if (float_levels(quantizer)) {
    scale = 1;
    return;
  }
  if (quantizer.on_grid()) {
    const GroupScale range = ranged(quantizer, group);
    const bool symmetric = quantizer.grid == WeightGrid::symmetric;
    const double top = top_level(quantizer);
    const double length = symmetric ? 2 * std::max(std::abs(range.low), std::abs(range.high))
                                    : range.high - range.low;
    scale = length > 1e-30 ? top / length : 0.0;  // equal weights have no step: all are level 0
    zero = symmetric ? top / 2 : std::nearbyint(-range.low * scale);
    offset = zero;
  } else {
    const bool two_sided = quantizer.levels == WeightLevels::ternary ||
                           quantizer.levels == WeightLevels::sign;
    const bool one_sided = quantizer.levels == WeightLevels::unipolar && !quantizer.intercept;
    scale = 1 / ((two_sided ? 1.2 : one_sided ? 0.8 : 1.6) * (group.deviation + 1e-8));
    if (two_sided) offset = 1;
    if (quantizer.levels == WeightLevels::uniform) offset = 0.5;
  }
  if (quantizer.intercept) offset = 0;  // it has no effect there, and sums are shorter without
}

}  // namespace

template <class Real>
void find_levels(const WeightQuantizer& quantizer, const WeightCells& cells,
                 const std::vector<Real>& weights, const std::vector<double>& mean,
                 WeightStatistics& statistics, std::vector<double>& variance) {
  const std::size_t count = cells.count();
  std::vector<double> sum(count, 0.0), magnitude(sum);
  std::vector<double> low(count, std::numeric_limits<double>::infinity()), high(count, -low[0]);
  variance.assign(count, 0.0);
  cells.blocks([&](const WeightCells::Block& block) {
    block.each([&](std::size_t at, std::size_t cell) {
      const double w = static_cast<double>(weights[at]), centred = w - mean[cell];
      sum[cell] += w;
      variance[cell] += centred * centred;
      magnitude[cell] += std::abs(w);
      low[cell] = std::min(low[cell], w);
      high[cell] = std::max(high[cell], w);
    });
  });
  for (auto* sums : {&sum, &magnitude, &variance}) WeightCells::pool(cells.shared_slope, *sums);
  if (cells.shared_slope) {
    std::fill(low.begin(), low.end(), *std::min_element(low.begin(), low.end()));
    std::fill(high.begin(), high.end(), *std::max_element(high.begin(), high.end()));
  }
  for (auto* values : {&statistics.gradient_scale, &statistics.zero, &statistics.offset})
    values->resize(count);
  for (std::size_t cell = 0; cell < count; ++cell) {
    const double size = cells.size(cell, cells.shared_slope);
    variance[cell] /= std::max(size - 1, 1.0);
    magnitude[cell] /= size;
    // One weight alone has no spread: its size sets the scale of its gradient.
    if (size < 2) variance[cell] = magnitude[cell] * magnitude[cell];
    set_scale(quantizer,
              {sum[cell] / size, std::sqrt(variance[cell]), magnitude[cell], low[cell],
               high[cell]},
              cell, statistics);
  }

  std::vector<std::uint8_t>& level = statistics.level;
  level.resize(weights.size());
  if (quantizer.of > 0) keep_pattern(quantizer, cells, weights, level);
  else if (quantizer.sparsity > 0) keep_largest(quantizer, cells, weights, level);
  else std::fill(level.begin(), level.end(), std::uint8_t{1});
  if (float_levels(quantizer) || quantizer.levels == WeightLevels::unipolar) return;

  const auto fill = [&](const auto& level_of) {
    cells.blocks([&](const WeightCells::Block& block) {
      block.each([&](std::size_t at, std::size_t cell) {
        level[at] = level_of(static_cast<double>(weights[at]), level[at] != 0, cell);
      });
    });
  };
  const auto byte = [](double value) { return static_cast<std::uint8_t>(value); };
  if (quantizer.levels == WeightLevels::ternary)
    fill([&](double w, bool, std::size_t cell) {
      return byte(std::abs(w) > 0.7 * magnitude[cell] ? (w > 0 ? 2 : 0) : 1);
    });
  else if (quantizer.levels == WeightLevels::sign)
    fill([&](double w, bool kept, std::size_t) { return byte(kept ? (w >= 0 ? 2 : 0) : 1); });
  else if (quantizer.bits == 1)
    fill([&](double w, bool, std::size_t cell) {
      return byte(w - (quantizer.intercept ? mean[cell] : 0.0) >= 0 ? 1 : 0);
    });
  else
    fill([&, top = top_level(quantizer)](double w, bool kept, std::size_t cell) {
      const double raw =
          std::nearbyint(kept ? w * statistics.gradient_scale[cell] : 0.0) + statistics.zero[cell];
      return byte(raw >= top ? top : (raw > 0 ? raw : 0.0));
    });
}

template void find_levels(const WeightQuantizer&, const WeightCells&, const std::vector<float>&,
                          const std::vector<double>&, WeightStatistics&, std::vector<double>&);
template void find_levels(const WeightQuantizer&, const WeightCells&, const std::vector<double>&,
                          const std::vector<double>&, WeightStatistics&, std::vector<double>&);

}  // namespace volley
