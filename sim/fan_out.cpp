#include "sim/fan_out.hpp"

#include <map>

#include "base/error.hpp"

namespace volley {

namespace {

using ByDelay = std::map<std::size_t, std::vector<double>>;

double reached(const PlanProjection& projection, std::size_t neuron) {
  const double columns = static_cast<double>(projection.columns / projection.groups);
  if (projection.spec.kind == ProjectionKind::dense) return columns;
  const auto channels = static_cast<std::size_t>(projection.source_shape.channels);
  return columns * static_cast<double>(projection.table.from(neuron / channels).size());
}

/// What a relay's target does with its spikes, by the neurons of its source.
std::vector<double> through(const PlanProjection& projection, const std::vector<double>& target) {
  if (projection.spec.kind == ProjectionKind::flatten) return target;
  const auto channels = static_cast<std::size_t>(projection.source_shape.channels);
  if (projection.spec.kind == ProjectionKind::concat) {
    const auto stacked = static_cast<std::size_t>(projection.target_shape.channels);
    std::vector<double> source(projection.source_shape.size());
    for (std::size_t neuron = 0; neuron < source.size(); ++neuron)
      source[neuron] =
          target[neuron / channels * stacked + projection.first_channel + neuron % channels];
    return source;
  }
  if (projection.spec.kind == ProjectionKind::max_pool)
    throw Error("a spike's synaptic operations depend on other spikes behind max pooling",
                projection.name, "use sum_pool, or train without synops_target");
  std::vector<double> source(projection.source_shape.size(), 0.0);
  for (std::size_t neuron = 0; neuron < source.size(); ++neuron)
    for (const ConvReach reach : projection.table.from(neuron / channels))
      source[neuron] += target[reach.target * channels + neuron % channels];
  return source;
}

void add(ByDelay& to, std::size_t delay, const std::vector<double>& values) {
  std::vector<double>& own = to[delay];
  own.resize(values.size(), 0.0);
  for (std::size_t neuron = 0; neuron < values.size(); ++neuron) own[neuron] += values[neuron];
}

}  // namespace

std::vector<FanOut> fan_outs(const Plan& plan) {
  std::vector<ByDelay> found(plan.populations.size());
  for (auto id = plan.order.rbegin(); id != plan.order.rend(); ++id)
    for (const PlanProjection& projection : plan.projections) {
      if (projection.source != *id) continue;
      if (projection.delayed())
        throw Error("a spike's synaptic operations come at many delays", projection.name,
                    "use delays = \"fixed\", or train without synops_target");
      const auto delay = static_cast<std::size_t>(projection.spec.delay_steps);
      if (projection.spec.weighted()) {
        std::vector<double> own(plan.populations[*id].neurons);
        for (std::size_t neuron = 0; neuron < own.size(); ++neuron)
          own[neuron] = reached(projection, neuron);
        add(found[*id], delay, own);
        continue;
      }
      for (const auto& [later, values] : found[projection.target])
        add(found[*id], delay + later, through(projection, values));
    }
  std::vector<FanOut> result;
  for (const PlanPopulation& population : plan.populations)
    if (population.spec.kind != NeuronKind::relay)
      for (auto& [delay, values] : found[population.id])
        result.push_back({population.id, delay, std::move(values)});
  return result;
}

}  // namespace volley
