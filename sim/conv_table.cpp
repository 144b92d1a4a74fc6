#include "sim/conv_table.hpp"

namespace volley {

ConvTable make_conv_table(const Projection& projection, const Shape& source, const Shape& target) {
  ConvTable table;
  if (projection.kind == ProjectionKind::dense || projection.kind == ProjectionKind::flatten)
    return table;
  table.offsets.reserve(source.area() + 1);
  table.offsets.push_back(0);
  for (int y = 0; y < source.height; ++y) {
    for (int x = 0; x < source.width; ++x) {
      // Descending taps give ascending targets.
      for (int ky = projection.kernel_height - 1; ky >= 0; --ky) {
        const int shifted_y = y + projection.padding - ky;
        if (shifted_y < 0 || shifted_y % projection.stride != 0) continue;
        const int target_y = shifted_y / projection.stride;
        if (target_y >= target.height) continue;
        for (int kx = projection.kernel_width - 1; kx >= 0; --kx) {
          const int shifted_x = x + projection.padding - kx;
          if (shifted_x < 0 || shifted_x % projection.stride != 0) continue;
          const int target_x = shifted_x / projection.stride;
          if (target_x >= target.width) continue;
          table.reaches.push_back(
              {static_cast<std::uint32_t>(target_y * target.width + target_x),
               static_cast<std::uint32_t>(ky * projection.kernel_width + kx)});
        }
      }
      table.offsets.push_back(static_cast<std::uint32_t>(table.reaches.size()));
    }
  }
  return table;
}

}  // namespace volley
