// What makes a network whole: its ends, its paths, its cycles and its relays. Owns the messages for
// each fault; must not change the network. Its parts: models/population_check.hpp,
// models/projection_check.hpp.
#include <algorithm>
#include <boost/graph/breadth_first_search.hpp>
#include <boost/graph/filtered_graph.hpp>
#include <boost/graph/reverse_graph.hpp>
#include <boost/graph/strong_components.hpp>

#include "base/error.hpp"
#include "models/network.hpp"
#include "models/population_check.hpp"
#include "models/projection_check.hpp"

namespace volley {

namespace {

/// Keeps the projections that act within a step.
struct WithinStep {
  const NetworkGraph* graph = nullptr;
  bool operator()(const ProjectionId& edge) const { return (*graph)[edge].delay_steps == 0; }
};
using WithinStepGraph = boost::filtered_graph<NetworkGraph, WithinStep>;

template <class Graph>
std::vector<bool> reached(const Graph& graph, PopulationId start) {
  std::vector<boost::default_color_type> colours(boost::num_vertices(graph));
  boost::breadth_first_search(
      graph, start,
      boost::color_map(boost::make_iterator_property_map(
          colours.begin(), boost::get(boost::vertex_index, graph))));
  std::vector<bool> found(colours.size());
  std::transform(colours.begin(), colours.end(), found.begin(),
                 [](auto colour) { return colour != boost::white_color; });
  return found;
}

/// Follows projections inside one strong component until a population comes again.
std::string describe_cycle(const WithinStepGraph& graph, const std::vector<std::size_t>& component,
                           PopulationId start) {
  std::vector<PopulationId> path{start};
  std::vector<bool> seen(component.size(), false);
  for (PopulationId at = start; !seen[at];) {
    seen[at] = true;
    const auto [first, last] = boost::out_edges(at, graph);
    const auto next = std::find_if(first, last, [&](const ProjectionId& edge) {
      return component[boost::target(edge, graph)] == component[start];
    });
    at = boost::target(*next, graph);
    path.push_back(at);
  }
  auto from = std::find(path.begin(), path.end(), path.back());
  std::string text = graph[*from].name;
  while (++from != path.end()) text += " -> " + graph[*from].name;
  return text;
}

void check_cycles(const NetworkGraph& whole) {
  const WithinStepGraph graph(whole, WithinStep{&whole});
  std::vector<std::size_t> component(boost::num_vertices(whole));
  const std::size_t components = boost::strong_components(
      graph, boost::make_iterator_property_map(component.begin(),
                                               boost::get(boost::vertex_index, graph)));
  std::vector<std::size_t> members(components, 0);
  for (const std::size_t number : component) ++members[number];
  for (PopulationId id = 0; id < component.size(); ++id)
    if (members[component[id]] > 1 || boost::edge(id, id, graph).second)
      throw Error("a cycle without delay: " + describe_cycle(graph, component, id), "network",
                  "give one of its projections delay_steps = 1");
}

/// A relay passes on one projection, or the channels of several stacked.
void check_relay(const Network& network, PopulationId id) {
  const Population& relay = network.population(id);
  const auto in = network.incoming(id);
  const std::string where = "population '" + relay.name + "'";
  std::size_t channels = 0;
  bool concat = !in.empty();
  for (const std::size_t edge : in) {
    channels +=
        static_cast<std::size_t>(network.population(network.source(edge)).shape.channels);
    concat = concat && network.projection(edge).kind == ProjectionKind::concat;
  }
  if (!concat && in.size() > 1)
    throw Error("a relay takes one projection, '" + relay.name + "' has " +
                    std::to_string(in.size()),
                where, "add a relay for each, or make all of them concat");
  if (concat && channels != static_cast<std::size_t>(relay.shape.channels))
    throw Error("concat stacks " + std::to_string(channels) + " channels, but '" + relay.name +
                    "' has " + std::to_string(relay.shape.channels),
                where, "give it " + std::to_string(channels) + " channels");
}

void check_ends(const Network& network) {
  std::vector<PopulationId> inputs, sinks;
  for (PopulationId id = 0; id < network.populations(); ++id) {
    const auto out = network.outgoing(id);
    const bool sink = std::all_of(out.begin(), out.end(),
                                  [&](std::size_t edge) { return network.target(edge) == id; });
    if (network.population(id).kind == NeuronKind::input) inputs.push_back(id);
    else if (sink) sinks.push_back(id);
  }
  const auto names = [&](const std::vector<PopulationId>& ids) {
    std::string text;
    for (std::size_t i = 0; i < ids.size() && i < 32; ++i)
      text += (i == 0 ? "'" : ", '") + network.population(ids[i]).name + "'";
    return text;
  };
  if (inputs.empty()) throw Error("has no input population", "network", "add one");
  if (inputs.size() > 1)
    throw Error("has more than one input population: " + names(inputs), "network", "keep one");
  if (sinks.empty())
    throw Error("has no readout: something leaves every population", "network",
                "let nothing leave the population whose output is the answer");
  if (sinks.size() > 1)
    throw Error("has more than one readout, nothing leaves " + names(sinks), "network",
                "join all but one of them to a later population, or remove them");
  if (network.population(sinks[0]).kind == NeuronKind::relay)
    throw Error("the readout '" + network.population(sinks[0]).name + "' is a relay", "network",
                "make it a lif or leaky_integrator population");
  if (network.population(sinks[0]).dropout > 0.0)
    throw Error("the readout '" + network.population(sinks[0]).name + "' has dropout", "network",
                "set dropout = 0 there: its spikes are the answer");
}

}  // namespace

void Network::check() const {
  for (PopulationId id = 0; id < populations(); ++id) check_population(population(id));
  for (std::size_t id = 0; id < projections(); ++id)
    check_numbers(projection(id), "projection '" + projection_name(id) + "'");
  check_ends(*this);
  check_cycles(graph_);
  for (PopulationId id = 0; id < populations(); ++id)
    if (population(id).kind == NeuronKind::relay) check_relay(*this, id);
  const std::vector<bool> from_input = reached(graph_, input());
  const std::vector<bool> to_readout = reached(boost::make_reverse_graph(graph_), readout());
  for (PopulationId id = 0; id < populations(); ++id) {
    const std::string where = "population '" + population(id).name + "'";
    if (!from_input[id])
      throw Error("is not reached from the input", where, "add a projection to it or remove it");
    if (!to_readout[id])
      throw Error("does not reach the readout '" + population(readout()).name + "'", where,
                  "add a projection from it or remove it");
  }
  for (std::size_t id = 0; id < projections(); ++id) {
    const std::string where = "projection '" + projection_name(id) + "'";
    check_kinds(*this, id, where);
    check_shapes(*this, id, where);
  }
}

}  // namespace volley
