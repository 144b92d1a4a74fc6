// The frames of a LiveWindow: ground, moving parts, help page and screenshots.
#include <fmt/format.h>

#include <SFML/Graphics/Image.hpp>
#include <SFML/Graphics/Sprite.hpp>
#include <utility>

#include "base/error.hpp"
#include "viz/key_help.hpp"
#include "viz/live_viewer.hpp"
#include "viz/pixels.hpp"

namespace volley {

DashboardView LiveViewer::view() const {
  DashboardView result;
  result.trace = trace_ ? &*trace_ : nullptr;
  result.history = &history_;
  result.head_ms = playback_.head_ms();
  result.status = status_;
  const auto add = [&](const std::string& words) {
    result.status += (result.status.empty() ? "" : "  \u00b7  ") + words;
  };
  if (!note_.empty()) add(note_);
  if (dropped_ > 0) add(fmt::format("{} not shown", dropped_));
  if (trace_) add(fmt::format("{:g} ms/s{}", playback_.speed(),
                              playback_.playing() ? "" : ", paused"));
  add("H: keys");
  result.events = events_;
  result.theme = theme(theme_);
  result.width = static_cast<int>(window_.getSize().x);
  result.height = static_cast<int>(window_.getSize().y);
  return result;
}

void LiveViewer::draw_ground(const DashboardView& view) {
  const auto width = static_cast<unsigned>(view.width), height = static_cast<unsigned>(view.height);
  if (ground_.getSize() != window_.getSize() &&
      !ground_.create(width, height, sf::ContextSettings(0, 0, 4)))
    throw Error("OpenGL gave no texture of the window's size");
  surface_.draw(dashboard_ground(view), ground_);
  ground_.display();
  ground_stale_ = ground_aged_ = false;
  ground_drawn_ = Clock::now();
}

void LiveViewer::draw() {
  const DashboardView now = view();
  if (now.width < 1 || now.height < 1) return;
  if (ground_stale_ || ground_.getSize() != window_.getSize()) draw_ground(now);
  Scene moving = dashboard_moving(now);
  if (help_) draw_key_help(moving, now.theme);
  window_.setView(sf::View(sf::FloatRect(0, 0, static_cast<float>(now.width),
                                         static_cast<float>(now.height))));
  window_.draw(sf::Sprite(ground_.getTexture()), sf::BlendNone);
  surface_.draw(moving, window_);
  if (save_) save(*std::exchange(save_, std::nullopt));
  window_.display();
  moved_ = false;
  frame_drawn_ = Clock::now();
}

void LiveViewer::save(const std::filesystem::path& path) {
  sf::Texture shown;
  if (!shown.create(window_.getSize().x, window_.getSize().y)) return;
  shown.update(window_);
  const sf::Image image = shown.copyToImage();
  const auto width = static_cast<int>(image.getSize().x);
  const auto height = static_cast<int>(image.getSize().y);
  const sf::Uint8* first = image.getPixelsPtr();
  try {
    write_png(Pixels{width, height, {first, first + std::ptrdiff_t{width} * height * 4}}, path);
    note_ = "saved " + path.string();
  } catch (const Error& error) {
    note_ = "not saved: " + error.problem();
  }
  noted_ = Clock::now();
  ground_aged_ = true;
}
}  // namespace volley
