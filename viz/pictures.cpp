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

namespace {
/// How fast colours deepen with events, so that nine in ten of the pixels with any are told apart.
double depth_of(const std::vector<EventFrame>& frames) {
  std::vector<float> counts;
  for (const EventFrame& frame : frames)
    for (std::size_t i = 0; i < frame.on.size(); ++i)
      if (const float both = frame.on[i] + frame.off[i]; both > 0) counts.push_back(both);
  if (counts.empty()) return fresh_event_depth;
  const auto place = counts.begin() + static_cast<std::ptrdiff_t>(counts.size() * 9 / 10);
  std::nth_element(counts.begin(), place, counts.end());
  return std::min(fresh_event_depth, 2.5 / static_cast<double>(*place));
}

void draw_strip(Scene& scene, Box box, const SampleTrace& trace, const PictureOptions& options,
                const RasterView& view, const Theme& colours) {
  const PopulationTrace* input = input_population(trace);
  std::vector<LegendEntry> legend;
  if (input != nullptr && input->shape.channels == 2)
    legend = {{"ON", colours.on}, {"OFF", colours.off}};
  if (input == nullptr || trace.steps == 0)
    return draw_absent(scene, draw_panel(scene, box, "events", "", legend, colours), "no events",
                       colours);
  const double all = trace.steps;
  double from = std::clamp(std::floor(view.from_ms / trace.dt_ms + 1e-9), 0.0, all);
  double to = std::clamp(std::ceil(view.to_ms / trace.dt_ms - 1e-9), from, all);
  if (!(to > from)) from = 0, to = all;
  const auto start = static_cast<std::uint64_t>(from), steps = static_cast<std::uint64_t>(to - from);
  const auto frames = std::clamp<std::uint64_t>(
      static_cast<std::uint64_t>(std::clamp(options.frames, 1, 64)), 1, steps);
  std::string note = fmt::format("{:.4g}", static_cast<double>(steps / frames) * trace.dt_ms);
  if (steps % frames != 0)
    note += fmt::format(" to {:.4g}", static_cast<double>(steps / frames + 1) * trace.dt_ms);
  note += " ms in each frame";
  if (options.decay_ms > 0) note += fmt::format(", decay {:g} ms", options.decay_ms);
  const Box content = draw_panel(scene, box, "events", note, legend, colours);
  const EventFrame size = accumulate_events(*input, trace.dt_ms, 0, {});
  const double aspect = static_cast<double>(size.columns) /
                        static_cast<double>(std::max<std::size_t>(1, size.rows));
  const std::uint32_t columns = best_columns(content, static_cast<std::uint32_t>(frames), aspect);
  const auto rows = static_cast<float>((frames + columns - 1) / columns);
  const float wide = content.width / static_cast<float>(columns), high = content.height / rows;
  // Whole steps, so that every event is in one frame and in one only.
  const auto begin_of = [&](std::uint64_t i) { return start + steps * i / frames; };
  std::vector<EventFrame> seen;
  for (std::uint64_t i = 0; i < frames; ++i) {
    const std::uint64_t first = begin_of(i), last = begin_of(i + 1);
    seen.push_back(accumulate_events(
        *input, trace.dt_ms, static_cast<double>(last - 1) * trace.dt_ms,
        {static_cast<double>(last - first) * trace.dt_ms, options.decay_ms}));
  }
  const double depth = depth_of(seen);
  for (std::uint64_t i = 0; i < frames; ++i) {
    Box cell{content.x + wide * static_cast<float>(i % columns),
             content.y + high * static_cast<float>(i / columns), wide, high};
    const Box caption = cut_bottom(cell, colours.label * 1.8F);
    const Box where =
        draw_event_frame(scene, inset(cell, colours.label * 0.4F), seen[i], colours, depth);
    scene.outline(inset(where, -1), colours.frame);
    scene.text({where.centre().x, where.bottom() + caption.height * 0.5F},
               fmt::format("{:.4g} \u2013 {:.4g} ms",
                           static_cast<double>(begin_of(i)) * trace.dt_ms,
                           static_cast<double>(begin_of(i + 1)) * trace.dt_ms), colours.label,
               colours.text, Align::centre);
  }
}
}  // namespace

Scene framed_picture(const PictureOptions& options, const SampleTrace* trace,
                     const std::function<void(Scene&, Box, const Theme&)>& draw) {
  const Theme colours = theme(options.theme);
  Scene scene = empty_page(options, colours);
  draw(scene, below_header(scene, trace, colours), colours);
  return scene;
}

Scene events_picture(const SampleTrace& trace, const PictureOptions& options,
                     const RasterView& view) {
  return framed_picture(options, &trace, [&](Scene& scene, Box box, const Theme& colours) {
    if (sensors_in_line(trace)) {  // frames of an ear would show no time: its channels over time
      RasterView channels = view;
      channels.populations = {
          static_cast<std::size_t>(input_population(trace) - trace.populations.data())};
      return draw_raster(scene, box, trace, colours, channels);
    }
    draw_strip(scene, box, trace, options, view, colours);
  });
}

void write_events_png(const SampleTrace& trace, const std::filesystem::path& path,
                      const PictureOptions& options) {
  write_png(events_picture(trace, options), path);
}

void write_raster_png(const SampleTrace& trace, const std::filesystem::path& path,
                      const PictureOptions& options) {
  write_png(framed_picture(options, &trace,
                           [&](Scene& scene, Box box, const Theme& colours) {
                             draw_raster(scene, box, trace, colours);
                           }), path);
}

void write_curves_png(const TrainingHistory& history, const std::filesystem::path& path,
                      const PictureOptions& options) {
  write_png(framed_picture(options, nullptr,
                           [&](Scene& scene, Box box, const Theme& colours) {
                             draw_curves(scene, box, history, colours);
                           }), path);
}

void write_confusion_png(const ConfusionMatrix& matrix, const std::filesystem::path& path,
                         const PictureOptions& options) {
  write_png(framed_picture(options, nullptr,
                           [&](Scene& scene, Box box, const Theme& colours) {
                             draw_confusion(scene, box, matrix, colours);
                           }), path);
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
