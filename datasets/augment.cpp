#include "datasets/augment.hpp"

#include <cassert>

namespace volley {

namespace {

/// No spikes yet, everything else as in `train`.
SpikeTrain like(const SpikeTrain& train) {
  SpikeTrain empty;
  empty.steps = train.steps;
  empty.inputs = train.inputs;
  empty.constant = train.constant;
  empty.offsets.reserve(train.offsets.size());
  empty.indices.reserve(train.indices.size());
  empty.values.reserve(train.values.size());
  return empty;
}

std::uint32_t stored_rows(const SpikeTrain& train) { return train.constant ? 1 : train.steps; }

}  // namespace

SpikeTrain shift(const SpikeTrain& train, const SensorSize& sensor, int dx, int dy) {
  assert(train.inputs == sensor.inputs());
  SpikeTrain moved = like(train);

  const std::int64_t row_size = std::int64_t{sensor.width} * sensor.polarities;
  const std::int64_t move_in_row = std::int64_t{dx} * sensor.polarities;
  for (std::uint32_t t = 0; t < stored_rows(train); ++t) {
    // Indices ascend, so rows do too: one division a row, not one a spike. Moving all by the same
    // vector keeps them ascending.
    std::int64_t row = 0, row_begin = 0;
    const auto values = train.values_at(t);
    std::size_t spike = 0;
    for (const std::uint32_t index : train.step(t)) {
      const std::size_t own = spike++;
      if (index >= row_begin + row_size) {
        row = index / row_size;
        row_begin = row * row_size;
      }
      const std::int64_t new_row = row + dy, in_row = index - row_begin + move_in_row;
      if (new_row < 0 || new_row >= sensor.height || in_row < 0 || in_row >= row_size) continue;
      moved.indices.push_back(static_cast<std::uint32_t>(new_row * row_size + in_row));
      if (!values.empty()) moved.values.push_back(values[own]);
    }
    moved.offsets.push_back(static_cast<std::uint32_t>(moved.indices.size()));
  }
  return moved;
}

SpikeTrain mirror(const SpikeTrain& train, const SensorSize& sensor) {
  assert(train.inputs == sensor.inputs());
  SpikeTrain mirrored = like(train);
  const auto channels = static_cast<std::uint32_t>(sensor.polarities);
  const auto width = static_cast<std::uint32_t>(sensor.width), row_size = width * channels;
  for (std::uint32_t t = 0; t < stored_rows(train); ++t) {
    const auto spikes = train.step(t);
    const auto values = train.values_at(t);
    // Rows stay in order; within a row pixels come out backwards, the channels of a pixel do not.
    for (std::size_t first = 0, last = 0; first < spikes.size(); first = last) {
      const std::uint32_t row = spikes[first] / row_size;
      while (last < spikes.size() && spikes[last] / row_size == row) ++last;
      for (std::size_t end = last; end > first;) {
        const std::uint32_t pixel = spikes[end - 1] / channels;
        std::size_t begin = end;
        while (begin > first && spikes[begin - 1] / channels == pixel) --begin;
        for (std::size_t k = begin; k < end; ++k) {
          const std::uint32_t x = pixel % width, channel = spikes[k] % channels;
          mirrored.indices.push_back((row * width + width - 1 - x) * channels + channel);
          if (!values.empty()) mirrored.values.push_back(values[k]);
        }
        end = begin;
      }
    }
    mirrored.offsets.push_back(static_cast<std::uint32_t>(mirrored.indices.size()));
  }
  return mirrored;
}

}  // namespace volley
