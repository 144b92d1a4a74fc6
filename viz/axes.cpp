#include "viz/axes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "viz/text_metrics.hpp"

namespace volley {

namespace {
double round_step(double least) {
  const double decade = std::pow(10.0, std::floor(std::log10(least)));
  for (const double factor : {1.0, 2.0, 5.0})
    if (factor * decade >= least * (1 - 1e-9)) return factor * decade;
  return 10 * decade;
}

int ticks_that_fit(float pixels, float apart) {
  return std::max(2, static_cast<int>(std::min(20.0F, pixels / std::max(1.0F, apart))));
}
}  // namespace

double round_up(double value) {
  return std::isfinite(value) && value > 0 ? round_step(std::max(value, 1e-300)) : 1.0;
}

Ticks round_ticks(double low, double high, int most, bool whole) {
  Ticks ticks;
  const double range = high - low;
  if (!std::isfinite(range) || !(range > 0) || most < 1) return ticks;
  // Beyond this a double cannot tell neighbouring ticks apart.
  if (range < 1e-9 * std::max(std::abs(low), std::abs(high)) || range < 1e-300) return ticks;
  ticks.step = round_step(range / most);
  if (whole) ticks.step = std::max(1.0, ticks.step);
  for (;;) {
    const double first = std::ceil(low / ticks.step - 1e-9);
    const double last = std::floor(high / ticks.step + 1e-9);
    if (last - first + 1 > most) {
      ticks.step = round_step(ticks.step * 1.5);
      continue;
    }
    for (double i = first; i <= last; ++i) ticks.values.push_back(i * ticks.step + 0.0);
    return ticks;
  }
}

std::string tick_label(double value, double step) {
  if (std::abs(value) < step * 1e-6) return "0";
  const double size = std::abs(value);
  if (size >= 1e15 || step < 1e-6) return fmt::format("{:.3g}", value);
  if (size >= 1e6 && step >= 1e5) return fmt::format("{:g}M", value / 1e6);
  if (size >= 1e4 && step >= 100) return fmt::format("{:g}k", value / 1e3);
  const int decimals = std::max(0, static_cast<int>(-std::floor(std::log10(step) + 1e-9)));
  return fmt::format("{:.{}f}", value, decimals);
}

float Plot::x_of(double value) const {
  const double range = x.high - x.low;
  return area.x + static_cast<float>((value - x.low) / (range > 0 ? range : 1.0)) * area.width;
}

float Plot::y_of(double value) const {
  const double range = y.high - y.low;
  return area.bottom() -
         static_cast<float>((value - y.low) / (range > 0 ? range : 1.0)) * area.height;
}

float tick_width(const Axis& axis, float height, const Theme& theme) {
  const Ticks ticks =
      round_ticks(axis.low, axis.high, ticks_that_fit(height, theme.tick * 2.4F), axis.whole);
  float widest = 0;
  for (const double value : ticks.values)
    widest = std::max(widest, text_width(tick_label(value, ticks.step), theme.tick));
  return widest;
}

void draw_x_axis(Scene& scene, Box area, const Axis& x, const Theme& theme, bool grid) {
  if (area.empty()) return;
  const float line = area.bottom() + theme.tick * 1.05F;
  const float label_width = text_width(x.label, theme.tick);
  const bool labelled = label_width < area.width * 0.7F;
  const float label_start = area.right() - (labelled ? label_width + theme.tick : 0);
  const Plot plot{area, x, {}};
  const bool few_wholes = x.whole && x.high - x.low <= 24;  // classes, epochs: label each
  const Ticks ticks =
      round_ticks(x.low, x.high, ticks_that_fit(area.width, theme.tick * (few_wholes ? 2 : 6)),
                  x.whole);
  for (const double value : ticks.values) {
    const float at = std::min(plot.x_of(value), area.right() - 1);
    if (grid) scene.rule({at, area.y}, {at, area.bottom()}, theme.grid);
    const std::string words = tick_label(value, ticks.step);
    const float half = text_width(words, theme.tick) / 2;
    const bool room = !labelled ? at + half <= area.right() + theme.tick : at + half < label_start;
    if (room) scene.text({at, line}, words, theme.tick, theme.faint, Align::centre);
  }
  if (labelled)
    scene.text({area.right(), line}, x.label, theme.tick, theme.faint, Align::right);
}

Plot draw_axes(Scene& scene, Box box, Axis x, Axis y, const Theme& theme, float left_margin) {
  if (!y.label.empty()) {
    const Box strip = cut_top(box, theme.tick * 1.5F);
    scene.text({strip.x, strip.y + theme.tick * 0.55F},
               fit_text(y.label, strip.width, theme.tick), theme.tick, theme.faint);
  } else {
    cut_top(box, theme.tick * 0.5F);
  }
  cut_bottom(box, theme.tick * 1.8F);
  const float ticks_wide = tick_width(y, box.height, theme) + theme.tick * 0.6F;
  cut_left(box, left_margin >= 0 ? left_margin : ticks_wide);
  cut_right(box, theme.tick * 0.6F);
  const Plot plot{snapped(box), std::move(x), std::move(y)};
  if (plot.area.empty()) return plot;
  const int most = ticks_that_fit(plot.area.height, theme.tick * 2.4F);
  const Ticks ticks = round_ticks(plot.y.low, plot.y.high, most, plot.y.whole);
  for (const double value : ticks.values) {
    const float at = std::min(plot.y_of(value), plot.area.bottom() - 1);
    scene.rule({plot.area.x, at}, {plot.area.right(), at}, theme.grid);
    scene.text({plot.area.x - theme.tick * 0.4F, at}, tick_label(value, ticks.step), theme.tick,
               theme.faint, Align::right);
  }
  draw_x_axis(scene, plot.area, plot.x, theme);
  scene.rule({plot.area.x, plot.area.y}, {plot.area.x, plot.area.bottom()}, theme.frame);
  scene.rule({plot.area.x, plot.area.bottom()}, {plot.area.right(), plot.area.bottom()},
             theme.frame);
  return plot;
}

Box panel_content(Box box, const Theme& theme) {
  Box inside = inset(box, theme.label * 0.75F);
  cut_top(inside, theme.title * 1.5F);
  return inside;
}

float draw_legend(Scene& scene, Point right_middle, float left_limit,
                  const std::vector<LegendEntry>& entries, const Theme& theme) {
  const float mark = theme.tick * 0.8F;
  float right = right_middle.x;
  for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
    const float wide = text_width(entry->text, theme.tick) + mark * 1.5F;
    if (right - wide < left_limit) break;
    scene.fill({right - wide, right_middle.y - mark / 2, mark, mark}, entry->colour);
    scene.text({right - wide + mark * 1.5F, right_middle.y}, entry->text, theme.tick, theme.text);
    right -= wide + theme.label;
  }
  return right;
}

Box draw_panel(Scene& scene, Box box, const std::string& title, const std::string& note,
               const std::vector<LegendEntry>& legend, const Theme& theme) {
  if (box.empty()) return {};
  scene.fill(box, theme.panel);
  scene.outline(box, theme.frame);
  const Box inside = inset(box, theme.label * 0.75F);
  if (inside.height < theme.title * 1.5F) return {};
  const float line = inside.y + theme.title * 0.5F;
  const std::string heading = fit_text(title, inside.width, theme.title, true);
  scene.text({inside.x, line}, heading, theme.title, theme.text, Align::left, true);
  const float left = inside.x + text_width(heading, theme.title, true) + theme.label;
  const float right = draw_legend(scene, {inside.right(), line}, left, legend, theme);
  if (left + text_width(note, theme.tick) <= right)
    scene.text({left, line}, note, theme.tick, theme.faint);
  return panel_content(box, theme);
}

void draw_absent(Scene& scene, Box content, const std::string& words, const Theme& theme) {
  if (content.empty()) return;
  scene.text(content.centre(), fit_text(words, content.width, theme.label), theme.label,
             theme.faint, Align::centre);
}

}  // namespace volley
