#include "viz/key_help.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "viz/text_metrics.hpp"

namespace volley {

namespace {
const std::array<std::pair<const char*, const char*>, 21> keys = {{
    {"Space", "play or pause"},
    {"Right, Left", "pause, and one step on or back"},
    {"Up, Down", "twice or half the speed"},
    {"Home, End", "to the start or the end"},
    {"drag the bar below", "to any time"},
    {"wheel, PgUp, PgDn", "zoom at the pointer: time, or the sensor"},
    {"Shift + wheel", "zoom the neurons of the layer at the pointer"},
    {"drag", "move what is zoomed"},
    {"W", "the whole again"},
    {"click", "pick a neuron; again: let it go"},
    {"N, P", "next or previous recording"},
    {"M, L", "N and P: only mistakes, only this label"},
    {"+, -", "longer or shorter time window of the events"},
    {"Tab", "under the raster: rates, rates over time, scores, confusion, network"},
    {"T", "light or dark"},
    {">, <", "larger or smaller words"},
    {"S, R", "screenshot; start or end a recording (volley-<n>)"},
    {"H, ?", "this page"},
    {"Escape", "one back: this page, the neuron, the zoom, the filter"},
    {"Q", "close the window; the program goes on"},
    {"", "Click anywhere, or press Escape, to go on."},
}};
}  // namespace

void draw_key_help(Scene& scene, const Theme& theme) {
  float key_wide = 0, words_wide = 0;
  for (const auto& [key, words] : keys) {
    key_wide = std::max(key_wide, text_width(key, theme.label, true));
    words_wide = std::max(words_wide, text_width(words, theme.label));
  }
  const float line = theme.label * 1.6F, margin = theme.label * 2;
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
