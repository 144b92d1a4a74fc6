// Scenes drawn by cairo into memory or a PNG file: no display is needed.
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

}  // namespace volley
