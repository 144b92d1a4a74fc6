// Building a network and asking it for its parts, its order and its shapes. Owns names and ids;
// what makes a whole network valid is in network_check.cpp. Must not know files or engines.
#include "models/network.hpp"

#include <algorithm>
#include <cassert>
#include <functional>
#include <queue>

#include "base/error.hpp"

// g++ 12 with sanitizers sees an uninitialised optional inside boost::add_vertex, which is not
// there.
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"

namespace volley {

bool usable_name(const std::string& name) {
  const auto usable = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '_' || c == '-' || c == '.';
  };
  return !name.empty() && name.size() <= 64 && name.front() != '.' &&
         std::all_of(name.begin(), name.end(), usable);
}

const char* to_string(NeuronKind kind) {
  switch (kind) {
    case NeuronKind::input: return "input";
    case NeuronKind::lif: return "lif";
    case NeuronKind::leaky_integrator: return "leaky_integrator";
    case NeuronKind::relay: return "relay";
  }
  return "";
}

const char* to_string(ProjectionKind kind) {
  switch (kind) {
    case ProjectionKind::dense: return "dense";
    case ProjectionKind::conv2d: return "conv2d";
    case ProjectionKind::sum_pool: return "sum_pool";
    case ProjectionKind::max_pool: return "max_pool";
    case ProjectionKind::flatten: return "flatten";
    case ProjectionKind::average_pool: return "average_pool";
    case ProjectionKind::concat: return "concat";
    case ProjectionKind::one_to_one: return "one_to_one";
    case ProjectionKind::identity: return "identity";
  }
  return "";
}

const char* to_string(Reset reset) {
  switch (reset) {
    case Reset::subtract: return "subtract";
    case Reset::zero: return "zero";
    case Reset::none: return "none";
  }
  return "";
}

const char* to_string(LearnTau learn_tau) {
  switch (learn_tau) {
    case LearnTau::no: return "no";
    case LearnTau::population: return "population";
    case LearnTau::channel: return "channel";
  }
  return "";
}

Network::Network(const Network& other) : graph_(other.graph_) { index_edges(); }

Network& Network::operator=(const Network& other) {
  if (this == &other) return *this;
  graph_ = other.graph_;
  index_edges();
  return *this;
}

// A copied graph keeps the order in which its edges were added.
void Network::index_edges() {
  const auto [first, last] = boost::edges(graph_);
  edges_.assign(first, last);
}

PopulationId Network::add_population(Population population) {
  if (!usable_name(population.name))
    throw Error("'" + population.name + "' cannot name a population", "network",
                "use up to 64 letters, digits, '_', '-' and '.', not beginning with '.'");
  for (PopulationId id = 0; id < populations(); ++id)
    if (graph_[id].name == population.name)
      throw Error("two populations are named '" + population.name + "'", "network",
                  "give each population its own name");
  if (populations() >= most_populations)
    throw Error("more than " + std::to_string(most_populations) + " populations", "network");
  return boost::add_vertex(std::move(population), graph_);
}

std::size_t Network::add_projection(PopulationId source, PopulationId target,
                                    Projection projection) {
  for (const PopulationId id : {source, target})
    if (id >= populations())
      throw Error("a projection names population number " + std::to_string(id) + " of " +
                      std::to_string(populations()),
                  "network", "add both populations before their projection");
  const auto [first, last] = boost::out_edges(source, graph_);
  for (auto edge = first; edge != last; ++edge)
    if (boost::target(*edge, graph_) == target && graph_[*edge].kind == projection.kind &&
        graph_[*edge].delay_steps == projection.delay_steps)
      throw Error("a second " + std::string(to_string(projection.kind)) +
                      " projection with the same delay",
                  graph_[source].name + "->" + graph_[target].name,
                  "keep one of the two, or give them different delays");
  if (projections() >= most_projections)
    throw Error("more than " + std::to_string(most_projections) + " projections", "network");
  projection.id = edges_.size();
  edges_.push_back(boost::add_edge(source, target, projection, graph_).first);
  return projection.id;
}

std::string Network::projection_name(std::size_t id) const {
  std::size_t copies = 1;
  const auto [first, last] = boost::out_edges(source(id), graph_);
  for (auto edge = first; edge != last; ++edge)
    if (boost::target(*edge, graph_) == target(id) && graph_[*edge].id < id) ++copies;
  const std::string name = graph_[source(id)].name + "->" + graph_[target(id)].name;
  return copies == 1 ? name : name + "#" + std::to_string(copies);
}

std::vector<std::size_t> Network::incoming(PopulationId id) const {
  std::vector<std::size_t> found;
  const auto [first, last] = boost::in_edges(id, graph_);
  for (auto edge = first; edge != last; ++edge) found.push_back(graph_[*edge].id);
  std::sort(found.begin(), found.end());
  return found;
}

std::vector<std::size_t> Network::outgoing(PopulationId id) const {
  std::vector<std::size_t> found;
  const auto [first, last] = boost::out_edges(id, graph_);
  for (auto edge = first; edge != last; ++edge) found.push_back(graph_[*edge].id);
  std::sort(found.begin(), found.end());
  return found;
}

PopulationId Network::find(const std::string& name) const {
  std::string known;
  for (PopulationId id = 0; id < populations(); ++id) {
    if (graph_[id].name == name) return id;
    if (id < 32) known += (id == 0 ? "" : ", ") + graph_[id].name;
  }
  throw Error("no population is named '" + name + "'", "network",
              known.empty() ? "the network has no populations" : "there are: " + known);
}

PopulationId Network::input() const {
  for (PopulationId id = 0; id < populations(); ++id)
    if (graph_[id].kind == NeuronKind::input) return id;
  assert(false && "input() of a network that was not checked");
  return 0;
}

PopulationId Network::readout() const {
  for (PopulationId id = 0; id < populations(); ++id) {
    const auto out = outgoing(id);
    if (graph_[id].kind != NeuronKind::input &&
        std::all_of(out.begin(), out.end(), [&](std::size_t edge) { return target(edge) == id; }))
      return id;
  }
  assert(false && "readout() of a network that was not checked");
  return 0;
}

// Kahn's algorithm; the queue by insertion makes the order stable. What a cycle holds back is left
// out: check() reports such a network.
std::vector<PopulationId> Network::order(bool delayed) const {
  const auto forward = [&](const ProjectionId& edge) {
    return graph_[edge].delay_steps == 0 ||
           (delayed && boost::source(edge, graph_) != boost::target(edge, graph_));
  };
  std::vector<std::size_t> waiting(populations(), 0);
  for (const ProjectionId& edge : edges_)
    if (forward(edge)) ++waiting[boost::target(edge, graph_)];
  std::priority_queue<PopulationId, std::vector<PopulationId>, std::greater<>> ready;
  for (PopulationId id = 0; id < populations(); ++id)
    if (waiting[id] == 0) ready.push(id);
  std::vector<PopulationId> ordered;
  while (!ready.empty()) {
    const PopulationId id = ready.top();
    ready.pop();
    ordered.push_back(id);
    const auto [first, last] = boost::out_edges(id, graph_);
    for (auto edge = first; edge != last; ++edge)
      if (forward(*edge) && --waiting[boost::target(*edge, graph_)] == 0)
        ready.push(boost::target(*edge, graph_));
  }
  return ordered;
}

bool operator==(const Network& a, const Network& b) {
  if (a.populations() != b.populations() || a.projections() != b.projections()) return false;
  for (PopulationId id = 0; id < a.populations(); ++id)
    if (!(a.population(id) == b.population(id))) return false;
  for (std::size_t id = 0; id < a.projections(); ++id)
    if (a.source(id) != b.source(id) || a.target(id) != b.target(id) ||
        !(a.projection(id) == b.projection(id)))
      return false;
  return true;
}

namespace {
/// Most spikes a neuron of a population passes on in one step; 0 without a limit or without spikes.
int most_spikes(const Network& network, PopulationId id) {
  int most = 1;
  std::vector<bool> seen(network.populations(), false);
  std::vector<PopulationId> waiting{id};
  while (!waiting.empty()) {
    const PopulationId at = waiting.back();
    waiting.pop_back();
    const Population& population = network.population(at);
    if (population.kind == NeuronKind::leaky_integrator) return 0;
    if (population.kind == NeuronKind::lif) most = std::max(most, population.quantizer.levels);
    if (population.kind != NeuronKind::relay) continue;
    const auto in = network.incoming(at);
    if (in.empty()) return 0;
    for (const std::size_t edge : in) {
      const ProjectionKind passes = network.projection(edge).kind;
      if (passes == ProjectionKind::sum_pool || passes == ProjectionKind::average_pool) return 0;
      const PopulationId source = network.source(edge);
      if (!seen[source]) waiting.push_back(source);
      seen[source] = true;
    }
  }
  return most;
}
}  // namespace

bool passes_sums(const Network& network, PopulationId id) { return most_spikes(network, id) == 0; }

bool binary(const Network& network, PopulationId id) { return most_spikes(network, id) == 1; }

namespace {
int windows(int size, int kernel, int stride, int padding, int dilation, const std::string& name) {
  const long long reach = static_cast<long long>(kernel - 1) * dilation + 1;
  const long long free_places = static_cast<long long>(size) + 2LL * padding - reach;
  if (free_places < 0)
    throw Error("a kernel of " + std::to_string(reach) + " does not fit into a map of " +
                    std::to_string(size) + " padded by " + std::to_string(padding),
                name, "use a smaller kernel or more padding");
  return static_cast<int>(free_places / stride + 1);
}
}  // namespace

Shape projected_shape(const Projection& projection, const Shape& source, const Shape& target,
                      const std::string& name) {
  switch (projection.kind) {
    case ProjectionKind::dense: return target;
    case ProjectionKind::flatten: return {static_cast<int>(source.size()), 1, 1};
    case ProjectionKind::concat: return {target.channels, source.height, source.width};
    case ProjectionKind::one_to_one:
    case ProjectionKind::identity: return source;
    default: break;
  }
  const bool conv = projection.kind == ProjectionKind::conv2d;
  const PerAxis padding = conv ? projection.padding : 0;
  const PerAxis dilation = conv ? projection.dilation : 1;
  return {conv ? target.channels : source.channels,
          windows(source.height, projection.kernel_height, projection.stride.height,
                  padding.height, dilation.height, name),
          windows(source.width, projection.kernel_width, projection.stride.width, padding.width,
                  dilation.width, name)};
}

std::size_t fan_in(const Projection& projection, const Shape& source) {
  if (projection.kind == ProjectionKind::dense) return source.size();
  if (projection.kind != ProjectionKind::conv2d) return projection.weighted() ? 1 : 0;
  return static_cast<std::size_t>(source.channels / projection.groups) *
         static_cast<std::size_t>(projection.kernel_height) *
         static_cast<std::size_t>(projection.kernel_width);
}

std::size_t weight_columns(const Projection& projection, const Shape& target) {
  if (projection.kind == ProjectionKind::dense) return target.size();
  return projection.weighted() ? static_cast<std::size_t>(target.channels) : 0;
}

}  // namespace volley
