#include "viz/topology_panel.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "viz/amounts.hpp"
#include "viz/axes.hpp"
#include "viz/text_metrics.hpp"

namespace volley {

namespace {
/// 0 for the least, 1 for the most spikes a second; by their logarithm.
std::vector<double> strengths(const Topology& topology) {
  double low = 1e300, high = 0;
  for (const TopologyEdge& edge : topology.edges)
    if (edge.spikes_per_second > 0) {
      low = std::min(low, edge.spikes_per_second);
      high = std::max(high, edge.spikes_per_second);
    }
  std::vector<double> result;
  for (const TopologyEdge& edge : topology.edges) {
    const double rate = edge.spikes_per_second;
    if (rate < 0) result.push_back(0.4);
    else if (rate == 0) result.push_back(0);
    else result.push_back(high > low ? 0.45 + 0.55 * std::log(rate / low) / std::log(high / low)
                                     : 1.0);
  }
  return result;
}

void draw_arrow(Scene& scene, const std::vector<Point>& line, Colour colour, float width,
                const Theme& theme) {
  const Point tip = line.back();
  // The direction a little before the end, where the line is still told from the box.
  Point before = line.front();
  for (auto point = line.rbegin(); point != line.rend(); ++point)
    if (std::hypot(point->x - tip.x, point->y - tip.y) > theme.label * 0.5F) {
      before = *point;
      break;
    }
  const float length = std::hypot(tip.x - before.x, tip.y - before.y);
  if (!(length > 0)) return;
  const float size = theme.label * 0.55F + width;
  const float ux = (tip.x - before.x) / length * size, uy = (tip.y - before.y) / length * size;
  scene.stroke({{tip.x - ux - uy * 0.55F, tip.y - uy + ux * 0.55F},
                tip,
                {tip.x - ux + uy * 0.55F, tip.y - uy - ux * 0.55F}},
               colour, std::max(1.5F, width * 0.7F));
}

void draw_edge_words(Scene& scene, const TopologyEdge& edge, const std::vector<Point>& line,
                     bool across, Box page, const Theme& theme) {
  const Point middle = line[line.size() / 2];
  const std::string rate =
      edge.spikes_per_second < 0 ? "" : short_amount(edge.spikes_per_second) + " spikes/s";
  if (edge.source == edge.target) {
    const std::string words = edge.words + (rate.empty() ? "" : ", " + rate);
    const Point at = across ? Point{middle.x, middle.y - theme.tick * 0.8F}
                            : Point{middle.x + theme.tick * 0.5F, middle.y};
    scene.text(at, fit_text(words, across ? theme.label * 16 : page.right() - at.x, theme.tick),
               theme.tick, theme.faint, across ? Align::centre : Align::left);
    return;
  }
  if (!across) {
    const std::string words = edge.words + (rate.empty() ? "" : ", " + rate);
    scene.text({middle.x + theme.tick * 0.7F, middle.y},
               fit_text(words, page.right() - middle.x - theme.tick, theme.tick), theme.tick,
               theme.faint);
    return;
  }
  // Two lines above the middle of the part that runs between two layers.
  const Point at = line[std::min<std::size_t>(line.size() - 1, 10)];
  const float room = line.size() > 20 ? (line[20].x - line[0].x) : line.back().x - line.front().x;
  const float lift = std::abs(line.back().y - line.front().y) > theme.label ? theme.tick * 1.1F
                                                                           : theme.tick * 0.8F;
  scene.text({at.x, at.y - lift}, fit_text(edge.words, room, theme.tick), theme.tick, theme.text,
             Align::centre);
  const std::string entering =
      text_width(rate, theme.tick) <= room || rate.empty()
          ? rate
          : fit_text(short_amount(edge.spikes_per_second) + "/s", room, theme.tick);
  scene.text({at.x, at.y + lift}, entering, theme.tick, theme.faint, Align::centre);
}

void draw_node(Scene& scene, Box box, const TopologyNode& node, double share, Colour colour,
               const Theme& theme) {
  if (box.empty()) return;
  scene.fill(box, mix(theme.panel, theme.background, 0.8));
  scene.outline(box, theme.frame);
  scene.fill({box.x, box.y, 4, box.height}, colour);
  if (node.rate_hz >= 0) {
    const float bar = std::max(3.0F, theme.label * 0.25F);
    const Box whole{box.x + 4, box.bottom() - bar - 1, box.width - 5, bar};
    scene.fill(whole, theme.grid);
    scene.fill({whole.x, whole.y, whole.width * static_cast<float>(share), whole.height}, colour);
  }
  const float left = box.x + theme.label * 0.8F, room = box.width - theme.label * 1.2F;
  const std::string rate = node.rate_hz < 0 ? "" : fmt::format("{:.3g} Hz", node.rate_hz);
  const Colour rate_colour = node.rate_hz == 0 ? theme.bad : theme.text;
  const std::string rate_words = node.rate_hz == 0 ? "silent" : rate;
  const float line = theme.label * 1.25F;
  const bool three = box.height >= 3.4F * line && !rate.empty();
  const bool two = box.height >= 2.3F * line;
  if (!two) {  // all in one line
    const float y = box.centre().y - (node.rate_hz >= 0 ? 2 : 0);
    if (box.height < theme.label) return;
    const std::string name = fit_text(node.name, room, theme.label, true);
    scene.text({left, y}, name, theme.label, theme.text, Align::left, true);
    const float used = text_width(name, theme.label, true) + theme.label;
    const float end = rate_words.empty() ? 0 : text_width(rate_words, theme.tick) + theme.label;
    if (used + end <= room + theme.label && !rate_words.empty())
      scene.text({left + room, y}, rate_words, theme.tick, rate_colour, Align::right);
    scene.text({left + used, y}, fit_text(node.words, room - used - end, theme.tick), theme.tick,
               theme.faint);
    return;
  }
  const float lines = three ? 3 : 2;
  float y = box.centre().y - line * (lines - 1) / 2 - (node.rate_hz >= 0 ? 2.0F : 0.0F);
  scene.text({left, y}, fit_text(node.name, room, theme.label, true), theme.label, theme.text,
             Align::left, true);
  y += line;
  const float end = three || rate_words.empty() ? 0 : text_width(rate_words, theme.tick) + theme.label;
  scene.text({left, y}, fit_text(node.words, room - end, theme.tick), theme.tick, theme.faint);
  if (!three && end > 0 && end <= room)
    scene.text({left + room, y}, rate_words, theme.tick, rate_colour, Align::right);
  if (three) scene.text({left, y + line}, rate_words, theme.tick, rate_colour);
}

/// Inside the panel, with room for loops around the outermost nodes.
Box inner(Box content, const Theme& theme) { return inset(content, theme.label * 0.5F); }

/// Larger words and boxes where few populations stand on a large page: as large as leaves each layer
/// and each box of a layer its room.
Theme enlarged(const Topology& topology, Box page, const Theme& theme) {
  Theme larger = theme;
  for (const float scale : {2.0F, 1.75F, 1.5F, 1.25F}) {
    larger.label = theme.label * scale;
    larger.tick = theme.tick * scale;
    const TopologyLayout layout = topology_layout(topology, page, larger);
    const float wide = larger.label * 11, high = larger.label * 4.6F;
    const bool room = std::all_of(layout.nodes.begin(), layout.nodes.end(), [&](const Box& node) {
      return node.width >= wide && node.height >= std::floor(high) - 1;
    });
    if (layout.across && room) return larger;
  }
  return theme;
}
}  // namespace

void draw_topology(Scene& scene, Box box, const Topology& topology, const Theme& theme) {
  const bool rates = std::any_of(topology.nodes.begin(), topology.nodes.end(),
                                 [](const TopologyNode& node) { return node.rate_hz >= 0; });
  const Box content =
      draw_panel(scene, box, "network",
                 fmt::format("{} populations, {} projections{}", topology.nodes.size(),
                             topology.edges.size(), rates ? ", mean rates" : ""), {}, theme);
  if (topology.nodes.empty()) return draw_absent(scene, content, "no network", theme);
  const Box page = inner(content, theme);
  const Theme large = enlarged(topology, page, theme);
  const TopologyLayout layout = topology_layout(topology, page, large);
  if (layout.nodes.front().empty())
    return draw_absent(scene, content, "too many to be drawn here", theme);
  const std::vector<double> strength = strengths(topology);
  for (std::size_t i = 0; i < topology.edges.size(); ++i) {
    const std::vector<Point>& line = layout.edges[i];
    if (line.size() < 2) continue;
    const Colour source = theme.colour(topology.edges[i].source);
    const Colour colour = topology.edges[i].spikes_per_second < 0
                              ? theme.faint
                              : mix(theme.frame, source, strength[i]);
    const float width = 1.2F + 3 * static_cast<float>(strength[i]);
    scene.stroke(line, colour, width);
    draw_arrow(scene, line, colour, width, large);
  }
  double highest = 0;
  for (const TopologyNode& node : topology.nodes) highest = std::max(highest, node.rate_hz);
  for (std::size_t i = 0; i < topology.nodes.size(); ++i)
    draw_node(scene, layout.nodes[i], topology.nodes[i],
              highest > 0 ? std::max(0.0, topology.nodes[i].rate_hz) / highest : 0,
              theme.colour(i), large);
  for (std::size_t i = 0; i < topology.edges.size(); ++i)
    if (layout.edges[i].size() >= 2)
      draw_edge_words(scene, topology.edges[i], layout.edges[i], layout.across, page, large);
}

std::optional<Hit> topology_hit(Box box, const Topology& topology, Point point,
                                const Theme& theme) {
  const Box page = inner(panel_content(box, theme), theme);
  const TopologyLayout layout = topology_layout(topology, page, enlarged(topology, page, theme));
  Hit hit;
  for (std::size_t i = 0; i < layout.nodes.size(); ++i) {
    if (layout.nodes[i].empty() || !layout.nodes[i].holds(point)) continue;
    const TopologyNode& node = topology.nodes[i];
    hit.population = i;
    hit.words = node.name + ", " + node.words;
    if (node.rate_hz >= 0) hit.words += fmt::format(", {:.3g} Hz", node.rate_hz);
    return hit;
  }
  for (std::size_t i = 0; i < layout.edges.size(); ++i)
    for (std::size_t k = 1; k < layout.edges[i].size(); ++k) {
      const Point a = layout.edges[i][k - 1], b = layout.edges[i][k];
      const float length = std::hypot(b.x - a.x, b.y - a.y);
      if (!(length > 0)) continue;
      const float along = std::clamp(
          ((point.x - a.x) * (b.x - a.x) + (point.y - a.y) * (b.y - a.y)) / length, 0.0F, length);
      const float away = std::hypot(a.x + (b.x - a.x) * along / length - point.x,
                                    a.y + (b.y - a.y) * along / length - point.y);
      if (away > theme.label * 0.5F) continue;
      const TopologyEdge& edge = topology.edges[i];
      hit.projection = i;
      hit.words = fmt::format("{} to {}, {}", topology.nodes[edge.source].name,
                              topology.nodes[edge.target].name, edge.words);
      if (edge.spikes_per_second >= 0)
        hit.words += ", " + short_amount(edge.spikes_per_second) + " spikes/s";
      return hit;
    }
  return std::nullopt;
}

}  // namespace volley
