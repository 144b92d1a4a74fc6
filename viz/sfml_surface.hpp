// Scenes drawn by SFML onto a window or a texture. Belongs to the thread that made it, as all of
// OpenGL does. Must not know what a scene shows.
#pragma once

#include <SFML/Graphics/Font.hpp>
#include <SFML/Graphics/RenderTarget.hpp>
#include <SFML/Graphics/Texture.hpp>
#include <SFML/Graphics/VertexArray.hpp>
#include <memory>
#include <vector>

#include "viz/scene.hpp"

namespace volley {

class SfmlSurface {
public:
  /// Loads the fonts. @throws Error where none is installed or it cannot be read.
  SfmlSurface();

  /// Draws the scene pixel by pixel into the top left of the target; the background first, unless
  /// it is transparent. Shapes between texts and pictures go out in one draw call.
  void draw(const Scene& scene, sf::RenderTarget& target);

private:
  void add_box(Box box, sf::Color colour);
  void add(const Fill& fill);
  void add(const Stroke& stroke);
  void add(const Dots& dots);
  void add(const Text& text);
  void add(const Picture& picture);
  void add(const Clip& clip);
  void flush();

  sf::Font regular_, bold_;
  std::vector<std::unique_ptr<sf::Texture>> textures_;  ///< one per picture of a scene, kept
  std::size_t pictures_ = 0;
  sf::VertexArray triangles_{sf::Triangles};
  sf::RenderTarget* target_ = nullptr;
};

}  // namespace volley
