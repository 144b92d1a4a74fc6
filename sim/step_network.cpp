#include "sim/step_network.hpp"

#include <algorithm>

#include "base/error.hpp"

namespace volley {

namespace {

StepLink step_link(const FrozenPlan& plan, const PlanProjection& projection) {
  StepLink link;
  link.spec = projection.spec;
  link.name = projection.name;
  link.source = projection.source;
  link.target = projection.target;
  link.source_shape = projection.source_shape;
  link.target_shape = projection.target_shape;
  link.rows = projection.rows;
  link.columns = projection.columns;
  link.groups = projection.groups;
  link.taps = projection.taps;
  link.first_channel = projection.first_channel;
  link.weights = plan.network().weights[projection.id];
  link.delays = plan.network().delays[projection.id];
  const IntegerWeights& integers = plan.integers(projection.id);
  if (integers.empty()) return link;
  link.largest_code = integers.largest;
  const auto columns = static_cast<std::ptrdiff_t>(projection.columns);
  for (std::size_t row = 0; row < projection.rows; ++row) {
    const auto first = integers.codes.begin() + static_cast<std::ptrdiff_t>(row * integers.stride);
    link.codes.insert(link.codes.end(), first, first + columns);
  }
  link.scale.assign(integers.scale.begin(), integers.scale.begin() + columns);
  link.offset.assign(integers.offset.begin(), integers.offset.begin() + columns);
  return link;
}

/// Most spikes that a neuron sends in a step; the populations before it are done.
std::size_t most_spikes(const StepNetwork& network, const StepPopulation& population) {
  if (population.spec.kind == NeuronKind::lif)
    return static_cast<std::size_t>(population.spec.quantizer.levels);
  if (population.spec.kind != NeuronKind::relay) return 1;
  std::size_t most = 1;
  for (const std::size_t id : population.feed_forward) {
    const StepLink& link = network.links[id];
    std::size_t own = network.populations[link.source].most_spikes;
    if (link.spec.kind == ProjectionKind::max_pool) own = 1;
    if (link.spec.kind == ProjectionKind::sum_pool ||
        link.spec.kind == ProjectionKind::average_pool)
      own *= static_cast<std::size_t>(link.spec.kernel_height) *
             static_cast<std::size_t>(link.spec.kernel_width);
    most = std::max(most, own);
  }
  if (most > 65535)
    throw Error("passes on sums of over 65535 spikes", population.spec.name,
                "pool smaller windows");
  return most;
}

}  // namespace

StepNetwork step_network(const FrozenPlan& plan, const std::string& name) {
  const Plan& flat = plan.plan();
  StepNetwork network;
  network.name = name;
  network.dt_ms = plan.network().dt_ms;
  network.order = flat.order;
  network.input = flat.input;
  network.readout = flat.readout;
  network.score = plan.network().readout;
  for (const PlanProjection& projection : flat.projections)
    network.links.push_back(step_link(plan, projection));
  for (const PlanPopulation& population : flat.populations) {
    const auto& early = plan.network().early;
    if (population.id < early.size() && !early[population.id].ratio.empty())
      throw Error("is normalised by statistics of its own in the first steps, which programs of "
                  "one step for all do not have",
                  population.spec.name, "train with normalise_steps = 1");
    StepPopulation own;
    own.spec = population.spec;
    own.neurons = population.neurons;
    own.channels = population.channels;
    own.bias = plan.network().bias[population.id];
    own.beta = plan.network().channel_beta(population.id);
    own.feed_forward = population.feed_forward;
    own.recurrent = population.recurrent;
    for (const StepLink& link : network.links)
      if (link.source == population.id)
        own.longest_delay = std::max(own.longest_delay, link.delay(link.taps - 1));
    network.populations.push_back(std::move(own));
  }
  for (const std::size_t id : network.order)
    network.populations[id].most_spikes = most_spikes(network, network.populations[id]);
  return network;
}

RecordedRun recorded_run(const SampleTrace& trace, const SpikeTrain& input,
                         std::vector<std::int32_t> fixed_membrane) {
  if (!input.values.empty())
    throw Error("graded input: exported programs take a bit for each input and step",
                trace.recording, "train with an encoding that makes spikes, as latency or rate");
  RecordedRun run;
  run.steps = trace.steps;
  const auto by_step = [&](const SpikeTrain& train) {
    std::vector<std::vector<std::uint32_t>> steps;
    for (std::uint32_t t = 0; t < trace.steps; ++t) {
      const auto row = train.step(t);
      steps.emplace_back(row.begin(), row.end());
    }
    return steps;
  };
  run.inputs = by_step(input);
  for (const PopulationTrace& population : trace.populations) {
    run.spikes.emplace_back();
    if (population.kind == NeuronKind::lif) run.spikes.back() = by_step(population.spikes);
    if (population.kind == NeuronKind::leaky_integrator) run.membrane = population.membrane;
  }
  run.fixed_membrane = std::move(fixed_membrane);
  run.predicted = trace.predicted;
  return run;
}

}  // namespace volley
