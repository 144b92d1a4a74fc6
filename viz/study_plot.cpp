// Drawing a study's picture.
#include "viz/study_plot.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "viz/axes.hpp"
#include "viz/cairo_surface.hpp"
#include "viz/text_metrics.hpp"

namespace volley {

namespace {

/// After the last series colour they start over, paler.
Colour colour_of(std::size_t line, const Theme& theme) {
  const Colour colour = theme.colour(line);
  return line < theme.series.size() ? colour : mix(colour, theme.panel, 0.5);
}

struct Range {
  double low = std::numeric_limits<double>::infinity(), high = -low;

  void take(double value) {
    if (!std::isfinite(value)) return;
    low = std::min(low, value);
    high = std::max(high, value);
  }
  bool empty() const { return low > high; }
  /// A little wider, and never of no width.
  void widen(double share) {
    const double more = high > low ? (high - low) * share : std::max(std::abs(low), 1e-3) * 0.1;
    low -= more;
    high += more;
  }
};

/// Words take more room than numbers: a second line takes those that the first has no room for.
std::size_t label_lines(const StudyPlot& study) { return study.joined ? 1 : 2; }

void draw_ticks(Scene& scene, const Plot& plot, const StudyPlot& study, const Theme& theme) {
  const std::size_t lines = label_lines(study);
  std::array<float, 2> taken{-1, -1};
  for (const StudyTick& tick : study.ticks) {
    const float at = plot.x_of(tick.x), half = text_width(tick.label, theme.tick) / 2;
    scene.rule({at, plot.area.y}, {at, plot.area.bottom()}, theme.grid);
    for (std::size_t line = 0; line < lines; ++line) {
      if (at - half < taken[line]) continue;
      const float below = theme.tick * (1.05F + 1.3F * static_cast<float>(line));
      scene.text({at, plot.area.bottom() + below}, tick.label, theme.tick, theme.faint,
                 Align::centre);
      taken[line] = at + half + theme.tick * 0.5F;
      break;
    }
  }
}

void draw_line(Scene& scene, const Plot& plot, const StudyLine& line, bool joined, float aside,
               Colour colour) {
  constexpr float cap = 4;
  std::vector<Point> means;
  for (const StudyPoint& point : line.points) {
    const float x = plot.x_of(point.x) + aside;
    means.push_back({x, plot.y_of(point.mean)});
    if (!(point.deviation > 0)) continue;
    const float top = plot.y_of(point.mean + point.deviation);
    const float bottom = plot.y_of(point.mean - point.deviation);
    scene.stroke({{x, top}, {x, bottom}}, colour, 1.5F);
    scene.stroke({{x - cap, top}, {x + cap, top}}, colour, 1.5F);
    scene.stroke({{x - cap, bottom}, {x + cap, bottom}}, colour, 1.5F);
  }
  if (joined) scene.stroke(means, colour, 2);
  scene.dots(std::move(means), 7, colour);
}

}  // namespace

void draw_study(Scene& scene, Box box, const StudyPlot& study, const Theme& theme) {
  std::vector<LegendEntry> legend;
  for (std::size_t i = 0; i < study.lines.size(); ++i)
    if (!study.lines[i].name.empty())
      legend.push_back({study.lines[i].name, colour_of(i, theme)});
  Box content = draw_panel(scene, box, study.title, study.note, legend, theme);
  if (content.empty()) return;
  Range x, y;
  for (const StudyTick& tick : study.ticks) x.take(tick.x);
  for (const StudyLine& line : study.lines)
    for (const StudyPoint& point : line.points) {
      x.take(point.x);
      y.take(point.mean - point.deviation);
      y.take(point.mean + point.deviation);
    }
  if (x.empty() || y.empty())
    return draw_absent(scene, content, "no finished run yet", theme);
  x.widen(0.06);
  y.widen(0.08);
  const Box name = cut_bottom(content, theme.tick * 1.5F);
  cut_bottom(content, theme.tick * 1.3F * static_cast<float>(label_lines(study) - 1));
  // An axis of no width has no ticks: those of a study stand at its own values.
  Plot plot = draw_axes(scene, content, {0, 0, {}}, {y.low, y.high, study.y_label}, theme);
  if (plot.area.empty()) return;
  plot.x = {x.low, x.high, {}};
  draw_ticks(scene, plot, study, theme);
  scene.text({plot.area.centre().x, name.centre().y}, study.x_label, theme.tick, theme.faint,
             Align::centre);
  scene.clip(inset(plot.area, -4));
  const float middle = (static_cast<float>(study.lines.size()) - 1) / 2;
  for (std::size_t i = 0; i < study.lines.size(); ++i)
    draw_line(scene, plot, study.lines[i], study.joined, (static_cast<float>(i) - middle) * 3,
              colour_of(i, theme));
  scene.unclip();
}

void write_study_png(const StudyPlot& plot, const std::filesystem::path& path,
                     const PictureOptions& options) {
  const Theme colours = theme(options.theme);
  Scene scene{options.width, options.height, colours.background, {}};
  draw_study(scene, inset(scene.page(), colours.label * 0.6F), plot, colours);
  write_png(scene, path);
}

}  // namespace volley
