#include "viz/score_panel.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "viz/text_metrics.hpp"

namespace volley {

namespace {
std::size_t steps_of(const ScoreCurves& curves) {
  return curves.classes == 0 ? 0 : curves.scores.size() / curves.classes;
}

std::string name_of_class(const ScoreCurves& curves, std::size_t label) {
  return label < curves.names.size() ? curves.names[label] : std::to_string(label);
}

std::size_t leader(const ScoreCurves& curves, std::size_t step) {
  const auto row = curves.scores.begin() + static_cast<std::ptrdiff_t>(step * curves.classes);
  return static_cast<std::size_t>(
      std::max_element(row, row + static_cast<std::ptrdiff_t>(curves.classes)) - row);
}

struct ScoreLayout {
  Box plot, strip;  ///< axes included; the leading class below
  Box names;
  double from_ms = 0, to_ms = 1;
};

ScoreLayout layout_of(Box content, const ScoreCurves& curves, const Theme& theme,
                 const RasterView& view) {
  ScoreLayout layout;
  const double duration = static_cast<double>(steps_of(curves)) * curves.dt_ms;
  layout.from_ms = std::clamp(view.from_ms, 0.0, duration);
  layout.to_ms = std::clamp(view.to_ms, layout.from_ms, duration);
  if (!(layout.to_ms > layout.from_ms)) layout.from_ms = 0, layout.to_ms = duration;
  float widest = theme.label * 2;
  for (std::size_t i = 0; i < curves.classes; ++i)
    widest = std::max(widest, text_width(name_of_class(curves, i), theme.label, true));
  layout.names = cut_right(content, std::min(widest + theme.label * 0.8F, content.width * 0.25F));
  layout.strip = cut_bottom(content, std::min(theme.label * 1.6F, content.height * 0.1F));
  layout.plot = content;
  return layout;
}

Axis score_axis(const ScoreCurves& curves) {
  double low = 0, high = 0;
  for (const float score : curves.scores)
    if (std::isfinite(score))
      low = std::min<double>(low, score), high = std::max<double>(high, score);
  if (!(high > low)) high = low + 1;
  const double pad = 0.05 * (high - low);
  return {low - (low < 0 ? pad : 0), high + pad, "score of each class so far"};
}

/// The plot of the panel without drawing it: the same arithmetic as draw_axes.
Plot plot_of(const ScoreLayout& layout, const ScoreCurves& curves, const Theme& theme) {
  Scene unseen;
  return draw_axes(unseen, layout.plot, {layout.from_ms, layout.to_ms, "time (ms)"},
                   score_axis(curves), theme);
}

Colour class_colour(const ScoreCurves& curves, std::size_t label, const Theme& theme) {
  const auto is = [label](int other) {
    return other >= 0 && static_cast<std::size_t>(other) == label;
  };
  if (is(curves.label)) return theme.good;
  if (is(curves.predicted)) return curves.label >= 0 ? theme.bad : theme.colour(0);
  return mix(theme.panel, theme.faint, 0.6);
}

/// Which class leads in which stretch; names where they fit.
void draw_leaders(Scene& scene, const ScoreLayout& layout, const Plot& plot,
                  const ScoreCurves& curves, const Theme& theme) {
  const Box strip{plot.area.x, layout.strip.y + layout.strip.height * 0.15F, plot.area.width,
                  layout.strip.height * 0.85F};
  if (strip.height < theme.tick) return;
  const auto first = static_cast<std::size_t>(layout.from_ms / curves.dt_ms + 1e-9);
  const auto last = static_cast<std::size_t>(std::ceil(layout.to_ms / curves.dt_ms - 1e-9));
  for (std::size_t begin = first; begin < last;) {
    const std::size_t leading = leader(curves, begin);
    std::size_t end = begin + 1;
    while (end < last && leader(curves, end) == leading) ++end;
    const float left = std::max(plot.area.x, plot.x_of(static_cast<double>(begin) * curves.dt_ms));
    const float right =
        std::min(plot.area.right(), plot.x_of(static_cast<double>(end) * curves.dt_ms));
    const Box box{left, strip.y, std::max(1.0F, right - left - 1), strip.height};
    const Colour colour = class_colour(curves, leading, theme);
    scene.fill(box, faded(colour, 0.35));
    const std::string words =
        fit_text(name_of_class(curves, leading), box.width - theme.tick * 0.5F, theme.tick);
    if (words == name_of_class(curves, leading))
      scene.text(box.centre(), words, theme.tick, theme.text, Align::centre);
    begin = end;
  }
  scene.text({strip.right() + theme.tick * 0.4F, strip.centre().y}, "leads", theme.tick,
             theme.faint, Align::left);
}

/// Names at the right ends of the curves that matter: the true and the predicted class.
void draw_names(Scene& scene, const ScoreLayout& layout, const Plot& plot,
                const ScoreCurves& curves, const Theme& theme) {
  const std::size_t steps = steps_of(curves);
  const auto last =
      std::min(steps, static_cast<std::size_t>(std::ceil(layout.to_ms / curves.dt_ms - 1e-9)));
  if (last == 0) return;
  std::vector<float> taken;
  for (const int label : {curves.label, curves.predicted}) {
    if (label < 0 || static_cast<std::size_t>(label) >= curves.classes) continue;
    if (label == curves.predicted && label == curves.label && !taken.empty()) continue;
    const auto at = static_cast<std::size_t>(label);
    const float score = curves.scores[(last - 1) * curves.classes + at];
    if (!std::isfinite(score)) continue;
    float y = std::clamp(plot.y_of(score), plot.area.y, plot.area.bottom());
    for (const float other : taken)
      if (std::abs(other - y) < theme.label) y = other + (y < other ? -theme.label : theme.label);
    taken.push_back(y);
    scene.text({layout.names.x + theme.label * 0.2F, y},
               fit_text(name_of_class(curves, at), layout.names.width, theme.label, true),
               theme.label, class_colour(curves, at, theme), Align::left, true);
  }
}
}  // namespace

ScoreCurves score_curves(const SampleTrace& trace, std::size_t readout, ReadoutScore score,
                         std::vector<std::string> names) {
  const PopulationTrace& population = trace.populations.at(readout);
  ScoreCurves curves;
  curves.dt_ms = trace.dt_ms;
  curves.classes = population.shape.size();
  curves.label = trace.label;
  curves.predicted = trace.predicted;
  curves.names = std::move(names);
  const std::size_t classes = curves.classes;
  std::vector<double> sum(classes, 0.0);
  const bool membranes = population.kind == NeuronKind::leaky_integrator;
  if (membranes && population.membrane.size() < classes * trace.steps) return curves;
  for (std::uint32_t step = 0; step < trace.steps; ++step) {
    if (membranes) {
      for (std::size_t i = 0; i < classes; ++i) {
        const double value = population.membrane[step * classes + i];
        if (score == ReadoutScore::mean) sum[i] += value;
        else sum[i] = score == ReadoutScore::max ? std::max(sum[i], value) : value;
      }
    } else if (step < population.spikes.steps) {
      for (const std::uint32_t neuron : population.spikes.step(step))
        if (neuron < classes) sum[neuron] += 1;
    }
    const bool averaged = !membranes || score == ReadoutScore::mean;
    for (const double value : sum)
      curves.scores.push_back(static_cast<float>(averaged ? value / (step + 1.0) : value));
  }
  return curves;
}

void draw_score_curves(Scene& scene, Box box, const ScoreCurves& curves, const Theme& theme,
                       const RasterView& view) {
  std::vector<LegendEntry> legend;
  const bool right = curves.label >= 0 && curves.label == curves.predicted;
  if (curves.label >= 0)
    legend.push_back({"true " + name_of_class(curves, static_cast<std::size_t>(curves.label)),
                      theme.good});
  if (curves.predicted >= 0 && !right)
    legend.push_back(
        {"predicted " + name_of_class(curves, static_cast<std::size_t>(curves.predicted)),
         curves.label >= 0 ? theme.bad : theme.colour(0)});
  legend.push_back({"others", mix(theme.panel, theme.faint, 0.6)});
  const Box content = draw_panel(scene, box, "class scores over time", "", legend, theme);
  const std::size_t steps = steps_of(curves);
  if (steps == 0) return draw_absent(scene, content, "no scores", theme);
  const ScoreLayout layout = layout_of(content, curves, theme, view);
  const Plot plot = draw_axes(scene, layout.plot, {layout.from_ms, layout.to_ms, "time (ms)"},
                              score_axis(curves), theme);
  if (plot.area.empty()) return;
  scene.rule({plot.area.x, plot.y_of(0)}, {plot.area.right(), plot.y_of(0)}, theme.frame);
  const auto draw_class = [&](std::size_t label, float width) {
    std::vector<Point> line;
    const auto stride = std::max<std::size_t>(
        1, static_cast<std::size_t>(static_cast<float>(steps) / (plot.area.width * 4)));
    for (std::size_t step = 0; step < steps; step += stride)
      line.push_back(plot.at((static_cast<double>(step) + 0.5) * curves.dt_ms,
                             curves.scores[step * curves.classes + label]));
    scene.stroke(std::move(line), class_colour(curves, label, theme), width);
  };
  scene.clip(inset(plot.area, -1));
  constexpr std::size_t most_lines = 100;
  for (std::size_t label = 0; label < std::min(curves.classes, most_lines); ++label)
    draw_class(label, 1);
  for (const int label : {curves.predicted, curves.label})
    if (label >= 0 && static_cast<std::size_t>(label) < curves.classes)
      draw_class(static_cast<std::size_t>(label), 2.4F);
  scene.unclip();
  draw_leaders(scene, layout, plot, curves, theme);
  draw_names(scene, layout, plot, curves, theme);
}

void draw_score_curves_at_head(Scene& scene, Box box, const ScoreCurves& curves, double head_ms,
                               const Theme& theme, const RasterView& view) {
  if (steps_of(curves) == 0) return;
  const ScoreLayout layout = layout_of(panel_content(box, theme), curves, theme, view);
  const Plot plot = plot_of(layout, curves, theme);
  if (plot.area.empty() || head_ms < layout.from_ms || head_ms > layout.to_ms) return;
  const float x = plot.x_of(head_ms);
  scene.rule({x, plot.area.y}, {x, plot.area.bottom()}, faded(theme.head, 0.85));
}

std::optional<Hit> score_curves_hit(Box box, const ScoreCurves& curves, Point point,
                                    const Theme& theme, const RasterView& view) {
  const std::size_t steps = steps_of(curves);
  if (steps == 0) return std::nullopt;
  const ScoreLayout layout = layout_of(panel_content(box, theme), curves, theme, view);
  const Plot plot = plot_of(layout, curves, theme);
  if (plot.area.empty() || !plot.area.holds(point)) return std::nullopt;
  Hit hit;
  const double share = static_cast<double>((point.x - plot.area.x) / plot.area.width);
  hit.time_ms = layout.from_ms + share * (layout.to_ms - layout.from_ms);
  const auto step = std::min(steps - 1, static_cast<std::size_t>(*hit.time_ms / curves.dt_ms));
  float nearest = std::numeric_limits<float>::infinity();
  for (std::size_t label = 0; label < curves.classes; ++label) {
    const float score = curves.scores[step * curves.classes + label];
    const float away = std::abs(plot.y_of(score) - point.y);
    if (!(away < nearest)) continue;
    nearest = away;
    hit.label = static_cast<int>(label);
    hit.words = fmt::format("class {}, {:.4g} ms: {:.3g}", name_of_class(curves, label),
                            *hit.time_ms, score);
  }
  return hit;
}

}  // namespace volley
