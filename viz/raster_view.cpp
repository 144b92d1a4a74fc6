// What of a recording the raster shows and where it lies: layout, zoom and pan. Must not know how
// bands are drawn.
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
  // As draw_name needs it: the band's mark before the words, a gap behind them.
  return {std::min({widest + theme.label * 1.7F, theme.label * 12, content.width * 0.3F}),
          theme.tick * 3.2F};
}

/// Bands grow with the logarithm of their neurons: a large input must not crowd out the layers.
std::vector<float> band_heights(const SampleTrace& trace, const RasterLayout& layout, float height,
                                const Theme& theme) {
  std::vector<float> least, weight;
  float least_sum = 0, weight_sum = 0;
  for (std::size_t i = 0; i < layout.populations.size(); ++i) {
    const bool membrane = has_membrane(trace.populations[layout.populations[i]]);
    least.push_back(theme.label * (membrane ? 6.0F : 2.5F));
    // By all neurons, not those seen: a band that is zoomed into stays under the pointer.
    const std::size_t all = trace.populations[layout.populations[i]].shape.size();
    weight.push_back(std::log2(1.0F + static_cast<float>(all)));
    least_sum += least.back();
    weight_sum += weight.back();
  }
  const float fitting = std::min(1.0F, height / std::max(least_sum, 1.0F));
  const float share = std::max(0.0F, height - least_sum) / std::max(weight_sum, 1e-6F);
  for (std::size_t i = 0; i < least.size(); ++i) least[i] = least[i] * fitting + share * weight[i];
  return least;
}

NeuronRange seen_neurons(const SampleTrace& trace, const RasterView& view, std::size_t id) {
  const std::size_t all = trace.populations[id].shape.size();
  if (id >= view.neurons.size() || view.neurons[id].count == 0 || view.neurons[id].first >= all)
    return {0, all};
  return {view.neurons[id].first, std::min(view.neurons[id].count, all - view.neurons[id].first)};
}

}  // namespace

float RasterLayout::x_of(double time_ms) const {
  const Box& box = bands.empty() ? rates : bands.front();
  if (!(to_ms > from_ms)) return box.x;
  return box.x + static_cast<float>((time_ms - from_ms) / (to_ms - from_ms)) * box.width;
}

std::size_t RasterLayout::band_at(Point point) const {
  std::size_t i = 0;
  while (i < bands.size() && !bands[i].holds(point)) ++i;
  return i;
}

double RasterLayout::time_of(float x) const {
  const Box& box = bands.empty() ? rates : bands.front();
  if (!(box.width > 0)) return from_ms;
  const double share = static_cast<double>((x - box.x) / box.width);
  return std::clamp(from_ms + share * (to_ms - from_ms), from_ms, to_ms);
}

RasterLayout raster_layout(const SampleTrace& trace, Box box, const Theme& theme,
                           const RasterView& view) {
  RasterLayout layout;
  layout.duration_ms = trace.steps * trace.dt_ms;
  layout.from_ms = std::clamp(view.from_ms, 0.0, layout.duration_ms);
  layout.to_ms = std::clamp(view.to_ms, layout.from_ms, layout.duration_ms);
  if (!(layout.to_ms > layout.from_ms)) layout.from_ms = 0, layout.to_ms = layout.duration_ms;
  for (const std::size_t id : view.populations)
    if (id < trace.populations.size()) layout.populations.push_back(id);
  if (layout.populations.empty())
    for (std::size_t id = 0; id < trace.populations.size(); ++id)
      layout.populations.push_back(id);
  for (const std::size_t id : layout.populations)
    layout.neurons.push_back(seen_neurons(trace, view, id));
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
  for (const float height : band_heights(trace, layout, content.height, theme)) {
    const float gap = std::min(theme.label * 0.4F, height * 0.15F);
    layout.bands.push_back(snapped({content.x, y, content.width, height - gap}));
    y += height;
  }
  return layout;
}

RasterView zoomed(const RasterView& view, Box box, const SampleTrace& trace, Point point,
                  double factor, bool neurons, const Theme& theme) {
  RasterView result = view;
  const RasterLayout layout = raster_layout(trace, box, theme, view);
  if (layout.bands.empty() || !(factor > 0) || !std::isfinite(factor)) return result;
  if (!neurons) {
    const double at = layout.time_of(point.x), width = layout.to_ms - layout.from_ms;
    const double wanted = std::max(width * factor, trace.dt_ms);
    if (wanted >= layout.duration_ms || !(width > 0)) {
      result.from_ms = 0;
      result.to_ms = std::numeric_limits<double>::infinity();
      return result;
    }
    const double before = (at - layout.from_ms) / width * wanted;
    result.from_ms = std::clamp(at - before, 0.0, layout.duration_ms - wanted);
    result.to_ms = result.from_ms + wanted;
    return result;
  }
  const std::size_t i = layout.band_at(point);
  if (i == layout.bands.size()) return result;
  const std::size_t id = layout.populations[i], all = trace.populations[id].shape.size();
  const NeuronRange seen = layout.neurons[i];
  const double share = static_cast<double>((point.y - layout.bands[i].y) / layout.bands[i].height);
  const double size = static_cast<double>(seen.count);
  double wanted = factor < 1 ? std::floor(size * factor) : std::ceil(size * factor);
  wanted = std::clamp(wanted, 1.0, static_cast<double>(all));
  const double at = static_cast<double>(seen.first) + share * size;
  const double first = std::clamp(std::floor(at - share * wanted + 0.5), 0.0,
                                  static_cast<double>(all) - wanted);
  result.neurons.resize(std::max(result.neurons.size(), id + 1));
  result.neurons[id] = {static_cast<std::size_t>(first), static_cast<std::size_t>(wanted)};
  if (result.neurons[id].count == all) result.neurons[id] = {};
  return result;
}

RasterView panned(const RasterView& view, Box box, const SampleTrace& trace, Point from, Point to,
                  const Theme& theme) {
  RasterView result = view;
  const RasterLayout layout = raster_layout(trace, box, theme, view);
  if (layout.bands.empty() || layout.bands.front().empty()) return result;
  const double width = layout.to_ms - layout.from_ms;
  if (width < layout.duration_ms) {
    const double shift =
        static_cast<double>((from.x - to.x) / layout.bands.front().width) * width;
    result.from_ms = std::clamp(layout.from_ms + shift, 0.0, layout.duration_ms - width);
    result.to_ms = result.from_ms + width;
  }
  const std::size_t i = layout.band_at(from);
  if (i == layout.bands.size()) return result;
  const std::size_t id = layout.populations[i], all = trace.populations[id].shape.size();
  const NeuronRange seen = layout.neurons[i];
  if (seen.count == all) return result;
  const double rows = std::round(static_cast<double>((from.y - to.y) / layout.bands[i].height) *
                                 static_cast<double>(seen.count));
  result.neurons[id].first = static_cast<std::size_t>(
      std::clamp(static_cast<double>(seen.first) + rows, 0.0,
                 static_cast<double>(all - seen.count)));
  return result;
}

}  // namespace volley
