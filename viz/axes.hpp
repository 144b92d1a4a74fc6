// Axes with round ticks, panel frames and legends: the parts every panel is built from. Must not
// know what is plotted.
#pragma once

#include <string>
#include <vector>

#include "viz/scene.hpp"
#include "viz/theme.hpp"

namespace volley {

/// Multiples of `step` (1, 2 or 5 times a power of ten) within a range.
struct Ticks {
  std::vector<double> values;
  double step = 1;
};

/// At most `most` ticks within [low, high] (at least none); `whole` keeps the step an integer.
/// A range that is empty or not finite gives no ticks.
Ticks round_ticks(double low, double high, int most, bool whole = false);

/// The shortest of 1, 2, 5 times a power of ten that is >= value; 1 for value <= 0 or not finite.
double round_up(double value);

/// "0.25", "300", "20k": as many decimals as the step needs.
std::string tick_label(double value, double step);

struct Axis {
  double low = 0, high = 1;
  std::string label;   ///< with its unit: "time (ms)"
  bool whole = false;  ///< ticks at whole numbers only
};

/// Where data lie on a scene: a data area and the ranges of its two axes.
struct Plot {
  Box area;
  Axis x, y;

  float x_of(double value) const;
  float y_of(double value) const;  ///< grows upwards
  Point at(double x_value, double y_value) const { return {x_of(x_value), y_of(y_value)}; }
};

/// The width that tick labels of this axis need, in pixels.
float tick_width(const Axis& axis, float height, const Theme& theme);

/// Draws grid, ticks and labels of a plot into a box: the label of y above its axis, that of x at
/// the right end below. @param left_margin pixels left of the data; negative: as the ticks need.
Plot draw_axes(Scene& scene, Box box, Axis x, Axis y, const Theme& theme, float left_margin = -1);
/// The same for an x axis alone, under `area`, with grid lines through it.
void draw_x_axis(Scene& scene, Box area, const Axis& x, const Theme& theme, bool grid = true);

struct LegendEntry {
  std::string text;
  Colour colour;
};

/// Marks with words, right-aligned at `right_middle`, the last one rightmost; those that would pass
/// `left_limit` are left out. @return where the leftmost begins, less a gap
float draw_legend(Scene& scene, Point right_middle, float left_limit,
                  const std::vector<LegendEntry>& entries, const Theme& theme);

/// A framed panel with a title in bold, a faint note after it and a legend at the right of the
/// title line, as far as there is room (the legend goes first, then the note).
/// @return the box left for the content; empty where the panel is too small to hold any
Box draw_panel(Scene& scene, Box box, const std::string& title, const std::string& note,
               const std::vector<LegendEntry>& legend, const Theme& theme);
/// What draw_panel returns, without drawing.
Box panel_content(Box box, const Theme& theme);

/// Faint words in the middle of a panel that has nothing to show.
void draw_absent(Scene& scene, Box content, const std::string& words, const Theme& theme);

}  // namespace volley
