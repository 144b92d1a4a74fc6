// The raster panel: its layout, band names, rate curves and play head. What stands inside a band
// is drawn by raster_bands.cpp.
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

struct Margins {
  float left, right;
};

Margins margins(const SampleTrace& trace, Box content, const Theme& theme) {
  float widest = theme.label * 4;
  for (const PopulationTrace& population : trace.populations)
    widest = std::max({widest, text_width(population.name, theme.label, true),
                       text_width(to_string(population.shape) + " neurons", theme.tick)});
  return {std::min({widest + theme.label, theme.label * 12, content.width * 0.3F}),
          theme.tick * 3.2F};
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

/// Bands grow with the logarithm of their neurons: a large input must not crowd out the layers.
std::vector<float> band_heights(const SampleTrace& trace, float height, const Theme& theme) {
  std::vector<float> least, weight;
  float least_sum = 0, weight_sum = 0;
  for (const PopulationTrace& population : trace.populations) {
    least.push_back(theme.label * (has_membrane(population) ? 6.0F : 2.5F));
    weight.push_back(std::log2(1.0F + static_cast<float>(population.shape.size())));
    least_sum += least.back();
    weight_sum += weight.back();
  }
  const float fitting = std::min(1.0F, height / std::max(least_sum, 1.0F));
  const float share = std::max(0.0F, height - least_sum) / std::max(weight_sum, 1e-6F);
  for (std::size_t i = 0; i < least.size(); ++i) least[i] = least[i] * fitting + share * weight[i];
  return least;
}

void draw_name(Scene& scene, Box band, float left, const PopulationTrace& population,
               Colour colour, const Theme& theme) {
  const float room = band.x - left - theme.label * 1.6F;
  const float line = theme.label * 1.25F;
  if (band.height < theme.label * 0.95F) return;
  const bool two_lines = band.height >= 2 * line;
  const float x = left + theme.label * 0.7F;
  const float y = band.centre().y - (two_lines ? line / 2 : 0);
  scene.fill({left, band.y, 3, band.height}, colour);
  scene.text({x, y}, fit_text(population.name, room, theme.label, true), theme.label, theme.text,
             Align::left, true);
  if (two_lines)
    scene.text({x, y + line},
               fit_text(to_string(population.shape) + " " + kind_words(population), room,
                        theme.tick), theme.tick, theme.faint);
}

void draw_rate_curves(Scene& scene, const RasterLayout& layout, float left,
                      const SampleTrace& trace, const Theme& theme) {
  std::vector<std::vector<double>> curves(trace.populations.size());
  double highest = 0;
  const auto points = static_cast<std::size_t>(std::clamp(layout.rates.width / 6, 8.0F, 200.0F));
  for (std::size_t i = 0; i < curves.size(); ++i) {
    if (has_membrane(trace.populations[i])) continue;
    curves[i] = population_rate(trace.populations[i], trace.dt_ms, points);
    for (const double hz : curves[i]) highest = std::max(highest, hz);
  }
  if (highest <= 0) highest = 1;
  const Plot plot{layout.rates, {0, layout.duration_ms, "time (ms)"}, {0, highest * 1.08, ""}};
  const int most = std::max(2, static_cast<int>(layout.rates.height / theme.tick / 2));
  const Ticks ticks = round_ticks(0, plot.y.high, most);
  for (const double hz : ticks.values) {
    const float y = plot.y_of(hz);
    scene.rule({plot.area.x, y}, {plot.area.right(), y}, theme.grid);
    scene.text({plot.area.x - theme.tick * 0.4F, y}, tick_label(hz, ticks.step), theme.tick,
               theme.faint, Align::right);
  }
  scene.text({left, layout.rates.centre().y}, "rate (Hz)", theme.tick, theme.faint);
  draw_x_axis(scene, layout.rates, plot.x, theme);
  for (std::size_t i = 0; i < curves.size(); ++i) {
    std::vector<Point> line;
    const auto count = static_cast<double>(curves[i].size());
    for (std::size_t k = 0; k < curves[i].size(); ++k)
      line.push_back(plot.at((static_cast<double>(k) + 0.5) * layout.duration_ms / count,
                             curves[i][k]));
    scene.stroke(std::move(line), theme.colour(i), 1.6F);
  }
}
}  // namespace

float RasterLayout::x_of(double time_ms) const {
  const Box& box = bands.empty() ? rates : bands.front();
  if (!(duration_ms > 0)) return box.x;
  return box.x + static_cast<float>(time_ms / duration_ms) * box.width;
}

RasterLayout raster_layout(const SampleTrace& trace, Box box, const Theme& theme) {
  RasterLayout layout;
  layout.duration_ms = trace.steps * trace.dt_ms;
  Box content = panel_content(box, theme);
  const Margins sides = margins(trace, content, theme);
  cut_left(content, sides.left);
  cut_right(content, sides.right);
  cut_bottom(content, theme.tick * 1.8F);
  if (content.height > theme.label * 14) {
    layout.rates = snapped(cut_bottom(content, std::max(content.height * 0.2F, theme.label * 5)));
    cut_bottom(content, theme.label * 0.8F);
  }
  float y = content.y;
  for (const float height : band_heights(trace, content.height, theme)) {
    const float gap = std::min(theme.label * 0.4F, height * 0.15F);
    layout.bands.push_back(snapped({content.x, y, content.width, height - gap}));
    y += height;
  }
  return layout;
}

std::vector<double> population_rate(const PopulationTrace& population, double dt_ms,
                                    std::size_t points) {
  const std::size_t steps = population.spikes.steps;
  const std::size_t count = std::min(points, steps);
  std::vector<double> hz(count, 0.0);
  const auto neurons = static_cast<double>(population.shape.size());
  if (!(neurons > 0) || !(dt_ms > 0)) return hz;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t first = i * steps / count, last = (i + 1) * steps / count;
    const double spikes = population.spikes.offsets[last] - population.spikes.offsets[first];
    hz[i] = spikes / neurons / (static_cast<double>(last - first) * dt_ms * 1e-3);
  }
  return hz;
}

void draw_raster(Scene& scene, Box box, const SampleTrace& trace, const Theme& theme) {
  std::vector<LegendEntry> legend;
  const bool membranes = std::any_of(trace.populations.begin(), trace.populations.end(),
                                     has_membrane);
  if (membranes && trace.label >= 0)
    legend.push_back({fmt::format("true class {}", trace.label), theme.good});
  if (membranes && trace.predicted >= 0 && trace.predicted != trace.label)
    legend.push_back({fmt::format("predicted {}", trace.predicted), theme.bad});
  if (membranes) legend.push_back({"other classes", mix(theme.panel, theme.faint, 0.6)});
  std::size_t spikes = 0;
  for (const PopulationTrace& population : trace.populations) spikes += population.spikes.spikes();
  const Box content =
      draw_panel(scene, box, "spikes", fmt::format("{} in all", spikes), legend, theme);
  if (trace.populations.empty() || trace.steps == 0)
    return draw_absent(scene, content, "no spikes recorded", theme);
  const RasterLayout layout = raster_layout(trace, box, theme);
  for (std::size_t i = 0; i < layout.bands.size(); ++i) {
    const Box band = layout.bands[i];
    if (band.empty()) continue;
    const PopulationTrace& population = trace.populations[i];
    const Colour colour = has_membrane(population) ? theme.faint : theme.colour(i);
    scene.fill(band, mix(theme.panel, theme.background, 0.8));
    draw_name(scene, band, content.x, population, colour, theme);
    if (has_membrane(population))
      draw_membrane_band(scene, band, trace, population, theme);
    else
      draw_spike_band(scene, band, population, colour, theme);
  }
  if (!layout.rates.empty()) draw_rate_curves(scene, layout, content.x, trace, theme);
  const Box lowest = layout.rates.empty() ? layout.bands.back() : layout.rates;
  scene.rule({lowest.x, lowest.bottom()}, {lowest.right(), lowest.bottom()}, theme.frame);
  if (layout.rates.empty())
    draw_x_axis(scene, lowest, {0, layout.duration_ms, "time (ms)"}, theme, false);
}

void draw_raster_at_head(Scene& scene, Box box, const SampleTrace& trace, double head_ms,
                         const Theme& theme) {
  const RasterLayout layout = raster_layout(trace, box, theme);
  if (layout.bands.empty() || trace.steps == 0 || layout.bands.front().empty()) return;
  const float x = layout.x_of(std::clamp(head_ms, 0.0, layout.duration_ms));
  const float top = layout.bands.front().y;
  const float bottom = layout.rates.empty() ? layout.bands.back().bottom() : layout.rates.bottom();
  scene.rule({x, top}, {x, bottom}, faded(theme.head, 0.85));
  const float mark = theme.label * 0.5F;
  scene.fill({x - mark / 2, top - mark / 2, mark, mark / 2}, theme.head);
}

}  // namespace volley
