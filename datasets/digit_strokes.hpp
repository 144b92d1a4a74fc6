// The shapes of the ten digits as pen strokes. Must not know sensors, pixels or random numbers.
#pragma once

#include <vector>

namespace volley {

/// A straight piece of a stroke, in the unit square: x to the right, y down.
struct StrokeSegment {
  float ax = 0, ay = 0, bx = 0, by = 0;
};

/// Ways of writing each digit.
inline constexpr int digit_styles = 2;

/// The strokes of `digit` (0-9), written in `style` (0 or 1), as a list of segments.
std::vector<StrokeSegment> digit_strokes(int digit, int style);

/// Distance from a point to the nearest stroke, in units of the square.
float stroke_distance(const std::vector<StrokeSegment>& strokes, float x, float y);

}  // namespace volley
