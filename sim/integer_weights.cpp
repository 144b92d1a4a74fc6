#include "sim/integer_weights.hpp"

#include <algorithm>
#include <cmath>

#include "sim/bit_kernels.hpp"
#include "sim/code_kernels.hpp"

namespace volley {

namespace {

constexpr std::size_t most_codes = 256;

/// Evenly spaced values lowest + step * k of a column.
struct Grid {
  double lowest = 0, step = 0;
  unsigned largest = 0;

  unsigned code(double value) const {
    return step > 0 ? static_cast<unsigned>(std::lround((value - lowest) / step)) : 0;
  }
};

/// The sorted distinct values; false where there are too many or one is no number.
bool distinct_values(std::span<const float> weights, std::size_t columns, std::size_t column,
                     std::vector<float>& found) {
  found.clear();
  for (std::size_t at = column; at < weights.size(); at += columns) {
    if (!std::isfinite(weights[at])) return false;
    const auto place = std::lower_bound(found.begin(), found.end(), weights[at]);
    if (place != found.end() && *place == weights[at]) continue;
    if (found.size() == most_codes) return false;
    found.insert(place, weights[at]);
  }
  return !found.empty();
}

/// The coarsest grid through all values.
bool find_grid(const std::vector<float>& values, Grid& grid) {
  const double low = static_cast<double>(values.front()), high = static_cast<double>(values.back());
  // A folded grid is off its line by the rounding of each value, and of scale and offset.
  const double tolerance = 4 * 0x1p-24 * std::max(std::abs(low), std::abs(high));
  for (std::size_t steps = values.size() - 1; steps < most_codes; ++steps) {
    grid = {low, steps > 0 ? (high - low) / static_cast<double>(steps) : 0.0,
            static_cast<unsigned>(steps)};
    if (std::all_of(values.begin(), values.end(), [&](float value) {
          const double wanted = static_cast<double>(value);
          return std::abs(low + grid.step * grid.code(wanted) - wanted) <= tolerance;
        }))
      return true;
  }
  return false;
}

bool may_be_integer(const PlanProjection& projection) {
  return projection.spec.matrix() && !projection.grouped() && !projection.delayed();
}

void pack_bits(std::size_t rows, std::size_t columns, IntegerWeights& weights) {
  weights.row_words = bit_row_words(columns);
  weights.bits.assign(rows * weights.row_words, 0);
  for (std::size_t row = 0; row < rows; ++row)
    for (std::size_t c = 0; c < columns; ++c)
      weights.bits[row * weights.row_words + c / 64] |=
          std::uint64_t{weights.codes[row * weights.stride + c]} << (c % 64);
}

}  // namespace

IntegerWeights integer_weights(const PlanProjection& projection, std::span<const float> weights) {
  if (!may_be_integer(projection) || weights.empty()) return {};
  const std::size_t columns = projection.columns;
  IntegerWeights result;
  result.stride = padded(columns, projection.spec.kind == ProjectionKind::dense ? dense_alignment
                                                                                : conv_alignment);
  result.scale.resize(result.stride);
  result.offset.resize(result.stride);
  std::vector<float> values;
  for (std::size_t c = 0; c < columns; ++c) {
    Grid grid;
    if (!distinct_values(weights, columns, c, values) || !find_grid(values, grid)) return {};
    if (result.codes.empty()) result.codes.resize(projection.rows * result.stride);
    for (std::size_t row = 0; row < projection.rows; ++row)
      result.codes[row * result.stride + c] =
          static_cast<std::uint8_t>(grid.code(static_cast<double>(weights[row * columns + c])));
    result.scale[c] = static_cast<float>(grid.step);
    result.offset[c] = static_cast<float>(grid.lowest);
    result.largest = std::max(result.largest, grid.largest);
  }
  if (result.largest > 1) return result;
  if (projection.spec.kind == ProjectionKind::dense)
    pack_bits(projection.rows, columns, result);
  else
    result.map = make_bit_map(projection, result.codes, result.stride, result.scale, result.offset);
  return result;
}

template <class Sum>
void IntegerCurrents::add_dense(const IntegerWeights& weights,
                                std::span<const std::uint32_t> spikes, std::size_t columns,
                                std::vector<Sum>& sums, float* currents) {
  sums.resize(std::max(sums.size(), weights.stride));
  add_code_rows(sums.data(), weights.stride, weights.codes.data(), spikes.data(), spikes.size(),
                weights.largest);
  add_code_currents(currents, sums.data(), columns, weights.scale.data(), weights.offset.data(),
                    static_cast<std::uint32_t>(spikes.size()));
  std::fill_n(sums.begin(), weights.stride, Sum(0));
}

template <class Sum>
void IntegerCurrents::add_conv(const PlanProjection& projection, const IntegerWeights& weights,
                               std::span<const std::uint32_t> spikes, std::vector<Sum>& sums,
                               float* currents) {
  const auto channels = static_cast<std::uint32_t>(projection.source_shape.channels);
  const std::size_t n = weights.stride, area = projection.target_shape.area();
  const std::size_t most_at_once = 65535 / std::max(weights.largest, 1u);
  sums.resize(std::max(sums.size(), area * n));
  arrived_.resize(std::max(arrived_.size(), area));
  touched_.clear();
  for (std::size_t k = 0; k < spikes.size();) {
    const std::uint32_t position = spikes[k] / channels;
    channels_.clear();
    for (; k < spikes.size() && spikes[k] / channels == position &&
           channels_.size() < most_at_once;
         ++k)
      channels_.push_back(spikes[k] % channels);
    const auto reaches = projection.table.from(position);
    for (const ConvReach reach : reaches) {
      if (arrived_[reach.target] == 0) touched_.push_back(reach.target);
      arrived_[reach.target] += static_cast<std::uint32_t>(channels_.size());
    }
    scatter_codes(sums.data(), n,
                  {weights.codes.data(), projection.rows / channels * n, channels_.data(),
                   channels_.size()},
                  reaches.data(), reaches.size(), weights.largest);
  }
  for (const std::uint32_t target : touched_) {
    Sum* own = sums.data() + target * n;
    add_code_currents(currents + target * projection.columns, own, projection.columns,
                      weights.scale.data(), weights.offset.data(), arrived_[target]);
    std::fill_n(own, n, Sum(0));
    arrived_[target] = 0;
  }
}

void IntegerCurrents::add(const PlanProjection& projection, const IntegerWeights& weights,
                          std::span<const std::uint32_t> spikes, float* currents) {
  if (spikes.empty()) return;
  // A spike reaches a neuron at most once: this bounds every sum.
  const bool narrow = spikes.size() * weights.largest <= 65535;
  if (narrow && !weights.bits.empty()) {
    add_bit_rows(currents, projection.columns,
                 {weights.bits.data(), weights.row_words, weights.scale.data(),
                  weights.offset.data()},
                 spikes.data(), spikes.size());
  } else if (projection.spec.kind == ProjectionKind::dense) {
    if (narrow)
      add_dense(weights, spikes, projection.columns, short_sums_, currents);
    else
      add_dense(weights, spikes, projection.columns, long_sums_, currents);
  } else {
    if (narrow)
      add_conv(projection, weights, spikes, short_sums_, currents);
    else
      add_conv(projection, weights, spikes, long_sums_, currents);
  }
}

}  // namespace volley
