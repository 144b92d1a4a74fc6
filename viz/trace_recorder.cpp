#include "viz/trace_recorder.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "viz/cairo_surface.hpp"

namespace volley {

void GroundPicture::draw(const Scene& ground) {
  const Pixels drawn = render(ground);
  width_ = drawn.width;
  height_ = drawn.height;
  pixels_.resize(static_cast<std::size_t>(width_) * static_cast<std::size_t>(height_));
  for (std::size_t i = 0; i < pixels_.size(); ++i)
    pixels_[i] = {drawn.rgba[4 * i], drawn.rgba[4 * i + 1], drawn.rgba[4 * i + 2], 255};
}

Pixels GroundPicture::with(Scene moving) const {
  Scene frame{width_, height_, {0, 0, 0, 255}, {}};
  frame.picture(frame.page(), static_cast<std::size_t>(width_), static_cast<std::size_t>(height_),
                pixels_);
  frame.append(std::move(moving));
  return render(frame);
}

void record_trace(const SampleTrace& trace, const RecordOptions& options, FrameWriter& writer) {
  DashboardView view;
  view.trace = &trace;
  view.status = options.status;
  view.theme = theme(options.theme, options.scale);
  view.width = options.width;
  view.height = options.height;
  const double duration = trace.steps * trace.dt_ms;
  const double each = std::max(1e-9, options.speed / std::max(1e-3, options.frames_per_second));
  GroundPicture ground;
  ground.draw(dashboard_ground(view));
  const double frames = std::max(1.0, std::ceil(duration / each - 1e-9));
  for (double frame = 0; frame < frames; ++frame) {
    view.head_ms = frame * each;
    writer.add(ground.with(dashboard_moving(view)));
  }
}

}  // namespace volley
