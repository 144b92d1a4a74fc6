// The way back from a point of the raster to population, neuron and time.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "viz/panels.hpp"

namespace volley {

namespace {
/// Spikes of some neurons in the steps [first, last).
std::size_t spikes_within(const PopulationTrace& population, NeuronRange neurons,
                          std::size_t first, std::size_t last) {
  std::size_t count = 0;
  for (std::size_t step = first; step < std::min<std::size_t>(last, population.spikes.steps);
       ++step)
    for (const std::uint32_t neuron : population.spikes.step(static_cast<std::uint32_t>(step)))
      if (neuron >= neurons.first && neuron - neurons.first < neurons.count) ++count;
  return count;
}

/// Of a readout: the class whose membrane is nearest to the point.
Hit membrane_hit(const SampleTrace& trace, const RasterLayout& layout, std::size_t i,
                 Point point) {
  const std::size_t id = layout.populations[i];
  const PopulationTrace& population = trace.populations[id];
  const std::size_t neurons = population.shape.size();
  Hit hit;
  hit.population = id;
  hit.time_ms = layout.time_of(point.x);
  hit.words = fmt::format("{}, {:.4g} ms", population.name, *hit.time_ms);
  const auto step = std::min<std::size_t>(static_cast<std::size_t>(*hit.time_ms / trace.dt_ms),
                                          trace.steps - std::min(1U, trace.steps));
  if (population.membrane.size() < (step + 1) * neurons || neurons == 0) return hit;
  const auto first = static_cast<std::size_t>(layout.from_ms / trace.dt_ms);
  const auto last = static_cast<std::size_t>(std::ceil(layout.to_ms / trace.dt_ms));
  Plot plot;
  plot.area = inset(layout.bands[i], 1);
  plot.y = membrane_axis(population, first, last);
  float nearest = std::numeric_limits<float>::infinity();
  for (std::size_t n = 0; n < layout.neurons[i].count; ++n) {
    const std::size_t neuron = layout.neurons[i].first + n;
    const float value = population.membrane[step * neurons + neuron];
    const float away = std::abs(plot.y_of(value) - point.y);
    if (!(away < nearest)) continue;
    nearest = away;
    hit.first_neuron = neuron;
    hit.neurons = 1;
    hit.words = fmt::format("{}, {}, {:.4g} ms: {:.3g}", population.name,
                            neuron_words(population.shape, neuron), *hit.time_ms, value);
  }
  return hit;
}
}  // namespace

std::optional<Hit> raster_hit(Box box, const SampleTrace& trace, Point point, const Theme& theme,
                              const RasterView& view) {
  const RasterLayout layout = raster_layout(trace, box, theme, view);
  if (trace.steps == 0) return std::nullopt;
  const std::size_t i = layout.band_at(point);
  if (i == layout.bands.size()) {
    if (!layout.rates.holds(point) || layout.rates.empty()) return std::nullopt;
    Hit hit;
    hit.time_ms = layout.time_of(point.x);
    hit.words = fmt::format("{:.4g} ms", *hit.time_ms);
    return hit;
  }
  const std::size_t id = layout.populations[i];
  const PopulationTrace& population = trace.populations[id];
  if (population.kind == NeuronKind::leaky_integrator) return membrane_hit(trace, layout, i, point);
  const Box band = layout.bands[i];
  const NeuronRange seen = layout.neurons[i];
  if (band.empty() || seen.count == 0) return std::nullopt;
  const std::size_t rows = band_cells(band.height, seen.count);
  const auto row = std::min(rows - 1, static_cast<std::size_t>((point.y - band.y) / band.height *
                                                               static_cast<float>(rows)));
  const auto edge = [&](std::size_t of) { return (of * seen.count + rows - 1) / rows; };
  Hit hit;
  hit.population = id;
  hit.first_neuron = seen.first + edge(row);
  hit.neurons = edge(row + 1) - edge(row);
  hit.time_ms = layout.time_of(point.x);
  // Where steps are closer than pixels, all that lie under this one.
  const double last_step = static_cast<double>(trace.steps) - 1;
  const double step = std::min(*hit.time_ms / trace.dt_ms, last_step);
  const double across = (layout.to_ms - layout.from_ms) / trace.dt_ms / band.width;
  const auto first = static_cast<std::size_t>(step);
  const auto last = std::max(first + 1, static_cast<std::size_t>(step + across));
  const std::size_t spikes =
      spikes_within(population, {hit.first_neuron, hit.neurons}, first, last);
  hit.words = fmt::format("{}, {}, {:.4g} ms{}", population.name,
                          neuron_words(population.shape, hit.first_neuron, hit.neurons),
                          *hit.time_ms,
                          spikes == 0 ? "" : fmt::format(": {} spike{}", spikes,
                                                         spikes == 1 ? "" : "s"));
  return hit;
}

}  // namespace volley
