// What keys and the mouse do to a LiveWindow.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "viz/live_viewer.hpp"

namespace volley {

namespace {
constexpr std::array<double, 10> event_windows = {1, 2, 5, 10, 20, 30, 50, 100, 200, 500};
}

void LiveViewer::handle(const sf::Event& event) {
  switch (event.type) {
    case sf::Event::Closed: window_.close(); break;
    case sf::Event::Resized: ground_stale_ = true; break;
    case sf::Event::GainedFocus: moved_ = true; break;
    case sf::Event::MouseButtonPressed:
      moved_ = moved_ || help_;
      help_ = false;
      break;
    case sf::Event::KeyPressed: press(event.key); break;
    case sf::Event::TextEntered: type(event.text.unicode); break;
    default: break;
  }
}

void LiveViewer::press(const sf::Event::KeyEvent& key) {
  if (key.code == sf::Keyboard::Q || (key.code == sf::Keyboard::Escape && !help_)) {
    window_.close();
    return;
  }
  if (key.code == sf::Keyboard::H) help_ = !help_;
  else if (key.code != sf::Keyboard::Unknown && !key.shift) help_ = false;
  ground_stale_ = true;  // a key is rare, and most change what the header says
  switch (key.code) {
    case sf::Keyboard::Space: playback_.toggle(); break;
    case sf::Keyboard::Right: playback_.step(+1); break;
    case sf::Keyboard::Left: playback_.step(-1); break;
    case sf::Keyboard::Up: playback_.faster(); break;
    case sf::Keyboard::Down: playback_.slower(); break;
    case sf::Keyboard::T:
      theme_ = theme_ == ThemeKind::dark ? ThemeKind::light : ThemeKind::dark;
      break;
    case sf::Keyboard::S: {
      int number = 1;
      const auto name = [&] { return std::filesystem::path(fmt::format("volley-{}.png", number)); };
      while (std::filesystem::exists(name())) ++number;
      save_ = name();
      break;
    }
    case sf::Keyboard::N:
    case sf::Keyboard::P: {
      const std::lock_guard hold(state_.lock);
      state_.requested += key.code == sf::Keyboard::N ? 1 : -1;
      state_.changed.notify_all();
      break;
    }
    default: break;
  }
}

/// Signs whose key depends on the keyboard's layout.
void LiveViewer::type(sf::Uint32 character) {
  if (character == '?') help_ = !help_;
  if (character == '+' || character == '=') change_event_window(+1);
  if (character == '-') change_event_window(-1);
  ground_stale_ = true;
}

void LiveViewer::change_event_window(int by) {
  const auto now = std::find(event_windows.begin(), event_windows.end(), events_.window_ms);
  const auto next = std::clamp<std::ptrdiff_t>(now - event_windows.begin() + by, 0,
                                               std::ssize(event_windows) - 1);
  events_.window_ms = event_windows[static_cast<std::size_t>(next)];
  events_.decay_ms = events_.window_ms / 2;
}

}  // namespace volley
