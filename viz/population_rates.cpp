// Rate of every population over time, each in a plot of its own with its own scale: a quiet layer
// is read as well as a busy one.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "viz/panels.hpp"
#include "viz/text_metrics.hpp"

namespace volley {

void draw_population_rates(Scene& scene, Box box, const SampleTrace& trace, const Theme& theme,
                           const RasterView& view) {
  const RasterLayout seen = raster_layout(trace, box, theme, view);
  std::vector<std::size_t> shown;
  for (const std::size_t id : seen.populations)
    if (trace.populations[id].kind != NeuronKind::leaky_integrator) shown.push_back(id);
  Box content = draw_panel(scene, box, "population rates", "spikes per neuron and second", {},
                           theme);
  if (shown.empty() || trace.steps == 0)
    return draw_absent(scene, content, "no spikes recorded", theme);
  if (content.empty()) return;
  cut_bottom(content, theme.tick * 1.8F);
  const auto fitting =
      static_cast<std::size_t>(std::max(1.0F, content.height / (theme.label * 4.5F)));
  if (shown.size() > fitting)  // the layers behind the input matter more
    shown.erase(shown.begin(), shown.end() - static_cast<std::ptrdiff_t>(fitting));
  const auto first = static_cast<std::size_t>(seen.from_ms / trace.dt_ms + 1e-9);
  const auto last = static_cast<std::size_t>(std::ceil(seen.to_ms / trace.dt_ms - 1e-9));
  const double start = static_cast<double>(first) * trace.dt_ms;
  const double length = static_cast<double>(last - first) * trace.dt_ms;
  const auto points = static_cast<std::size_t>(std::clamp(content.width / 5, 8.0F, 400.0F));
  std::vector<std::vector<double>> curves;
  float margin = 0;
  const float high = content.height / static_cast<float>(shown.size());
  std::vector<Axis> axes;
  for (const std::size_t id : shown) {
    curves.push_back(population_rate(trace.populations[id], trace.dt_ms, points, first, last));
    const double highest = *std::max_element(curves.back().begin(), curves.back().end());
    axes.push_back({0, highest > 0 ? highest * 1.1 : 1.0, {}});
    margin = std::max(margin, tick_width(axes.back(), high - theme.label * 1.8F, theme));
  }
  Box lowest;
  for (std::size_t i = 0; i < shown.size(); ++i) {
    const PopulationTrace& population = trace.populations[shown[i]];
    const double hz = population_rate(population, trace.dt_ms, 1, first, last).front();
    Box strip = cut_top(content, high);
    const Box caption = cut_top(strip, theme.label * 1.5F);
    const float y = caption.y + theme.label * 0.6F;
    const std::string mean = fmt::format("mean {:.3g} Hz", hz);
    const float room = caption.width - text_width(mean, theme.tick) - theme.label;
    const std::string name = fit_text(population.name, room, theme.label, true);
    scene.text({caption.x, y}, name, theme.label, theme.text, Align::left, true);
    const float used = text_width(name, theme.label, true) + theme.label;
    scene.text({caption.x + used, y},
               fit_text(to_string(population.shape) + " neurons", room - used, theme.tick),
               theme.tick, theme.faint);
    if (room > 0) scene.text({caption.right(), y}, mean, theme.tick, theme.text, Align::right);
    cut_bottom(strip, theme.label * 0.5F);
    cut_left(strip, margin + theme.tick * 0.6F);
    Plot plot;
    plot.area = snapped(strip);
    plot.x = {seen.from_ms, seen.to_ms, "time (ms)"};
    plot.y = axes[i];
    if (plot.area.empty()) continue;
    lowest = plot.area;
    const int most = std::max(2, static_cast<int>(plot.area.height / theme.tick / 2.2F));
    const Ticks ticks = round_ticks(0, plot.y.high, most);
    for (const double value : ticks.values) {
      const float at = std::min(plot.y_of(value), plot.area.bottom() - 1);
      scene.rule({plot.area.x, at}, {plot.area.right(), at}, theme.grid);
      scene.text({plot.area.x - theme.tick * 0.4F, at}, tick_label(value, ticks.step), theme.tick,
                 theme.faint, Align::right);
    }
    scene.rule({plot.area.x, plot.area.bottom()}, {plot.area.right(), plot.area.bottom()},
               theme.frame);
    std::vector<Point> line;
    const auto count = static_cast<double>(curves[i].size());
    for (std::size_t k = 0; k < curves[i].size(); ++k)
      line.push_back(
          plot.at(start + (static_cast<double>(k) + 0.5) * length / count, curves[i][k]));
    scene.clip(inset(plot.area, -1));
    scene.stroke(std::move(line), theme.colour(shown[i]), 2);
    scene.unclip();
  }
  draw_x_axis(scene, lowest, {seen.from_ms, seen.to_ms, "time (ms)"}, theme, false);
}

}  // namespace volley
