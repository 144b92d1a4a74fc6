#include "datasets/digit_strokes.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <initializer_list>
#include <limits>
#include <numbers>

namespace volley {

namespace {

struct Point {
  double x, y;
};

class Pen {
public:
  void line(std::initializer_list<Point> points) {
    for (auto at = points.begin(); at + 1 != points.end(); ++at) segment(at[0], at[1]);
  }

  /// Part of an ellipse. Degrees, clockwise on the screen: 0 points right, 90 down, 270 up.
  void arc(Point centre, double radius_x, double radius_y, double from, double to) {
    const int pieces = std::max(2, static_cast<int>(std::abs(to - from) / 15));
    const auto at = [&](int i) {
      const double angle = (from + (to - from) * i / pieces) * std::numbers::pi / 180;
      return Point{centre.x + radius_x * std::cos(angle), centre.y + radius_y * std::sin(angle)};
    };
    for (int i = 0; i < pieces; ++i) segment(at(i), at(i + 1));
  }

  std::vector<StrokeSegment> take() { return std::move(segments_); }

private:
  // Cosines are taken in double and rounded, so that one library's last bit does not show.
  void segment(Point a, Point b) {
    segments_.push_back({static_cast<float>(a.x), static_cast<float>(a.y),
                         static_cast<float>(b.x), static_cast<float>(b.y)});
  }

  std::vector<StrokeSegment> segments_;
};

}  // namespace

std::vector<StrokeSegment> digit_strokes(int digit, int style) {
  assert(digit >= 0 && digit <= 9 && style >= 0 && style < digit_styles);
  const bool plain = style == 0;
  Pen pen;
  switch (digit) {
    case 0:
      pen.arc({.5, .5}, plain ? .29 : .22, .45, 0, 360);
      break;
    case 1:
      pen.line({{.5, .05}, {.5, .95}});
      if (!plain) pen.line({{.3, .24}, {.5, .05}});
      break;
    case 2:
      pen.arc({.49, .31}, .27, .26, 195, 390);
      pen.line({{.724, .44}, {.2, .93}, {.82, .93}});
      if (!plain) pen.line({{.2, .93}, {.24, .83}});
      break;
    case 3:
      if (plain) {
        pen.arc({.47, .28}, .25, .23, 200, 450);
      } else {
        pen.line({{.22, .06}, {.74, .06}, {.46, .47}});
      }
      pen.arc({.46, .71}, plain ? .29 : .31, .24, 270, 520);
      break;
    case 4:
      if (plain) {
        pen.line({{.62, .95}, {.62, .05}, {.17, .64}, {.86, .64}});
      } else {
        pen.line({{.27, .08}, {.22, .55}, {.8, .55}});
        pen.line({{.7, .08}, {.64, .95}});
      }
      break;
    case 5:
      pen.line({{.76, .06}, {.3, .06}, {.27, .46}});
      pen.arc({.46, .66}, .29, plain ? .28 : .25, 228, 510);
      break;
    case 6:
      pen.arc({.5, .7}, .25, .24, 0, 360);
      if (plain)
        pen.arc({.74, .7}, .49, .65, 180, 265);
      else
        pen.line({{.55, .05}, {.25, .67}});
      break;
    case 7:
      pen.line({{.2, .07}, {.8, .07}, {.42, .95}});
      if (!plain) pen.line({{.38, .5}, {.76, .5}});
      break;
    case 8:
      pen.arc({.5, .28}, .22, .22, 0, 360);
      pen.arc({.5, .72}, plain ? .27 : .22, .23, 0, 360);
      break;
    default:
      pen.arc({.5, .3}, .25, .24, 0, 360);
      if (plain)
        pen.line({{.75, .3}, {.7, .95}});
      else
        pen.arc({.3, .33}, .45, .62, -5, 80);
      break;
  }
  return pen.take();
}

float stroke_distance(const std::vector<StrokeSegment>& strokes, float x, float y) {
  float nearest = std::numeric_limits<float>::max();
  for (const StrokeSegment& s : strokes) {
    const float along_x = s.bx - s.ax, along_y = s.by - s.ay;
    const float to_x = x - s.ax, to_y = y - s.ay;
    const float length = along_x * along_x + along_y * along_y;
    const float part = std::clamp((to_x * along_x + to_y * along_y) / length, 0.0f, 1.0f);
    const float off_x = to_x - part * along_x, off_y = to_y - part * along_y;
    nearest = std::min(nearest, off_x * off_x + off_y * off_y);
  }
  return std::sqrt(nearest);
}

}  // namespace volley
