#include "viz/dashboard.hpp"

#include <algorithm>
#include <utility>

#include "viz/lower_panel.hpp"
#include "viz/pointing.hpp"
#include "viz/scrub_bar.hpp"

namespace volley {

namespace {
bool has_trace(const DashboardView& view) {
  return view.trace != nullptr && !view.trace->populations.empty();
}

bool has_history(const DashboardView& view) {
  return view.history != nullptr &&
         !(view.history->batches.empty() && view.history->epochs.empty());
}
}  // namespace

bool sensors_in_line(const SampleTrace& trace) {
  const PopulationTrace* input = input_population(trace);
  return input != nullptr && input->shape.height == 1 && input->shape.width > 2;
}

DashboardLayout dashboard_layout(const DashboardView& view) {
  DashboardLayout layout;
  const float gap = view.theme.label * 0.6F;
  Box rest{0, 0, static_cast<float>(view.width), static_cast<float>(view.height)};
  layout.header = cut_top(rest, view.theme.title * 2.3F);
  rest = inset({rest.x, rest.y - gap, rest.width, rest.height + gap}, gap);
  const bool history = has_history(view);
  if (!has_trace(view)) {
    if (history) layout.curves = rest;
    return layout;
  }
  const float scrub = scrub_height(view.theme);
  if (rest.height > scrub * 10) {
    layout.scrub = cut_bottom(rest, scrub);
    cut_bottom(rest, gap);
  }
  if (input_population(*view.trace) == nullptr) {  // a simulation: spikes alone
    layout.rates = cut_bottom(rest, rest.height * 0.3F);
    cut_bottom(rest, gap);
    if (history) {
      layout.curves = layout.rates;
      layout.rates = cut_left(layout.curves, layout.curves.width * 0.4F);
      cut_left(layout.curves, gap);
    }
    layout.raster = rest;
    return layout;
  }
  const bool model = view.trace->populations.size() > 1;
  if (!model && sensors_in_line(*view.trace) && !history) {
    layout.events = cut_top(rest, std::min(rest.height * 0.3F, view.theme.label * 12));
    cut_top(rest, gap);
    layout.raster = rest;
    return layout;
  }
  if (!model) {
    const float side = std::min(rest.height + view.theme.label * 2, rest.width * 0.42F);
    layout.events = cut_left(rest, history ? rest.width * 0.3F : side);
    cut_left(rest, gap);
    if (history) {
      layout.curves = cut_bottom(rest, rest.height * 0.4F);
      cut_bottom(rest, gap);
    }
    layout.raster = rest;
    return layout;
  }
  Box side = cut_left(rest, rest.width * 0.285F);
  cut_left(rest, gap);
  if (view.trace->scores.empty()) {
    layout.rates = cut_bottom(side, side.height * 0.4F);
    cut_bottom(side, gap);
    layout.events = side;
    if (history) {
      layout.curves = cut_bottom(rest, rest.height * 0.36F);
      cut_bottom(rest, gap);
    }
    layout.raster = rest;
    return layout;
  }
  Box bottom = cut_bottom(rest, rest.height * 0.36F);
  cut_bottom(rest, gap);
  layout.raster = rest;
  if (sensors_in_line(*view.trace)) {
    layout.events = cut_top(side, std::min(side.height * 0.3F, view.theme.label * 10));
    cut_top(side, gap);
    layout.scores = side;
  } else {
    layout.scores = cut_bottom(side, bottom.height);
    cut_bottom(side, gap);
    layout.events = side;
  }
  if (history) {
    layout.rates = cut_left(bottom, bottom.width * 0.4F);
    cut_left(bottom, gap);
    layout.curves = bottom;
  } else {
    layout.rates = bottom;
  }
  return layout;
}

namespace {
bool shows_weights(const DashboardView& view) {
  return view.picked && view.inspected != nullptr && !view.inspected->fields.empty();
}
}  // namespace

std::optional<Hit> scores_place_hit(const DashboardView& view, Box box, Point at) {
  if (shows_weights(view)) return weights_hit(box, view.inspected->fields, at, view.theme);
  return scores_hit(box, *view.trace, at, view.theme);
}

Scene dashboard_ground(const DashboardView& view) {
  Scene scene{view.width, view.height, view.theme.background, {}};
  const DashboardLayout layout = dashboard_layout(view);
  draw_header(scene, layout.header, view.trace, view.status, view.theme);
  if (has_trace(view)) {
    const SampleTrace& trace = *view.trace;
    if (!layout.events.empty())
      draw_events(scene, layout.events, trace, view.events, view.theme);
    if (!layout.raster.empty())
      draw_raster(scene, layout.raster, trace, view.theme, view.raster);
    draw_scrub_bar(scene, layout.scrub, trace, view.raster, view.theme);
    if (!layout.rates.empty()) draw_lower(scene, layout.rates, view);
    if (!layout.scores.empty() && shows_weights(view))
      draw_weights(scene, layout.scores, view.inspected->fields, view.theme);
    else if (!layout.scores.empty())
      draw_scores(scene, layout.scores, trace, view.theme);
  }
  if (!layout.curves.empty()) draw_curves(scene, layout.curves, *view.history, view.theme);
  if (!has_trace(view) && !has_history(view))
    draw_absent(scene, scene.page(), "waiting for the first recording", view.theme);
  return scene;
}

Scene dashboard_moving(const DashboardView& view) {
  Scene scene{view.width, view.height, {0, 0, 0, 0}, {}};
  const DashboardLayout layout = dashboard_layout(view);
  draw_header_at_head(scene, layout.header, view.trace, view.head_ms, view.theme);
  if (!has_trace(view)) return scene;
  draw_events_at_head(scene, layout.events, *view.trace, view.head_ms, view.events, view.theme);
  draw_raster_at_head(scene, layout.raster, *view.trace, view.head_ms, view.theme,
                      view.raster);
  if (!layout.rates.empty()) draw_lower_at_head(scene, layout.rates, view);
  draw_scrub_bar_at_head(scene, layout.scrub, *view.trace, view.head_ms, view.playing, view.theme);
  draw_picked(scene, view);
  return scene;
}

Scene dashboard(const DashboardView& view) {
  Scene scene = dashboard_ground(view);
  scene.append(dashboard_moving(view));
  return scene;
}

SampleTrace recording_trace(const Recording& recording, SpikeTrain spikes, double dt_ms) {
  SampleTrace trace;
  trace.recording = recording.name;
  trace.label = recording.label;
  trace.dt_ms = dt_ms;
  trace.steps = spikes.steps;
  PopulationTrace input;
  input.name = "input";
  input.kind = NeuronKind::input;
  input.shape = {recording.sensor.polarities, recording.sensor.height, recording.sensor.width};
  input.spikes = std::move(spikes);
  trace.populations.push_back(std::move(input));
  return trace;
}

}  // namespace volley
