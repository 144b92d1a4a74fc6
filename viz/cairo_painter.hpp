// What draws a scene by cairo onto any of its surfaces. Private to viz: only the cairo_*.cpp files
// include it.
#pragma once

#include <cairo.h>

#include <cstdint>
#include <memory>

#include "viz/scene.hpp"

namespace volley {

namespace cairo {

/// Pixels of a picture's longer side at most.
inline constexpr int largest_side = 16384;

template <auto destroy>
struct Destroy {
  template <typename T>
  void operator()(T* object) const { destroy(object); }
};
using Surface = std::unique_ptr<cairo_surface_t, Destroy<cairo_surface_destroy>>;
using Context = std::unique_ptr<cairo_t, Destroy<cairo_destroy>>;
using FontOptions = std::unique_ptr<cairo_font_options_t, Destroy<cairo_font_options_destroy>>;

/// @throws Error where the status is not success
void check(cairo_status_t status, const char* doing);
/// cairo's ARGB32: native byte order, premultiplied.
std::uint32_t premultiplied(Colour colour);
/// The whole scene. @param vector the surface keeps shapes, not pixels. @throws Error as check()
void paint(const Scene& scene, cairo_surface_t* surface, bool vector);

}  // namespace cairo

}  // namespace volley
