#include "viz/cairo_surface.hpp"

#include <cairo-svg.h>
#include <cairo.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <string>

#include "base/atomic_file.hpp"
#include "base/error.hpp"
#include "viz/cairo_painter.hpp"
#include "viz/fonts.hpp"

namespace volley {

using namespace cairo;

namespace {
void check_size(const Scene& scene) {
  if (scene.width < 1 || scene.height < 1 || scene.width > largest_side ||
      scene.height > largest_side)
    throw Error(fmt::format("a picture of {} x {} pixels cannot be drawn", scene.width,
                            scene.height), "picture size",
                fmt::format("choose a width and height of 1 to {} pixels", largest_side));
  find_fonts();  // cairo would leave out the text without a word
}

Surface draw(const Scene& scene) {
  check_size(scene);
  Surface surface(cairo_image_surface_create(CAIRO_FORMAT_RGB24, scene.width, scene.height));
  paint(scene, surface.get(), false);
  return surface;
}

cairo_status_t append(void* text, const unsigned char* bytes, unsigned length) {
  static_cast<std::string*>(text)->append(reinterpret_cast<const char*>(bytes), length);
  return CAIRO_STATUS_SUCCESS;
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

void write_svg(const Scene& scene, const std::filesystem::path& path) {
  check_size(scene);
  std::string text;
  const Surface surface(
      cairo_svg_surface_create_for_stream(append, &text, scene.width, scene.height));
  check(cairo_surface_status(surface.get()), "surface");
  cairo_svg_surface_set_document_unit(surface.get(), CAIRO_SVG_UNIT_PX);
  paint(scene, surface.get(), true);
  cairo_surface_finish(surface.get());
  check(cairo_surface_status(surface.get()), "scene");
  write_file(path, text);
}

bool is_picture_name(const std::filesystem::path& path) {
  return path.extension() == ".png" || path.extension() == ".svg";
}

void write_picture(const Scene& scene, const std::filesystem::path& path) {
  if (!is_picture_name(path))
    throw Error("is no name of a picture", path.string(), "end it in .png or .svg");
  if (path.extension() == ".svg") write_svg(scene, path);
  else write_png(scene, path);
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
