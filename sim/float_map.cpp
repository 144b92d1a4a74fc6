#include "sim/float_map.hpp"

#include <algorithm>
#include <limits>

namespace volley {

FloatMap make_float_map(const PlanProjection& projection, std::span<const float> weights) {
  FloatMap map;
  map.windows = make_window_plan(projection);
  map.stride = window_padded(projection.columns);
  const std::size_t rows = 32 * map.windows.words + 1;
  if (map.empty() || rows * map.stride > std::numeric_limits<std::uint32_t>::max()) return {};
  const auto channels = static_cast<std::size_t>(projection.source_shape.channels);
  const std::size_t taps = projection.rows / channels, columns = projection.columns;
  map.weights.assign(rows * map.stride, 0.0f);
  for (std::size_t row = 0; row < projection.rows; ++row)
    std::copy_n(weights.data() + row * columns, columns,
                map.weights.data() + (row % taps * channels + row / taps) * map.stride);
  return map;
}

bool FloatMapCurrents::worthwhile(const PlanProjection& projection, const FloatMap& weights,
                                  std::size_t spikes) {
  const auto channels = static_cast<std::size_t>(projection.source_shape.channels);
  const std::size_t tiles = weights.stride / window_tile;
  // Estimated cycles that a window's list takes, and that a tile of an arrival is quicker for it.
  return spikes * (projection.rows / channels) * tiles >=
         projection.target_shape.area() * (16 + 4 * weights.windows.words);
}

FloatMapWindows FloatMapCurrents::cut(const PlanProjection& projection, const FloatMap& weights,
                                      std::span<WindowStep> steps) {
  if (cutters_.size() <= projection.id) cutters_.resize(projection.id + 1);
  const WindowBits windows = cutters_[projection.id].cut(projection, weights.windows, steps);
  const std::size_t segments = windows.kernel_height * windows.width;
  const std::size_t of_windows = 4 * std::max(float_map_list(windows.words), short_float_map_list);
  const std::size_t of_segments = segments * float_map_list(windows.segment_words);
  lists_.resize(std::max(lists_.size(), of_windows + of_segments + segments));
  const std::size_t row_masks = 2 * windows.width * (weights.stride / window_tile);
  masks_.resize(std::max(masks_.size(), steps.size() * row_masks));
  return {windows,
          weights.weights.data(),
          weights.stride,
          projection.columns,
          lists_.data(),
          lists_.data() + of_windows,
          lists_.data() + of_windows + of_segments,
          masks_.data()};
}

std::uint64_t FloatMapCurrents::add(const PlanProjection& projection, const FloatMap& weights,
                                    std::span<const std::uint64_t> spikes, float* currents) {
  WindowStep step;
  step.spikes = spikes;
  add_float_windows(currents, cut(projection, weights, {&step, 1}), step);
  return step.arrivals;
}

void FloatMapCurrents::sweep(const PlanProjection& projection, const FloatMap& weights,
                             const SweepRow& row, std::span<WindowStep> steps) {
  sweep_float_windows(row, cut(projection, weights, steps), steps);
}

}  // namespace volley
