// The plots of a training run: loss per batch, and accuracy, firing rates and synaptic operations
// per epoch. Which of them are seen, and where, is decided by curves_panel.cpp.
#include "viz/curves_plots.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "viz/amounts.hpp"
#include "viz/panels.hpp"
#include "viz/text_metrics.hpp"

namespace volley {

namespace {
struct Series {
  std::vector<double> x, y;
};

/// The line of a series; with more values than pixels each pixel column shows its extremes.
std::vector<Point> line_of(const Series& series, const Plot& plot) {
  std::vector<Point> line;
  const auto columns = static_cast<std::size_t>(std::max(1.0F, plot.area.width));
  const std::size_t count = series.y.size();
  const auto at = [&](std::size_t i) { return plot.at(series.x[i], series.y[i]); };
  if (count <= 2 * columns) {
    for (std::size_t i = 0; i < count; ++i) line.push_back(at(i));
    return line;
  }
  for (std::size_t column = 0; column < columns; ++column) {
    const std::size_t first = column * count / columns, last = (column + 1) * count / columns;
    std::size_t low = first, high = first;
    for (std::size_t i = first; i < last; ++i) {
      // A comparison with NaN is false, so that finite values win wherever there are any.
      if (!(series.y[i] >= series.y[low])) low = std::isfinite(series.y[i]) ? i : low;
      if (!(series.y[i] <= series.y[high])) high = std::isfinite(series.y[i]) ? i : high;
    }
    line.push_back(at(std::min(low, high)));
    line.push_back(at(std::max(low, high)));
  }
  return line;
}

double highest_of(const std::vector<double>& values) {
  double highest = 0;
  for (const double value : values)
    if (std::isfinite(value)) highest = std::max(highest, value);
  return highest;
}

/// The legend stands in the line of the y axis's label, clear of the label itself.
void draw_curve_legend(Scene& scene, Box box, const std::string& y_label,
                       const std::vector<LegendEntry>& entries, const Theme& theme) {
  draw_legend(scene, {box.right() - theme.tick * 0.6F, box.y + theme.tick * 0.55F},
              box.x + text_width(y_label, theme.tick) + theme.label, entries, theme);
}

}  // namespace

Plot draw_loss(Scene& scene, Box box, const TrainingHistory& history, const Theme& theme) {
  Series raw, smooth;
  const bool by_batch = !history.batches.empty();
  for (const BatchRecord& batch : history.batches) {
    raw.x.push_back(static_cast<double>(batch.step));
    raw.y.push_back(batch.loss);
  }
  if (!by_batch)
    for (const EpochRecord& epoch : history.epochs) {
      raw.x.push_back(epoch.epoch);
      raw.y.push_back(epoch.train_loss);
    }
  smooth.x = raw.x;
  const double over = std::clamp(static_cast<double>(raw.y.size()) / 100, 3.0, 200.0);
  smooth.y = by_batch ? smoothed(raw.y, over) : raw.y;
  // Outliers of single batches are cut off at the top rather than flatten the curve.
  const double top = std::min(highest_of(raw.y), highest_of(smooth.y) * 1.5);
  double last = std::numeric_limits<double>::quiet_NaN();
  for (const double value : smooth.y)
    if (std::isfinite(value)) last = value;
  std::vector<LegendEntry> legend;
  if (by_batch) legend.push_back({"each batch", mix(theme.panel, theme.colour(0), 0.45)});
  if (std::isfinite(last))
    legend.push_back({fmt::format("{} {:.3g}", by_batch ? "smoothed" : "epoch", last),
                      theme.colour(0)});
  draw_curve_legend(scene, box, "loss", legend, theme);
  const double x_low = raw.x.empty() ? 0 : std::min(raw.x.front(), 1.0);
  const double x_high = raw.x.empty() ? 1 : std::max(raw.x.back(), x_low + 1);
  const Plot plot =
      draw_axes(scene, box, {x_low, x_high, by_batch ? "batch" : "epoch", true},
                {0, top > 0 ? top * 1.05 : 1.0, "loss"}, theme);
  if (plot.area.empty()) return plot;
  scene.clip(inset(plot.area, -1));
  if (by_batch)
    scene.stroke(line_of(raw, plot), mix(theme.panel, theme.colour(0), 0.45), 1);
  scene.stroke(line_of(smooth, plot), theme.colour(0), 2);
  if (raw.y.size() == 1) scene.dots({plot.at(raw.x[0], raw.y[0])}, 5, theme.colour(0));
  scene.unclip();
  return plot;
}

namespace {
struct Accuracies {
  Series train, test, balanced;  ///< in percent
  double lowest = 100;
};

Accuracies accuracies_of(const TrainingHistory& history) {
  Accuracies all;
  const auto add = [&](Series& series, int epoch, double accuracy) {
    // Below 0 means not evaluated; a gap, not a point.
    if (!std::isfinite(accuracy) || accuracy < 0) return;
    series.x.push_back(epoch);
    series.y.push_back(100 * accuracy);
    all.lowest = std::min(all.lowest, 100 * accuracy);
  };
  for (const EpochRecord& epoch : history.epochs) {
    add(all.train, epoch.epoch, epoch.train_accuracy);
    add(all.test, epoch.epoch, epoch.test_accuracy);
    // On balanced test sets it would lie on the test curve.
    if (std::abs(epoch.test_balanced_accuracy - epoch.test_accuracy) > 5e-4)
      add(all.balanced, epoch.epoch, epoch.test_balanced_accuracy);
  }
  return all;
}

struct NamedSeries {
  Series series;
  LegendEntry entry;
};

std::vector<NamedSeries> named(const Accuracies& all, const Theme& theme) {
  return {{all.train, {"train", theme.colour(0)}},
          {all.balanced, {"balanced", theme.colour(2)}},
          {all.test, {"test", theme.colour(1)}}};
}

}  // namespace

std::vector<LegendEntry> latest_accuracies(const TrainingHistory& history, const Theme& theme) {
  const Accuracies all = accuracies_of(history);
  std::vector<LegendEntry> legend;
  for (const NamedSeries& curve : named(all, theme))
    if (!curve.series.y.empty())
      legend.push_back({fmt::format("{} {:.1f} %", curve.entry.text, curve.series.y.back()),
                        curve.entry.colour});
  return legend;
}

namespace {
/// Curves over the epochs, a dot for each where they are few.
Plot draw_epochs(Scene& scene, Box box, const TrainingHistory& history, Axis y,
                 const std::vector<NamedSeries>& curves, const Theme& theme) {
  const double x_high = history.epochs.empty() ? 1 : history.epochs.back().epoch;
  const Plot plot = draw_axes(scene, box, {std::min(1.0, x_high - 1), std::max(2.0, x_high),
                                           "epoch", true}, std::move(y), theme);
  if (plot.area.empty()) return plot;
  if (history.epochs.empty()) draw_absent(scene, plot.area, "after the first epoch", theme);
  scene.clip(inset(plot.area, -3));
  for (const auto& [series, entry] : curves) {
    scene.stroke(line_of(series, plot), entry.colour, 2);
    if (series.y.size() > 60) continue;
    std::vector<Point> points;
    for (std::size_t i = 0; i < series.y.size(); ++i)
      points.push_back(plot.at(series.x[i], series.y[i]));
    scene.dots(std::move(points), 5, entry.colour);
  }
  scene.unclip();
  return plot;
}

}  // namespace

Plot draw_accuracy(Scene& scene, Box box, const TrainingHistory& history, const Theme& theme) {
  const Accuracies all = accuracies_of(history);
  const double below = std::max(0.0, std::floor((all.lowest - 2) / 10) * 10);
  return draw_epochs(scene, box, history,
                     {all.lowest >= 100 ? 0 : below, 100.5, "accuracy (%)"}, named(all, theme),
                     theme);
}

namespace {
/// Share of neurons that fire in a step, a curve for each population.
std::vector<NamedSeries> firing(const TrainingHistory& history, const Theme& theme) {
  std::vector<NamedSeries> curves;
  if (history.epochs.empty()) return curves;
  // Colours are those of the raster, where the input comes first.
  for (const PopulationRate& rate : history.epochs.back().rates)
    curves.push_back({{}, {rate.name, theme.colour(curves.size() + 1)}});
  for (const EpochRecord& epoch : history.epochs)
    for (std::size_t i = 0; i < std::min(curves.size(), epoch.rates.size()); ++i)
      if (std::isfinite(epoch.rates[i].rate)) {
        curves[i].series.x.push_back(epoch.epoch);
        curves[i].series.y.push_back(100 * epoch.rates[i].rate);
      }
  return curves;
}

}  // namespace

Plot draw_firing(Scene& scene, Box box, const TrainingHistory& history, const Theme& theme) {
  const std::vector<NamedSeries> curves = firing(history, theme);
  double highest = 0;
  std::vector<LegendEntry> legend;
  for (const NamedSeries& curve : curves) {
    highest = std::max(highest, highest_of(curve.series.y));
    legend.push_back(curve.entry);
  }
  const std::string label = "fire in a step (%)";
  draw_curve_legend(scene, box, label, legend, theme);
  return draw_epochs(scene, box, history, {0, highest > 0 ? highest * 1.08 : 1.0, label}, curves,
                     theme);
}

namespace {
std::vector<NamedSeries> operations(const TrainingHistory& history, const Theme& theme) {
  NamedSeries train{{}, {"train", theme.colour(0)}}, test{{}, {"test", theme.colour(1)}};
  for (const EpochRecord& epoch : history.epochs) {
    const auto add = [&](NamedSeries& curve, double value) {
      if (!std::isfinite(value) || value <= 0) return;
      curve.series.x.push_back(epoch.epoch);
      curve.series.y.push_back(value);
    };
    add(train, epoch.synaptic_operations);
    add(test, epoch.test_synaptic_operations);
  }
  std::vector<NamedSeries> curves;
  for (NamedSeries* curve : {&train, &test})
    if (!curve->series.y.empty()) curves.push_back(std::move(*curve));
  return curves;
}

}  // namespace

Plot draw_operations(Scene& scene, Box box, const TrainingHistory& history, const Theme& theme) {
  const std::vector<NamedSeries> curves = operations(history, theme);
  double highest = 0;
  std::vector<LegendEntry> legend;
  for (const NamedSeries& curve : curves) {
    highest = std::max(highest, highest_of(curve.series.y));
    legend.push_back({curve.entry.text + " " + short_amount(curve.series.y.back()),
                      curve.entry.colour});
  }
  const std::string label = "SynOps per recording";
  draw_curve_legend(scene, box, label, legend, theme);
  return draw_epochs(scene, box, history, {0, highest > 0 ? highest * 1.08 : 1.0, label}, curves,
                     theme);
}

bool knows_operations(const TrainingHistory& history) {
  return std::any_of(history.epochs.begin(), history.epochs.end(), [](const EpochRecord& epoch) {
    return epoch.synaptic_operations > 0 || epoch.test_synaptic_operations > 0;
  });
}

std::vector<double> smoothed(const std::vector<double>& values, double batches) {
  std::vector<double> result;
  result.reserve(values.size());
  const double keep = 1 - 1 / std::max(1.0, batches);
  double sum = 0, weight = 0;
  for (const double value : values) {
    if (!std::isfinite(value)) {
      result.push_back(std::numeric_limits<double>::quiet_NaN());
      continue;
    }
    sum = keep * sum + (1 - keep) * value;
    weight = keep * weight + (1 - keep);
    result.push_back(weight > 0 ? sum / weight : value);
  }
  return result;
}

}  // namespace volley
