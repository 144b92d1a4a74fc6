// The events panel: spikes before the play head accumulated to the picture a camera would give.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "viz/panels.hpp"

namespace volley {

namespace {
struct Grid {
  std::size_t columns = 0, rows = 0, channels = 1;
};

Grid grid_of(const Shape& shape) {
  const std::size_t neurons = shape.size();
  if (shape.flat() && shape.channels > 2) {
    const auto columns =
        static_cast<std::size_t>(std::ceil(std::sqrt(static_cast<double>(neurons))));
    return {columns, (neurons + columns - 1) / columns, 1};
  }
  return {static_cast<std::size_t>(shape.width), static_cast<std::size_t>(shape.height),
          static_cast<std::size_t>(shape.channels)};
}

EventFrame part_of(EventFrame frame, const SensorRegion& region) {
  if (region.columns == frame.columns && region.rows == frame.rows) return frame;
  EventFrame part{region.columns, region.rows, {}, {}};
  for (std::size_t row = region.row; row < region.row + region.rows; ++row) {
    const auto first = static_cast<std::ptrdiff_t>(row * frame.columns + region.column);
    const auto last = first + static_cast<std::ptrdiff_t>(region.columns);
    part.on.insert(part.on.end(), frame.on.begin() + first, frame.on.begin() + last);
    part.off.insert(part.off.end(), frame.off.begin() + first, frame.off.begin() + last);
  }
  return part;
}
}  // namespace

SensorRegion visible_sensor(const PopulationTrace& input, const EventsOptions& options) {
  const Grid grid = grid_of(input.shape);
  const double zoom = options.zoom >= 1 ? options.zoom : 1;
  const auto part = [zoom](std::size_t size, double centre, std::size_t& first) {
    const auto all = static_cast<double>(size);
    const double shown = std::min(all, std::max(2.0, std::ceil(all / zoom)));
    first = static_cast<std::size_t>(
        std::clamp(std::round(centre * all - shown / 2), 0.0, all - shown));
    return static_cast<std::size_t>(shown);
  };
  SensorRegion region;
  region.columns = part(grid.columns, options.centre_x, region.column);
  region.rows = part(grid.rows, options.centre_y, region.row);
  return region;
}

Box sensor_box(Box panel, const PopulationTrace& input, const EventsOptions& options,
               const Theme& theme) {
  Box content = panel_content(panel, theme);
  cut_left(content, theme.tick * 2);
  cut_bottom(content, theme.tick * 1.8F);
  const SensorRegion region = visible_sensor(input, options);
  return event_frame_box(content, region.columns, region.rows);
}

const PopulationTrace* input_population(const SampleTrace& trace) {
  for (const PopulationTrace& population : trace.populations)
    if (population.kind == NeuronKind::input) return &population;
  return nullptr;
}

EventFrame accumulate_events(const PopulationTrace& input, double dt_ms, double head_ms,
                             const EventsOptions& options) {
  const Grid grid = grid_of(input.shape);
  EventFrame frame{grid.columns, grid.rows, {}, {}};
  frame.on.assign(grid.columns * grid.rows, 0.0F);
  frame.off.assign(grid.columns * grid.rows, 0.0F);
  if (input.spikes.steps == 0 || !(dt_ms > 0) || !std::isfinite(head_ms)) return frame;
  const double last_step = static_cast<double>(input.spikes.steps) - 1;
  const double head = std::clamp(std::floor(head_ms / dt_ms + 1e-9), 0.0, last_step);
  const double steps_back = std::max(1.0, std::ceil(options.window_ms / dt_ms - 1e-9));
  const auto newest = static_cast<std::uint32_t>(head);
  const auto oldest = static_cast<std::uint32_t>(std::max(0.0, head - steps_back + 1));
  for (std::uint32_t step = oldest; step <= newest; ++step) {
    const double age_ms = (newest - step) * dt_ms;
    const auto weight =
        static_cast<float>(options.decay_ms > 0 ? std::exp(-age_ms / options.decay_ms) : 1.0);
    for (const std::uint32_t index : input.spikes.step(step)) {
      const std::size_t pixel = index / grid.channels;
      if (pixel >= frame.on.size()) continue;
      const bool is_off = grid.channels == 2 && index % 2 == 0;
      (is_off ? frame.off : frame.on)[pixel] += weight;
    }
  }
  return frame;
}

Box event_frame_box(Box box, std::size_t columns, std::size_t rows) {
  if (box.empty() || columns == 0 || rows == 0) return {box.x, box.y, 0, 0};
  if (rows == 1) return snapped(box);  // a line of sensors (an ear): as high as there is room
  const auto across = static_cast<float>(columns), down = static_cast<float>(rows);
  float pixel = std::min(box.width / across, box.height / down);
  if (pixel >= 1) pixel = std::floor(pixel);
  const float width = pixel * across, height = pixel * down;
  return {std::round(box.x + (box.width - width) / 2),
          std::round(box.y + (box.height - height) / 2), width, height};
}

Box draw_event_frame(Scene& scene, Box box, const EventFrame& frame, const Theme& theme,
                     double depth) {
  const Box where = event_frame_box(box, frame.columns, frame.rows);
  std::vector<Colour> pixels(frame.on.size());
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    const double on = frame.on[i], off = frame.off[i];
    const double both = on + off;
    const Colour hue = both > 0 ? mix(theme.off, theme.on, on / both) : theme.background;
    pixels[i] = mix(theme.background, hue, 1 - std::exp(-depth * both));
  }
  scene.picture(where, frame.columns, frame.rows, std::move(pixels));
  return where;
}

void draw_events(Scene& scene, Box box, const SampleTrace& trace, const EventsOptions& options,
                 const Theme& theme) {
  const PopulationTrace* input = input_population(trace);
  std::vector<LegendEntry> legend;
  if (input != nullptr && input->shape.channels == 2)
    legend = {{"ON", theme.on}, {"OFF", theme.off}};
  std::string note = fmt::format("last {:g} ms", options.window_ms);
  if (options.zoom > 1) note += fmt::format(", {:.3g} times", options.zoom);
  const Box content = draw_panel(scene, box, "events", note, legend, theme);
  if (input == nullptr) return draw_absent(scene, content, "no input", theme);
  const SensorRegion region = visible_sensor(*input, options);
  const Box where = sensor_box(box, *input, options, theme);
  if (where.empty()) return;
  scene.fill(where, theme.background);
  scene.outline(inset(where, -1), theme.frame);
  const auto left = static_cast<double>(region.column), top = static_cast<double>(region.row);
  const auto across = static_cast<double>(region.columns), down = static_cast<double>(region.rows);
  const char* const label = region.rows == 1 ? "channel" : "x (px)";
  draw_x_axis(scene, where, {left, left + across, label, true}, theme, false);
  const Plot plot{where, {}, {top, top + down, "", true}};
  if (region.rows == 1) return;
  // Rows count downwards from the top left corner, as the sensor does.
  for (const double row : round_ticks(top, top + down,
                                      std::max(1, static_cast<int>(where.height / theme.tick / 5)),
                                      true).values) {
    const float y = where.y + where.bottom() - plot.y_of(row);
    scene.text({where.x - theme.tick * 0.4F, y}, tick_label(row, 1), theme.tick, theme.faint,
               Align::right);
  }
}

void draw_events_at_head(Scene& scene, Box box, const SampleTrace& trace, double head_ms,
                         const EventsOptions& options, const Theme& theme) {
  const PopulationTrace* input = input_population(trace);
  if (input == nullptr) return;
  const Box where = sensor_box(box, *input, options, theme);
  if (!where.empty())
    draw_event_frame(scene, where,
                     part_of(accumulate_events(*input, trace.dt_ms, head_ms, options),
                             visible_sensor(*input, options)), theme);
}

std::optional<Hit> events_hit(Box box, const SampleTrace& trace, Point point, const Theme& theme,
                              const EventsOptions& options) {
  const PopulationTrace* input = input_population(trace);
  if (input == nullptr) return std::nullopt;
  const Box where = sensor_box(box, *input, options, theme);
  if (where.empty() || !where.holds(point)) return std::nullopt;
  const SensorRegion region = visible_sensor(*input, options);
  const Grid grid = grid_of(input->shape);
  const auto cell = [](float at, float length, std::size_t cells) {
    return std::min(cells - 1,
                    static_cast<std::size_t>(at / length * static_cast<float>(cells)));
  };
  const std::size_t x = region.column + cell(point.x - where.x, where.width, region.columns);
  const std::size_t y = region.row + cell(point.y - where.y, where.height, region.rows);
  Hit hit;
  hit.population = static_cast<std::size_t>(input - trace.populations.data());
  hit.first_neuron = (y * grid.columns + x) * grid.channels;
  hit.neurons = grid.channels;
  if (hit.first_neuron >= input->shape.size()) return std::nullopt;  // the rest of the last row
  hit.words = fmt::format("{}, x {}, y {}", input->name, x, y);
  return hit;
}

}  // namespace volley
