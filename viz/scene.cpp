#include "viz/scene.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <iterator>
#include <utility>

namespace volley {

Colour mix(Colour a, Colour b, double share) {
  const double part = std::clamp(share, 0.0, 1.0);
  const auto between = [part](std::uint8_t from, std::uint8_t to) {
    return static_cast<std::uint8_t>(std::lround(from + (to - from) * part));
  };
  return {between(a.red, b.red), between(a.green, b.green), between(a.blue, b.blue),
          between(a.alpha, b.alpha)};
}

Colour faded(Colour colour, double opacity) {
  colour.alpha =
      static_cast<std::uint8_t>(std::lround(colour.alpha * std::clamp(opacity, 0.0, 1.0)));
  return colour;
}

Box inset(Box box, float margin) {
  const float across = std::min(margin, std::max(0.0F, box.width / 2));
  const float down = std::min(margin, std::max(0.0F, box.height / 2));
  return {box.x + across, box.y + down, std::max(0.0F, box.width - 2 * across),
          std::max(0.0F, box.height - 2 * down)};
}

Box snapped(Box box) {
  const float left = std::round(box.x), top = std::round(box.y);
  return {left, top, std::round(box.right()) - left, std::round(box.bottom()) - top};
}

Box cut_top(Box& box, float amount) {
  const float taken = std::clamp(amount, 0.0F, std::max(0.0F, box.height));
  const Box strip{box.x, box.y, box.width, taken};
  box.y += taken;
  box.height -= taken;
  return strip;
}

Box cut_bottom(Box& box, float amount) {
  const float taken = std::clamp(amount, 0.0F, std::max(0.0F, box.height));
  box.height -= taken;
  return {box.x, box.y + box.height, box.width, taken};
}

Box cut_left(Box& box, float amount) {
  const float taken = std::clamp(amount, 0.0F, std::max(0.0F, box.width));
  const Box strip{box.x, box.y, taken, box.height};
  box.x += taken;
  box.width -= taken;
  return strip;
}

Box cut_right(Box& box, float amount) {
  const float taken = std::clamp(amount, 0.0F, std::max(0.0F, box.width));
  box.width -= taken;
  return {box.x + box.width, box.y, taken, box.height};
}

void Scene::fill(Box box, Colour colour) {
  if (!box.empty()) items.emplace_back(Fill{box, colour});
}

void Scene::outline(Box box, Colour colour, float line_width) {
  const Box whole = snapped(box);
  if (whole.width < 2 * line_width || whole.height < 2 * line_width) return;
  fill({whole.x, whole.y, whole.width, line_width}, colour);
  fill({whole.x, whole.bottom() - line_width, whole.width, line_width}, colour);
  fill({whole.x, whole.y + line_width, line_width, whole.height - 2 * line_width}, colour);
  fill({whole.right() - line_width, whole.y + line_width, line_width,
        whole.height - 2 * line_width}, colour);
}

void Scene::rule(Point from, Point to, Colour colour, float line_width) {
  const float left = std::floor(std::min(from.x, to.x)), top = std::floor(std::min(from.y, to.y));
  const float across = std::abs(to.x - from.x), down = std::abs(to.y - from.y);
  fill({left, top, std::max(line_width, std::round(across)),
        std::max(line_width, std::round(down))}, colour);
}

void Scene::stroke(std::vector<Point> points, Colour colour, float line_width) {
  const auto finite = [](Point p) { return std::isfinite(p.x) && std::isfinite(p.y); };
  auto first = points.begin();
  while (first != points.end()) {
    first = std::find_if(first, points.end(), finite);
    const auto last = std::find_if_not(first, points.end(), finite);
    if (last - first >= 2) items.emplace_back(Stroke{{first, last}, line_width, colour});
    first = last;
  }
}

void Scene::dots(std::vector<Point> centres, float size, Colour colour) {
  if (!centres.empty()) items.emplace_back(Dots{std::move(centres), size, colour});
}

void Scene::text(Point anchor, std::string line, float size, Colour colour, Align align,
                 bool bold) {
  if (!line.empty()) items.emplace_back(Text{anchor, std::move(line), size, align, colour, bold});
}

void Scene::picture(Box box, std::size_t columns, std::size_t rows, std::vector<Colour> pixels) {
  assert(pixels.size() == columns * rows);
  if (!box.empty() && !pixels.empty())
    items.emplace_back(Picture{snapped(box), columns, rows, std::move(pixels)});
}

void Scene::clip(Box box) { items.emplace_back(Clip{true, snapped(box)}); }

void Scene::unclip() { items.emplace_back(Clip{}); }

void Scene::append(Scene over) {
  assert(over.width == width && over.height == height);
  items.insert(items.end(), std::make_move_iterator(over.items.begin()),
               std::make_move_iterator(over.items.end()));
}

}  // namespace volley
