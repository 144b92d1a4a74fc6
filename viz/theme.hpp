// Colours and font sizes of every picture, light and dark. The series colours are the palette of
// Okabe and Ito (Color Universal Design, 2008), which colour-blind readers tell apart.
#pragma once

#include <array>
#include <cstddef>

#include "viz/scene.hpp"

namespace volley {

enum class ThemeKind { light, dark };

struct Theme {
  Colour background, panel, frame, grid;
  Colour text, faint;            ///< words; words and marks of less weight
  Colour on, off;                ///< events of polarity 1 and 0
  Colour good, bad;              ///< right and wrong; always beside a word that says the same
  Colour head;                   ///< play head
  std::array<Colour, 6> series;  ///< populations and curves, in this order

  float title = 14, label = 12, tick = 11;  ///< em in pixels; all spacing is measured in `label`

  /// Series colour i, starting over after the last.
  Colour colour(std::size_t i) const { return series[i % series.size()]; }
};

/// @param scale 2 on a screen of twice the usual pixel density: all text and spacing grows by it
Theme theme(ThemeKind kind, float scale = 1);

}  // namespace volley
