// The strip under the panels: play or pause, and the whole recording as a bar with the play head to
// drag. Must not know how a pointer is read.
#pragma once

#include "sim/trace.hpp"
#include "viz/panels.hpp"
#include "viz/scene.hpp"
#include "viz/theme.hpp"

namespace volley {

struct ScrubLayout {
  Box button, track;
};
ScrubLayout scrub_layout(Box strip, const Theme& theme);
/// The strip's height.
float scrub_height(const Theme& theme);

/// The track with the activity of the input over time, and what the raster shows of it.
void draw_scrub_bar(Scene& scene, Box strip, const SampleTrace& trace, const RasterView& view,
                    const Theme& theme);
/// Head, elapsed part and button.
void draw_scrub_bar_at_head(Scene& scene, Box strip, const SampleTrace& trace, double head_ms,
                            bool playing, const Theme& theme);

/// The time at a place of the track, held within the recording.
double scrub_time(Box strip, const SampleTrace& trace, float x, const Theme& theme);

}  // namespace volley
