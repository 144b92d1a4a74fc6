// The curves panel: which plots of a training run there is room for, and what lies under a point.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "viz/curves_plots.hpp"
#include "viz/panels.hpp"

namespace volley {

namespace {
/// The plots that there is something for and room for, in the order of their weight.
using Draw = Plot (*)(Scene&, Box, const TrainingHistory&, const Theme&);
struct Part {
  Box box;
  Draw draw;
};

std::vector<Part> parts_of(Box content, const TrainingHistory& history, const Theme& theme) {
  std::vector<Part> parts{{{}, draw_loss}, {{}, draw_accuracy}};
  const float gap = theme.label;
  const auto fits = [&](std::size_t columns, std::size_t rows) {
    return content.width >= static_cast<float>(columns) * theme.label * 21 &&
           content.height >= static_cast<float>(rows) * theme.label * 12;
  };
  std::vector<Draw> more;
  if (knows_operations(history)) more.push_back(draw_operations);
  if (!history.epochs.empty() && !history.epochs.back().rates.empty()) more.push_back(draw_firing);
  for (const Draw draw : more) {
    const std::size_t count = parts.size() + 1;
    if (fits(count, 1) || fits(2, 2) || fits(1, count)) parts.push_back({{}, draw});
  }
  std::size_t columns = 1;
  if (parts.size() == 2 && content.width > content.height * 1.6F) columns = 2;
  if (parts.size() > 2 && fits(2, 2)) columns = 2;
  if (parts.size() > 2 && fits(parts.size(), 1) &&
      content.width > content.height * 0.8F * static_cast<float>(parts.size()))
    columns = parts.size();
  const std::size_t rows = (parts.size() + columns - 1) / columns;
  Box rest = content;
  for (std::size_t row = 0; row < rows; ++row) {
    const auto left = static_cast<float>(rows - row);
    Box strip = cut_top(rest, (rest.height - gap / 2 * (left - 1)) / left);
    cut_top(rest, gap / 2);
    const std::size_t here = std::min(columns, parts.size() - row * columns);
    for (std::size_t i = 0; i < here; ++i) {
      const auto beside = static_cast<float>(here - i);
      parts[row * columns + i].box = cut_left(strip, (strip.width - gap * (beside - 1)) / beside);
      cut_left(strip, gap);
    }
  }
  return parts;
}

std::string epoch_words(const EpochRecord& epoch) {
  std::string words = fmt::format("epoch {}: loss {:.4g}, train {:.1f} %", epoch.epoch,
                                  epoch.train_loss, 100 * epoch.train_accuracy);
  if (epoch.test_accuracy >= 0) words += fmt::format(", test {:.1f} %", 100 * epoch.test_accuracy);
  for (const PopulationRate& rate : epoch.rates)
    words += fmt::format(", {} {:.2f} %", rate.name, 100 * rate.rate);
  if (epoch.test_synaptic_operations > 0)
    words += fmt::format(", {:.4g} SynOps", epoch.test_synaptic_operations);
  return words;
}
}  // namespace

void draw_curves(Scene& scene, Box box, const TrainingHistory& history, const Theme& theme) {
  const Box content =
      draw_panel(scene, box, "training", "", latest_accuracies(history, theme), theme);
  if (content.empty()) return;
  if (history.batches.empty() && history.epochs.empty())
    return draw_absent(scene, content, "no batch yet", theme);
  for (const Part& part : parts_of(content, history, theme))
    part.draw(scene, part.box, history, theme);
}

std::optional<Hit> curves_hit(Box box, const TrainingHistory& history, Point point,
                              const Theme& theme) {
  if (history.batches.empty() && history.epochs.empty()) return std::nullopt;
  for (const Part& part : parts_of(panel_content(box, theme), history, theme)) {
    if (!part.box.holds(point)) continue;
    Scene unseen;
    const Plot plot = part.draw(unseen, part.box, history, theme);
    if (plot.area.empty() || !plot.area.holds(point)) return std::nullopt;
    const double x = plot.x.low + static_cast<double>((point.x - plot.area.x) / plot.area.width) *
                                      (plot.x.high - plot.x.low);
    Hit hit;
    const auto nearest = [x](const auto& records, auto key) {
      return *std::min_element(records.begin(), records.end(), [&](const auto& a, const auto& b) {
        return std::abs(key(a) - x) < std::abs(key(b) - x);
      });
    };
    if (part.draw == draw_loss && !history.batches.empty()) {
      const BatchRecord batch = nearest(history.batches, [](const BatchRecord& each) {
        return static_cast<double>(each.step);
      });
      hit.words = fmt::format("batch {}, epoch {}: loss {:.4g}, accuracy {:.1f} %, "
                              "learning rate {:.3g}", batch.step, batch.epoch, batch.loss, 100 * batch.accuracy,
                              batch.learning_rate);
    } else if (!history.epochs.empty()) {
      hit.words = epoch_words(
          nearest(history.epochs, [](const EpochRecord& each) { return each.epoch * 1.0; }));
    }
    return hit;
  }
  return std::nullopt;
}

}  // namespace volley
