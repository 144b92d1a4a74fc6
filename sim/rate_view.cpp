#include "sim/rate_view.hpp"

#include "base/error.hpp"
#include "models/rate_view.hpp"
#include "sim/projection_kernels.hpp"
#include "sim/relay.hpp"

namespace volley {

namespace {

double levels_of(const PlanPopulation& population) {
  return population.spec.kind == NeuronKind::lif ? population.spec.quantizer.levels : 1;
}

/// What a spike of each population stands for: as many spikes of the one step as it has levels.
std::vector<SourceAffine<double>> source_levels(Plan plan) {
  // Folding has put the area of an average into the weights after it: here it sums.
  for (PlanProjection& projection : plan.projections)
    if (projection.spec.kind == ProjectionKind::average_pool)
      projection.spec.kind = ProjectionKind::sum_pool;
  std::vector<SourceAffine<double>> levels(plan.populations.size());
  for (const std::size_t id : plan.order) {
    const PlanPopulation& population = plan.populations[id];
    if (population.spec.kind == NeuronKind::relay)
      levels[id] = relay_affine<double>(
          plan, population, [&](std::size_t source) -> const auto& { return levels[source]; });
    else
      levels[id] = {{levels_of(population)}, {0.0}};
  }
  return levels;
}

Population integrate_and_fire(Population population) {
  if (population.kind == NeuronKind::input || population.kind == NeuronKind::relay)
    return population;
  population.beta = 1.0;
  population.reset = Reset::subtract;
  population.quantizer.levels = 1;
  return population;
}

/// What a step brings of the one step's current: a share of the levels, or of the score.
double share_of_step(const PlanPopulation& population, int steps) {
  return 1.0 / (population.spiking() ? levels_of(population) : static_cast<double>(steps));
}

/// c of the header; a readout's membrane is not rounded down.
double half_spike(const PlanPopulation& population, int steps) {
  if (!population.spiking()) return 0.0;
  return population.spec.threshold * (0.5 / steps - 0.5 / levels_of(population));
}

}  // namespace

FrozenNetwork to_integrate_and_fire(const FrozenNetwork& one_step, int steps) {
  const std::string where = "the integrate-and-fire network";
  if (steps < 1) throw Error("runs over at least 1 step", where, "give 1 step or more");
  check_rate_view(one_step.network, where);
  const Plan plan = compile(one_step.network);
  const std::vector<SourceAffine<double>> levels = source_levels(plan);
  FrozenNetwork made;
  made.network = one_step.network;
  made.dt_ms = one_step.dt_ms;
  made.dataset = one_step.dataset;
  made.steps = steps;
  made.encoding = one_step.encoding;
  made.readout = plan.populations[plan.readout].spiking() ? ReadoutScore::mean : ReadoutScore::last;
  made.weights.resize(plan.projections.size());
  made.bias.resize(plan.populations.size());
  for (const PlanPopulation& population : plan.populations) {
    made.network.population(population.id) = integrate_and_fire(population.spec);
    const double share = share_of_step(population, steps);
    for (const float bias : one_step.bias[population.id])
      made.bias[population.id].push_back(
          static_cast<float>(share * static_cast<double>(bias) + half_spike(population, steps)));
    for (const std::size_t id : population.feed_forward) {
      const std::vector<float>& own = one_step.weights[id];
      const std::vector<double> weights(own.begin(), own.end());
      std::vector<double> scaled;
      scale_weights<double>(plan.projections[id], weights, levels[plan.projections[id].source],
                            scaled);
      for (const double weight : scaled)
        made.weights[id].push_back(static_cast<float>(share * weight));
    }
  }
  return made;
}

double spikes_per_recording(const FrozenPlan& plan, const Evaluation& evaluation, int steps) {
  double spikes = 0;
  for (const PlanPopulation& population : plan.plan().populations)
    if (population.spec.kind == NeuronKind::lif)
      spikes +=
          evaluation.firing_rates[population.id] * static_cast<double>(population.neurons) * steps;
  return spikes;
}

RateAgreement rate_agreement(const FrozenNetwork& one_step, int steps, EngineKind engine,
                             std::span<const SpikeTrain> recordings, std::span<const int> labels,
                             std::span<const int> one_step_predicted,
                             const std::function<bool(std::size_t)>& progress) {
  const FrozenPlan plan(to_integrate_and_fire(one_step, steps));
  std::vector<SpikeTrain> spread(recordings.begin(), recordings.end());
  for (SpikeTrain& train : spread) {
    if (!train.constant)
      throw Error("the rate view is for input that is the same at every step", "recording",
                  "use still images in direct code");
    train.steps = static_cast<std::uint32_t>(steps);
  }
  RateAgreement found;
  found.steps = steps;
  found.recordings = spread.size();
  found.evaluation = evaluate(plan, engine, spread, labels, progress);
  for (std::size_t i = 0; i < spread.size(); ++i)
    if (found.evaluation.predicted[i] == one_step_predicted[i]) ++found.agreeing;
  found.spikes_per_recording = spikes_per_recording(plan, found.evaluation, steps);
  return found;
}

}  // namespace volley
