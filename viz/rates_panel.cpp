// The rates panel: how the firing rates of each population's neurons are distributed, and who is
// silent.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "viz/panels.hpp"
#include "viz/text_metrics.hpp"

namespace volley {

namespace {
struct Row {
  std::size_t population;
  RateSummary rates;
};

/// The rate that 99 of 100 firing neurons stay under: one burster must not flatten the rest.
double shared_range(const std::vector<Row>& rows) {
  double range = 0;
  for (const Row& row : rows) {
    std::vector<double> firing;
    for (const double hz : row.rates.hz)
      if (hz > 0) firing.push_back(hz);
    if (firing.empty()) continue;
    const std::size_t place = std::min(firing.size() - 1, firing.size() * 99 / 100);
    std::nth_element(firing.begin(), firing.begin() + static_cast<std::ptrdiff_t>(place),
                     firing.end());
    range = std::max({range, firing[place], row.rates.mean_hz});
  }
  return range > 0 ? range * 1.05 : 1.0;
}

void draw_histogram(Scene& scene, Box area, const RateSummary& rates, double range, Colour colour,
                    const Theme& theme) {
  const auto bins = static_cast<std::size_t>(std::clamp(area.width / 9, 4.0F, 48.0F));
  std::vector<std::size_t> count(bins, 0);
  for (const double hz : rates.hz) {
    if (!(hz > 0)) continue;
    const auto bin = static_cast<std::size_t>(hz / range * static_cast<double>(bins));
    ++count[std::min(bin, bins - 1)];
  }
  const std::size_t tallest =
      std::max<std::size_t>(1, *std::max_element(count.begin(), count.end()));
  const float wide = area.width / static_cast<float>(bins);
  for (std::size_t i = 0; i < bins; ++i) {
    if (count[i] == 0) continue;
    // Square root, and at least two pixels: a few busy neurons have to be seen beside many calm.
    const float height = std::max(
        2.0F, area.height * static_cast<float>(std::sqrt(static_cast<double>(count[i]) /
                                                         static_cast<double>(tallest))));
    scene.fill({area.x + static_cast<float>(i) * wide, area.bottom() - height,
                std::max(1.0F, wide - 1), height}, colour);
  }
  const float mean = area.x + static_cast<float>(rates.mean_hz / range) * area.width;
  scene.rule({mean, area.y}, {mean, area.bottom()}, theme.text, 2);
}
}  // namespace

RateSummary summarise_rates(const PopulationTrace& population, double dt_ms) {
  RateSummary summary;
  summary.neurons = population.shape.size();
  summary.hz.assign(summary.neurons, 0.0);
  for (const std::uint32_t neuron : population.spikes.indices)
    if (neuron < summary.neurons) summary.hz[neuron] += 1;
  const double seconds = population.spikes.steps * dt_ms * 1e-3;
  for (double& hz : summary.hz) {
    if (hz == 0) ++summary.silent;
    hz = seconds > 0 ? hz / seconds : 0.0;
    summary.mean_hz += hz;
    summary.highest_hz = std::max(summary.highest_hz, hz);
  }
  if (summary.neurons > 0) summary.mean_hz /= static_cast<double>(summary.neurons);
  return summary;
}

void draw_rates(Scene& scene, Box box, const SampleTrace& trace, const Theme& theme) {
  std::vector<Row> rows;
  for (std::size_t i = 0; i < trace.populations.size(); ++i)
    if (trace.populations[i].kind != NeuronKind::leaky_integrator)
      rows.push_back({i, summarise_rates(trace.populations[i], trace.dt_ms)});
  Box content = draw_panel(scene, box, "firing rates", "neurons per rate",
                           {{"mean", theme.text}, {"silent", theme.bad}}, theme);
  if (rows.empty()) return draw_absent(scene, content, "no spiking population", theme);
  if (content.empty()) return;
  cut_bottom(content, theme.tick * 1.8F);
  const float least = theme.label * 3;
  const auto fitting = static_cast<std::size_t>(std::max(1.0F, content.height / least));
  // Where not all fit, the layers behind the input matter more.
  const std::size_t first = rows.size() > fitting ? rows.size() - fitting : 0;
  rows.erase(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(first));
  const double range = shared_range(rows);
  const float share = content.height / static_cast<float>(rows.size());
  Box lowest;
  for (const Row& row : rows) {
    Box strip = cut_top(content, share);
    const PopulationTrace& population = trace.populations[row.population];
    const RateSummary& rates = row.rates;
    const Box caption = cut_top(strip, theme.label * 1.5F);
    const std::string mean = fmt::format("mean {:.3g} Hz", rates.mean_hz);
    const std::string silent = fmt::format("{} of {} silent", rates.silent, rates.neurons);
    const float y = caption.y + theme.label * 0.6F;
    const std::string name = fit_text(population.name, caption.width, theme.label, true);
    scene.text({caption.x, y}, name, theme.label, theme.text, Align::left, true);
    const float left = caption.x + text_width(name, theme.label, true) + theme.label;
    float right = caption.right();
    // What matters less is left out first.
    for (const auto& [words, colour] :
         {std::pair{silent, rates.silent > 0 ? theme.bad : theme.faint}, {mean, theme.text}}) {
      if (right - text_width(words, theme.tick) < left) break;
      scene.text({right, y}, words, theme.tick, colour, Align::right);
      right -= text_width(words, theme.tick) + theme.label;
    }
    cut_bottom(strip, theme.label * 0.3F);
    // The bar left of the axis is the share of silent neurons, out of the whole height.
    const Box silence = cut_left(strip, theme.label);
    cut_left(strip, theme.label * 0.5F);
    const Box area = snapped(strip);
    if (area.empty()) continue;
    lowest = area;
    scene.fill(silence, theme.grid);
    const float part = rates.neurons > 0 ? static_cast<float>(rates.silent) /
                                               static_cast<float>(rates.neurons)
                                         : 0.0F;
    scene.fill({silence.x, silence.bottom() - silence.height * part, silence.width,
                silence.height * part}, theme.bad);
    scene.fill(area, mix(theme.panel, theme.background, 0.8));
    draw_histogram(scene, area, rates, range, theme.colour(row.population), theme);
  }
  draw_x_axis(scene, lowest, {0, range, "rate (Hz)"}, theme, false);
}

}  // namespace volley
