// Both formats through Boost's dynamic properties, so that both say the same.
#include "models/graph_files.hpp"

#include <boost/graph/graphml.hpp>
#include <boost/graph/graphviz.hpp>
#include <boost/property_map/dynamic_property_map.hpp>
#include <sstream>

#include "base/atomic_file.hpp"
#include "base/error.hpp"

namespace volley {

namespace {

struct Node {
  std::string name, kind, shape, label;
  std::string id;  ///< the file's own
  double beta = 0, threshold = 0;
};
struct Edge {
  std::string kind, label;
  long weights = 0;
  int delay = 0, bits = 32;
};
using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::bidirectionalS, Node, Edge>;

Graph plain_graph(const Network& network) {
  Graph graph;
  for (PopulationId id = 0; id < network.populations(); ++id) {
    const Population& p = network.population(id);
    const bool neuron = p.kind == NeuronKind::lif || p.kind == NeuronKind::leaky_integrator;
    Node node{p.name, to_string(p.kind), to_string(p.shape), {}, {}, 0, 0};
    if (neuron) node.beta = p.beta;
    if (p.kind == NeuronKind::lif) node.threshold = p.threshold;
    node.label = p.name + "\\n" + node.kind + " " + node.shape;
    boost::add_vertex(node, graph);
  }
  for (std::size_t id = 0; id < network.projections(); ++id) {
    const Projection& p = network.projection(id);
    Edge edge;
    edge.kind = edge.label = to_string(p.kind);
    if (p.weighted())
      edge.weights = static_cast<long>(
          fan_in(p, network.population(network.source(id)).shape) *
          weight_columns(p, network.population(network.target(id)).shape));
    edge.delay = p.delay_steps;
    edge.bits = p.weights.bits;
    if (p.delay_steps > 0) edge.label += "\\ndelay " + std::to_string(p.delay_steps);
    boost::add_edge(network.source(id), network.target(id), edge, graph);
  }
  return graph;
}

boost::dynamic_properties properties(Graph& graph) {
  boost::dynamic_properties found;
  found.property("name", boost::get(&Node::name, graph));
  found.property("population_kind", boost::get(&Node::kind, graph));
  found.property("shape_of", boost::get(&Node::shape, graph));
  found.property("beta", boost::get(&Node::beta, graph));
  found.property("threshold", boost::get(&Node::threshold, graph));
  found.property("projection_kind", boost::get(&Edge::kind, graph));
  found.property("weights", boost::get(&Edge::weights, graph));
  found.property("delay_steps", boost::get(&Edge::delay, graph));
  found.property("weight_bits", boost::get(&Edge::bits, graph));
  return found;
}

bool same(const Graph& graph, const Network& network) {
  Graph expected = plain_graph(network);
  if (boost::num_vertices(graph) != boost::num_vertices(expected) ||
      boost::num_edges(graph) != boost::num_edges(expected))
    return false;
  for (std::size_t id = 0; id < boost::num_vertices(graph); ++id)
    if (graph[id].name != expected[id].name || graph[id].kind != expected[id].kind ||
        graph[id].shape != expected[id].shape)
      return false;
  auto [edge, end] = boost::edges(graph);
  auto [other, other_end] = boost::edges(expected);
  for (; edge != end; ++edge, ++other)
    if (boost::source(*edge, graph) != boost::source(*other, expected) ||
        boost::target(*edge, graph) != boost::target(*other, expected) ||
        graph[*edge].kind != expected[*other].kind ||
        graph[*edge].weights != expected[*other].weights ||
        graph[*edge].delay != expected[*other].delay)
      return false;
  return true;
}

}  // namespace

void write_graphviz_file(const Network& network, const std::filesystem::path& file) {
  Graph graph = plain_graph(network);
  boost::dynamic_properties found = properties(graph);
  found.property("node_id", boost::get(boost::vertex_index, graph));
  found.property("label", boost::get(&Node::label, graph));
  found.property("label", boost::get(&Edge::label, graph));
  std::ostringstream out;
  boost::write_graphviz_dp(out, graph, found);
  write_file(file, out.str());
}

void write_graphml_file(const Network& network, const std::filesystem::path& file) {
  Graph graph = plain_graph(network);
  std::ostringstream out;
  boost::write_graphml(out, graph, properties(graph), true);
  write_file(file, out.str());
}

bool says_graphviz(const Network& network, const std::filesystem::path& file) {
  Graph graph;
  boost::dynamic_properties found = properties(graph);
  found.property("node_id", boost::get(&Node::id, graph));
  found.property("label", boost::get(&Node::label, graph));
  found.property("label", boost::get(&Edge::label, graph));
  try {
    if (!boost::read_graphviz(read_file(file), graph, found, "node_id")) return false;
  } catch (const boost::graph_exception&) {
    return false;
  }
  return same(graph, network);
}

bool says_graphml(const Network& network, const std::filesystem::path& file) {
  Graph graph;
  boost::dynamic_properties found = properties(graph);
  std::istringstream in(read_file(file));
  try {
    boost::read_graphml(in, graph, found);
  } catch (const boost::graph_exception&) {
    return false;
  }
  return same(graph, network);
}

}  // namespace volley
