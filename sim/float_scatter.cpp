#include "sim/float_scatter.hpp"

#include <algorithm>
#include <limits>

#include "sim/channel_division.hpp"

namespace volley {

namespace {
std::size_t extent(int value) { return static_cast<std::size_t>(value); }

std::size_t padded_height(const PlanProjection& projection) {
  return extent(projection.source_shape.height) + 2 * extent(projection.spec.padding.height);
}
}  // namespace

bool FloatScatter::possible(const PlanProjection& projection) {
  const Projection& spec = projection.spec;
  if (spec.kind != ProjectionKind::conv2d || projection.grouped() || projection.delayed())
    return false;
  const std::size_t kernel_row = extent(spec.kernel_width) * projection.columns;
  const std::size_t widest = extent(projection.target_shape.width) + 2 * extent(spec.kernel_width);
  return spec.stride.height == 1 && spec.stride.width == 1 && spec.dilation.height == 1 &&
         spec.dilation.width == 1 && projection.columns % window_tile == 0 &&
         projection.rows * projection.columns + padded_height(projection) * kernel_row <=
             std::numeric_limits<std::uint32_t>::max() &&
         widest * projection.columns <= std::numeric_limits<std::uint32_t>::max();
}

std::uint64_t FloatScatter::pack(const PlanProjection& projection,
                                 std::span<const std::uint32_t> spikes, ScatterSpike* packed,
                                 std::uint32_t* row_begin) const {
  const Projection& spec = projection.spec;
  const std::size_t channels = extent(projection.source_shape.channels);
  const std::size_t width = extent(projection.source_shape.width);
  const std::size_t columns = projection.columns, kernel_row = extent(spec.kernel_width) * columns;
  const std::size_t channel = extent(spec.kernel_height) * kernel_row;
  const std::size_t left = extent(spec.padding.width);
  const ChannelDivision by(channels);
  std::size_t row = 0, first = 0;  // position where the row begins
  const auto begin_row = [&](std::size_t k) { row_begin[row] = static_cast<std::uint32_t>(k); };
  for (; row < extent(spec.padding.height); ++row) begin_row(0);
  begin_row(0);
  std::uint64_t arrivals = 0;
  for (std::size_t k = 0; k < spikes.size(); ++k) {
    const std::size_t position = by.quotient(spikes[k]);
    for (; position >= first + width; first += width) {
      ++row;
      begin_row(k);
    }
    packed[k] = {static_cast<std::uint32_t>((spikes[k] - position * channels) * channel +
                                            row * kernel_row),
                 static_cast<std::uint32_t>((position - first + left) * columns)};
    arrivals += projection.table.from(position).size();
  }
  while (row < padded_height(projection)) {
    ++row;
    begin_row(spikes.size());
  }
  return arrivals;
}

void FloatScatter::sweep(const PlanProjection& projection, std::span<const float> placed,
                         const SweepRow& row, std::span<WindowStep> steps) {
  const std::size_t rows = padded_height(projection) + 1;
  std::size_t spikes = 0;
  for (const WindowStep& step : steps) spikes += step.list.size();
  packed_.resize(std::max(packed_.size(), spikes));
  row_begin_.resize(std::max(row_begin_.size(), steps.size() * rows));
  steps_.clear();
  ScatterSpike* packed = packed_.data();
  for (WindowStep& step : steps) {
    std::uint32_t* begin = row_begin_.data() + steps_.size() * rows;
    step.arrivals = pack(projection, step.list, packed, begin);
    steps_.push_back({packed, begin});
    packed += step.list.size();
  }
  const std::size_t height = extent(projection.target_shape.height);
  const std::size_t width = extent(projection.target_shape.width), columns = projection.columns;
  const std::size_t kernel_width = extent(projection.spec.kernel_width);
  row_.resize(std::max(row_.size(), (width + 2 * (kernel_width - 1)) * columns));
  masks_.resize(std::max(masks_.size(), steps.size() * 2 * width * (columns / window_tile)));
  sweep_float_scatter(row,
                      {height, width, columns, extent(projection.spec.kernel_height), kernel_width,
                       placed.data(), steps_.data(), row_.data(), masks_.data()},
                      steps);
}

}  // namespace volley
