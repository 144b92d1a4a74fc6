#include "viz/cairo_surface.hpp"

#include <cairo.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <string>

#include "base/atomic_file.hpp"
#include "base/error.hpp"
#include "viz/fonts.hpp"

namespace volley {

namespace {
constexpr int largest_side = 16384;

template <auto destroy>
struct Destroy {
  template <typename T>
  void operator()(T* object) const { destroy(object); }
};
using Surface = std::unique_ptr<cairo_surface_t, Destroy<cairo_surface_destroy>>;
using Context = std::unique_ptr<cairo_t, Destroy<cairo_destroy>>;
using FontOptions = std::unique_ptr<cairo_font_options_t, Destroy<cairo_font_options_destroy>>;

void check(cairo_status_t status, const char* doing) {
  if (status != CAIRO_STATUS_SUCCESS)
    throw Error(std::string("cannot draw a picture: ") + cairo_status_to_string(status), doing);
}

/// cairo's ARGB32: native byte order, premultiplied.
std::uint32_t premultiplied(Colour colour) {
  const auto part = [&](std::uint8_t value) {
    return static_cast<std::uint32_t>((value * colour.alpha + 127) / 255);
  };
  return static_cast<std::uint32_t>(colour.alpha) << 24U | part(colour.red) << 16U |
         part(colour.green) << 8U | part(colour.blue);
}

class Painter {
public:
  explicit Painter(cairo_t* context) : context_(context) {}

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
    // One fill per dot: boxes on whole pixels are fast, a path of thousands is not.
    for (const Point centre : dots.centres) {
      cairo_rectangle(context_, std::round(centre.x - side / 2), std::round(centre.y - side / 2),
                      side, side);
      cairo_fill(context_);
    }
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
};

Surface draw(const Scene& scene) {
  if (scene.width < 1 || scene.height < 1 || scene.width > largest_side ||
      scene.height > largest_side)
    throw Error(fmt::format("a picture of {} x {} pixels cannot be drawn", scene.width,
                            scene.height), "picture size",
                fmt::format("choose a width and height of 1 to {} pixels", largest_side));
  find_fonts();  // cairo would leave out the text without a word
  Surface surface(cairo_image_surface_create(CAIRO_FORMAT_RGB24, scene.width, scene.height));
  check(cairo_surface_status(surface.get()), "surface");
  const Context context(cairo_create(surface.get()));
  const FontOptions options(cairo_font_options_create());
  cairo_font_options_set_antialias(options.get(), CAIRO_ANTIALIAS_GRAY);
  cairo_font_options_set_hint_style(options.get(), CAIRO_HINT_STYLE_SLIGHT);
  cairo_font_options_set_hint_metrics(options.get(), CAIRO_HINT_METRICS_OFF);
  cairo_set_font_options(context.get(), options.get());
  Painter paint(context.get());
  paint(Fill{scene.page(), scene.background});
  for (const Primitive& item : scene.items) std::visit(paint, item);
  check(cairo_status(context.get()), "scene");
  cairo_surface_flush(surface.get());
  return surface;
}

void write_surface(cairo_surface_t* surface, const std::filesystem::path& path) {
  AtomicFile file(path);
  const cairo_status_t status =
      cairo_surface_write_to_png(surface, file.temporary().string().c_str());
  if (status != CAIRO_STATUS_SUCCESS)
    throw Error(std::string("cannot write the picture: ") + cairo_status_to_string(status),
                path.string(), "check that the folder can be written and the disk is not full");
  file.commit();
}
}  // namespace

Pixels render(const Scene& scene) {
  const Surface surface = draw(scene);
  Pixels pixels{scene.width, scene.height, {}};
  pixels.rgba.reserve(static_cast<std::size_t>(scene.width) *
                      static_cast<std::size_t>(scene.height) * 4);
  const unsigned char* data = cairo_image_surface_get_data(surface.get());
  const int stride = cairo_image_surface_get_stride(surface.get());
  for (int y = 0; y < scene.height; ++y)
    for (int x = 0; x < scene.width; ++x) {
      std::uint32_t value = 0;
      std::memcpy(&value, data + static_cast<std::ptrdiff_t>(y) * stride + x * 4, 4);
      for (const unsigned shift : {16U, 8U, 0U})
        pixels.rgba.push_back(static_cast<std::uint8_t>(value >> shift));
      pixels.rgba.push_back(255);
    }
  return pixels;
}

void write_png(const Scene& scene, const std::filesystem::path& path) {
  write_surface(draw(scene).get(), path);
}

void write_png(const Pixels& pixels, const std::filesystem::path& path) {
  const Surface surface(
      cairo_image_surface_create(CAIRO_FORMAT_RGB24, pixels.width, pixels.height));
  check(cairo_surface_status(surface.get()), "surface");
  unsigned char* data = cairo_image_surface_get_data(surface.get());
  const int stride = cairo_image_surface_get_stride(surface.get());
  for (int y = 0; y < pixels.height; ++y)
    for (int x = 0; x < pixels.width; ++x) {
      Colour colour = pixels.at(x, y);
      colour.alpha = 255;
      const std::uint32_t value = premultiplied(colour);
      std::memcpy(data + static_cast<std::ptrdiff_t>(y) * stride + x * 4, &value, 4);
    }
  cairo_surface_mark_dirty(surface.get());
  write_surface(surface.get(), path);
}

}  // namespace volley
