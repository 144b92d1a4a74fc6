#include "viz/membrane_panel.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "viz/text_metrics.hpp"

namespace volley {

namespace {
struct MembraneRow {
  const NeuronTrace* neuron = nullptr;
  Box caption, ticks;  ///< words; spikes
  Plot plot;
};

struct MembraneLayout {
  std::vector<MembraneRow> rows;
  double from_ms = 0, to_ms = 1;
};

/// Neither a threshold nor a spike: a readout.
bool may_fire(const NeuronTrace& neuron) {
  return !neuron.threshold.empty() || !neuron.spikes.empty();
}

/// The range of membrane and threshold in the steps that are seen.
Axis value_axis(const NeuronTrace& neuron, double from_step, double to_step) {
  const auto first = static_cast<std::size_t>(std::max(0.0, from_step));
  const auto last = static_cast<std::size_t>(std::ceil(to_step));
  double low = 0, high = 0;
  for (const std::vector<float>* values : {&neuron.membrane, &neuron.threshold})
    for (std::size_t i = first; i < std::min(last, values->size()); ++i)
      if (const double value = (*values)[i]; std::isfinite(value))
        low = std::min(low, value), high = std::max(high, value);
  if (!(high > low)) high = low + 1;
  const double pad = 0.08 * (high - low);
  return {low - pad, high + pad, {}};
}

MembraneLayout layout_of(Box content, std::span<const NeuronTrace> neurons, double dt_ms,
                 const Theme& theme, const RasterView& view) {
  MembraneLayout layout;
  std::size_t steps = 0;
  for (const NeuronTrace& neuron : neurons) steps = std::max(steps, neuron.membrane.size());
  const double duration = static_cast<double>(steps) * dt_ms;
  layout.from_ms = std::clamp(view.from_ms, 0.0, duration);
  layout.to_ms = std::clamp(view.to_ms, layout.from_ms, duration);
  if (!(layout.to_ms > layout.from_ms)) layout.from_ms = 0, layout.to_ms = duration;
  if (neurons.empty() || content.empty() || !(duration > 0)) return layout;
  cut_bottom(content, theme.tick * 1.8F);
  const auto fitting =
      static_cast<std::size_t>(std::max(1.0F, content.height / (theme.label * 5)));
  const std::size_t count = std::min(fitting, neurons.size());
  const float high = content.height / static_cast<float>(count);
  float margin = 0;
  for (std::size_t i = 0; i < count; ++i) {
    MembraneRow row;
    row.neuron = &neurons[i];
    row.plot.x = {layout.from_ms, layout.to_ms, "time (ms)"};
    row.plot.y = value_axis(neurons[i], layout.from_ms / dt_ms, layout.to_ms / dt_ms);
    margin = std::max(margin, tick_width(row.plot.y, high - theme.label * 3.2F, theme));
    layout.rows.push_back(row);
  }
  for (MembraneRow& row : layout.rows) {
    Box strip = cut_top(content, high);
    row.caption = cut_top(strip, theme.label * 1.5F);
    cut_bottom(strip, theme.label * 0.7F);
    cut_left(strip, margin + theme.tick * 0.6F);
    row.ticks = cut_top(strip, may_fire(*row.neuron) ? theme.label * 0.9F : 0);
    row.plot.area = snapped(strip);
  }
  return layout;
}

/// A step's value stands in its middle; more points than pixels only cost time, so that each pixel
/// then shows its extremes.
std::vector<Point> line_of(const std::vector<float>& values, const Plot& plot, double dt_ms) {
  const double from = plot.x.low / dt_ms, to = plot.x.high / dt_ms;
  const auto first = static_cast<std::size_t>(std::max(0.0, from - 1));
  const auto last = std::min(values.size(), static_cast<std::size_t>(std::ceil(to)) + 1);
  std::vector<Point> line;
  if (last <= first) return line;
  const auto at = [&](std::size_t i) {
    return plot.at((static_cast<double>(i) + 0.5) * dt_ms, static_cast<double>(values[i]));
  };
  const auto columns = static_cast<std::size_t>(std::max(1.0F, plot.area.width));
  const std::size_t count = last - first;
  if (count <= 2 * columns) {
    for (std::size_t i = first; i < last; ++i) line.push_back(at(i));
    return line;
  }
  for (std::size_t column = 0; column < columns; ++column) {
    const auto begin = values.begin() + static_cast<std::ptrdiff_t>(first);
    const auto [low, high] = std::minmax_element(
        begin + static_cast<std::ptrdiff_t>(column * count / columns),
        begin + static_cast<std::ptrdiff_t>((column + 1) * count / columns));
    line.push_back(at(static_cast<std::size_t>(std::min(low, high) - values.begin())));
    line.push_back(at(static_cast<std::size_t>(std::max(low, high) - values.begin())));
  }
  return line;
}

void draw_dashed(Scene& scene, const std::vector<Point>& line, Colour colour, const Theme& theme) {
  const float dash = theme.label * 0.5F;
  std::vector<Point> piece;
  for (const Point point : line) {
    const bool gap = static_cast<long>(std::floor(point.x / dash)) % 2 != 0;
    if (!gap) piece.push_back(point);
    if (!gap && piece.size() < 2) continue;
    if (gap && piece.size() > 1) scene.stroke(piece, colour, 1.2F);
    if (gap) piece.clear();
  }
  scene.stroke(piece, colour, 1.2F);
}

/// A line with a point at every second pixel, so that it can be dashed.
std::vector<Point> dense(const std::vector<Point>& line) {
  std::vector<Point> points;
  for (std::size_t i = 0; i + 1 < line.size(); ++i) {
    const Point a = line[i], b = line[i + 1];
    const int parts = std::clamp(static_cast<int>((b.x - a.x) / 2), 1, 4096);
    for (int k = 0; k < parts; ++k) {
      const float share = static_cast<float>(k) / static_cast<float>(parts);
      points.push_back({a.x + (b.x - a.x) * share, a.y + (b.y - a.y) * share});
    }
  }
  if (!line.empty()) points.push_back(line.back());
  return points;
}

void draw_row(Scene& scene, const MembraneRow& row, double dt_ms, Colour colour,
              const Theme& theme) {
  const NeuronTrace& neuron = *row.neuron;
  const float y = row.caption.y + theme.label * 0.6F;
  const std::string name = fit_text(neuron.population + ", " +
                                        neuron_words(neuron.shape, neuron.id.neuron),
                                    row.caption.width, theme.label, true);
  scene.text({row.caption.x, y}, name, theme.label, theme.text, Align::left, true);
  if (may_fire(neuron)) {
    const double seconds = static_cast<double>(neuron.membrane.size()) * dt_ms * 1e-3;
    const std::string rate =
        fmt::format("{} spike{}, {:.3g} Hz", neuron.spikes.size(),
                    neuron.spikes.size() == 1 ? "" : "s",
                    static_cast<double>(neuron.spikes.size()) / seconds);
    if (text_width(name, theme.label, true) + text_width(rate, theme.tick) + theme.label <
        row.caption.width)
      scene.text({row.caption.right(), y}, rate, theme.tick,
                 neuron.spikes.empty() ? theme.bad : theme.faint, Align::right);
  }
  const Plot& plot = row.plot;
  if (plot.area.empty()) return;
  const int most = std::max(2, static_cast<int>(plot.area.height / theme.tick / 2.2F));
  const Ticks ticks = round_ticks(plot.y.low, plot.y.high, most);
  for (const double value : ticks.values) {
    const float at = std::min(plot.y_of(value), plot.area.bottom() - 1);
    scene.rule({plot.area.x, at}, {plot.area.right(), at}, value == 0 ? theme.frame : theme.grid);
    scene.text({plot.area.x - theme.tick * 0.4F, at}, tick_label(value, ticks.step), theme.tick,
               theme.faint, Align::right);
  }
  scene.clip(inset({plot.area.x, row.ticks.y, plot.area.width, plot.area.bottom() - row.ticks.y},
                   -1));
  draw_dashed(scene, dense(line_of(neuron.threshold, plot, dt_ms)), theme.bad, theme);
  scene.stroke(line_of(neuron.membrane, plot, dt_ms), colour, 1.8F);
  float before = -1;
  for (const std::uint32_t step : neuron.spikes) {
    const double time = (step + 0.5) * dt_ms;
    const float x = plot.x_of(time);
    if (time < plot.x.low || time > plot.x.high || x - before < 0.5F) continue;
    scene.rule({x - 1, row.ticks.y}, {x - 1, row.ticks.y + theme.label * 0.7F}, theme.text, 2);
    before = x;
  }
  scene.unclip();
}
}  // namespace

void draw_membranes(Scene& scene, Box box, std::span<const NeuronTrace> neurons, double dt_ms,
                    const Theme& theme, const RasterView& view) {
  const bool thresholds = std::any_of(
      neurons.begin(), neurons.end(),
      [](const NeuronTrace& each) { return !each.threshold.empty(); });
  std::vector<LegendEntry> legend;
  if (std::any_of(neurons.begin(), neurons.end(), may_fire)) legend = {{"spike", theme.text}};
  if (thresholds) legend.push_back({"threshold", theme.bad});
  const Box content = draw_panel(scene, box, "membranes", thresholds ? "before the reset" : "",
                                 legend, theme);
  const MembraneLayout layout = layout_of(content, neurons, dt_ms, theme, view);
  if (layout.rows.empty())
    return draw_absent(scene, content, "no neuron is chosen", theme);
  for (const MembraneRow& row : layout.rows)
    draw_row(scene, row, dt_ms, theme.colour(row.neuron->id.population), theme);
  draw_x_axis(scene, layout.rows.back().plot.area, layout.rows.back().plot.x, theme, false);
}

void draw_membranes_at_head(Scene& scene, Box box, std::span<const NeuronTrace> neurons,
                            double dt_ms, double head_ms, const Theme& theme,
                            const RasterView& view) {
  const MembraneLayout layout = layout_of(panel_content(box, theme), neurons, dt_ms, theme, view);
  if (layout.rows.empty() || head_ms < layout.from_ms || head_ms > layout.to_ms) return;
  const float x = layout.rows.front().plot.x_of(head_ms);
  for (const MembraneRow& row : layout.rows)
    scene.rule({x, row.ticks.y}, {x, row.plot.area.bottom()}, faded(theme.head, 0.85));
}

std::optional<Hit> membranes_hit(Box box, std::span<const NeuronTrace> neurons, double dt_ms,
                                 Point point, const Theme& theme, const RasterView& view) {
  const MembraneLayout layout = layout_of(panel_content(box, theme), neurons, dt_ms, theme, view);
  for (const MembraneRow& row : layout.rows) {
    const Box area{row.plot.area.x, row.ticks.y, row.plot.area.width,
                   row.plot.area.bottom() - row.ticks.y};
    const NeuronTrace& neuron = *row.neuron;
    if (area.empty() || !area.holds(point) || neuron.membrane.empty()) continue;
    Hit hit;
    hit.population = neuron.id.population;
    hit.first_neuron = neuron.id.neuron;
    hit.neurons = 1;
    const double share = static_cast<double>((point.x - area.x) / area.width);
    hit.time_ms = layout.from_ms + share * (layout.to_ms - layout.from_ms);
    const auto step = std::min(neuron.membrane.size() - 1,
                               static_cast<std::size_t>(*hit.time_ms / dt_ms));
    hit.words = fmt::format("{}, {}, {:.4g} ms: {:.3g}", neuron.population,
                            neuron_words(neuron.shape, neuron.id.neuron), *hit.time_ms,
                            neuron.membrane[step]);
    if (step < neuron.threshold.size())
      hit.words += fmt::format(" of {:.3g}", neuron.threshold[step]);
    return hit;
  }
  return std::nullopt;
}

}  // namespace volley
