// What is on a picture, apart from the surface it is drawn on: shapes in paint order on a page of
// fixed size in pixels. Must not know networks, windows, files or fonts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace volley {

struct Colour {
  std::uint8_t red = 0, green = 0, blue = 0, alpha = 255;
  friend bool operator==(const Colour&, const Colour&) = default;
};

/// `share` of b over a, 0 gives a and 1 gives b; clamped. The alpha is mixed likewise.
Colour mix(Colour a, Colour b, double share);
/// The same colour with `opacity` 0..1 of its alpha.
Colour faded(Colour colour, double opacity);

/// Pixels from the top left corner of the scene, y downwards.
struct Point {
  float x = 0, y = 0;
  friend bool operator==(const Point&, const Point&) = default;
};

struct Box {
  float x = 0, y = 0, width = 0, height = 0;

  float right() const { return x + width; }
  float bottom() const { return y + height; }
  Point centre() const { return {x + width / 2, y + height / 2}; }
  bool holds(Point p) const { return p.x >= x && p.x <= right() && p.y >= y && p.y <= bottom(); }
  bool empty() const { return !(width > 0 && height > 0); }
  friend bool operator==(const Box&, const Box&) = default;
};

/// Smaller by `margin` on every side, never of negative size.
Box inset(Box box, float margin);
/// Its edges on whole pixels: what a surface fills, and clips to.
Box snapped(Box box);
/// Cut a strip of at most `amount` pixels off one side and return it; the box keeps the rest.
Box cut_top(Box& box, float amount);
Box cut_bottom(Box& box, float amount);
Box cut_left(Box& box, float amount);
Box cut_right(Box& box, float amount);

enum class Align { left, centre, right };

struct Fill {
  Box box;  ///< drawn with its edges on whole pixels
  Colour colour;
};
/// A line through all points, `width` pixels wide.
struct Stroke {
  std::vector<Point> points;
  float width = 1;
  Colour colour;
};
/// Squares of `size` pixels (drawn whole, at least one pixel) around their centres.
struct Dots {
  std::vector<Point> centres;
  float size = 2;
  Colour colour;
};
/// One line of UTF-8. `anchor.x` is its left end, middle or right end; `anchor.y` the middle of its
/// capital letters. `size` is the em in pixels.
struct Text {
  Point anchor;
  std::string text;
  float size = 12;
  Align align = Align::left;
  Colour colour;
  bool bold = false;
};
/// rows x columns pixels, top row first, scaled into the box without smoothing.
struct Picture {
  Box box;
  std::size_t columns = 0, rows = 0;
  std::vector<Colour> pixels;
};
/// From here on only what lies inside the box is painted, until the next Clip. Not nested.
struct Clip {
  bool on = false;
  Box box;
};

using Primitive = std::variant<Fill, Stroke, Dots, Text, Picture, Clip>;

/// A page of primitives, painted first to last on a background (transparent where alpha is 0).
struct Scene {
  int width = 0, height = 0;
  Colour background;
  std::vector<Primitive> items;

  Box page() const { return {0, 0, static_cast<float>(width), static_cast<float>(height)}; }

  void fill(Box box, Colour colour);
  /// The outline of a box, one pixel wide, inside its edges.
  void outline(Box box, Colour colour, float line_width = 1);
  /// A level or upright line on whole pixels, so that it is crisp on every surface.
  void rule(Point from, Point to, Colour colour, float line_width = 1);
  /// Points that are not finite break the line in two.
  void stroke(std::vector<Point> points, Colour colour, float line_width = 1);
  void dots(std::vector<Point> centres, float size, Colour colour);
  void text(Point anchor, std::string line, float size, Colour colour, Align align = Align::left,
            bool bold = false);
  void picture(Box box, std::size_t columns, std::size_t rows, std::vector<Colour> pixels);
  void clip(Box box);
  void unclip();
  /// Paints another scene of the same size on top of this one.
  void append(Scene over);
};

}  // namespace volley
