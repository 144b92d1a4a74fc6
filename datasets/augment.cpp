#include "datasets/augment.hpp"

#include <cassert>

namespace volley {

SpikeTrain shift(const SpikeTrain& train, const SensorSize& sensor, int dx, int dy) {
  assert(train.inputs == sensor.inputs());
  SpikeTrain moved;
  moved.steps = train.steps;
  moved.inputs = train.inputs;
  moved.offsets.reserve(train.offsets.size());
  moved.indices.reserve(train.indices.size());

  const std::int64_t row_size = std::int64_t{sensor.width} * sensor.polarities;
  const std::int64_t move_in_row = std::int64_t{dx} * sensor.polarities;
  for (std::uint32_t t = 0; t < train.steps; ++t) {
    // Indices ascend, so rows do too: one division a row, not one a spike. Moving all by the same
    // vector keeps them ascending.
    std::int64_t row = 0, row_begin = 0;
    for (const std::uint32_t index : train.step(t)) {
      if (index >= row_begin + row_size) {
        row = index / row_size;
        row_begin = row * row_size;
      }
      const std::int64_t new_row = row + dy, in_row = index - row_begin + move_in_row;
      if (new_row < 0 || new_row >= sensor.height || in_row < 0 || in_row >= row_size) continue;
      moved.indices.push_back(static_cast<std::uint32_t>(new_row * row_size + in_row));
    }
    moved.offsets.push_back(static_cast<std::uint32_t>(moved.indices.size()));
  }
  return moved;
}

}  // namespace volley
