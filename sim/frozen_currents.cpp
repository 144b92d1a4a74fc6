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
  if (!values.empty() || projection.grouped()) {
    add_currents<float>(projection, plan.network().weights[projection.id].data(), spikes.list(),
                        currents, values);
    return count_arrivals(projection, spikes.list());
  }
  const IntegerWeights& integers = plan.integers(projection.id);
  if (!integers.map.empty() && plan.binary_spikes(projection.source) &&
      BitMapCurrents::worthwhile(projection, integers.map, spikes.size()))
    return bit_maps_.add(projection, integers.map, spikes.bits(), currents);
  if (!integers.empty()) {
    integers_.add(projection, integers, spikes.list(), currents);
    return count_arrivals(projection, spikes.list());
  }
  if (projection.spec.kind == ProjectionKind::conv2d)
    return add_conv(plan, projection, spikes, currents);
  sum_rows(currents, projection.columns, plan.rows(projection.id).data(),
           plan.row_stride(projection.id), spikes.list().data(), spikes.size());
  return spikes.size();
}

/// Fills positions_ with those that have spikes, offsets_ by their place in it, and rows_.
void FrozenCurrents::group(const PlanProjection& projection,
                           std::span<const std::uint32_t> spikes, std::uint32_t block) {
  const auto channels = static_cast<std::uint32_t>(projection.source_shape.channels);
  positions_.clear();
  offsets_.clear();
  for (std::size_t k = 0; k < spikes.size(); ++k) {
    const std::uint32_t position = spikes[k] / channels;
    rows_[k] = (spikes[k] - position * channels) * block;
    if (k != 0 && position == positions_.back()) continue;
    positions_.push_back(position);
    offsets_.push_back(static_cast<std::uint32_t>(k));
  }
  offsets_.push_back(static_cast<std::uint32_t>(spikes.size()));
}

/// From offsets by listed position to offsets by position.
void FrozenCurrents::spread(std::size_t area) {
  std::size_t reached = 0;
  all_offsets_.resize(area + 1);
  for (std::size_t k = 0; k < positions_.size(); ++k)
    for (; reached <= positions_[k]; ++reached) all_offsets_[reached] = offsets_[k];
  for (; reached <= area; ++reached) all_offsets_[reached] = offsets_.back();
}

std::uint64_t FrozenCurrents::scatter(const FrozenPlan& plan, const PlanProjection& projection,
                                      std::span<const std::uint32_t> spikes, float* currents) {
  const auto channels = static_cast<std::size_t>(projection.source_shape.channels);
  const std::size_t stride = plan.row_stride(projection.id);
  group(projection, spikes, static_cast<std::uint32_t>(projection.rows / channels * stride));
  scatter_map(currents,
              {plan.rows(projection.id).data(), projection.columns, stride, offsets_.data(),
               rows_.data()},
              projection.table, positions_.data(), positions_.size());
  std::uint64_t arrivals = 0;
  for (std::size_t k = 0; k < positions_.size(); ++k)
    arrivals += static_cast<std::uint64_t>(offsets_[k + 1] - offsets_[k]) *
                projection.table.from(positions_[k]).size();
  return arrivals;
}

std::uint64_t FrozenCurrents::add_conv(const FrozenPlan& plan, const PlanProjection& projection,
                                       const StepSpikes& spikes, float* currents) {
  const auto channels = static_cast<std::size_t>(projection.source_shape.channels);
  const std::size_t taps = projection.rows / channels, stride = plan.row_stride(projection.id);
  const std::size_t targets = projection.target_shape.area(), area = projection.source_shape.area();
  constexpr std::size_t worthwhile = 4;  // spikes a target
  if (rows_.size() < spikes.size() + slack) rows_.resize(spikes.size() + slack);
  if (spikes.size() * taps < worthwhile * targets)
    return scatter(plan, projection, spikes.list(), currents);
  const auto block = static_cast<std::uint32_t>(taps * stride);
  if (spikes.as_bits() && channels >= 8 && channels <= 64 && std::has_single_bit(channels)) {
    all_offsets_.resize(area + 1);
    group_bits(spikes.bits().data(), area, channels, block, all_offsets_.data(), rows_.data());
  } else {
    group(projection, spikes.list(), block);
    spread(area);
  }
  if (list_.size() < 2 * spikes.size() + slack) list_.resize(2 * spikes.size() + slack);
  gather_map(currents, targets,
             {plan.rows(projection.id).data(), projection.columns, stride, all_offsets_.data(),
              rows_.data()},
             plan.sources(projection.id), list_.data());
  const std::uint32_t* reaches = projection.table.offsets.data();
  std::uint64_t arrivals = 0;
  for (std::size_t position = 0; position < area; ++position)
    arrivals += static_cast<std::uint64_t>(all_offsets_[position + 1] - all_offsets_[position]) *
                (reaches[position + 1] - reaches[position]);
  return arrivals;
}

}  // namespace volley
