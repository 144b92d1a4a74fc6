#include "sim/bit_map.hpp"

#include <algorithm>

namespace volley {

BitMap make_bit_map(const PlanProjection& projection, std::span<const std::uint8_t> codes,
                    std::size_t code_stride, std::span<const float> scale,
                    std::span<const float> offset) {
  BitMap map;
  map.windows = make_window_plan(projection);
  if (map.empty()) return map;
  const auto channels = static_cast<std::size_t>(projection.source_shape.channels);
  const std::size_t taps = projection.rows / channels;
  map.stride = window_padded(projection.columns);
  map.weights.assign(map.windows.words * map.stride, 0);
  for (std::size_t row = 0; row < projection.rows; ++row) {
    const std::size_t bit = row % taps * channels + row / taps;
    for (std::size_t c = 0; c < projection.columns; ++c)
      map.weights[bit / 32 * map.stride + c] |= std::uint32_t{codes[row * code_stride + c]}
                                                << (bit % 32);
  }
  map.scale.assign(map.stride, 0.0f);
  map.offset.assign(map.stride, 0.0f);
  std::copy_n(scale.begin(), projection.columns, map.scale.begin());
  std::copy_n(offset.begin(), projection.columns, map.offset.begin());
  return map;
}

bool BitMapCurrents::worthwhile(const PlanProjection& projection, const BitMap& weights,
                                std::size_t spikes) {
  const auto channels = static_cast<std::size_t>(projection.source_shape.channels);
  // Estimated cycles of a window here, half those of an arrival there.
  return spikes * (projection.rows / channels) * 8 >=
         projection.target_shape.area() * (4 + weights.windows.words);
}

BitMapWindows BitMapCurrents::cut(const PlanProjection& projection, const BitMap& weights,
                                  std::span<WindowStep> steps) {
  if (cutters_.size() <= projection.id) cutters_.resize(projection.id + 1);
  const WindowBits windows = cutters_[projection.id].cut(projection, weights.windows, steps);
  const std::size_t row_masks = 2 * windows.width * (weights.stride / window_tile);
  masks_.resize(std::max(masks_.size(), steps.size() * row_masks));
  return {windows,
          weights.weights.data(),
          weights.stride,
          projection.columns,
          weights.scale.data(),
          weights.offset.data(),
          masks_.data()};
}

std::uint64_t BitMapCurrents::add(const PlanProjection& projection, const BitMap& weights,
                                  std::span<const std::uint64_t> spikes, float* currents) {
  WindowStep step;
  step.spikes = spikes;
  add_bit_windows(currents, cut(projection, weights, {&step, 1}), step);
  return step.arrivals;
}

void BitMapCurrents::sweep(const PlanProjection& projection, const BitMap& weights,
                           const SweepRow& row, std::span<WindowStep> steps) {
  sweep_bit_windows(row, cut(projection, weights, steps), steps);
}

}  // namespace volley
