#include "viz/key_help.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "viz/text_metrics.hpp"

namespace volley {

namespace {
const std::array<std::pair<const char*, const char*>, 10> keys = {{
    {"Space", "play or pause"},
    {"Right, Left", "one step on or back, while paused"},
    {"Up, Down", "twice or half the speed"},
    {"N, P", "next or previous recording"},
    {"+, -", "longer or shorter time window of the events"},
    {"T", "light or dark"},
    {"S", "screenshot: volley-<n>.png in the current folder"},
    {"H, ?", "this page"},
    {"Q, Escape", "close the window; the program goes on"},
    {"", "Click anywhere or press any key to go on."},
}};
}  // namespace

void draw_key_help(Scene& scene, const Theme& theme) {
  float key_wide = 0, words_wide = 0;
  for (const auto& [key, words] : keys) {
    key_wide = std::max(key_wide, text_width(key, theme.label, true));
    words_wide = std::max(words_wide, text_width(words, theme.label));
  }
  const float line = theme.label * 2, margin = theme.label * 2;
  const float width = key_wide + words_wide + theme.label * 2 + 2 * margin;
  const float height = line * (static_cast<float>(keys.size()) + 1.5F) + 2 * margin - line * 0.5F;
  const Point middle = scene.page().centre();
  const Box box{middle.x - width / 2, middle.y - height / 2, width, height};
  scene.fill(scene.page(), faded(theme.background, 0.75));
  scene.fill(box, theme.panel);
  scene.outline(box, theme.frame);
  Point at{box.x + margin, box.y + margin + theme.title * 0.4F};
  scene.text(at, "Keys", theme.title, theme.text, Align::left, true);
  at.y += line * 1.5F;
  for (const auto& [key, words] : keys) {
    scene.text(at, key, theme.label, theme.text, Align::left, true);
    const bool note = std::string(key).empty();
    scene.text({at.x + (note ? 0 : key_wide + theme.label * 2), at.y}, words, theme.label,
               note ? theme.faint : theme.text);
    at.y += line;
  }
}

}  // namespace volley
