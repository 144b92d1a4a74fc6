// Where populations and projections of a topology lie: layers by the longest path, crossings made
// few by barycentres (Sugiyama, Tagawa and Toda, IEEE Trans. SMC 1981). Must not know how they are
// drawn.
#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/depth_first_search.hpp>
#include <boost/graph/topological_sort.hpp>
#include <cmath>
#include <numeric>

#include "viz/topology_panel.hpp"

namespace volley {

namespace {
using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS, boost::no_property,
                                    std::size_t>;  // the edge's number

struct BackEdges : boost::default_dfs_visitor {
  std::vector<bool>* back;
  template <class Edge, class Any>
  void back_edge(Edge edge, const Any& graph) const { (*back)[graph[edge]] = true; }
};

/// Edges that close a cycle are turned round: the rest has layers.
std::vector<bool> edges_turned(const Topology& topology) {
  Graph graph(topology.nodes.size());
  for (std::size_t i = 0; i < topology.edges.size(); ++i)
    boost::add_edge(topology.edges[i].source, topology.edges[i].target, i, graph);
  std::vector<bool> back(topology.edges.size(), false);
  BackEdges visitor;
  visitor.back = &back;
  boost::depth_first_search(graph, boost::visitor(visitor));
  return back;
}

/// One place in a layer: a node, or where a longer edge passes through.
struct Place {
  std::size_t node = SIZE_MAX, edge = SIZE_MAX;
  double order = 0;  ///< barycentre
};

struct Ends {
  std::size_t from, to;  ///< in the direction of the layers
};

struct Layers {
  std::vector<std::vector<Place>> places;
  std::vector<std::size_t> layer;               ///< by node
  std::vector<bool> turned;                     ///< by edge
  std::vector<Ends> ends;                       ///< by edge
  std::vector<std::vector<std::size_t>> in, out;   ///< edges by node
  std::vector<std::size_t> node_at;             ///< place within its layer, by node
  std::vector<std::vector<std::size_t>> passes; ///< by edge: its places in the layers it crosses

  void note_places(std::size_t l) {
    for (std::size_t i = 0; i < places[l].size(); ++i) {
      const Place& place = places[l][i];
      if (place.node != SIZE_MAX) node_at[place.node] = i;
      else passes[place.edge][l - layer[ends[place.edge].from] - 1] = i;
    }
  }
  /// Where an edge is in a layer that it begins, crosses or ends in.
  std::size_t place_of(std::size_t edge, std::size_t l) const {
    const Ends& own = ends[edge];
    if (l == layer[own.from]) return node_at[own.from];
    if (l == layer[own.to]) return node_at[own.to];
    return passes[edge][l - layer[own.from] - 1];
  }
};

Layers make_layers(const Topology& topology) {
  Layers layers;
  const std::size_t nodes = topology.nodes.size(), edges = topology.edges.size();
  layers.turned = edges_turned(topology);
  layers.layer.assign(nodes, 0);
  layers.node_at.assign(nodes, 0);
  layers.in.resize(nodes);
  layers.out.resize(nodes);
  layers.passes.resize(edges);
  Graph forward(nodes);
  for (std::size_t i = 0; i < edges; ++i) {
    const TopologyEdge& edge = topology.edges[i];
    layers.ends.push_back(layers.turned[i] ? Ends{edge.target, edge.source}
                                           : Ends{edge.source, edge.target});
    const Ends ends = layers.ends.back();
    if (ends.from == ends.to) continue;
    boost::add_edge(ends.from, ends.to, i, forward);
    layers.out[ends.from].push_back(i);
    layers.in[ends.to].push_back(i);
  }
  std::vector<std::size_t> order;  // targets first
  boost::topological_sort(forward, std::back_inserter(order));
  std::size_t deepest = 0;
  for (auto node = order.rbegin(); node != order.rend(); ++node)
    for (const std::size_t edge : layers.out[*node]) {
      std::size_t& target = layers.layer[layers.ends[edge].to];
      target = std::max(target, layers.layer[*node] + 1);
      deepest = std::max(deepest, target);
    }
  layers.places.resize(deepest + 1);
  for (std::size_t node = 0; node < nodes; ++node)
    layers.places[layers.layer[node]].push_back({node, SIZE_MAX, 0});
  for (std::size_t edge = 0; edge < edges; ++edge) {
    const Ends ends = layers.ends[edge];
    for (std::size_t l = layers.layer[ends.from] + 1; l < layers.layer[ends.to]; ++l) {
      layers.places[l].push_back({SIZE_MAX, edge, 0});
      layers.passes[edge].push_back(0);
    }
  }
  for (std::size_t l = 0; l < layers.places.size(); ++l) layers.note_places(l);
  return layers;
}

/// Orders every layer by the mean place of what it is joined to in the layer before (or after).
void sweep(Layers& layers, bool down) {
  const std::size_t count = layers.places.size();
  for (std::size_t k = 1; k < count; ++k) {
    const std::size_t l = down ? k : count - 1 - k, beside = down ? l - 1 : l + 1;
    std::vector<Place>& places = layers.places[l];
    const auto size = static_cast<double>(layers.places[beside].size());
    for (std::size_t i = 0; i < places.size(); ++i) {
      Place& place = places[i];
      place.order = static_cast<double>(i) / static_cast<double>(places.size());
      if (place.node == SIZE_MAX) {
        place.order = static_cast<double>(layers.place_of(place.edge, beside)) / size;
        continue;
      }
      double sum = 0;
      const std::vector<std::size_t>& joined =
          down ? layers.in[place.node] : layers.out[place.node];
      for (const std::size_t edge : joined)
        sum += static_cast<double>(layers.place_of(edge, beside)) / size;
      if (!joined.empty()) place.order = sum / static_cast<double>(joined.size());
    }
    std::stable_sort(places.begin(), places.end(),
                     [](const Place& a, const Place& b) { return a.order < b.order; });
    layers.note_places(l);
  }
}

/// A smooth line through points, level (or upright) at each of them.
std::vector<Point> smooth(const std::vector<Point>& through, bool across) {
  std::vector<Point> line{through.front()};
  constexpr int parts = 20;
  for (std::size_t i = 0; i + 1 < through.size(); ++i) {
    const Point a = through[i], b = through[i + 1];
    for (int k = 1; k <= parts; ++k) {
      const float t = static_cast<float>(k) / parts;
      const float ease = t * t * (3 - 2 * t);
      line.push_back(across ? Point{a.x + (b.x - a.x) * t, a.y + (b.y - a.y) * ease}
                            : Point{a.x + (b.x - a.x) * ease, a.y + (b.y - a.y) * t});
    }
  }
  return line;
}

std::vector<Point> loop(Box node, bool across, const Theme& theme) {
  const float size = std::min(theme.label * 1.6F, across ? node.width * 0.3F : node.height * 0.7F);
  std::vector<Point> line;
  for (int k = 0; k <= 24; ++k) {
    const float angle = 3.14159265F * static_cast<float>(k) / 24;
    const float along = std::cos(angle) * size, out = std::sin(angle) * size;
    line.push_back(across ? Point{node.centre().x + along, node.y - out}
                          : Point{node.right() + out, node.centre().y - along * 0.5F});
  }
  return line;
}
}  // namespace

TopologyLayout topology_layout(const Topology& topology, Box box, const Theme& theme) {
  TopologyLayout layout;
  layout.nodes.resize(topology.nodes.size());
  layout.edges.resize(topology.edges.size());
  if (topology.nodes.empty() || box.empty() || topology.nodes.size() > most_drawn_nodes ||
      topology.edges.size() > 4 * most_drawn_nodes)
    return layout;
  Layers layers = make_layers(topology);
  for (int k = 0; k < 4; ++k) sweep(layers, k % 2 == 0);

  const auto depth = static_cast<float>(layers.places.size());
  const bool across = box.width / depth >= theme.label * 12;
  layout.across = across;
  const float slot = (across ? box.width : box.height) / depth;
  const float breadth = across ? box.height : box.width;
  // Room beside the nodes for loops.
  const float main_size = across ? std::min(theme.label * 14, slot * 0.56F)
                                 : std::min(theme.label * 3.6F, slot * 0.58F);
  std::vector<std::vector<Point>> waypoints(topology.edges.size());
  for (std::size_t l = 0; l < layers.places.size(); ++l) {
    const std::vector<Place>& places = layers.places[l];
    // A passing edge takes a third of a node's room.
    float shares = 0;
    for (const Place& place : places) shares += place.node != SIZE_MAX ? 1.0F : 0.34F;
    float at = 0;
    for (const Place& place : places) {
      const float share = place.node != SIZE_MAX ? 1.0F : 0.34F;
      const float middle = breadth * (at + share / 2) / shares;
      const float room = breadth * share / shares;
      at += share;
      const float main = slot * (static_cast<float>(l) + 0.5F);
      const Point centre = across ? Point{box.x + main, box.y + middle}
                                  : Point{box.x + middle, box.y + main};
      if (place.node == SIZE_MAX) {
        waypoints[place.edge].push_back(centre);
        continue;
      }
      const float cross_size = across ? std::min(theme.label * 4.6F, room * 0.62F)
                                      : std::min(theme.label * 20, room * 0.7F);
      const float width = across ? main_size : cross_size;
      const float height = across ? cross_size : main_size;
      layout.nodes[place.node] =
          snapped({centre.x - width / 2, centre.y - height / 2, width, height});
    }
  }
  for (std::size_t i = 0; i < topology.edges.size(); ++i) {
    const Ends ends = layers.ends[i];
    const Box from = layout.nodes[ends.from], to = layout.nodes[ends.to];
    if (ends.from == ends.to) {
      layout.edges[i] = loop(from, across, theme);
      continue;
    }
    // Several between the same two stand beside each other.
    int place = 0, beside = 0;
    for (std::size_t other = 0; other < topology.edges.size(); ++other) {
      const Ends theirs = layers.ends[other];
      if (std::minmax(theirs.from, theirs.to) != std::minmax(ends.from, ends.to)) continue;
      if (other < i) ++place;
      ++beside;
    }
    const float spread = std::min(theme.label * 2.4F, (across ? from.height : from.width) * 0.8F /
                                                          static_cast<float>(beside));
    const float shift = (static_cast<float>(place) - static_cast<float>(beside - 1) / 2) * spread;
    std::vector<Point> through;
    through.push_back(across ? Point{from.right(), from.centre().y + shift}
                             : Point{from.centre().x + shift, from.bottom()});
    through.insert(through.end(), waypoints[i].begin(), waypoints[i].end());
    through.push_back(across ? Point{to.x, to.centre().y + shift}
                             : Point{to.centre().x + shift, to.y});
    layout.edges[i] = smooth(through, across);
    if (layers.turned[i]) std::reverse(layout.edges[i].begin(), layout.edges[i].end());
  }
  return layout;
}

}  // namespace volley
