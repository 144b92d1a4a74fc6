#include "viz/pictures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "viz/cairo_surface.hpp"
#include "viz/dashboard.hpp"

namespace volley {

namespace {
Scene empty_page(const PictureOptions& options, const Theme& colours) {
  return {options.width, options.height, colours.background, {}};
}

/// Draws the header, where there is a trace, and returns the box below it.
Box below_header(Scene& scene, const SampleTrace* trace, const Theme& colours) {
  Box rest = scene.page();
  const float gap = colours.label * 0.6F;
  if (trace == nullptr) return inset(rest, gap);
  const Box header = cut_top(rest, colours.title * 2.3F);
  // A still picture has no play head: the duration stands where a window shows the time.
  draw_header(scene, header, trace,
              fmt::format("{:g} ms, {} steps of {:g} ms", trace->steps * trace->dt_ms,
                          trace->steps, trace->dt_ms), colours, false);
  return inset({rest.x, rest.y - gap, rest.width, rest.height + gap}, gap);
}

/// The number of columns that makes the frames largest.
std::uint32_t best_columns(Box content, std::uint32_t frames, double aspect) {
  std::uint32_t best = 1;
  double largest = 0;
  for (std::uint32_t columns = 1; columns <= frames; ++columns) {
    const std::uint32_t rows = (frames + columns - 1) / columns;
    const double side = std::min(static_cast<double>(content.width) / columns,
                                 static_cast<double>(content.height) / rows * aspect);
    if (side > largest * 1.0001) largest = side, best = columns;
  }
  return best;
}
}  // namespace

void write_events_png(const SampleTrace& trace, const std::filesystem::path& path,
                      const PictureOptions& options) {
  const Theme colours = theme(options.theme);
  Scene scene = empty_page(options, colours);
  const Box box = below_header(scene, &trace, colours);
  const PopulationTrace* input = input_population(trace);
  const auto frames = std::clamp<std::uint32_t>(
      static_cast<std::uint32_t>(std::clamp(options.frames, 1, 64)), 1, std::max(1U, trace.steps));
  const double duration = trace.steps * trace.dt_ms;
  std::vector<LegendEntry> legend;
  if (input != nullptr && input->shape.channels == 2)
    legend = {{"ON", colours.on}, {"OFF", colours.off}};
  const Box content = draw_panel(scene, box, "events",
                                 fmt::format("{:.3g} ms in each frame", duration / frames), legend,
                                 colours);
  if (input == nullptr || trace.steps == 0) {
    draw_absent(scene, content, "no events", colours);
    return write_png(scene, path);
  }
  const EventFrame size = accumulate_events(*input, trace.dt_ms, 0, {});
  const double aspect = static_cast<double>(size.columns) /
                        static_cast<double>(std::max<std::size_t>(1, size.rows));
  const std::uint32_t columns = best_columns(content, frames, aspect);
  const std::uint32_t rows = (frames + columns - 1) / columns;
  const float wide = content.width / static_cast<float>(columns);
  const float high = content.height / static_cast<float>(rows);
  for (std::uint32_t i = 0; i < frames; ++i) {
    Box cell{content.x + wide * static_cast<float>(i % columns),
             content.y + high * static_cast<float>(i / columns), wide, high};
    const Box caption = cut_bottom(cell, colours.label * 1.8F);
    // Whole steps, so that every event is in one frame and in one only.
    const std::uint64_t first = std::uint64_t{trace.steps} * i / frames;
    const std::uint64_t last = std::uint64_t{trace.steps} * (i + 1) / frames;
    const EventsOptions stretch{static_cast<double>(last - first) * trace.dt_ms, 0};
    const EventFrame frame = accumulate_events(
        *input, trace.dt_ms, static_cast<double>(last - 1) * trace.dt_ms, stretch);
    const Box where = draw_event_frame(scene, inset(cell, colours.label * 0.4F), frame, colours);
    scene.outline(inset(where, -1), colours.frame);
    scene.text({where.centre().x, where.bottom() + caption.height * 0.5F},
               fmt::format("{:.4g} \u2013 {:.4g} ms", static_cast<double>(first) * trace.dt_ms,
                           static_cast<double>(last) * trace.dt_ms), colours.label,
               colours.text, Align::centre);
  }
  write_png(scene, path);
}

void write_raster_png(const SampleTrace& trace, const std::filesystem::path& path,
                      const PictureOptions& options) {
  const Theme colours = theme(options.theme);
  Scene scene = empty_page(options, colours);
  const Box box = below_header(scene, &trace, colours);
  draw_raster(scene, box, trace, colours);
  write_png(scene, path);
}

void write_curves_png(const TrainingHistory& history, const std::filesystem::path& path,
                      const PictureOptions& options) {
  const Theme colours = theme(options.theme);
  Scene scene = empty_page(options, colours);
  const Box box = below_header(scene, nullptr, colours);
  draw_curves(scene, box, history, colours);
  write_png(scene, path);
}

void write_dashboard_png(const SampleTrace& trace, const TrainingHistory* history, double head_ms,
                         const std::filesystem::path& path, const std::string& status,
                         const PictureOptions& options) {
  DashboardView view;
  view.trace = &trace;
  view.history = history;
  view.head_ms = head_ms;
  view.status = status;
  view.theme = theme(options.theme);
  view.width = options.width;
  view.height = options.height;
  write_png(dashboard(view), path);
}

}  // namespace volley
