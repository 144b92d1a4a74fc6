// Which keys and buttons of a LiveWindow stand for what.
#include "viz/live_viewer.hpp"

namespace volley {

namespace {
Act act_of(const sf::Event::KeyEvent& key) {
  switch (key.code) {
    case sf::Keyboard::Space: return Act::play_pause;
    case sf::Keyboard::Right: return Act::step_on;
    case sf::Keyboard::Left: return Act::step_back;
    case sf::Keyboard::Up: return Act::faster;
    case sf::Keyboard::Down: return Act::slower;
    case sf::Keyboard::Home: return Act::to_start;
    case sf::Keyboard::End: return Act::to_end;
    case sf::Keyboard::N: return Act::next;
    case sf::Keyboard::P: return Act::previous;
    case sf::Keyboard::M: return Act::mistakes;
    case sf::Keyboard::L: return Act::same_label;
    case sf::Keyboard::PageUp: return Act::zoom_in;
    case sf::Keyboard::PageDown: return Act::zoom_out;
    case sf::Keyboard::Tab: return Act::lower_panel;
    case sf::Keyboard::W: return Act::whole;
    case sf::Keyboard::T: return Act::change_theme;
    case sf::Keyboard::S: return Act::save;
    case sf::Keyboard::R: return Act::record;
    case sf::Keyboard::H: return Act::help;
    case sf::Keyboard::Escape: return Act::back;
    case sf::Keyboard::Q: return Act::close;
    default: return Act::none;
  }
}

/// Signs whose key depends on the keyboard's layout.
Act act_of(sf::Uint32 character) {
  switch (character) {
    case '?': return Act::help;
    case '+':
    case '=': return Act::longer_window;
    case '-': return Act::shorter_window;
    case '>': return Act::larger;
    case '<': return Act::smaller;
    default: return Act::none;
  }
}

Point point(int x, int y) { return {static_cast<float>(x), static_cast<float>(y)}; }

bool shifted() {
  return sf::Keyboard::isKeyPressed(sf::Keyboard::LShift) ||
         sf::Keyboard::isKeyPressed(sf::Keyboard::RShift);
}
}  // namespace

void LiveViewer::handle(const sf::Event& event) {
  Interaction& user = model_.interaction();
  switch (event.type) {
    case sf::Event::Closed: window_.close(); break;
    case sf::Event::MouseButtonPressed:
      if (event.mouseButton.button == sf::Mouse::Left)
        user.press(point(event.mouseButton.x, event.mouseButton.y));
      break;
    case sf::Event::MouseButtonReleased:
      if (event.mouseButton.button == sf::Mouse::Left)
        user.release(point(event.mouseButton.x, event.mouseButton.y));
      break;
    case sf::Event::MouseMoved: user.move(point(event.mouseMove.x, event.mouseMove.y)); break;
    case sf::Event::MouseLeft: user.leave(); break;
    case sf::Event::MouseWheelScrolled:
      user.wheel(point(event.mouseWheelScroll.x, event.mouseWheelScroll.y),
                 event.mouseWheelScroll.delta, shifted());
      break;
    case sf::Event::KeyPressed: user.act(act_of(event.key)); break;
    case sf::Event::TextEntered: user.act(act_of(event.text.unicode)); break;
    default: break;
  }
}

}  // namespace volley
