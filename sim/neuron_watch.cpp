#include "sim/neuron_watch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "base/error.hpp"
#include "sim/clocked_inference.hpp"

namespace volley {

namespace {
NeuronTrace begin(const FrozenPlan& plan, const NeuronId& id) {
  const auto& populations = plan.plan().populations;
  if (id.population >= populations.size())
    throw Error(fmt::format("there is no population {}", id.population), "membranes",
                fmt::format("the network has {}", populations.size()));
  const PlanPopulation& population = populations[id.population];
  const Population& spec = population.spec;
  if (spec.kind != NeuronKind::lif && spec.kind != NeuronKind::leaky_integrator)
    throw Error("has no membranes to watch", spec.name,
                "choose a population of lif or leaky_integrator neurons");
  if (id.neuron >= population.neurons)
    throw Error(fmt::format("has no neuron {}", id.neuron), spec.name,
                fmt::format("its neurons are 0 to {}", population.neurons - 1));
  return {id, spec.name, spec.shape, {}, {}, {}};
}
}  // namespace

std::vector<NeuronTrace> watch_neurons(const FrozenPlan& plan, const SpikeTrain& input,
                                       std::span<const NeuronId> neurons) {
  std::vector<NeuronTrace> traces;
  for (const NeuronId& id : neurons) traces.push_back(begin(plan, id));
  ClockedInference engine(plan);
  engine.look([&](std::size_t id, std::span<const float> membrane,
                  std::span<const float> adaptation) {
    const Population& spec = plan.plan().populations[id].spec;
    for (NeuronTrace& trace : traces) {
      if (trace.id.population != id) continue;
      trace.membrane.push_back(membrane[trace.id.neuron]);
      if (spec.kind != NeuronKind::lif) continue;
      const double raised = adaptation.empty() ? 0.0 : spec.adaptation * adaptation[trace.id.neuron];
      trace.threshold.push_back(static_cast<float>(spec.threshold + raised));
    }
  });
  const SampleTrace run = engine.run(input);
  for (NeuronTrace& trace : traces) {
    const SpikeTrain& spikes = run.populations[trace.id.population].spikes;
    for (std::uint32_t step = 0; step < spikes.steps; ++step) {
      const auto fired = spikes.step(step);
      if (std::binary_search(fired.begin(), fired.end(), trace.id.neuron))
        trace.spikes.push_back(step);
    }
  }
  return traces;
}

std::vector<NeuronId> busiest_neurons(const SampleTrace& trace, std::size_t population,
                                      std::size_t count) {
  const PopulationTrace& own = trace.populations.at(population);
  std::vector<std::size_t> spikes(own.shape.size(), 0), order(own.shape.size());
  for (const std::uint32_t neuron : own.spikes.indices)
    if (neuron < spikes.size()) ++spikes[neuron];
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return spikes[a] > spikes[b]; });
  std::vector<NeuronId> chosen;
  for (std::size_t i = 0; i < std::min(count, order.size()); ++i)
    chosen.push_back({population, order[i]});
  return chosen;
}

}  // namespace volley
