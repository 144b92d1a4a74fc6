#include "sim/frozen_currents.hpp"

#include <algorithm>

#include "sim/current_kernels.hpp"
#include "sim/projection_kernels.hpp"

namespace volley {

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

namespace {
bool gathers(const FrozenPlan& plan, const PlanProjection& projection, const StepSpikes& spikes) {
  const FloatMap& map = plan.float_map(projection.id);
  return !map.empty() && FloatMapCurrents::worthwhile(projection, map, spikes.size());
}
}  // namespace

bool FrozenCurrents::sweeps(const FrozenPlan& plan, const PlanProjection& projection,
                            const StepSpikes& spikes, std::span<const float> values) {
  if (!values.empty() || !plan.binary_spikes(projection.source)) return false;
  const IntegerWeights& integers = plan.integers(projection.id);
  if (!integers.empty())
    return !integers.map.empty() &&
           BitMapCurrents::worthwhile(projection, integers.map, spikes.size());
  return FloatScatter::possible(projection) || gathers(plan, projection, spikes);
}

void FrozenCurrents::sweep(const FrozenPlan& plan, const PlanProjection& projection,
                           const SweepRow& row, std::span<SweepStep> steps) {
  const BitMap& map = plan.integers(projection.id).map;
  const bool scatters =
      map.empty() && FloatScatter::possible(projection) &&
      std::none_of(steps.begin(), steps.end(), [&](const SweepStep& step) {
        return gathers(plan, projection, *step.spikes);
      });
  steps_.resize(steps.size());
  for (std::size_t at = 0; at < steps.size(); ++at) {
    steps_[at] = {};
    steps_[at].bits = steps[at].bits;
    if (scatters) steps_[at].list = steps[at].spikes->list();
    else steps_[at].spikes = steps[at].spikes->bits();
  }
  if (!map.empty()) bit_maps_.sweep(projection, map, row, steps_);
  else if (scatters) float_scatter_.sweep(projection, plan.placed(projection.id), row, steps_);
  else float_maps_.sweep(projection, plan.float_map(projection.id), row, steps_);
  for (std::size_t at = 0; at < steps.size(); ++at) steps[at].arrivals = steps_[at].arrivals;
}

std::uint64_t FrozenCurrents::add_conv(const FrozenPlan& plan, const PlanProjection& projection,
                                       const StepSpikes& spikes, float* currents) {
  const FloatMap& map = plan.float_map(projection.id);
  if (!map.empty() && plan.binary_spikes(projection.source) &&
      FloatMapCurrents::worthwhile(projection, map, spikes.size()))
    return float_maps_.add(projection, map, spikes.bits(), currents);
  scatter_runs(projection.runs, static_cast<std::size_t>(projection.source_shape.channels),
               projection.columns, spikes.list(), plan.placed(projection.id).data(), currents);
  return count_arrivals(projection, spikes.list());
}

}  // namespace volley
