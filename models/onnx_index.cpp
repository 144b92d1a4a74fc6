#include "models/onnx_index.hpp"

namespace volley {

namespace {

/// First source neuron of the position that a target position meets through a tap; -1 over the
/// border.
std::int64_t met(const StepLink& link, std::size_t target, int ky, int kx) {
  const Projection& spec = link.spec;
  const bool conv = spec.kind == ProjectionKind::conv2d;
  const PerAxis padding = conv ? spec.padding : 0, dilation = conv ? spec.dilation : 1;
  const int width = link.target_shape.width, at = static_cast<int>(target);
  const int y = at / width * spec.stride.height + ky * dilation.height - padding.height;
  const int x = at % width * spec.stride.width + kx * dilation.width - padding.width;
  if (y < 0 || x < 0 || y >= link.source_shape.height || x >= link.source_shape.width) return -1;
  return std::int64_t{y * link.source_shape.width + x} * link.source_shape.channels;
}

}  // namespace

std::vector<std::int32_t> window_places(const StepLink& link) {
  const auto none = static_cast<std::int32_t>(link.source_shape.size());
  std::vector<std::int32_t> places;
  for (std::size_t target = 0; target < link.target_shape.area(); ++target)
    for (int c = 0; c < link.source_shape.channels; ++c)
      for (int ky = 0; ky < link.spec.kernel_height; ++ky)
        for (int kx = 0; kx < link.spec.kernel_width; ++kx) {
          const std::int64_t first = met(link, target, ky, kx);
          places.push_back(first < 0 ? none : static_cast<std::int32_t>(first + c));
        }
  return places;
}

ConvRows conv_rows(const StepLink& link) {
  const auto none = static_cast<std::int32_t>(link.source_shape.size());
  const auto channels = static_cast<std::size_t>(link.source_shape.channels);
  const std::size_t per_source = channels / link.groups, per_target = link.columns / link.groups;
  const auto taps = static_cast<std::size_t>(link.spec.kernel_height) *
                    static_cast<std::size_t>(link.spec.kernel_width);
  ConvRows result;
  result.rows = taps * channels;
  for (std::size_t tap = 0; tap < taps; ++tap)
    for (std::size_t c = 0; c < channels; ++c) {
      const std::size_t row = c % per_source * taps + tap;
      for (std::size_t column = 0; column < link.columns; ++column)
        result.weights.push_back(column / per_target == c / per_source
                                     ? link.weights[row * link.columns + column]
                                     : 0.0f);
      for (std::size_t target = 0; target < link.target_shape.area(); ++target) {
        const std::int64_t first =
            met(link, target, static_cast<int>(tap) / link.spec.kernel_width,
                static_cast<int>(tap) % link.spec.kernel_width);
        result.places.push_back(
            first < 0 ? none : static_cast<std::int32_t>(first + static_cast<std::int64_t>(c)));
      }
    }
  return result;
}

}  // namespace volley
