// What the pointer does to what is shown: zoom, pan, seek, pick. (Keys are interaction.cpp's.)
#include <algorithm>
#include <cmath>
#include <utility>

#include "viz/interaction.hpp"
#include "viz/scrub_bar.hpp"

namespace volley {

namespace {
constexpr double zoom_step = 1.25, most_zoom = 64;
constexpr float click_reach = 3;  // pixels a pointer may move between press and release

float distance(Point a, Point b) { return std::hypot(a.x - b.x, a.y - b.y); }

/// The sensor's middle after a change of zoom, held so that nothing outside it is shown.
void hold_centre(EventsOptions& events) {
  const double half = 0.5 / events.zoom;
  events.centre_x = std::clamp(events.centre_x, half, 1 - half);
  events.centre_y = std::clamp(events.centre_y, half, 1 - half);
}
}  // namespace

void Interaction::wheel(Point at, double clicks, bool rows) {
  if (!std::isfinite(clicks) || clicks == 0) return;
  zoom(at, std::pow(zoom_step, std::clamp(clicks, -20.0, 20.0)), rows);
}

/// What lies under the point keeps its place.
void Interaction::zoom(Point at, double factor, bool rows) {
  if (trace_ == nullptr) return;
  const DashboardView now = view();
  const DashboardLayout layout = dashboard_layout(now);
  const PanelKind panel = point_at(now, at).panel;
  changed();
  if (panel == PanelKind::events) {
    const PopulationTrace* input = input_population(*trace_);
    if (input == nullptr) return;
    const Box where = sensor_box(layout.events, *input, events_, now.theme);
    const double across = std::clamp((at.x - where.x) / std::max(1.0F, where.width), 0.0F, 1.0F);
    const double down = std::clamp((at.y - where.y) / std::max(1.0F, where.height), 0.0F, 1.0F);
    const double before = events_.zoom;
    events_.zoom = std::clamp(before * factor, 1.0, most_zoom);
    const double change = 1 / before - 1 / events_.zoom;
    events_.centre_x += (across - 0.5) * change;
    events_.centre_y += (down - 0.5) * change;
    hold_centre(events_);
    return;
  }
  Point around = at;
  if (panel != PanelKind::raster) {
    const RasterLayout raster = raster_layout(*trace_, layout.raster, now.theme, raster_);
    around = {raster.x_of(std::clamp(playback_.head_ms(), raster.from_ms, raster.to_ms)),
              layout.raster.centre().y};
    rows = false;
  }
  const double origin_ms = raster_.origin_ms;
  raster_ = zoomed(raster_, layout.raster, *trace_, around, 1 / factor, rows, now.theme);
  raster_.origin_ms = origin_ms;
}

void Interaction::press(Point at) {
  pointer_ = at;
  changed(help_);
  if (std::exchange(help_, false)) return;
  pressed_at_ = at;
  drag_events_ = events_;
  drag_raster_ = raster_;
  pressed_on_ = point_at(view(), at).panel;
  drag_ = Drag::pressed;
  if (pressed_on_ == PanelKind::scrub) {
    drag_ = Drag::scrub;
    seek_at(at);
  }
}

void Interaction::move(Point at) {
  pointer_ = at;
  changed(false);
  if (drag_ == Drag::scrub) seek_at(at);
  if (drag_ == Drag::pressed && distance(at, pressed_at_) > click_reach) {
    if (pressed_on_ == PanelKind::events) drag_ = Drag::events;
    if (pressed_on_ == PanelKind::raster) drag_ = Drag::raster;
  }
  if (drag_ == Drag::events || drag_ == Drag::raster) pan(at);
}

void Interaction::release(Point at) {
  pointer_ = at;
  changed(false);
  const Drag ended = std::exchange(drag_, Drag::none);
  if (ended == Drag::pressed && distance(at, pressed_at_) <= click_reach) click(at);
}

void Interaction::leave() {
  pointer_.reset();
  changed(false);
}

void Interaction::seek_at(Point at) {
  if (trace_ == nullptr) return;
  const DashboardView now = view();
  playback_.seek(scrub_time(dashboard_layout(now).scrub, *trace_, at.x, now.theme));
}

void Interaction::pan(Point to) {
  if (trace_ == nullptr) return;
  const DashboardView now = view();
  const DashboardLayout layout = dashboard_layout(now);
  if (drag_ == Drag::raster) {
    raster_ = panned(drag_raster_, layout.raster, *trace_, pressed_at_, to, now.theme);
  } else {
    const PopulationTrace* input = input_population(*trace_);
    if (input == nullptr || drag_events_.zoom <= 1) return;
    const Box where = sensor_box(layout.events, *input, drag_events_, now.theme);
    events_ = drag_events_;
    events_.centre_x -= (to.x - pressed_at_.x) / std::max(1.0F, where.width) / events_.zoom;
    events_.centre_y -= (to.y - pressed_at_.y) / std::max(1.0F, where.height) / events_.zoom;
    hold_centre(events_);
  }
  changed();
}

void Interaction::click(Point at) {
  const PointedAt found = point_at(view(), at);
  if (found.panel == PanelKind::scrub_button) act(Act::play_pause);
  if (found.neuron) pick(picked_ == found.neuron ? std::nullopt : found.neuron);
}

}  // namespace volley
