#include "sim/conv_table.hpp"

namespace volley {

namespace {
void find_only_targets(ConvTable& table) {
  for (std::size_t position = 0; position + 1 < table.offsets.size(); ++position) {
    const auto reaches = table.from(position);
    if (reaches.size() > 1) {
      table.only.clear();
      return;
    }
    table.only.push_back(reaches.empty() ? ConvTable::nowhere : reaches.front().target);
  }
}
}  // namespace

ConvTable make_conv_table(const Projection& projection, const Shape& source, const Shape& target) {
  ConvTable table;
  const ProjectionKind kind = projection.kind;
  if (kind == ProjectionKind::dense || kind == ProjectionKind::flatten ||
      kind == ProjectionKind::concat)
    return table;
  table.offsets.reserve(source.area() + 1);
  table.offsets.push_back(0);
  if (kind == ProjectionKind::one_to_one || kind == ProjectionKind::identity) {
    for (std::uint32_t position = 0; position < source.area(); ++position) {
      table.reaches.push_back({position, 0});
      table.offsets.push_back(position + 1);
    }
    return table;
  }
  const bool conv = kind == ProjectionKind::conv2d;
  const PerAxis padding = conv ? projection.padding : 0, stride = projection.stride;
  const PerAxis dilation = conv ? projection.dilation : 1;
  for (int y = 0; y < source.height; ++y) {
    for (int x = 0; x < source.width; ++x) {
      // Descending taps give ascending targets.
      for (int ky = projection.kernel_height - 1; ky >= 0; --ky) {
        const int shifted_y = y + padding.height - ky * dilation.height;
        if (shifted_y < 0 || shifted_y % stride.height != 0) continue;
        const int target_y = shifted_y / stride.height;
        if (target_y >= target.height) continue;
        for (int kx = projection.kernel_width - 1; kx >= 0; --kx) {
          const int shifted_x = x + padding.width - kx * dilation.width;
          if (shifted_x < 0 || shifted_x % stride.width != 0) continue;
          const int target_x = shifted_x / stride.width;
          if (target_x >= target.width) continue;
          table.reaches.push_back(
              {static_cast<std::uint32_t>(target_y * target.width + target_x),
               static_cast<std::uint32_t>(ky * projection.kernel_width + kx)});
        }
      }
      table.offsets.push_back(static_cast<std::uint32_t>(table.reaches.size()));
    }
  }
  find_only_targets(table);
  return table;
}

ConvTable transposed(const ConvTable& table, std::size_t targets) {
  ConvTable result;
  if (table.offsets.empty()) return result;
  result.offsets.assign(targets + 1, 0);
  for (const ConvReach reach : table.reaches) ++result.offsets[reach.target + 1];
  for (std::size_t target = 0; target < targets; ++target)
    result.offsets[target + 1] += result.offsets[target];
  result.reaches.resize(table.reaches.size());
  std::vector<std::uint32_t> next(result.offsets.begin(), result.offsets.end() - 1);
  for (std::uint32_t source = 0; source + 1 < table.offsets.size(); ++source)
    for (const ConvReach reach : table.from(source))
      result.reaches[next[reach.target]++] = {source, reach.tap};
  return result;
}

}  // namespace volley
