#include "viz/lower_panel.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "viz/score_panel.hpp"

namespace volley {

namespace {
constexpr std::array lower_panels = {LowerPanel::rates, LowerPanel::population_rates,
                                     LowerPanel::scores, LowerPanel::confusion,
                                     LowerPanel::topology};

bool shows_membrane(const DashboardView& view) {
  return view.picked && view.inspected != nullptr && !view.inspected->traces.empty();
}

/// The last population with a neuron for each class; populations.size() where there is none.
std::size_t readout_of(const SampleTrace& trace) {
  for (std::size_t id = trace.populations.size(); id-- > 0 && !trace.scores.empty();)
    if (trace.populations[id].shape.size() == trace.scores.size()) return id;
  return trace.populations.size();
}

/// How the scores of a trace were read from the membranes of its readout: as what they agree with.
ReadoutScore score_read(const SampleTrace& trace, const PopulationTrace& readout) {
  const std::size_t classes = trace.scores.size(), values = readout.membrane.size();
  if (values == 0 || values % classes != 0) return ReadoutScore::mean;
  double away_mean = 0, away_max = 0, away_last = 0;
  for (std::size_t label = 0; label < classes; ++label) {
    double sum = 0, highest = 0;
    for (std::size_t at = label; at < values; at += classes) {
      sum += static_cast<double>(readout.membrane[at]);
      highest = std::max(highest, static_cast<double>(readout.membrane[at]));
    }
    const auto score = static_cast<double>(trace.scores[label]);
    away_mean += std::abs(sum / static_cast<double>(values / classes) - score);
    away_max += std::abs(highest - score);
    away_last += std::abs(static_cast<double>(readout.membrane[values - classes + label]) - score);
  }
  if (away_max < std::min(away_mean, away_last)) return ReadoutScore::max;
  return away_last < away_mean ? ReadoutScore::last : ReadoutScore::mean;
}

ScoreCurves curves_of(const SampleTrace& trace) {
  const std::size_t readout = readout_of(trace);
  return score_curves(trace, readout, score_read(trace, trace.populations[readout]));
}

/// Of the last epoch that was tested, else of the recordings shown.
ConfusionMatrix confusion_of(const DashboardView& view) {
  if (view.history != nullptr)
    for (auto epoch = view.history->epochs.rbegin(); epoch != view.history->epochs.rend(); ++epoch)
      if (!epoch->test_confusion.empty())
        return {epoch->test_confusion, {}, fmt::format("test split after epoch {}", epoch->epoch)};
  return view.seen != nullptr ? *view.seen : ConfusionMatrix{};
}

LowerPanel lower_shown(const DashboardView& view) {
  return can_show(view, view.lower) ? view.lower : LowerPanel::rates;
}
}  // namespace

bool can_show(const DashboardView& view, LowerPanel panel) {
  if (view.trace == nullptr) return false;
  switch (panel) {
    case LowerPanel::rates:
    case LowerPanel::population_rates: return true;
    case LowerPanel::scores: return readout_of(*view.trace) < view.trace->populations.size();
    case LowerPanel::confusion: return !confusion_of(view).counts.empty();
    case LowerPanel::topology: return view.network != nullptr;
  }
  return false;
}

LowerPanel next_lower(const DashboardView& view) {
  const auto now = std::find(lower_panels.begin(), lower_panels.end(), view.lower);
  const auto at = static_cast<std::size_t>(now - lower_panels.begin());
  for (std::size_t i = 1; i < lower_panels.size(); ++i) {
    const LowerPanel next = lower_panels[(at + i) % lower_panels.size()];
    if (can_show(view, next)) return next;
  }
  return view.lower;
}

void draw_lower(Scene& scene, Box box, const DashboardView& view) {
  const SampleTrace& trace = *view.trace;
  if (shows_membrane(view))
    return draw_membranes(scene, box, view.inspected->traces, trace.dt_ms, view.theme, view.raster);
  switch (lower_shown(view)) {
    case LowerPanel::rates: return draw_rates(scene, box, trace, view.theme);
    case LowerPanel::population_rates:
      return draw_population_rates(scene, box, trace, view.theme, view.raster);
    case LowerPanel::scores:
      return draw_score_curves(scene, box, curves_of(trace), view.theme, view.raster);
    case LowerPanel::confusion: return draw_confusion(scene, box, confusion_of(view), view.theme);
    case LowerPanel::topology:
      return draw_topology(scene, box, topology_of(*view.network, &trace), view.theme);
  }
}

void draw_lower_at_head(Scene& scene, Box box, const DashboardView& view) {
  if (shows_membrane(view))
    return draw_membranes_at_head(scene, box, view.inspected->traces, view.trace->dt_ms,
                                  view.head_ms, view.theme, view.raster);
  if (lower_shown(view) == LowerPanel::scores)
    draw_score_curves_at_head(scene, box, curves_of(*view.trace), view.head_ms, view.theme,
                              view.raster);
}

std::optional<Hit> lower_hit(const DashboardView& view, Box box, Point at) {
  const SampleTrace& trace = *view.trace;
  if (shows_membrane(view))
    return membranes_hit(box, view.inspected->traces, trace.dt_ms, at, view.theme, view.raster);
  switch (lower_shown(view)) {
    case LowerPanel::rates: return rates_hit(box, trace, at, view.theme);
    case LowerPanel::population_rates: return std::nullopt;
    case LowerPanel::scores:
      return score_curves_hit(box, curves_of(trace), at, view.theme, view.raster);
    case LowerPanel::confusion: return confusion_hit(box, confusion_of(view), at, view.theme);
    case LowerPanel::topology:
      return topology_hit(box, topology_of(*view.network, &trace), at, view.theme);
  }
  return std::nullopt;
}

}  // namespace volley
