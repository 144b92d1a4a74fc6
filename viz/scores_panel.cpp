// The scores panel (a bar per class) and the header line.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "viz/panels.hpp"
#include "viz/text_metrics.hpp"

namespace volley {

namespace {
float finite_or_zero(float value) { return std::isfinite(value) ? value : 0.0F; }

Plot draw_score_axes(Scene& scene, Box content, const SampleTrace& trace, const Theme& theme) {
  const auto classes = static_cast<double>(trace.scores.size());
  double low = 0, high = 0;
  for (const float score : trace.scores) {
    low = std::min<double>(low, finite_or_zero(score));
    high = std::max<double>(high, finite_or_zero(score));
  }
  if (!(high > low)) high = low + 1;
  const double pad = 0.08 * (high - low);
  return draw_axes(scene, content, {-0.5, classes - 0.5, "", true},
                   {low < 0 ? low - pad : 0, high > 0 ? high + pad : 0, "score of each class"},
                   theme);
}

std::string time_words(const SampleTrace& trace, double head_ms) {
  const double duration = trace.steps * trace.dt_ms;
  return fmt::format("{:.0f} of {:.0f} ms", std::clamp(head_ms, 0.0, duration), duration);
}

/// Room for the time at its longest, so that the words beside it never move.
float time_room(const SampleTrace& trace, const Theme& theme) {
  return text_width(time_words(trace, 1e300), theme.label) + theme.label * 1.5F;
}
}  // namespace

void draw_scores(Scene& scene, Box box, const SampleTrace& trace, const Theme& theme) {
  const bool right = trace.label == trace.predicted;
  std::vector<LegendEntry> legend;
  if (trace.label >= 0) legend.push_back({fmt::format("true {}", trace.label), theme.good});
  if (trace.predicted >= 0 && !(right && trace.label >= 0))
    legend.push_back({fmt::format("predicted {}", trace.predicted),
                      trace.label >= 0 ? theme.bad : theme.colour(0)});
  const Box content = draw_panel(scene, box, "class scores", "", legend, theme);
  if (trace.scores.empty()) return draw_absent(scene, content, "no scores", theme);
  if (content.empty()) return;
  const Plot plot = draw_score_axes(scene, content, trace, theme);
  if (plot.area.empty()) return;
  const float wide = plot.area.width / static_cast<float>(trace.scores.size());
  const float zero = plot.y_of(0);
  scene.clip(plot.area);
  for (std::size_t i = 0; i < trace.scores.size(); ++i) {
    const float top = plot.y_of(finite_or_zero(trace.scores[i]));
    const float middle = plot.x_of(static_cast<double>(i));
    const bool truth = trace.label >= 0 && i == static_cast<std::size_t>(trace.label);
    const bool chosen = trace.predicted >= 0 && i == static_cast<std::size_t>(trace.predicted);
    // The true class's column is marked whether or not its bar is tall enough to be seen.
    if (truth)
      scene.fill({middle - wide / 2, plot.area.y, wide, plot.area.height}, faded(theme.good, 0.2));
    const Colour colour = truth    ? theme.good
                          : chosen ? (trace.label >= 0 ? theme.bad : theme.colour(0))
                                   : mix(theme.panel, theme.faint, 0.6);
    scene.fill({middle - wide * 0.36F, std::min(top, zero), wide * 0.72F,
                std::max(1.0F, std::abs(zero - top))}, colour);
  }
  scene.unclip();
  scene.rule({plot.area.x, std::min(zero, plot.area.bottom())},
             {plot.area.right(), std::min(zero, plot.area.bottom())}, theme.faint);
}

std::optional<Hit> scores_hit(Box box, const SampleTrace& trace, Point point, const Theme& theme) {
  const Box content = panel_content(box, theme);
  if (trace.scores.empty() || content.empty()) return std::nullopt;
  Scene unseen;
  const Plot plot = draw_score_axes(unseen, content, trace, theme);
  if (plot.area.empty() || !plot.area.holds(point)) return std::nullopt;
  const auto classes = static_cast<float>(trace.scores.size());
  const std::size_t label =
      std::min(trace.scores.size() - 1,
               static_cast<std::size_t>((point.x - plot.area.x) / plot.area.width * classes));
  Hit hit;
  hit.label = static_cast<int>(label);
  hit.words = fmt::format("class {}: {:.4g}", label, trace.scores[label]);
  return hit;
}

void draw_header(Scene& scene, Box box, const SampleTrace* trace, const std::string& status,
                 const Theme& theme, bool room_for_time) {
  if (box.height < theme.title) return;
  const float y = box.centre().y;
  float x = box.x + theme.label * 0.75F;
  float right = box.right() - theme.label * 0.75F;
  if (trace != nullptr && room_for_time && time_room(*trace, theme) < box.width)
    right -= time_room(*trace, theme);
  const auto words = [&](const std::string& line, float size, Colour colour, bool bold) {
    if (x + text_width(line, size, bold) > right) return;
    scene.text({x, y}, line, size, colour, Align::left, bold);
    x += text_width(line, size, bold) + theme.label * 1.5F;
  };
  if (trace != nullptr) {
    words(fit_text(trace->recording, (right - x) * 0.45F, theme.title, true, Keep::end),
          theme.title, theme.text, true);
    if (trace->label >= 0)
      words(fmt::format("label {}", trace->label), theme.label, theme.text, false);
    if (trace->predicted >= 0 && trace->label >= 0) {
      const bool correct = trace->predicted == trace->label;
      words(fmt::format("predicted {} ({})", trace->predicted, correct ? "right" : "wrong"),
            theme.label, correct ? theme.good : theme.bad, true);
    } else if (trace->predicted >= 0) {
      words(fmt::format("predicted {}", trace->predicted), theme.label, theme.text, true);
    }
  }
  scene.text({right, y}, fit_text(status, right - x, theme.label), theme.label, theme.faint,
             Align::right);
}

void draw_header_at_head(Scene& scene, Box box, const SampleTrace* trace, double head_ms,
                         const Theme& theme) {
  if (trace == nullptr || box.height < theme.title || time_room(*trace, theme) >= box.width) return;
  scene.text({box.right() - theme.label * 0.75F, box.centre().y}, time_words(*trace, head_ms),
             theme.label, theme.text, Align::right, false);
}

}  // namespace volley
