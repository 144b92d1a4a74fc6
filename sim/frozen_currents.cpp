#include "sim/frozen_currents.hpp"

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

bool FrozenCurrents::sweeps(const FrozenPlan& plan, const PlanProjection& projection,
                            const StepSpikes& spikes, std::span<const float> values) {
  if (!values.empty() || !plan.binary_spikes(projection.source)) return false;
  const BitMap& bits = plan.integers(projection.id).map;
  if (!bits.empty()) return BitMapCurrents::worthwhile(projection, bits, spikes.size());
  const FloatMap& floats = plan.float_map(projection.id);
  return !floats.empty() && FloatMapCurrents::worthwhile(projection, floats, spikes.size());
}

std::uint64_t FrozenCurrents::sweep(const FrozenPlan& plan, const PlanProjection& projection,
                                    const StepSpikes& spikes, const SweepRow& row,
                                    std::uint64_t* bits) {
  const BitMap& map = plan.integers(projection.id).map;
  if (!map.empty()) return bit_maps_.sweep(projection, map, spikes.bits(), row, bits);
  return float_maps_.sweep(projection, plan.float_map(projection.id), spikes.bits(), row, bits);
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
