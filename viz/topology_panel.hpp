// The network as a picture: populations in layers, projections between them, with the rates of a
// recording where there is one. Must not know engines or files.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/network.hpp"
#include "sim/trace.hpp"
#include "viz/hit.hpp"
#include "viz/scene.hpp"
#include "viz/theme.hpp"

namespace volley {

struct TopologyNode {
  std::string name, words;  ///< "hidden", "256 lif"
  double rate_hz = -1;      ///< mean of its neurons; below 0: not known, or no spikes
};
struct TopologyEdge {
  std::size_t source = 0, target = 0;  ///< nodes; equal: recurrent
  std::string words;                   ///< "conv2d 5x5/2, sign"
  double spikes_per_second = -1;       ///< that enter it; below 0: not known
};
struct Topology {
  std::vector<TopologyNode> nodes;  ///< by population id
  std::vector<TopologyEdge> edges;  ///< by projection id
};

/// @param trace may be null; else one of this network, its populations by id
Topology topology_of(const Network& network, const SampleTrace* trace = nullptr);

/// Beyond these (and four times as many edges) nothing is laid out: no picture holds them.
inline constexpr std::size_t most_drawn_nodes = 256;

struct TopologyLayout {
  std::vector<Box> nodes;                 ///< empty boxes where there is no room
  std::vector<std::vector<Point>> edges;  ///< lines from source to target
  bool across = true;                     ///< layers run from left to right
};
/// Layers by the longest path from the source, edges that close a cycle aside; from left to right
/// where the box is wide enough, else from top to bottom. Within a layer the order of least
/// crossings that barycentres find. The same topology and box give the same layout.
TopologyLayout topology_layout(const Topology& topology, Box box, const Theme& theme);

/// Boxes with name, kind, shape and rate, arrows with kind of projection and spikes a second: the
/// more spikes, the wider and the stronger.
void draw_topology(Scene& scene, Box box, const Topology& topology, const Theme& theme);
/// Population or projection under a point.
std::optional<Hit> topology_hit(Box box, const Topology& topology, Point point, const Theme& theme);

}  // namespace volley
