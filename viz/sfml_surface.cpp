#include "viz/sfml_surface.hpp"

#include <SFML/Graphics/Sprite.hpp>
#include <SFML/Graphics/Text.hpp>
#include <algorithm>
#include <cmath>
#include <type_traits>

#include "base/error.hpp"
#include "viz/fonts.hpp"

namespace volley {

namespace {
sf::Color as_sfml(Colour c) { return {c.red, c.green, c.blue, c.alpha}; }

void load(sf::Font& font, const std::string& file) {
  if (!font.loadFromFile(file))
    throw Error("cannot read the font", file, "reinstall it, or install fonts-dejavu-core");
}

// The pixels of a picture are handed to SFML as they lie in memory.
static_assert(sizeof(Colour) == 4 && std::is_standard_layout_v<Colour>);
}  // namespace

SfmlSurface::SfmlSurface() {
  const FontFiles files = find_fonts();
  load(regular_, files.regular);
  load(bold_, files.bold);
}

void SfmlSurface::draw(const Scene& scene, sf::RenderTarget& target) {
  target_ = &target;
  pictures_ = 0;
  triangles_.clear();
  add(Clip{});
  if (scene.background.alpha > 0) add_box(scene.page(), as_sfml(scene.background));
  for (const Primitive& item : scene.items)
    std::visit([this](const auto& primitive) { add(primitive); }, item);
  add(Clip{});
  target_ = nullptr;
}

void SfmlSurface::flush() {
  if (triangles_.getVertexCount() > 0) target_->draw(triangles_);
  triangles_.clear();
}

void SfmlSurface::add_box(Box box, sf::Color colour) {
  const sf::Vector2f top_left(box.x, box.y), top_right(box.right(), box.y);
  const sf::Vector2f bottom_left(box.x, box.bottom()), bottom_right(box.right(), box.bottom());
  for (const sf::Vector2f corner :
       {top_left, top_right, bottom_right, top_left, bottom_right, bottom_left})
    triangles_.append({corner, colour});
}

void SfmlSurface::add(const Fill& fill) { add_box(snapped(fill.box), as_sfml(fill.colour)); }

/// A line is opaque inside and fades over a pixel at either side: smooth without multisampling, which
/// costs software renderers three times as much as all the rest.
void SfmlSurface::add(const Stroke& stroke) {
  const float inner = std::max(0.0F, stroke.width / 2 - 0.5F);
  const float outer = std::max(1.0F, stroke.width / 2 + 0.5F);
  const sf::Color colour = as_sfml(faded(stroke.colour, std::min(1.0F, stroke.width)));
  const sf::Color edge(colour.r, colour.g, colour.b, 0);
  for (std::size_t i = 1; i < stroke.points.size(); ++i) {
    const Point a = stroke.points[i - 1], b = stroke.points[i];
    const float length = std::hypot(b.x - a.x, b.y - a.y);
    if (!(length > 0)) continue;
    const sf::Vector2f along((b.x - a.x) / length, (b.y - a.y) / length);
    const sf::Vector2f side(-along.y, along.x);
    // Wide segments reach a little beyond their ends, which closes the gaps at the joints.
    const float reach = stroke.width > 1.2F ? stroke.width / 4 : 0.0F;
    const sf::Vector2f from = sf::Vector2f(a.x, a.y) - reach * along;
    const sf::Vector2f to = sf::Vector2f(b.x, b.y) + reach * along;
    const auto band = [&](float near, sf::Color at_near, float far, sf::Color at_far) {
      const sf::Vertex near_from(from + near * side, at_near), near_to(to + near * side, at_near);
      const sf::Vertex far_from(from + far * side, at_far), far_to(to + far * side, at_far);
      for (const sf::Vertex& corner : {near_from, near_to, far_to, near_from, far_to, far_from})
        triangles_.append(corner);
    };
    band(inner, colour, outer, edge);
    band(-inner, colour, -outer, edge);
    if (inner > 0) band(-inner, colour, inner, colour);
  }
}

void SfmlSurface::add(const Dots& dots) {
  const float side = std::max(1.0F, std::round(dots.size));
  const sf::Color colour = as_sfml(dots.colour);
  for (const Point centre : dots.centres)
    add_box({std::round(centre.x - side / 2), std::round(centre.y - side / 2), side, side}, colour);
}

void SfmlSurface::add(const Text& text) {
  flush();
  sf::Text line(sf::String::fromUtf8(text.text.begin(), text.text.end()),
                text.bold ? bold_ : regular_, static_cast<unsigned>(std::lround(text.size)));
  line.setFillColor(as_sfml(text.colour));
  float x = text.anchor.x;
  if (text.align != Align::left) {
    const float width = line.findCharacterPos(line.getString().getSize()).x;
    x -= text.align == Align::right ? width : width / 2;
  }
  // SFML sets the baseline one em below the position; capitals are 0.729 em high. Whole pixels
  // keep the glyphs crisp.
  line.setPosition(std::round(x), std::round(text.anchor.y + text.size * 0.3645F) -
                                      std::round(text.size));
  target_->draw(line);
}

void SfmlSurface::add(const Picture& picture) {
  flush();
  const auto columns = static_cast<unsigned>(picture.columns);
  const auto rows = static_cast<unsigned>(picture.rows);
  if (pictures_ == textures_.size()) textures_.push_back(std::make_unique<sf::Texture>());
  sf::Texture& texture = *textures_[pictures_++];
  if (texture.getSize() != sf::Vector2u(columns, rows) && !texture.create(columns, rows)) return;
  texture.update(reinterpret_cast<const sf::Uint8*>(picture.pixels.data()));
  sf::Sprite sprite(texture);
  sprite.setPosition(picture.box.x, picture.box.y);
  sprite.setScale(picture.box.width / static_cast<float>(columns),
                  picture.box.height / static_cast<float>(rows));
  target_->draw(sprite);
}

void SfmlSurface::add(const Clip& clip) {
  flush();
  const sf::Vector2u size = target_->getSize();
  const auto width = static_cast<float>(size.x), height = static_cast<float>(size.y);
  if (!clip.on) {
    target_->setView(sf::View(sf::FloatRect(0, 0, width, height)));
    return;
  }
  if (clip.box.empty()) {  // nothing is painted: look where nothing is
    target_->setView(sf::View(sf::FloatRect(-1e6F, -1e6F, 1, 1)));
    return;
  }
  // A view onto the box, shown at the box's own place, cuts off what lies outside.
  sf::View view(sf::FloatRect(clip.box.x, clip.box.y, clip.box.width, clip.box.height));
  view.setViewport(sf::FloatRect(clip.box.x / width, clip.box.y / height, clip.box.width / width,
                                 clip.box.height / height));
  target_->setView(view);
}

}  // namespace volley
