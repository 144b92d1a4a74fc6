// A finished picture in memory and its way into a PNG file. Must not know what it shows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <vector>

#include "viz/scene.hpp"

namespace volley {

/// RGBA, 8 bits each, not premultiplied, top row first.
struct Pixels {
  int width = 0, height = 0;
  std::vector<std::uint8_t> rgba;

  Colour at(int x, int y) const {
    const std::size_t i = (static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                           static_cast<std::size_t>(x)) * 4;
    return {rgba[i], rgba[i + 1], rgba[i + 2], rgba[i + 3]};
  }
};

/// Writes an opaque PNG (alpha is dropped), whole or not at all; the same pixels give the same
/// bytes. @throws Error where the file cannot be written.
void write_png(const Pixels& pixels, const std::filesystem::path& path);

}  // namespace volley
