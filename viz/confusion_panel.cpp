#include "viz/confusion_panel.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "viz/axes.hpp"
#include "viz/text_metrics.hpp"

namespace volley {

namespace {
std::string name_of_class(const ConfusionMatrix& matrix, std::size_t label) {
  return label < matrix.names.size() ? matrix.names[label] : std::to_string(label);
}

std::uint64_t row_sum(const std::vector<std::uint32_t>& row) {
  return std::accumulate(row.begin(), row.end(), std::uint64_t{0});
}

struct ConfusionLayout {
  Box rows;     ///< names of the true classes
  Box columns;  ///< names of the predicted ones
  Box matrix, recall;
  float cell = 0;
};

ConfusionLayout layout_of(Box content, const ConfusionMatrix& matrix, const Theme& theme) {
  ConfusionLayout layout;
  const auto classes = static_cast<float>(matrix.counts.size());
  if (content.empty() || matrix.counts.empty()) return layout;
  float widest = theme.label;
  for (std::size_t i = 0; i < matrix.counts.size(); ++i)
    widest = std::max(widest, text_width(name_of_class(matrix, i), theme.label));
  const float names = std::min(widest, theme.label * 10) + theme.label * 0.8F;
  const float left = names + theme.label * 1.6F, right = theme.label * 5;
  const float above = theme.label * 1.8F, below = theme.label * 3.4F;
  const float side = std::min(content.width - left - right, content.height - above - below);
  if (side < classes) return layout;
  layout.cell = std::floor(side / classes);
  const float whole = layout.cell * classes;
  layout.matrix = {std::round(content.x + left + (content.width - left - right - whole) / 2),
                   std::round(content.y + above + (content.height - above - below - whole) / 2),
                   whole, whole};
  layout.rows = {layout.matrix.x - names, layout.matrix.y, names - theme.label * 0.5F, whole};
  layout.columns = {layout.matrix.x, layout.matrix.bottom() + theme.label * 0.3F, whole,
                    theme.label * 1.3F};
  layout.recall = {layout.matrix.right() + theme.label * 0.6F, layout.matrix.y,
                   right - theme.label, whole};
  return layout;
}

/// Every so many classes are named, so that names do not touch.
std::size_t stride_of(float cell, float needed) {
  return static_cast<std::size_t>(std::max(1.0F, std::ceil(needed / cell)));
}

void draw_names(Scene& scene, const ConfusionLayout& layout, const ConfusionMatrix& matrix,
                const Theme& theme) {
  const std::size_t classes = matrix.counts.size();
  float widest = 0;
  for (std::size_t i = 0; i < classes; ++i)
    widest = std::max(widest, text_width(name_of_class(matrix, i), theme.label));
  const std::size_t down = stride_of(layout.cell, theme.label * 1.2F);
  const float room = std::max(layout.cell - theme.label * 0.3F, theme.label * 2);
  const bool fits = widest <= room;
  // Names too long to stand beside each other are cut, or numbers take their place.
  const std::size_t across = stride_of(layout.cell, std::min(widest, room) + theme.label * 0.3F);
  for (std::size_t i = 0; i < classes; ++i) {
    const float middle = (static_cast<float>(i) + 0.5F) * layout.cell;
    const std::string name = name_of_class(matrix, i);
    if (i % down == 0)
      scene.text({layout.rows.right(), layout.matrix.y + middle},
                 fit_text(name, layout.rows.width, theme.label), theme.label, theme.text,
                 Align::right);
    if (i % across == 0)
      scene.text({layout.matrix.x + middle, layout.columns.centre().y},
                 fits ? name : fit_text(name, room, theme.tick), fits ? theme.label : theme.tick,
                 theme.text, Align::centre);
  }
  scene.text({layout.matrix.x - theme.label * 0.5F, layout.matrix.y - theme.label}, "true class",
             theme.tick, theme.faint, Align::right);
  scene.text({layout.matrix.centre().x, layout.columns.bottom() + theme.label * 0.7F},
             "predicted class", theme.tick, theme.faint, Align::centre);
  scene.text({layout.recall.x, layout.matrix.y - theme.label}, "right", theme.tick, theme.faint);
}
}  // namespace

void draw_confusion(Scene& scene, Box box, const ConfusionMatrix& matrix, const Theme& theme) {
  const std::size_t classes = matrix.counts.size();
  std::uint64_t all = 0, right = 0;
  for (std::size_t i = 0; i < classes; ++i) {
    all += row_sum(matrix.counts[i]);
    if (i < matrix.counts[i].size()) right += matrix.counts[i][i];
  }
  std::string note = matrix.of;
  if (all > 0)
    note += fmt::format("{}{} of {} right, {:.2f} %", note.empty() ? "" : ": ", right, all,
                        100.0 * static_cast<double>(right) / static_cast<double>(all));
  const Box content = draw_panel(scene, box, "confusion", note,
                                 {{"right", theme.good}, {"wrong", theme.bad}}, theme);
  if (all == 0) return draw_absent(scene, content, "no labelled recording", theme);
  const ConfusionLayout layout = layout_of(content, matrix, theme);
  if (layout.cell < 1) return draw_absent(scene, content, note, theme);
  scene.fill(layout.matrix, mix(theme.panel, theme.background, 0.8));
  const float gap = layout.cell > 12 ? 1 : 0;
  for (std::size_t label = 0; label < classes; ++label) {
    const std::vector<std::uint32_t>& row = matrix.counts[label];
    const auto sum = static_cast<double>(row_sum(row));
    const float y = layout.matrix.y + static_cast<float>(label) * layout.cell;
    for (std::size_t other = 0; other < std::min(classes, row.size()); ++other) {
      if (row[other] == 0) continue;
      const double share = row[other] / sum;
      const Box cell{layout.matrix.x + static_cast<float>(other) * layout.cell, y,
                     layout.cell - gap, layout.cell - gap};
      // A single confusion is seen, a frequent one stands out.
      const double strength = 0.18 + 0.82 * std::sqrt(share);
      const Colour colour =
          mix(theme.panel, label == other ? theme.good : theme.bad, strength);
      scene.fill(cell, colour);
      const std::string count = std::to_string(row[other]);
      const float size = layout.cell > theme.label * 3 ? theme.label : theme.tick;
      if (text_width(count, size) > cell.width - 3 || cell.height < size * 1.1F) continue;
      const bool strong = strength > 0.6;
      scene.text(cell.centre(), count, size, strong ? theme.panel : theme.text, Align::centre,
                 label == other);
    }
    if (label % stride_of(layout.cell, theme.label * 1.2F) == 0 && sum > 0)
      scene.text({layout.recall.x, y + layout.cell / 2},
                 fmt::format("{:.1f} %", 100.0 * (label < row.size() ? row[label] : 0U) / sum),
                 theme.tick, theme.text);
  }
  scene.outline(inset(layout.matrix, -1), theme.frame);
  draw_names(scene, layout, matrix, theme);
}

std::optional<Hit> confusion_hit(Box box, const ConfusionMatrix& matrix, Point point,
                                 const Theme& theme) {
  const ConfusionLayout layout = layout_of(panel_content(box, theme), matrix, theme);
  if (layout.cell < 1 || !layout.matrix.holds(point)) return std::nullopt;
  const std::size_t classes = matrix.counts.size();
  const auto cell = [&](float at) {
    return std::min(classes - 1, static_cast<std::size_t>(at / layout.cell));
  };
  const std::size_t label = cell(point.y - layout.matrix.y);
  const std::size_t predicted = cell(point.x - layout.matrix.x);
  const std::vector<std::uint32_t>& row = matrix.counts[label];
  Hit hit;
  hit.label = static_cast<int>(label);
  hit.predicted = static_cast<int>(predicted);
  hit.words = fmt::format("{} of {} with label {} taken for {}",
                          predicted < row.size() ? row[predicted] : 0, row_sum(row),
                          name_of_class(matrix, label), name_of_class(matrix, predicted));
  return hit;
}

}  // namespace volley
