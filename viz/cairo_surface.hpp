// Scenes drawn by cairo into memory, a PNG or an SVG file: no display is needed.
#pragma once

#include <filesystem>

#include "viz/pixels.hpp"
#include "viz/scene.hpp"

namespace volley {

/// Draws a scene. The same scene gives the same pixels with the same fonts installed.
/// @throws Error for a scene without area or wider or higher than 16384 pixels, or where no font
/// is installed.
Pixels render(const Scene& scene);

/// render() and write_png() in one.
void write_png(const Scene& scene, const std::filesystem::path& path);

/// The same picture as SVG: texts as outlines of their glyphs, so that it looks the same without the
/// font; pictures embedded as PNG, and so are more than most_vector_dots of dots, which keeps the
/// file of a large raster small. @throws Error as render() and write_png() do
void write_svg(const Scene& scene, const std::filesystem::path& path);
inline constexpr std::size_t most_vector_dots = 2000;

/// As PNG or SVG, by the file's extension. @throws Error for another extension, and as these do
void write_picture(const Scene& scene, const std::filesystem::path& path);
/// Whether write_picture takes the file's name.
bool is_picture_name(const std::filesystem::path& path);

}  // namespace volley
