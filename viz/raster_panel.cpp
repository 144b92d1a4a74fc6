// The raster panel: band names, rate curves and play head. Where things lie is decided by
// raster_view.cpp, what stands inside a band is drawn by raster_bands.cpp.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "viz/panels.hpp"
#include "viz/text_metrics.hpp"

namespace volley {

namespace {
bool has_membrane(const PopulationTrace& population) {
  return population.kind == NeuronKind::leaky_integrator;
}

/// Whose spikes draw_spike_band gives the colours of events.
bool takes_event_colours(const PopulationTrace& population) {
  return population.kind == NeuronKind::input && population.shape.channels == 2;
}

std::string kind_words(const PopulationTrace& population) {
  switch (population.kind) {
    case NeuronKind::input: return "inputs";
    case NeuronKind::lif: return "lif";
    case NeuronKind::leaky_integrator: return "integrators";
    case NeuronKind::relay: return "pooled";
  }
  return {};
}

void draw_name(Scene& scene, Box band, float left, const PopulationTrace& population,
               NeuronRange neurons, Colour colour, const Theme& theme) {
  const float room = band.x - left - theme.label * 1.6F;
  const float line = theme.label * 1.25F;
  if (band.height < theme.label * 0.95F) return;
  const bool two_lines = band.height >= 2 * line;
  const float x = left + theme.label * 0.7F;
  const float y = band.centre().y - (two_lines ? line / 2 : 0);
  scene.fill({left, band.y, 3, band.height}, colour);
  scene.text({x, y}, fit_text(population.name, room, theme.label, true), theme.label, theme.text,
             Align::left, true);
  if (!two_lines) return;
  const std::string words =
      neurons.count == population.shape.size()
          ? to_string(population.shape) + " " + kind_words(population)
          : fmt::format("{} to {}", neurons.first, neurons.first + neurons.count - 1);
  scene.text({x, y + line}, fit_text(words, room, theme.tick), theme.tick, theme.faint);
}

void draw_rate_curves(Scene& scene, const RasterLayout& layout, float left,
                      const SampleTrace& trace, double origin_ms, const Theme& theme) {
  std::vector<std::vector<double>> curves(trace.populations.size());
  double highest = 0;
  const auto points = static_cast<std::size_t>(std::clamp(layout.rates.width / 6, 8.0F, 200.0F));
  const auto first = static_cast<std::size_t>(layout.from_ms / trace.dt_ms + 1e-9);
  const auto last = static_cast<std::size_t>(std::ceil(layout.to_ms / trace.dt_ms - 1e-9));
  for (const std::size_t i : layout.populations) {
    if (has_membrane(trace.populations[i])) continue;
    curves[i] = population_rate(trace.populations[i], trace.dt_ms, points, first, last);
    for (const double hz : curves[i]) highest = std::max(highest, hz);
  }
  if (highest <= 0) highest = 1;
  const Plot plot{layout.rates, {layout.from_ms, layout.to_ms, "time (ms)"},
                  {0, highest * 1.08, ""}};
  const Axis written{origin_ms + layout.from_ms, origin_ms + layout.to_ms, "time (ms)"};
  const int most = std::max(2, static_cast<int>(layout.rates.height / theme.tick / 2));
  const Ticks ticks = round_ticks(0, plot.y.high, most);
  for (const double hz : ticks.values) {
    const float y = plot.y_of(hz);
    scene.rule({plot.area.x, y}, {plot.area.right(), y}, theme.grid);
    scene.text({plot.area.x - theme.tick * 0.4F, y}, tick_label(hz, ticks.step), theme.tick,
               theme.faint, Align::right);
  }
  scene.text({left, layout.rates.centre().y}, "rate (Hz)", theme.tick, theme.faint);
  draw_x_axis(scene, layout.rates, written, theme);
  const double start = static_cast<double>(first) * trace.dt_ms;
  const double length = static_cast<double>(last - first) * trace.dt_ms;
  scene.clip(inset(layout.rates, -1));
  for (std::size_t i = 0; i < curves.size(); ++i) {
    std::vector<Point> line;
    const auto count = static_cast<double>(curves[i].size());
    for (std::size_t k = 0; k < curves[i].size(); ++k)
      line.push_back(plot.at(start + (static_cast<double>(k) + 0.5) * length / count,
                             curves[i][k]));
    scene.stroke(std::move(line), theme.colour(i), 1.6F);
  }
  scene.unclip();
}
}  // namespace

std::vector<double> population_rate(const PopulationTrace& population, double dt_ms,
                                    std::size_t points, std::size_t first_step,
                                    std::size_t last_step) {
  const std::size_t end = std::min<std::size_t>(last_step, population.spikes.steps);
  const std::size_t steps = end > first_step ? end - first_step : 0;
  const std::size_t count = std::min(points, steps);
  std::vector<double> hz(count, 0.0);
  const auto neurons = static_cast<double>(population.shape.size());
  if (!(neurons > 0) || !(dt_ms > 0)) return hz;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t first = first_step + i * steps / count;
    const std::size_t last = first_step + (i + 1) * steps / count;
    const double spikes = population.spikes.offsets[last] - population.spikes.offsets[first];
    hz[i] = spikes / neurons / (static_cast<double>(last - first) * dt_ms * 1e-3);
  }
  return hz;
}

void draw_raster(Scene& scene, Box box, const SampleTrace& trace, const Theme& theme,
                 const RasterView& view) {
  const RasterLayout layout = raster_layout(trace, box, theme, view);
  std::vector<LegendEntry> legend;
  std::size_t spikes = 0;
  bool membranes = false, polarities = false;
  for (const std::size_t id : layout.populations) {
    spikes += trace.populations[id].spikes.spikes();
    membranes = membranes || has_membrane(trace.populations[id]);
    polarities = polarities || takes_event_colours(trace.populations[id]);
  }
  if (polarities) legend = {{"ON", theme.on}, {"OFF", theme.off}};
  if (membranes && trace.label >= 0)
    legend.push_back({fmt::format("true class {}", trace.label), theme.good});
  if (membranes && trace.predicted >= 0 && trace.predicted != trace.label)
    legend.push_back({fmt::format("predicted {}", trace.predicted), theme.bad});
  if (membranes) legend.push_back({"other classes", mix(theme.panel, theme.faint, 0.6)});
  const Box content =
      draw_panel(scene, box, "spikes", fmt::format("{} in all", spikes), legend, theme);
  if (layout.bands.empty() || trace.steps == 0)
    return draw_absent(scene, content, "no spikes recorded", theme);
  for (std::size_t i = 0; i < layout.bands.size(); ++i) {
    const Box band = layout.bands[i];
    if (band.empty()) continue;
    const std::size_t id = layout.populations[i];
    const PopulationTrace& population = trace.populations[id];
    const Colour colour = has_membrane(population) ? theme.faint : theme.colour(id);
    const BandWindow window{layout.from_ms / trace.dt_ms, layout.to_ms / trace.dt_ms,
                            layout.neurons[i]};
    scene.fill(band, mix(theme.panel, theme.background, 0.8));
    draw_name(scene, band, content.x, population, layout.neurons[i], colour, theme);
    if (has_membrane(population))
      draw_membrane_band(scene, band, trace, population, theme, window);
    else
      draw_spike_band(scene, band, population, colour, theme, window);
  }
  if (!layout.rates.empty())
    draw_rate_curves(scene, layout, content.x, trace, view.origin_ms, theme);
  const Box lowest = layout.rates.empty() ? layout.bands.back() : layout.rates;
  scene.rule({lowest.x, lowest.bottom()}, {lowest.right(), lowest.bottom()}, theme.frame);
  if (layout.rates.empty())
    draw_x_axis(scene, lowest,
                {view.origin_ms + layout.from_ms, view.origin_ms + layout.to_ms, "time (ms)"},
                theme, false);
}

void draw_raster_at_head(Scene& scene, Box box, const SampleTrace& trace, double head_ms,
                         const Theme& theme, const RasterView& view) {
  const RasterLayout layout = raster_layout(trace, box, theme, view);
  if (layout.bands.empty() || trace.steps == 0 || layout.bands.front().empty()) return;
  const double head = std::clamp(head_ms, 0.0, layout.duration_ms);
  if (head < layout.from_ms || head > layout.to_ms) return;
  const float x = layout.x_of(head);
  const float top = layout.bands.front().y;
  const float bottom = layout.rates.empty() ? layout.bands.back().bottom() : layout.rates.bottom();
  scene.rule({x, top}, {x, bottom}, faded(theme.head, 0.85));
  const float mark = theme.label * 0.5F;
  scene.fill({x - mark / 2, top - mark / 2, mark, mark / 2}, theme.head);
}

}  // namespace volley
