#include "viz/scrub_bar.hpp"

#include <algorithm>
#include <cmath>

namespace volley {

namespace {
double duration_of(const SampleTrace& trace) { return trace.steps * trace.dt_ms; }

float x_of(const ScrubLayout& layout, const SampleTrace& trace, double time_ms) {
  const double duration = duration_of(trace);
  const double share = duration > 0 ? std::clamp(time_ms / duration, 0.0, 1.0) : 0.0;
  return layout.track.x + static_cast<float>(share) * layout.track.width;
}

/// Two upright bars while it plays, else a triangle, built of columns: a scene has no polygons.
void draw_button(Scene& scene, Box button, bool playing, const Theme& theme) {
  const Box sign = snapped(inset(button, button.height * 0.26F));
  if (playing) {
    const float bar = std::max(2.0F, std::round(sign.width * 0.3F));
    scene.fill({sign.x, sign.y, bar, sign.height}, theme.text);
    scene.fill({sign.right() - bar, sign.y, bar, sign.height}, theme.text);
    return;
  }
  for (float x = 0; x < sign.width; ++x) {
    const float high = sign.height * (1 - x / std::max(1.0F, sign.width));
    scene.fill({sign.x + x, sign.centre().y - high / 2, 1, std::max(1.0F, high)}, theme.text);
  }
}
}  // namespace

float scrub_height(const Theme& theme) { return theme.label * 2.2F; }

ScrubLayout scrub_layout(Box strip, const Theme& theme) {
  ScrubLayout layout;
  layout.button = cut_left(strip, strip.height);
  cut_left(strip, theme.label * 0.6F);
  cut_right(strip, theme.label * 0.6F);
  layout.track = snapped(inset({strip.x, strip.y, strip.width, strip.height}, 0));
  const float margin = std::round(strip.height * 0.14F);
  layout.track.y += margin;
  layout.track.height = std::max(0.0F, layout.track.height - 2 * margin);
  return layout;
}

void draw_scrub_bar(Scene& scene, Box strip, const SampleTrace& trace, const RasterView& view,
                    const Theme& theme) {
  if (strip.empty()) return;
  const ScrubLayout layout = scrub_layout(strip, theme);
  if (layout.track.empty()) return;
  scene.fill(layout.track, theme.panel);
  const PopulationTrace* input = input_population(trace);
  if (input == nullptr && !trace.populations.empty()) input = &trace.populations.front();
  if (input != nullptr && input->spikes.steps > 0) {
    const auto points = static_cast<std::size_t>(std::clamp(layout.track.width / 3, 1.0F, 500.0F));
    const std::vector<double> rate = population_rate(*input, trace.dt_ms, points);
    double highest = 0;
    for (const double hz : rate) highest = std::max(highest, hz);
    const auto columns = static_cast<float>(std::max<std::size_t>(1, rate.size()));
    const float wide = layout.track.width / columns;
    for (std::size_t i = 0; i < rate.size() && highest > 0; ++i) {
      const float high = static_cast<float>(rate[i] / highest) * (layout.track.height - 2);
      const float left = layout.track.x + wide * static_cast<float>(i);
      scene.fill({left, layout.track.bottom() - 1 - high, wide, high},
                 mix(theme.panel, theme.faint, 0.45));
    }
  }
  scene.outline(layout.track, theme.frame);
  if (!(view.from_ms > 0 || view.to_ms < duration_of(trace))) return;
  const float left = x_of(layout, trace, view.from_ms);
  const float right = x_of(layout, trace, view.to_ms);
  scene.outline({left, layout.track.y, std::max(5.0F, right - left), layout.track.height},
                theme.colour(0), 2);
}

void draw_scrub_bar_at_head(Scene& scene, Box strip, const SampleTrace& trace, double head_ms,
                            bool playing, const Theme& theme) {
  if (strip.empty()) return;
  const ScrubLayout layout = scrub_layout(strip, theme);
  draw_button(scene, layout.button, playing, theme);
  if (layout.track.empty()) return;
  const float x = x_of(layout, trace, head_ms);
  scene.fill({layout.track.x, layout.track.y, x - layout.track.x, layout.track.height},
             faded(theme.colour(0), 0.22));
  const float knob = std::max(3.0F, std::round(theme.label * 0.35F));
  scene.fill({x - knob / 2, layout.track.y - 2, knob, layout.track.height + 4}, theme.head);
}

double scrub_time(Box strip, const SampleTrace& trace, float x, const Theme& theme) {
  const Box track = scrub_layout(strip, theme).track;
  const double share = (x - track.x) / std::max(1.0F, track.width);
  return std::clamp(share, 0.0, 1.0) * duration_of(trace);
}

}  // namespace volley
