#include "viz/pointing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "viz/lower_panel.hpp"
#include "viz/scrub_bar.hpp"
#include "viz/text_metrics.hpp"

namespace volley {

namespace {
constexpr float near_pixels = 4;

bool has_polarities(const PopulationTrace& population) {
  return population.kind == NeuronKind::input && population.shape.channels == 2 &&
         !population.shape.flat();
}

std::size_t id_of(const SampleTrace& trace, const PopulationTrace* population) {
  return static_cast<std::size_t>(population - trace.populations.data());
}

struct Spike {
  std::uint32_t step = 0, neuron = 0;
};

/// The spike nearest to a point of band i, within a few pixels.
std::optional<Spike> near_spike(const SampleTrace& trace, const RasterLayout& layout,
                                std::size_t i, Point at) {
  const Box band = layout.bands[i];
  const NeuronRange neurons = layout.neurons[i];
  const SpikeTrain& train = trace.populations[layout.populations[i]].spikes;
  const double steps = (layout.to_ms - layout.from_ms) / trace.dt_ms;
  if (neurons.count == 0 || !(steps > 0) || band.empty()) return std::nullopt;
  const auto step_wide = static_cast<float>(static_cast<double>(band.width) / steps);
  const float row_high = band.height / static_cast<float>(neurons.count);
  const auto middle = static_cast<long>(layout.time_of(at.x) / trace.dt_ms);
  const auto reach = static_cast<long>(std::min(64.0F, near_pixels / step_wide)) + 1;
  float best = near_pixels;
  std::optional<Spike> found;
  for (long place = std::max(0L, middle - reach); place <= middle + reach; ++place) {
    if (place >= static_cast<long>(train.steps)) break;
    const auto step = static_cast<std::uint32_t>(place);
    const float x = layout.x_of((static_cast<double>(step) + 0.5) * trace.dt_ms);
    for (const std::uint32_t neuron : train.step(step)) {
      if (neuron < neurons.first || neuron - neurons.first >= neurons.count) continue;
      const float y =
          band.y + (static_cast<float>(neuron - neurons.first) + 0.5F) * row_high;
      const float away = std::max(
          0.0F, std::hypot(x - at.x, y - at.y) - std::min(step_wide, row_high) / 2);
      if (away < best) best = away, found = Spike{step, neuron};
    }
  }
  return found;
}

std::string name_of(const PopulationTrace& population, std::size_t neuron) {
  if (!has_polarities(population))
    return population.name + ", " + neuron_words(population.shape, neuron);
  const std::size_t pixel = neuron / 2;
  const auto width = static_cast<std::size_t>(std::max(1, population.shape.width));
  return fmt::format("{}, x {}, y {}, {}", population.name, pixel % width, pixel / width,
                     neuron % 2 == 1 ? "ON" : "OFF");
}

std::string time_words(const DashboardView& view, double time_ms) {
  const double dt = view.trace->dt_ms;
  return fmt::format("{:.{}f} ms", view.raster.origin_ms + time_ms, dt < 0.1 ? 2 : dt < 1 ? 1 : 0);
}

PointedAt point_at_raster(const DashboardView& view, Box panel, Point at) {
  PointedAt found;
  const SampleTrace& trace = *view.trace;
  found.panel = PanelKind::raster;
  found.hit = raster_hit(panel, trace, at, view.theme, view.raster);
  if (!found.hit || !found.hit->population || found.hit->neurons == 0) return found;
  found.neuron = NeuronId{*found.hit->population, found.hit->first_neuron};
  if (trace.populations[found.neuron->population].spikes.steps == 0) return found;
  const RasterLayout layout = raster_layout(trace, panel, view.theme, view.raster);
  const std::size_t i = layout.band_at(at);
  if (i == layout.bands.size()) return found;
  const PopulationTrace& population = trace.populations[layout.populations[i]];
  const auto spike = near_spike(trace, layout, i, at);
  if (spike) {
    found.neuron->neuron = spike->neuron;
    found.hit->time_ms = spike->step * trace.dt_ms;
    found.hit->first_neuron = spike->neuron;
    found.hit->neurons = 1;
  }
  const std::string neurons =
      found.hit->neurons > 1
          ? population.name + ", " +
                neuron_words(population.shape, found.hit->first_neuron, found.hit->neurons)
          : name_of(population, found.neuron->neuron);
  found.hit->words =
      neurons + ", " + time_words(view, *found.hit->time_ms) + (spike ? ", spike" : "");
  return found;
}

PointedAt point_at_events(const DashboardView& view, Box panel, Point at) {
  PointedAt found;
  found.panel = PanelKind::events;
  found.hit = events_hit(panel, *view.trace, at, view.theme, view.events);
  if (!found.hit || !found.hit->population || found.hit->neurons == 0) return found;
  const PopulationTrace& input = view.trace->populations[*found.hit->population];
  std::size_t neuron = found.hit->first_neuron;
  if (has_polarities(input)) {
    const EventFrame frame = accumulate_events(input, view.trace->dt_ms, view.head_ms, view.events);
    const std::size_t pixel = neuron / 2;
    if (pixel < frame.on.size() && frame.on[pixel] >= frame.off[pixel]) ++neuron;
  }
  found.neuron = NeuronId{*found.hit->population, neuron};
  found.hit->time_ms = view.head_ms;
  found.hit->words += ", " + time_words(view, view.head_ms);
  return found;
}

PointedAt point_at_scrub(const DashboardView& view, Box strip, Point at) {
  PointedAt found;
  if (scrub_layout(strip, view.theme).button.holds(at)) {
    found.panel = PanelKind::scrub_button;
    return found;
  }
  found.panel = PanelKind::scrub;
  Hit hit;
  hit.time_ms = scrub_time(strip, *view.trace, at.x, view.theme);
  hit.words = time_words(view, *hit.time_ms);
  found.hit = hit;
  return found;
}
}  // namespace

PointedAt point_at(const DashboardView& view, Point at) {
  if (view.trace == nullptr || view.trace->populations.empty()) return {};
  const DashboardLayout layout = dashboard_layout(view);
  const auto within = [&](Box box) { return !box.empty() && box.holds(at); };
  if (within(layout.raster)) return point_at_raster(view, layout.raster, at);
  if (within(layout.events)) return point_at_events(view, layout.events, at);
  if (within(layout.scrub)) return point_at_scrub(view, layout.scrub, at);
  if (within(layout.rates)) return {PanelKind::lower, lower_hit(view, layout.rates, at), {}};
  if (within(layout.scores))
    return {PanelKind::scores, scores_place_hit(view, layout.scores, at), {}};
  return {};
}

std::string hover_words(const DashboardView& view, Point at) {
  const PointedAt found = point_at(view, at);
  return found.hit ? found.hit->words : std::string();
}

void draw_hover(Scene& scene, const DashboardView& view, Point at) {
  const Theme& theme = view.theme;
  const std::string words = fit_text(hover_words(view, at),
                                     static_cast<float>(view.width) - theme.label * 2, theme.label);
  if (words.empty()) return;
  const float wide = text_width(words, theme.label) + theme.label * 1.6F;
  const float high = theme.label * 1.8F, away = theme.label;
  Box box{at.x + away, at.y - away - high, wide, high};
  if (box.right() > static_cast<float>(view.width)) box.x = at.x - away - wide;
  box.x = std::max(0.0F, box.x);
  if (box.y < 0) box.y = at.y + away;
  scene.fill(box, theme.background);
  scene.outline(box, theme.faint);
  scene.text({box.x + theme.label * 0.6F, box.centre().y}, words, theme.label, theme.text);
}

void draw_picked(Scene& scene, const DashboardView& view) {
  if (!view.picked || view.trace == nullptr) return;
  const SampleTrace& trace = *view.trace;
  const auto [id, neuron] = *view.picked;
  if (id >= trace.populations.size() || neuron >= trace.populations[id].shape.size()) return;
  const DashboardLayout layout = dashboard_layout(view);
  const Theme& theme = view.theme;
  const RasterLayout raster = raster_layout(trace, layout.raster, theme, view.raster);
  const bool line = trace.populations[id].kind == NeuronKind::leaky_integrator;
  for (std::size_t i = 0; i < raster.bands.size() && !line; ++i) {
    const NeuronRange seen = raster.neurons[i];
    const Box band = raster.bands[i];
    if (raster.populations[i] != id || band.empty() || neuron < seen.first ||
        neuron - seen.first >= seen.count)
      continue;
    const float y = band.y + (static_cast<float>(neuron - seen.first) + 0.5F) * band.height /
                                 static_cast<float>(seen.count);
    scene.rule({band.x, y}, {band.right(), y}, faded(theme.head, 0.55));
    const float side = std::max(5.0F, std::round(theme.label * 0.5F));
    scene.fill({band.right() + 2, y - side / 2, side, side}, theme.head);
  }
  const PopulationTrace* input = input_population(trace);
  if (layout.events.empty() || input == nullptr || id_of(trace, input) != id ||
      input->shape.flat())
    return;
  const auto channels = static_cast<std::size_t>(std::max(1, input->shape.channels));
  const auto columns = static_cast<std::size_t>(std::max(1, input->shape.width));
  const SensorRegion region = visible_sensor(*input, view.events);
  const std::size_t column = neuron / channels % columns, row = neuron / channels / columns;
  if (column < region.column || column >= region.column + region.columns || row < region.row ||
      row >= region.row + region.rows)
    return;
  const Box where = sensor_box(layout.events, *input, view.events, theme);
  const float wide = where.width / static_cast<float>(region.columns);
  const float high = where.height / static_cast<float>(region.rows);
  scene.outline({where.x + wide * static_cast<float>(column - region.column) - 2,
                 where.y + high * static_cast<float>(row - region.row) - 2, wide + 4, high + 4},
                theme.head, 2);
}

}  // namespace volley
