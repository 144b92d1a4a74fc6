// What makes a network whole: its ends, its paths, its cycles, its shapes and its numbers. Owns the
// messages for each fault; must not change the network.
#include <algorithm>
#include <boost/graph/breadth_first_search.hpp>
#include <boost/graph/filtered_graph.hpp>
#include <boost/graph/reverse_graph.hpp>
#include <boost/graph/strong_components.hpp>
#include <cmath>

#include "base/error.hpp"
#include "models/network.hpp"

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

void check_number(bool good, const char* what, const std::string& where) {
  if (!good) throw Error(what, where);
}

void check_estimator(const SpikeQuantizer& quantizer, const std::string& where) {
  check_number(std::isfinite(quantizer.sharpness) && quantizer.sharpness >= 0.0,
               "the quantizer's sharpness is below 0", where);
  check_number(std::isfinite(quantizer.discretisation) && quantizer.discretisation >= 0.0,
               "the quantizer's discretisation is below 0", where);
  if (quantizer.discretisation > 0.0 && !has_discretisation(quantizer.estimator))
    throw Error(std::string("the estimator ") + facts(quantizer.estimator).name +
                    " has no discretisation error",
                where, "set discretisation = 0, or the estimator progressive or learned");
  if (quantizer.estimator == Estimator::custom && quantizer.custom.empty())
    throw Error("the custom estimator has no name", where,
                "write custom = \"name\", the name it is registered under");
  if (quantizer.estimator != Estimator::custom && !quantizer.custom.empty())
    throw Error("names the custom estimator '" + quantizer.custom + "', but uses " +
                    facts(quantizer.estimator).name,
                where, "set estimator = \"custom\", or remove custom");
  if (!quantizer.custom.empty() && !usable_name(quantizer.custom))
    throw Error("the name of the custom estimator cannot be used", where,
                "use letters, digits, '_', '-' and '.'");
}

void check_population(const Population& population) {
  const std::string where = "population '" + population.name + "'";
  const Shape& shape = population.shape;
  check_number(shape.channels >= 1 && shape.height >= 1 && shape.width >= 1,
               "has a shape with a side below 1", where);
  // Sides are below 2^31, so the first product cannot overflow; the second is tried only then.
  const std::size_t map = shape.area();
  if (map > most_neurons || map * static_cast<std::size_t>(shape.channels) > most_neurons)
    throw Error("has more than " + std::to_string(most_neurons) + " neurons", where);
  check_number(population.beta >= 0.0 && population.beta <= 1.0, "beta is not within 0 and 1",
               where);
  check_number(std::isfinite(population.threshold) && population.threshold > 0.0,
               "threshold is not above 0", where);
  check_number(std::isfinite(population.shift), "shift is not a finite number", where);
  const SpikeQuantizer& quantizer = population.quantizer;
  check_number(std::isfinite(quantizer.lambda) && quantizer.lambda >= 0.0,
               "the quantizer's lambda is below 0", where);
  check_number(std::isfinite(quantizer.window) && quantizer.window > 0.0,
               "the quantizer's window is not above 0", where);
  check_estimator(quantizer, where);
}

void check_numbers(const Projection& projection, const std::string& where) {
  constexpr int longest = 1 << 20;
  const auto within = [](int value, int low, int high) { return value >= low && value <= high; };
  check_number(within(projection.kernel_height, 1, longest) &&
                   within(projection.kernel_width, 1, longest) &&
                   within(projection.stride, 1, longest) && within(projection.padding, 0, longest),
               "kernel and stride must be at least 1, padding at least 0", where);
  if (!within(projection.delay_steps, 0, most_delay_steps))
    throw Error("delay_steps is not within 0 and " + std::to_string(most_delay_steps), where);
  check_number(std::isfinite(projection.gain), "gain is not a finite number", where);
  check_number(projection.weights.bits == 32 || projection.weights.bits == 1,
               "weight_bits is neither 32 nor 1", where);
  check_number(std::isfinite(projection.weights.lambda) && projection.weights.lambda >= 0.0,
               "weight_lambda is below 0", where);
}

void check_kinds(const Network& network, std::size_t id, const std::string& where) {
  const Projection& projection = network.projection(id);
  const Population& source = network.population(network.source(id));
  const Population& target = network.population(network.target(id));
  const std::string kind = to_string(projection.kind);
  if (target.kind == NeuronKind::input)
    throw Error("the input population takes no projection", where, "remove it");
  if (source.kind == NeuronKind::leaky_integrator)
    throw Error("'" + source.name + "' is a leaky_integrator and sends no spikes", where,
                "make it a lif population");
  if (projection.trainable() && target.kind == NeuronKind::relay)
    throw Error("a relay has no dynamics and takes no " + kind + " projection", where,
                "make '" + target.name + "' a lif population");
  if (!projection.trainable() && target.kind != NeuronKind::relay)
    throw Error("a " + kind + " projection ends in a relay, not in a " + to_string(target.kind),
                where, "put a relay population between the two");
  const bool pool = projection.kind == ProjectionKind::sum_pool ||
                    projection.kind == ProjectionKind::max_pool;
  if (pool && !binary(network, network.source(id)))
    throw Error("pooling needs spikes, '" + source.name + "' passes on counts", where,
                "pool once with a larger kernel");
  if (projection.bias && !projection.trainable())
    throw Error("a " + kind + " projection has no bias", where, "remove the bias");
}

void check_shapes(const Network& network, std::size_t id, const std::string& where) {
  const Projection& projection = network.projection(id);
  const Shape& source = network.population(network.source(id)).shape;
  const Population& target = network.population(network.target(id));
  const Shape made = projected_shape(projection, source, target.shape, where);
  if (!(made == target.shape))
    throw Error(std::string(to_string(projection.kind)) + " makes " + to_string(made) + " of " +
                    to_string(source) + ", but '" + target.name + "' is " +
                    to_string(target.shape),
                where, "give '" + target.name + "' the shape " + to_string(made));
  const std::size_t rows = fan_in(projection, source);
  const std::size_t columns = weight_columns(projection, target.shape);
  if (columns != 0 && rows > most_weights / columns)
    throw Error("has more than " + std::to_string(most_weights) + " weights", where,
                "use smaller populations, or conv2d and pooling");
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
}

}  // namespace

void Network::check() const {
  for (PopulationId id = 0; id < populations(); ++id) check_population(population(id));
  for (std::size_t id = 0; id < projections(); ++id)
    check_numbers(projection(id), "projection '" + projection_name(id) + "'");
  check_ends(*this);
  check_cycles(graph_);
  for (PopulationId id = 0; id < populations(); ++id)
    if (population(id).kind == NeuronKind::relay && incoming(id).size() > 1)
      throw Error("a relay takes one projection, '" + population(id).name + "' has " +
                      std::to_string(incoming(id).size()),
                  "population '" + population(id).name + "'", "add a relay for each");
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
