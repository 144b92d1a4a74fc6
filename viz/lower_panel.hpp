// The panel under the raster: what it shows of a view, in which order Tab goes through that. Must
// not know keys or windows.
#pragma once

#include <optional>

#include "viz/dashboard.hpp"

namespace volley {

/// Whether there is something of the kind to be seen.
bool can_show(const DashboardView& view, LowerPanel panel);
/// The kind after the one of the view, of those that there is something of.
LowerPanel next_lower(const DashboardView& view);

/// The membrane of a picked neuron, else what the view asks for, else the firing rates.
void draw_lower(Scene& scene, Box box, const DashboardView& view);
void draw_lower_at_head(Scene& scene, Box box, const DashboardView& view);
/// What lies under a point of it.
std::optional<Hit> lower_hit(const DashboardView& view, Box box, Point at);

}  // namespace volley
