// A network as nodes and edges with words. Must not know how they are drawn.
#include <fmt/format.h>

#include <algorithm>

#include "models/weight_facts.hpp"
#include "viz/topology_panel.hpp"

namespace volley {

namespace {
std::string axes_words(const PerAxis& axes) {
  return axes.height == axes.width ? std::to_string(axes.height)
                                   : fmt::format("{}x{}", axes.height, axes.width);
}

std::string projection_words(const Projection& projection, bool recurrent) {
  std::string words = recurrent ? std::string("recurrent ") : std::string();
  words += to_string(projection.kind);
  std::replace(words.begin(), words.end(), '_', ' ');
  if (projection.kind == ProjectionKind::conv2d || projection.pools())
    words += fmt::format(" {}x{}", projection.kernel_height, projection.kernel_width);
  if (projection.stride != PerAxis(1) &&
      (projection.kind == ProjectionKind::conv2d || projection.pools()))
    words += "/" + axes_words(projection.stride);
  if (projection.trainable() && bits_per_weight(projection.weights) < 31.9)
    words += fmt::format(", {:.3g} bit", bits_per_weight(projection.weights));
  if (projection.delays.kind != DelayKind::fixed)
    words += fmt::format(", delay {}-{}", projection.delay_steps, projection.delays.longest);
  else if (projection.delay_steps > 0 && !recurrent)
    words += fmt::format(", delay {}", projection.delay_steps);
  return words;
}

std::string kind_words(NeuronKind kind) {
  switch (kind) {
    case NeuronKind::input: return "inputs";
    case NeuronKind::lif: return "lif";
    case NeuronKind::leaky_integrator: return "integrators";
    case NeuronKind::relay: return "relay";
  }
  return {};
}
}  // namespace

Topology topology_of(const Network& network, const SampleTrace* trace) {
  Topology topology;
  const double seconds = trace != nullptr ? trace->steps * trace->dt_ms * 1e-3 : 0;
  const auto traced = [&](std::size_t id) -> const PopulationTrace* {
    if (!(seconds > 0) || id >= trace->populations.size()) return nullptr;
    const PopulationTrace& population = trace->populations[id];
    return population.kind == NeuronKind::leaky_integrator ? nullptr : &population;
  };
  for (PopulationId id = 0; id < network.populations(); ++id) {
    const Population& population = network.population(id);
    TopologyNode node{population.name,
                      to_string(population.shape) + " " + kind_words(population.kind), -1};
    if (const PopulationTrace* own = traced(id))
      node.rate_hz = static_cast<double>(own->spikes.spikes()) /
                     static_cast<double>(std::max<std::size_t>(1, population.shape.size())) /
                     seconds;
    topology.nodes.push_back(std::move(node));
  }
  for (std::size_t id = 0; id < network.projections(); ++id) {
    TopologyEdge edge{network.source(id), network.target(id), {}, -1};
    edge.words = projection_words(network.projection(id), edge.source == edge.target);
    if (const PopulationTrace* own = traced(edge.source))
      edge.spikes_per_second = static_cast<double>(own->spikes.spikes()) / seconds;
    topology.edges.push_back(std::move(edge));
  }
  return topology;
}

}  // namespace volley
