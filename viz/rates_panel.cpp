// The rates panel: how the firing rates of each population's neurons are distributed, who is silent
// and who fires all the time.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "viz/panels.hpp"
#include "viz/text_metrics.hpp"

namespace volley {

namespace {
struct RatesRow {
  std::size_t population = 0;
  RateSummary rates;
  Box caption, silent, area, saturated;
};

struct RatesLayout {
  std::vector<RatesRow> rows;
  double range = 1;    ///< Hz, of all rows
  double quantum = 1;  ///< Hz of one spike in the recording
};

/// The rate that 99 of 100 firing neurons stay under: one burster must not flatten the rest.
double shared_range(const std::vector<RatesRow>& rows) {
  double range = 0;
  for (const RatesRow& row : rows) {
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

/// Bars of whole numbers of spikes: bar i holds the neurons with i * spikes + 1 to (i + 1) * spikes
/// of them, the last one also those with more.
struct Bars {
  std::size_t spikes = 1;
  std::vector<std::size_t> neurons;
  double quantum = 1;

  double from_hz(std::size_t i) const { return (static_cast<double>(i * spikes) + 0.5) * quantum; }
  double to_hz(std::size_t i) const { return from_hz(i + 1); }
};

Bars bars_of(const RateSummary& rates, double range, double quantum, float width) {
  const double most = std::clamp(width / 9, 4.0F, 48.0F);
  Bars bars;
  bars.quantum = quantum;
  bars.spikes = static_cast<std::size_t>(std::max(1.0, std::ceil(range / quantum / most)));
  const double spikes_each = static_cast<double>(bars.spikes);
  bars.neurons.assign(
      static_cast<std::size_t>(std::max(1.0, std::ceil(range / quantum / spikes_each))), 0);
  for (const double hz : rates.hz) {
    if (!(hz > 0)) continue;
    const auto bar = static_cast<std::size_t>((std::round(hz / quantum) - 1) / spikes_each);
    ++bars.neurons[std::min(bar, bars.neurons.size() - 1)];
  }
  return bars;
}

RatesLayout layout_of(Box content, const SampleTrace& trace, const Theme& theme) {
  RatesLayout layout;
  std::vector<RatesRow>& rows = layout.rows;
  for (std::size_t i = 0; i < trace.populations.size(); ++i)
    if (trace.populations[i].kind != NeuronKind::leaky_integrator)
      rows.push_back({i, summarise_rates(trace.populations[i], trace.dt_ms), {}, {}, {}, {}});
  if (rows.empty() || content.empty()) return {};
  if (trace.steps > 0 && trace.dt_ms > 0) layout.quantum = 1e3 / (trace.steps * trace.dt_ms);
  cut_bottom(content, theme.tick * 1.8F);
  const float least = theme.label * 3;
  const auto fitting = static_cast<std::size_t>(std::max(1.0F, content.height / least));
  // Where not all fit, the layers behind the input matter more.
  const std::size_t first = rows.size() > fitting ? rows.size() - fitting : 0;
  rows.erase(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(first));
  layout.range = shared_range(rows);
  const float share = content.height / static_cast<float>(rows.size());
  for (RatesRow& row : rows) {
    Box strip = cut_top(content, share);
    row.caption = cut_top(strip, theme.label * 1.5F);
    cut_bottom(strip, theme.label * 0.3F);
    row.silent = cut_left(strip, theme.label);
    cut_left(strip, theme.label * 0.5F);
    row.saturated = cut_right(strip, theme.label);
    cut_right(strip, theme.label * 0.5F);
    row.area = snapped(strip);
  }
  return layout;
}

void draw_histogram(Scene& scene, Box area, const RateSummary& rates, const Bars& bars,
                    double range, Colour colour, const Theme& theme) {
  const std::size_t tallest =
      std::max<std::size_t>(1, *std::max_element(bars.neurons.begin(), bars.neurons.end()));
  const Plot plot{area, {0, range, {}}, {}};
  // Room for the number of neurons in the tallest bar, which stands for a scale.
  const bool numbered = area.height > theme.tick * 3.5F;
  const float full = area.height - (numbered ? theme.tick * 1.5F : 0);
  const float mean = plot.x_of(std::min(rates.mean_hz, range));
  scene.clip(area);
  bool written = false;
  for (std::size_t i = 0; i < bars.neurons.size(); ++i) {
    if (bars.neurons[i] == 0) continue;
    // Square root, and at least two pixels: a few busy neurons have to be seen beside many calm.
    const float height = std::max(
        2.0F, full * static_cast<float>(std::sqrt(static_cast<double>(bars.neurons[i]) /
                                                         static_cast<double>(tallest))));
    const float left = plot.x_of(bars.from_hz(i)), right = plot.x_of(bars.to_hz(i));
    scene.fill({left, area.bottom() - height, std::max(1.0F, right - left - 1), height}, colour);
    if (!numbered || written || bars.neurons[i] != tallest) continue;
    const std::string count = std::to_string(tallest);
    const float half = text_width(count, theme.tick) / 2 + 2;
    float middle = (left + right) / 2;
    if (std::abs(middle - mean) < half + 1) middle = mean + half + 1;  // clear of the mean's line
    scene.text({std::clamp(middle, area.x + half, area.right() - half),
                area.bottom() - height - theme.tick * 0.75F},
               count, theme.tick, theme.faint, Align::centre);
    written = true;
  }
  scene.rule({mean, area.y}, {mean, area.bottom()}, theme.text, 2);
  scene.unclip();
}

void draw_share(Scene& scene, Box box, std::size_t part, std::size_t whole, Colour colour,
                const Theme& theme) {
  scene.fill(box, theme.grid);
  const float share = whole > 0 ? static_cast<float>(part) / static_cast<float>(whole) : 0.0F;
  // One neuron of many is seen too.
  const float height = part > 0 ? std::max(2.0F, box.height * share) : 0;
  scene.fill({box.x, box.bottom() - height, box.width, height}, colour);
}

Colour saturated_colour(const Theme& theme) { return theme.colour(3); }

void draw_caption(Scene& scene, const RatesRow& row, const std::string& population,
                  const Theme& theme) {
  const RateSummary& rates = row.rates;
  const Box caption = row.caption;
  const std::string mean = fmt::format("mean {:.3g} Hz", rates.mean_hz);
  const std::string silent = fmt::format("{} of {} silent", rates.silent, rates.neurons);
  const std::string saturated =
      rates.saturated > 0 ? fmt::format("{} saturated", rates.saturated) : "";
  const float y = caption.y + theme.label * 0.6F;
  const std::string name = fit_text(population, caption.width, theme.label, true);
  scene.text({caption.x, y}, name, theme.label, theme.text, Align::left, true);
  const float left = caption.x + text_width(name, theme.label, true) + theme.label;
  float right = caption.right();
  // What matters less is left out first.
  for (const auto& [words, colour] :
       {std::pair{saturated, saturated_colour(theme)},
        std::pair{silent, rates.silent > 0 ? theme.bad : theme.faint}, {mean, theme.text}}) {
    if (words.empty()) continue;
    if (right - text_width(words, theme.tick) < left) break;
    scene.text({right, y}, words, theme.tick, colour, Align::right);
    right -= text_width(words, theme.tick) + theme.label;
  }
}
}  // namespace

RateSummary summarise_rates(const PopulationTrace& population, double dt_ms) {
  RateSummary summary;
  const SpikeTrain& train = population.spikes;
  summary.neurons = population.shape.size();
  summary.hz.assign(summary.neurons, 0.0);
  std::vector<std::uint32_t> active(summary.neurons, 0);  // steps with a spike
  for (std::uint32_t step = 0; step < train.steps; ++step) {
    std::size_t before = summary.neurons;
    for (const std::uint32_t neuron : train.step(step)) {
      if (neuron >= summary.neurons) continue;
      summary.hz[neuron] += 1;
      if (neuron != before) ++active[neuron];
      before = neuron;
    }
  }
  const double seconds = train.steps * dt_ms * 1e-3;
  for (std::size_t i = 0; i < summary.neurons; ++i) {
    double& hz = summary.hz[i];
    if (hz == 0) ++summary.silent;
    if (train.steps > 0 && active[i] >= saturated_share * train.steps) ++summary.saturated;
    hz = seconds > 0 ? hz / seconds : 0.0;
    summary.mean_hz += hz;
    summary.highest_hz = std::max(summary.highest_hz, hz);
  }
  if (summary.neurons > 0) summary.mean_hz /= static_cast<double>(summary.neurons);
  return summary;
}

void draw_rates(Scene& scene, Box box, const SampleTrace& trace, const Theme& theme) {
  const Box content = draw_panel(scene, box, "firing rates", "neurons per rate, root scale",
                                 {{"mean", theme.text}, {"silent", theme.bad},
                                  {"saturated", saturated_colour(theme)}}, theme);
  const RatesLayout layout = layout_of(content, trace, theme);
  if (layout.rows.empty())
    return draw_absent(scene, content, "no spiking population", theme);
  for (const RatesRow& row : layout.rows) {
    draw_caption(scene, row, trace.populations[row.population].name, theme);
    if (row.area.empty()) continue;
    draw_share(scene, row.silent, row.rates.silent, row.rates.neurons, theme.bad, theme);
    draw_share(scene, row.saturated, row.rates.saturated, row.rates.neurons,
               saturated_colour(theme), theme);
    scene.fill(row.area, mix(theme.panel, theme.background, 0.8));
    draw_histogram(scene, row.area, row.rates,
                   bars_of(row.rates, layout.range, layout.quantum, row.area.width), layout.range,
                   theme.colour(row.population), theme);
  }
  draw_x_axis(scene, layout.rows.back().area, {0, layout.range, "rate (Hz)"}, theme, false);
}

std::optional<Hit> rates_hit(Box box, const SampleTrace& trace, Point point, const Theme& theme) {
  const RatesLayout layout = layout_of(panel_content(box, theme), trace, theme);
  for (const RatesRow& row : layout.rows) {
    const RateSummary& rates = row.rates;
    Hit hit;
    hit.population = row.population;
    const std::string name = trace.populations[row.population].name + ": ";
    if (row.silent.holds(point)) {
      hit.words = name + fmt::format("{} of {} neurons silent", rates.silent, rates.neurons);
      return hit;
    }
    if (row.saturated.holds(point)) {
      hit.words = name + fmt::format("{} of {} neurons fire in {:.0f} % of the steps or more",
                                     rates.saturated, rates.neurons, 100 * saturated_share);
      return hit;
    }
    if (!row.area.holds(point)) continue;
    const Bars bars = bars_of(rates, layout.range, layout.quantum, row.area.width);
    const double hz =
        static_cast<double>((point.x - row.area.x) / row.area.width) * layout.range;
    if (hz < bars.from_hz(0)) {
      hit.words = name + fmt::format("{:.3g} Hz", hz);
      return hit;
    }
    const auto bar = std::min(
        bars.neurons.size() - 1,
        static_cast<std::size_t>((hz - bars.from_hz(0)) / (bars.to_hz(0) - bars.from_hz(0))));
    const double low = static_cast<double>(bar * bars.spikes + 1) * bars.quantum;
    const double high = static_cast<double>((bar + 1) * bars.spikes) * bars.quantum;
    hit.words = name + fmt::format("{} neurons at {:.3g}{} Hz", bars.neurons[bar], low,
                                   bars.spikes > 1 ? fmt::format(" to {:.3g}", high) : "");
    return hit;
  }
  return std::nullopt;
}

}  // namespace volley
