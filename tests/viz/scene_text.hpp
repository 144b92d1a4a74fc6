// A scene as text, a line for each primitive: what golden pictures are kept as. It does not depend
// on fonts or rasterisers. Long lines, dots and pictures are told by samples of them.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <sstream>
#include <string>
#include <variant>
#include <vector>

#include "viz/scene.hpp"

namespace volley::fake {

inline std::string number_text(float value) {
  // No "-0.0", which a rounding error away is "0.0".
  return fmt::format("{:.1f}", std::round(static_cast<double>(value) * 10) / 10 + 0.0);
}

inline std::string colour_text(Colour c) {
  return fmt::format("#{:02x}{:02x}{:02x}{:02x}", c.red, c.green, c.blue, c.alpha);
}

inline std::string box_text(Box box) {
  return number_text(box.x) + " " + number_text(box.y) + " " + number_text(box.width) + " " +
         number_text(box.height);
}

/// At most `most` of the points, first and last among them.
inline std::string points_text(const std::vector<Point>& points, std::size_t most) {
  std::string text = fmt::format("{}", points.size());
  const std::size_t count = std::min(points.size(), most);
  for (std::size_t i = 0; i < count; ++i) {
    const Point& point = points[count > 1 ? i * (points.size() - 1) / (count - 1) : 0];
    text += " " + number_text(point.x) + " " + number_text(point.y);
  }
  return text;
}

/// Means over a few by a few parts of a picture.
inline std::string picture_text(const Picture& picture) {
  const std::size_t across = std::min<std::size_t>(picture.columns, 4);
  const std::size_t down = std::min<std::size_t>(picture.rows, 4);
  std::string text;
  for (std::size_t i = 0; i < across * down; ++i) {
    const std::size_t left = i % across * picture.columns / across;
    const std::size_t right = (i % across + 1) * picture.columns / across;
    const std::size_t top = i / across * picture.rows / down;
    const std::size_t bottom = (i / across + 1) * picture.rows / down;
    std::uint64_t red = 0, green = 0, blue = 0, alpha = 0, count = 0;
    for (std::size_t y = top; y < bottom; ++y)
      for (std::size_t x = left; x < right; ++x, ++count) {
        const Colour c = picture.pixels[y * picture.columns + x];
        red += c.red, green += c.green, blue += c.blue, alpha += c.alpha;
      }
    const auto mean = [count](std::uint64_t sum) { return static_cast<std::uint8_t>(sum / count); };
    text += " " + colour_text({mean(red), mean(green), mean(blue), mean(alpha)});
  }
  return text;
}

struct PrimitiveText {
  std::string operator()(const Fill& fill) const {
    return "fill " + box_text(fill.box) + " " + colour_text(fill.colour);
  }
  std::string operator()(const Stroke& stroke) const {
    return "stroke " + points_text(stroke.points, 8) + " " + number_text(stroke.width) + " " +
           colour_text(stroke.colour);
  }
  std::string operator()(const Dots& dots) const {
    return "dots " + points_text(dots.centres, 8) + " " + number_text(dots.size) + " " +
           colour_text(dots.colour);
  }
  std::string operator()(const Text& text) const {
    constexpr const char* sides[] = {"left", "centre", "right"};
    return "text " + number_text(text.anchor.x) + " " + number_text(text.anchor.y) + " " +
           number_text(text.size) + " " + sides[static_cast<int>(text.align)] + " " +
           colour_text(text.colour) + (text.bold ? " bold " : " plain ") + text.text;
  }
  std::string operator()(const Picture& picture) const {
    return fmt::format("picture {} {} {}", box_text(picture.box), picture.columns, picture.rows) +
           picture_text(picture);
  }
  std::string operator()(const Clip& clip) const {
    return clip.on ? "clip " + box_text(clip.box) : "unclip";
  }
};

inline std::string scene_text(const Scene& scene) {
  std::string text =
      fmt::format("page {} {} {}\n", scene.width, scene.height, colour_text(scene.background));
  for (const Primitive& item : scene.items) text += std::visit(PrimitiveText{}, item) + "\n";
  return text;
}

/// Whether two words are alike: numbers within 0.25, colours within 3 of 255, others the same.
inline bool alike(const std::string& a, const std::string& b) {
  if (a == b) return true;
  if (a.size() == 9 && b.size() == 9 && a[0] == '#' && b[0] == '#') {
    for (std::size_t i = 1; i < 9; i += 2)
      if (std::abs(std::stoi(a.substr(i, 2), nullptr, 16) -
                   std::stoi(b.substr(i, 2), nullptr, 16)) > 3)
        return false;
    return true;
  }
  char* a_end = nullptr;
  char* b_end = nullptr;
  const double x = std::strtod(a.c_str(), &a_end), y = std::strtod(b.c_str(), &b_end);
  return a_end == a.c_str() + a.size() && b_end == b.c_str() + b.size() && std::abs(x - y) <= 0.25;
}

/// The first lines that differ, both ways; empty where the texts are alike.
inline std::string difference(const std::string& kept, const std::string& now) {
  std::istringstream kept_lines(kept), now_lines(now);
  for (int number = 1;; ++number) {
    std::string a, b;
    const bool more = static_cast<bool>(std::getline(kept_lines, a));
    if (more != static_cast<bool>(std::getline(now_lines, b)))
      return fmt::format("line {}: one has more primitives: {}{}", number, a, b);
    if (!more) return {};
    std::istringstream a_words(a), b_words(b);
    std::string x, y;
    bool same = true;
    while (same) {
      const bool word = static_cast<bool>(a_words >> x);
      if (word != static_cast<bool>(b_words >> y)) same = false;
      if (!word) break;
      same = same && alike(x, y);
    }
    if (!same) return fmt::format("line {}:\n  kept {}\n  now  {}", number, a, b);
  }
}

}  // namespace volley::fake
