#include "viz/cairo_painter.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>

#include "base/error.hpp"
#include "viz/cairo_surface.hpp"
#include "viz/fonts.hpp"

namespace volley::cairo {

void check(cairo_status_t status, const char* doing) {
  if (status != CAIRO_STATUS_SUCCESS)
    throw Error(std::string("cannot draw a picture: ") + cairo_status_to_string(status), doing);
}

std::uint32_t premultiplied(Colour colour) {
  const auto part = [&](std::uint8_t value) {
    return static_cast<std::uint32_t>((value * colour.alpha + 127) / 255);
  };
  return static_cast<std::uint32_t>(colour.alpha) << 24U | part(colour.red) << 16U |
         part(colour.green) << 8U | part(colour.blue);
}

namespace {
/// Many dots as a picture of their bounding box, a pixel for a pixel.
Picture as_picture(const Dots& dots) {
  const auto side = static_cast<int>(std::max(1.0F, std::round(dots.size)));
  const auto corner = [side](float centre) {
    return static_cast<int>(std::round(centre - static_cast<float>(side) / 2));
  };
  int left = largest_side, top = largest_side, right = 0, bottom = 0;
  for (const Point centre : dots.centres) {
    left = std::clamp(corner(centre.x), 0, left);
    top = std::clamp(corner(centre.y), 0, top);
    right = std::clamp(corner(centre.x) + side, right, largest_side);
    bottom = std::clamp(corner(centre.y) + side, bottom, largest_side);
  }
  Picture picture;
  if (right <= left || bottom <= top) return picture;
  picture.columns = static_cast<std::size_t>(right - left);
  picture.rows = static_cast<std::size_t>(bottom - top);
  picture.box = {static_cast<float>(left), static_cast<float>(top),
                 static_cast<float>(right - left), static_cast<float>(bottom - top)};
  picture.pixels.assign(picture.columns * picture.rows, Colour{0, 0, 0, 0});
  for (const Point centre : dots.centres)
    for (int y = std::max(top, corner(centre.y)); y < std::min(bottom, corner(centre.y) + side); ++y)
      for (int x = std::max(left, corner(centre.x)); x < std::min(right, corner(centre.x) + side);
           ++x)
        picture.pixels[static_cast<std::size_t>(y - top) * picture.columns +
                       static_cast<std::size_t>(x - left)] = dots.colour;
  return picture;
}

class Painter {
public:
  /// @param vector the surface keeps shapes, not pixels
  explicit Painter(cairo_t* context, bool vector = false) : context_(context), vector_(vector) {}

  void operator()(const Fill& fill) {
    const Box box = snapped(fill.box);
    colour(fill.colour);
    cairo_rectangle(context_, box.x, box.y, box.width, box.height);
    cairo_fill(context_);
  }

  void operator()(const Stroke& stroke) {
    if (stroke.points.size() < 2) return;
    colour(stroke.colour);
    cairo_new_path(context_);  // text leaves its end as the current point
    cairo_set_line_width(context_, stroke.width);
    cairo_set_line_join(context_, CAIRO_LINE_JOIN_ROUND);
    cairo_set_line_cap(context_, CAIRO_LINE_CAP_ROUND);
    for (const Point point : stroke.points) cairo_line_to(context_, point.x, point.y);
    cairo_stroke(context_);
  }

  void operator()(const Dots& dots) {
    colour(dots.colour);
    const float side = std::max(1.0F, std::round(dots.size));
    if (vector_ && dots.centres.size() > most_vector_dots) {
      if (const Picture picture = as_picture(dots); !picture.pixels.empty()) (*this)(picture);
      return;
    }
    // One fill per dot: boxes on whole pixels are fast, a path of thousands is not. A file is
    // smaller with one path.
    for (const Point centre : dots.centres) {
      cairo_rectangle(context_, std::round(centre.x - side / 2), std::round(centre.y - side / 2),
                      side, side);
      if (!vector_) cairo_fill(context_);
    }
    if (vector_) cairo_fill(context_);
  }

  void operator()(const Text& text) {
    colour(text.colour);
    cairo_select_font_face(context_, font_family, CAIRO_FONT_SLANT_NORMAL,
                           text.bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(context_, text.size);
    cairo_text_extents_t extents;
    cairo_text_extents(context_, text.text.c_str(), &extents);
    double x = text.anchor.x;
    if (text.align == Align::centre) x -= extents.x_advance / 2;
    if (text.align == Align::right) x -= extents.x_advance;
    // Capital letters of DejaVu Sans are 0.729 em high.
    cairo_move_to(context_, std::round(x), std::round(text.anchor.y + text.size * 0.3645));
    cairo_show_text(context_, text.text.c_str());
  }

  void operator()(const Picture& picture) {
    const auto columns = static_cast<int>(picture.columns), rows = static_cast<int>(picture.rows);
    const Surface image(cairo_image_surface_create(CAIRO_FORMAT_ARGB32, columns, rows));
    check(cairo_surface_status(image.get()), "image");
    unsigned char* data = cairo_image_surface_get_data(image.get());
    const int stride = cairo_image_surface_get_stride(image.get());
    for (int y = 0; y < rows; ++y)
      for (int x = 0; x < columns; ++x) {
        const std::uint32_t value = premultiplied(
            picture.pixels[static_cast<std::size_t>(y) * picture.columns +
                           static_cast<std::size_t>(x)]);
        std::memcpy(data + static_cast<std::ptrdiff_t>(y) * stride + x * 4, &value, 4);
      }
    cairo_surface_mark_dirty(image.get());
    cairo_save(context_);
    cairo_translate(context_, picture.box.x, picture.box.y);
    cairo_scale(context_, static_cast<double>(picture.box.width) / columns,
                static_cast<double>(picture.box.height) / rows);
    cairo_set_source_surface(context_, image.get(), 0, 0);
    cairo_pattern_set_filter(cairo_get_source(context_), CAIRO_FILTER_NEAREST);
    cairo_pattern_set_extend(cairo_get_source(context_), CAIRO_EXTEND_PAD);
    cairo_rectangle(context_, 0, 0, columns, rows);
    cairo_fill(context_);
    cairo_restore(context_);
  }

  void operator()(const Clip& clip) {
    cairo_reset_clip(context_);
    if (!clip.on) return;
    cairo_rectangle(context_, clip.box.x, clip.box.y, clip.box.width, clip.box.height);
    cairo_clip(context_);
  }

private:
  void colour(Colour c) {
    cairo_set_source_rgba(context_, c.red / 255.0, c.green / 255.0, c.blue / 255.0,
                          c.alpha / 255.0);
  }

  cairo_t* context_;
  bool vector_;
};
}  // namespace

void paint(const Scene& scene, cairo_surface_t* surface, bool vector) {
  check(cairo_surface_status(surface), "surface");
  const Context context(cairo_create(surface));
  const FontOptions options(cairo_font_options_create());
  cairo_font_options_set_antialias(options.get(), CAIRO_ANTIALIAS_GRAY);
  cairo_font_options_set_hint_style(options.get(),
                                    vector ? CAIRO_HINT_STYLE_NONE : CAIRO_HINT_STYLE_SLIGHT);
  cairo_font_options_set_hint_metrics(options.get(), CAIRO_HINT_METRICS_OFF);
  cairo_set_font_options(context.get(), options.get());
  Painter painter(context.get(), vector);
  painter(Fill{scene.page(), scene.background});
  for (const Primitive& item : scene.items) std::visit(painter, item);
  check(cairo_status(context.get()), "scene");
  cairo_surface_flush(surface);
}

}  // namespace volley::cairo
