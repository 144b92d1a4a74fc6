// What lies under a point of the dashboard: the panel, the neuron, the time. Must not know how it
// came to be asked.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "viz/dashboard.hpp"

namespace volley {

enum class PanelKind { none, events, raster, lower, scores, scrub, scrub_button };

struct PointedAt {
  PanelKind panel = PanelKind::none;
  std::optional<Hit> hit;
  /// The one neuron meant: in the raster that of a spike near the point before that of the bare
  /// place; of a pixel the polarity that fired more in the window shown.
  std::optional<NeuronId> neuron;
};

PointedAt point_at(const DashboardView& view, Point at);

/// What a pointer is told: neuron, layer and time; empty where there is nothing to tell.
std::string hover_words(const DashboardView& view, Point at);

/// A small framed label near the pointer, held within the page.
void draw_hover(Scene& scene, const DashboardView& view, Point at);
/// Marks the picked neuron in the raster and in the events panel.
void draw_picked(Scene& scene, const DashboardView& view);

}  // namespace volley
