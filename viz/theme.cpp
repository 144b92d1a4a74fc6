#include "viz/theme.hpp"

namespace volley {

namespace {
constexpr Colour orange{230, 159, 0}, sky{86, 180, 233}, green{0, 158, 115}, yellow{240, 228, 66},
    blue{0, 114, 178}, vermillion{213, 94, 0}, purple{204, 121, 167};
}  // namespace

Theme theme(ThemeKind kind, float scale) {
  Theme result;
  if (kind == ThemeKind::light) {
    result.background = {242, 243, 245};
    result.panel = {255, 255, 255};
    result.frame = {205, 209, 215};
    result.grid = {232, 234, 238};
    result.text = {28, 32, 38};
    result.faint = {96, 103, 114};
    result.on = vermillion;
    result.off = blue;
    result.good = {0, 128, 92};  // the palette's green, darker: small words on white
    result.bad = {190, 76, 0};
    result.head = {28, 32, 38};
    result.series = {blue, vermillion, green, purple, orange, sky};
  } else {
    result.background = {16, 18, 22};
    result.panel = {25, 28, 34};
    result.frame = {58, 64, 74};
    result.grid = {43, 48, 56};
    result.text = {232, 235, 240};
    result.faint = {154, 162, 174};
    result.on = orange;
    result.off = sky;
    result.good = {40, 200, 150};
    result.bad = {255, 128, 48};
    result.head = {240, 240, 240};
    result.series = {sky, orange, {0, 184, 134}, purple, yellow, {60, 150, 220}};
  }
  result.title *= scale;
  result.label *= scale;
  result.tick *= scale;
  return result;
}

}  // namespace volley
