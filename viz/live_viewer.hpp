// The window of a LiveWindow as its thread sees it. What does not move with the play head is drawn
// into a texture once; a frame is that texture and the little that moves. Private to viz: only the
// live_*.cpp files include it.
#pragma once

#include <SFML/Graphics/RenderTexture.hpp>
#include <SFML/Graphics/RenderWindow.hpp>
#include <SFML/Window/Event.hpp>
#include <filesystem>
#include <memory>
#include <optional>

#include "viz/frame_writer.hpp"
#include "viz/live_model.hpp"
#include "viz/sfml_surface.hpp"

namespace volley {

class LiveViewer {
public:
  /// Opens the window. @throws Error where OpenGL gives none.
  explicit LiveViewer(LiveState& state);
  /// Shows what is handed over until the user or the LiveWindow closes the window.
  void run();

private:
  void handle(const sf::Event& event);
  void do_wishes();
  void draw();
  void keep_frame();
  void start_recording(const std::filesystem::path& path);
  void stop_recording();

  LiveState& state_;
  sf::RenderWindow window_;
  SfmlSurface surface_;
  sf::RenderTexture ground_;
  LiveModel model_;
  std::optional<std::filesystem::path> save_;
  std::unique_ptr<FrameWriter> recording_;
  LiveModel::Clock::time_point recorded_{};  ///< when the last frame was
};

}  // namespace volley
