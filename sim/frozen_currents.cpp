#include "sim/frozen_currents.hpp"

#include <bit>

#include "sim/current_kernels.hpp"
#include "sim/projection_kernels.hpp"

namespace volley {

namespace {
constexpr std::size_t slack = 64;  // kernels read and write whole vectors
}

std::uint64_t count_arrivals(const PlanProjection& projection,
                             std::span<const std::uint32_t> spikes) {
  if (projection.spec.kind == ProjectionKind::dense) return spikes.size();
  const auto channels = static_cast<std::uint32_t>(projection.source_shape.channels);
  std::uint64_t arrivals = 0;
  for (const std::uint32_t spike : spikes)
    arrivals += projection.table.from(spike / channels).size();
  return arrivals;
}

std::uint64_t FrozenCurrents::add(const FrozenPlan& plan, const PlanProjection& projection,
                                  const StepSpikes& spikes, std::span<const float> values,
                                  float* currents) {
  if (spikes.empty()) return 0;
  const float* weights = plan.network().weights[projection.id].data();
  if (!values.empty() || projection.grouped()) {
    add_currents<float>(projection, weights, spikes.list(), currents, values);
    return count_arrivals(projection, spikes.list());
  }
  const IntegerWeights& integers = plan.integers(projection.id);
  if (!integers.empty()) {
    integers_.add(projection, integers, spikes.list(), currents);
    return count_arrivals(projection, spikes.list());
  }
  if (projection.spec.kind == ProjectionKind::conv2d)
    return add_conv(plan, projection, spikes, currents);
  sum_rows(currents, projection.columns, weights, spikes.list().data(), spikes.size());
  return spikes.size();
}

/// Fills offsets_ and rows_, and positions_ with those that have spikes.
void FrozenCurrents::group(const PlanProjection& projection, const StepSpikes& spikes) {
  const auto channels = static_cast<std::uint32_t>(projection.source_shape.channels);
  const auto block =
      static_cast<std::uint32_t>(projection.rows / channels * projection.columns);
  const std::size_t area = projection.source_shape.area();
  const std::span<const std::uint32_t> list = spikes.list();
  offsets_.resize(area + 1);
  if (rows_.size() < list.size() + slack) rows_.resize(list.size() + slack);
  positions_.clear();
  offsets_[0] = 0;
  std::size_t reached = 0;
  for (std::size_t k = 0; k < list.size(); ++k) {
    const std::uint32_t position = list[k] / channels;
    rows_[k] = (list[k] - position * channels) * block;
    if (k != 0 && position == positions_.back()) continue;
    while (reached < position) offsets_[++reached] = static_cast<std::uint32_t>(k);
    positions_.push_back(position);
  }
  while (reached < area) offsets_[++reached] = static_cast<std::uint32_t>(list.size());
}

std::uint64_t FrozenCurrents::add_conv(const FrozenPlan& plan, const PlanProjection& projection,
                                       const StepSpikes& spikes, float* currents) {
  const auto channels = static_cast<std::size_t>(projection.source_shape.channels);
  const std::size_t taps = projection.rows / channels, targets = projection.target_shape.area();
  constexpr std::size_t worthwhile = 4;  // spikes a target
  const bool gather = spikes.size() * taps >= worthwhile * targets;
  const bool whole_words = channels >= 8 && channels <= 64 && std::has_single_bit(channels);
  if (gather && whole_words && spikes.as_bits()) {
    offsets_.resize(projection.source_shape.area() + 1);
    if (rows_.size() < spikes.size() + slack) rows_.resize(spikes.size() + slack);
    group_bits(spikes.bits().data(), projection.source_shape.area(), channels,
               static_cast<std::uint32_t>(taps * projection.columns), offsets_.data(),
               rows_.data());
  } else {
    group(projection, spikes);
  }
  const MapSpikes map{plan.network().weights[projection.id].data(), taps, projection.columns,
                      offsets_.data(), rows_.data()};
  const ConvTable& table = projection.table;
  if (!gather) {
    scatter_map(currents, map, table, positions_.data(), positions_.size());
  } else {
    if (list_.size() < spikes.size() + slack) list_.resize(spikes.size() + slack);
    gather_map(currents, targets, map, plan.sources(projection.id), list_.data());
  }
  std::uint64_t arrivals = 0;
  for (std::size_t position = 0; position + 1 < offsets_.size(); ++position)
    arrivals += static_cast<std::uint64_t>(offsets_[position + 1] - offsets_[position]) *
                (table.offsets[position + 1] - table.offsets[position]);
  return arrivals;
}

}  // namespace volley
