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
#include "models/weight_facts.hpp"

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

void check_extension(const Population& population, const std::string& where) {
  const auto within = [](double value) { return value >= 0.0 && value <= 1.0; };
  check_number(within(population.synapse_beta), "synapse_beta is not within 0 and 1", where);
  check_number(within(population.adaptation_beta), "adaptation_beta is not within 0 and 1", where);
  check_number(std::isfinite(population.adaptation) && population.adaptation >= 0.0,
               "adaptation is below 0", where);
  if (population.refractory_steps < 0 || population.refractory_steps > most_refractory_steps)
    throw Error("refractory_steps is not within 0 and " + std::to_string(most_refractory_steps),
                where);
  if (!population.extended()) return;
  const bool spikes = population.kind == NeuronKind::lif;
  if (!spikes && (population.kind != NeuronKind::leaky_integrator || population.adaptation != 0 ||
                  population.refractory_steps != 0))
    throw Error(std::string("has keys of a neuron with other dynamics than a ") +
                    to_string(population.kind),
                where,
                "learn_tau and synapse_beta are for lif and leaky_integrator, adaptation and "
                "refractory_steps for lif");
  if (population.learn_tau != LearnTau::no && !(population.beta > 0 && population.beta < 1))
    throw Error("learns its beta, which cannot leave 0 or 1", where,
                "start with a beta above 0 and below 1");
  const Estimator estimator = population.quantizer.estimator;
  if (spikes && (draws_spikes(estimator) || estimator == Estimator::learned ||
                 estimator == Estimator::custom))
    throw Error(std::string("the estimator ") + facts(estimator).name +
                    " is for neurons of leak, threshold and reset alone",
                where, "use denoise, straight_through or a surrogate");
  if (spikes && !population.quantizer.plain())
    throw Error("levels, windows in deviations and standardised targets are for neurons of leak, "
                "threshold and reset alone",
                where,
                "remove them, or learn_tau, synapse_beta, adaptation and refractory_steps");
}

void check_quantizer(const SpikeQuantizer& quantizer, const std::string& where) {
  const std::string estimator = facts(quantizer.estimator).name;
  if (!quantizer.has_window() && quantizer.levels > 1)
    throw Error("the estimator " + estimator + " is for one level, not for " +
                    std::to_string(quantizer.levels),
                where, "set estimator = \"denoise\" or \"straight_through\"");
  if (!quantizer.has_window() && quantizer.window_mode != WindowMode::thresholds)
    throw Error("the estimator " + estimator + " has no window to measure in deviations", where,
                "set estimator = \"denoise\" or \"straight_through\"");
  if (quantizer.estimator == Estimator::denoise) return;
  if (quantizer.target != RegressionTarget::membrane)
    throw Error("the estimator " + estimator + " regresses on nothing that could be standardised",
                where, "set estimator = \"denoise\", or remove target");
  if (quantizer.gradient != AffineGradient::full)
    throw Error("the estimator " + estimator + " has no slope and intercept to hold constant",
                where, "set estimator = \"denoise\", or remove gradient");
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
  check_extension(population, where);
  check_number(population.dropout >= 0.0 && population.dropout < 1.0,
               "dropout is not at least 0 and below 1", where);
  if (population.dropout > 0.0 && population.kind != NeuronKind::lif)
    throw Error("a " + std::string(to_string(population.kind)) + " has no dropout", where,
                "set dropout in the lif population before it");
  const SpikeQuantizer& quantizer = population.quantizer;
  check_number(std::isfinite(quantizer.lambda) && quantizer.lambda >= 0.0,
               "the quantizer's lambda is below 0", where);
  check_number(std::isfinite(quantizer.window) && quantizer.window > 0.0,
               "the quantizer's window is not above 0", where);
  check_number(quantizer.levels >= 1 && quantizer.levels <= most_levels,
               "the quantizer's levels are not within 1 and 255", where);
  if (population.kind == NeuronKind::lif) check_quantizer(quantizer, where);
  check_estimator(quantizer, where);
}

void check_delays(const Projection& projection, const std::string& where) {
  const Delays& delays = projection.delays;
  if (delays.kind == DelayKind::fixed) return;
  if (projection.kind != ProjectionKind::dense)
    throw Error(std::string("a ") + to_string(projection.kind) + " projection has no delays per " +
                    to_string(delays.kind),
                where, "use delay_steps, or a dense projection");
  if (delays.longest < projection.delay_steps || delays.longest > most_delay_steps)
    throw Error("max_delay_steps is not within delay_steps and " +
                    std::to_string(most_delay_steps),
                where);
  check_number(std::isfinite(delays.sigma) && delays.sigma >= 0.0, "delay_sigma is below 0", where);
  check_number(std::isfinite(delays.rate) && delays.rate >= 0.0, "delay_rate is below 0", where);
}

void check_numbers(const Projection& projection, const std::string& where) {
  constexpr int longest = 1 << 20;
  const auto within = [](int value, int low, int high) { return value >= low && value <= high; };
  const auto both = [&](const PerAxis& axes, int low) {
    return within(axes.height, low, longest) && within(axes.width, low, longest);
  };
  check_number(both({projection.kernel_height, projection.kernel_width}, 1) &&
                   both(projection.stride, 1) && both(projection.padding, 0) &&
                   both(projection.dilation, 1) && within(projection.groups, 1, longest),
               "kernel, stride, dilation and groups must be at least 1, padding at least 0", where);
  if (!within(projection.delay_steps, 0, most_delay_steps))
    throw Error("delay_steps is not within 0 and " + std::to_string(most_delay_steps), where);
  check_delays(projection, where);
  check_number(std::isfinite(projection.gain), "gain is not a finite number", where);
  check_weights(projection.weights, where);
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
  if (projection.weighted() && target.kind == NeuronKind::relay)
    throw Error("a relay has no dynamics and takes no " + kind + " projection", where,
                "make '" + target.name + "' a lif population");
  if (!projection.weighted() && target.kind != NeuronKind::relay)
    throw Error("a " + kind + " projection ends in a relay, not in a " + to_string(target.kind),
                where, "put a relay population between the two");
  if (projection.kind == ProjectionKind::max_pool && !binary(network, network.source(id)) &&
      !passes_sums(network, network.source(id)))
    throw Error("maximum pooling is for spikes of one level, '" + source.name +
                    "' passes on several in a step",
                where, "use sum_pool, or levels = 1");
  if (projection.pools() && passes_sums(network, network.source(id)))
    throw Error("pooling needs spikes, '" + source.name + "' passes on counts", where,
                "pool once with a larger kernel");
  if (projection.bias && !projection.trainable())
    throw Error("a " + kind + " projection has no bias", where, "remove the bias");
  if (!projection.matrix() && (projection.weight_norm || projection.weights.bits != 32))
    throw Error("a " + kind + " projection has no column of weights to normalise or quantise",
                where, "use weight_bits = 32 and weight_norm = false");
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

void check_shapes(const Network& network, std::size_t id, const std::string& where) {
  const Projection& projection = network.projection(id);
  const Shape& source = network.population(network.source(id)).shape;
  const Population& target = network.population(network.target(id));
  if (projection.kind == ProjectionKind::conv2d &&
      (source.channels % projection.groups != 0 || target.shape.channels % projection.groups != 0))
    throw Error(std::to_string(source.channels) + " and " +
                    std::to_string(target.shape.channels) + " channels do not divide into " +
                    std::to_string(projection.groups) + " groups",
                where, "use a number of groups that divides both");
  const Shape made = projected_shape(projection, source, target.shape, where);
  if (!(made == target.shape))
    throw Error(std::string(to_string(projection.kind)) + " makes " + to_string(made) + " of " +
                    to_string(source) + ", but '" + target.name + "' is " +
                    to_string(target.shape),
                where, "give '" + target.name + "' the shape " + to_string(made));
  const std::size_t rows = fan_in(projection, source);
  const std::size_t columns = weight_columns(projection, target.shape);
  const Delays& delays = projection.delays;
  const auto taps = delays.kind == DelayKind::fixed
                        ? std::size_t{1}
                        : static_cast<std::size_t>(delays.longest - projection.delay_steps + 1);
  if (columns != 0 && rows > most_weights / columns / taps)
    throw Error("has more than " + std::to_string(most_weights) + " weights" +
                    (taps > 1 ? ", one for each delay" : ""),
                where,
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
