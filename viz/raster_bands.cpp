// What stands inside a band of the raster: spikes as dots or, where neurons are closer together
// than pixels, as a picture of bins; membranes as lines.
#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>

#include "viz/panels.hpp"

namespace volley {

namespace {
constexpr float least_cell = 1.5F;  // pixels: a bin of this size still covers a whole pixel

bool coloured_by_polarity(const PopulationTrace& population) {
  return population.kind == NeuronKind::input && population.shape.channels == 2;
}

/// A window made to fit: whole steps [first, last) that are at least partly seen.
struct Seen {
  double from = 0, to = 1;           ///< steps
  std::uint32_t first = 0, last = 1;
  NeuronRange neurons;
  bool whole = true;                 ///< no step is cut

  Seen(const BandWindow& window, std::size_t steps, std::size_t count) {
    const auto all = static_cast<double>(steps);
    from = std::clamp(window.first_step, 0.0, all);
    to = std::clamp(window.last_step, from, all);
    if (!(to > from)) from = 0, to = all;
    first = static_cast<std::uint32_t>(from);
    last = static_cast<std::uint32_t>(std::ceil(to));
    whole = from == first && to == last;
    neurons = window.neurons;
    if (neurons.count == 0 || neurons.first >= count) neurons = {0, count};
    neurons.count = std::min(neurons.count, count - neurons.first);
  }
  bool holds(std::size_t neuron) const {
    return neuron >= neurons.first && neuron - neurons.first < neurons.count;
  }
  /// The box that the whole steps fill, of which the band shows a part.
  Box spread(Box band) const {
    const auto step_wide = static_cast<float>(band.width / (to - from));
    return {band.x - static_cast<float>(from - first) * step_wide, band.y,
            static_cast<float>(last - first) * step_wide, band.height};
  }
};

void draw_dots(Scene& scene, Box band, const PopulationTrace& population, const Seen& seen,
               Colour colour, const Theme& theme) {
  const Box box = seen.spread(band);
  const float step_wide = box.width / static_cast<float>(seen.last - seen.first);
  const float row_high = box.height / static_cast<float>(seen.neurons.count);
  std::vector<Point> first, second;
  const bool polarity = coloured_by_polarity(population);
  for (std::uint32_t step = seen.first; step < seen.last; ++step) {
    std::size_t neuron_before = population.shape.size();
    for (const std::uint32_t neuron : population.spikes.step(step)) {
      if (neuron == neuron_before) continue;  // several spikes of a neuron in a step are one dot
      neuron_before = neuron;
      if (!seen.holds(neuron)) continue;
      const Point at{box.x + (static_cast<float>(step - seen.first) + 0.5F) * step_wide,
                     box.y + (static_cast<float>(neuron - seen.neurons.first) + 0.5F) * row_high};
      (polarity && neuron % 2 == 0 ? second : first).push_back(at);
    }
  }
  const float size = std::clamp(std::min(step_wide, row_high) * 0.95F, 1.5F, theme.label * 0.5F);
  scene.dots(std::move(first), size, polarity ? theme.on : colour);
  scene.dots(std::move(second), size, theme.off);
}

void draw_bins(Scene& scene, Box band, const PopulationTrace& population, const Seen& seen,
               Colour colour, const Theme& theme) {
  const std::size_t count = seen.neurons.count, steps = seen.last - seen.first;
  const std::size_t rows = band_cells(band.height, count);
  const std::size_t columns = band_cells(seen.spread(band).width, steps);
  std::vector<std::uint32_t> all(rows * columns, 0), on(rows * columns, 0);
  const bool polarity = coloured_by_polarity(population);
  for (std::size_t step = 0; step < steps; ++step)
    for (const std::uint32_t neuron :
         population.spikes.step(seen.first + static_cast<std::uint32_t>(step))) {
      if (!seen.holds(neuron)) continue;
      const std::size_t cell =
          (neuron - seen.neurons.first) * rows / count * columns + step * columns / steps;
      ++all[cell];
      if (neuron % 2 == 1) ++on[cell];
    }
  // The busiest twentieth of the bins has full strength: single spikes are seen in quiet layers,
  // and busy layers still show more and less.
  std::vector<std::uint32_t> counts;
  std::copy_if(all.begin(), all.end(), std::back_inserter(counts),
               [](std::uint32_t spikes) { return spikes > 0; });
  if (counts.empty()) return;
  const auto place = counts.begin() + static_cast<std::ptrdiff_t>(counts.size() * 19 / 20);
  std::nth_element(counts.begin(), place, counts.end());
  const double full = *place;
  std::vector<Colour> pixels(rows * columns, Colour{0, 0, 0, 0});
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    if (all[i] == 0) continue;
    const Colour hue = polarity ? mix(theme.off, theme.on, static_cast<double>(on[i]) / all[i])
                                : colour;
    pixels[i] = faded(hue, 0.35 + 0.65 * std::min(1.0, all[i] / full));
  }
  scene.picture(seen.spread(band), columns, rows, std::move(pixels));
}
}  // namespace

std::size_t band_cells(float pixels, std::size_t most) {
  if (pixels >= least_cell * static_cast<float>(most)) return most;
  return std::clamp<std::size_t>(static_cast<std::size_t>(pixels / least_cell), 1, most);
}

void draw_spike_band(Scene& scene, Box band, const PopulationTrace& population, Colour colour,
                     const Theme& theme, const BandWindow& window) {
  if (band.empty() || population.spikes.steps == 0 || population.shape.size() == 0) return;
  const Seen seen(window, population.spikes.steps, population.shape.size());
  const bool far_apart =
      band.height >= least_cell * static_cast<float>(seen.neurons.count) &&
      seen.spread(band).width >= least_cell * static_cast<float>(seen.last - seen.first);
  if (!seen.whole) scene.clip(band);
  if (far_apart)
    draw_dots(scene, band, population, seen, colour, theme);
  else
    draw_bins(scene, band, population, seen, colour, theme);
  if (!seen.whole) scene.unclip();
}

Axis membrane_axis(const PopulationTrace& population, std::size_t first_step,
                   std::size_t last_step) {
  const std::size_t neurons = population.shape.size();
  float low = 0, high = 0;
  const std::size_t last = std::min(last_step * neurons, population.membrane.size());
  for (std::size_t i = first_step * neurons; i < last; ++i)
    if (const float value = population.membrane[i]; std::isfinite(value))
      low = std::min(low, value), high = std::max(high, value);
  if (!(high > low)) high = low + 1;
  const double pad = 0.06 * (static_cast<double>(high) - low);
  return {low - pad, high + pad, ""};
}

void draw_membrane_band(Scene& scene, Box band, const SampleTrace& trace,
                        const PopulationTrace& population, const Theme& theme,
                        const BandWindow& window) {
  const std::size_t classes = population.shape.size(), steps = trace.steps;
  if (classes == 0 || steps == 0 || population.membrane.size() != classes * steps) return;
  const Seen seen(window, steps, classes);
  Plot plot;
  plot.area = inset(band, 1);
  plot.x = {seen.from, seen.to, ""};
  plot.y = membrane_axis(population, seen.first, seen.last);
  const int most = std::max(2, static_cast<int>(band.height / theme.tick / 2));
  const Ticks ticks = round_ticks(plot.y.low, plot.y.high, most);
  for (const double value : ticks.values) {
    const float y = plot.y_of(value);
    scene.rule({band.x, y}, {band.right(), y}, value == 0 ? theme.frame : theme.grid);
    // Labels stay clear of the bands above and below.
    if (y < band.y + theme.tick * 0.45F || y > band.bottom() - theme.tick * 0.45F) continue;
    scene.text({band.right() + theme.tick * 0.4F, y}, tick_label(value, ticks.step), theme.tick,
               theme.faint);
  }
  const std::size_t first = seen.first > 0 ? seen.first - 1 : 0;
  const std::size_t last = std::min<std::size_t>(steps, seen.last + 1);
  const auto draw_class = [&](std::size_t neuron, Colour colour, float line_width) {
    std::vector<Point> line;
    // More points than pixels only cost time: keep two per pixel.
    const auto stride =
        std::max<std::size_t>(1, static_cast<std::size_t>(static_cast<float>(last - first) /
                                                          std::max(1.0F, band.width * 2)));
    for (std::size_t step = first; step < last; step += stride) {
      const float value = population.membrane[step * classes + neuron];
      line.push_back(std::isfinite(value)
                         ? plot.at(static_cast<double>(step) + 0.5, value)
                         : Point{std::numeric_limits<float>::quiet_NaN(), 0});
    }
    scene.stroke(std::move(line), colour, line_width);
  };
  scene.clip(band);
  const auto label = static_cast<std::size_t>(std::max(0, trace.label));
  const auto predicted = static_cast<std::size_t>(std::max(0, trace.predicted));
  const Colour others = mix(theme.panel, theme.faint, 0.6);
  constexpr std::size_t most_lines = 100;  // a band of more lines shows nothing
  for (std::size_t i = 0; i < std::min(seen.neurons.count, most_lines); ++i)
    draw_class(seen.neurons.first + i, others, 1);
  if (trace.predicted >= 0 && seen.holds(predicted) && trace.predicted != trace.label)
    draw_class(predicted, theme.bad, 2);
  if (trace.label >= 0 && seen.holds(label)) draw_class(label, theme.good, 2.4F);
  scene.unclip();
}

}  // namespace volley
