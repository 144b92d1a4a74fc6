// The keys of the window and their help page. Must not know how keys are read.
#pragma once

#include "viz/scene.hpp"
#include "viz/theme.hpp"

namespace volley {

/// A framed list of all keys in the middle of the scene, over a veil on everything else.
void draw_key_help(Scene& scene, const Theme& theme);

}  // namespace volley
