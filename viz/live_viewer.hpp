// The window of a LiveWindow as its thread sees it. What does not move with the play head is drawn
// into a texture once; a frame is that texture and the little that moves. Private to viz: only the
// live_*.cpp files include it.
#pragma once

#include <SFML/Graphics/RenderTexture.hpp>
#include <SFML/Graphics/RenderWindow.hpp>
#include <SFML/Window/Event.hpp>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "viz/dashboard.hpp"
#include "viz/live_state.hpp"
#include "viz/playback.hpp"
#include "viz/sfml_surface.hpp"

namespace volley {

class LiveViewer {
public:
  /// Opens the window. @throws Error where OpenGL gives none.
  explicit LiveViewer(LiveState& state);
  /// Shows what is handed over until the user or the LiveWindow closes the window.
  void run();

private:
  using Clock = std::chrono::steady_clock;

  void take_handed_over();
  void handle(const sf::Event& event);
  void press(const sf::Event::KeyEvent& key);
  void type(sf::Uint32 character);
  void change_event_window(int by);
  void draw();
  void draw_ground(const DashboardView& view);
  void save(const std::filesystem::path& path);
  DashboardView view() const;

  LiveState& state_;
  sf::RenderWindow window_;
  SfmlSurface surface_;
  sf::RenderTexture ground_;
  Playback playback_;
  ThemeKind theme_;
  EventsOptions events_;
  std::optional<SampleTrace> trace_;
  TrainingHistory history_;
  std::string status_, note_;  ///< the producer's words; ours, for note_seconds
  Clock::time_point noted_{};
  std::uint64_t dropped_ = 0;
  std::optional<std::filesystem::path> save_;
  bool help_ = false;
  bool ground_stale_ = true;  ///< redraw it in the next frame
  bool ground_aged_ = false;  ///< redraw it when refresh_seconds are over
  bool moved_ = true;
  Clock::time_point ground_drawn_{}, frame_drawn_{};
};

}  // namespace volley
