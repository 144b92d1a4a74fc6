#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sim/float_scatter_kernel.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h

#include <hwy/highway.h>

#include "sim/float_scatter_kernel.hpp"
#include "sim/window_kernel-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace volley::HWY_NAMESPACE {

/// Adds one kernel row's weights of every spike of some. @param Width of the kernel; 0: any
/// @param above the weights of kernel rows above the first that the target row has
template <std::size_t Width, std::size_t Tiles>
HWY_ATTR HWY_INLINE void scatter_spikes(const FloatScatterRows& map, const ScatterSpike* spikes,
                                        const ScatterSpike* end, std::size_t above) {
  const Floats tag;
  const std::size_t lanes = hn::Lanes(tag);
  const std::size_t columns = Tiles != 0 ? Tiles * window_tile : map.columns;
  const std::size_t run = (Width != 0 ? Width : map.kernel_width) * columns;
  for (; spikes < end; ++spikes) {
    const float* HWY_RESTRICT from = map.placed + (spikes->weights - above);
    float* HWY_RESTRICT to = map.row + spikes->target;
    for (std::size_t i = 0; i < run; i += lanes)
      hn::Store(hn::Add(hn::Load(tag, to + i), hn::Load(tag, from + i)), tag, to + i);
  }
}

/// Map and taker are copies, so that no store may change what they hold.
template <std::size_t Width, std::size_t Tiles, class Taker>
HWY_ATTR void scatter_rows(const FloatScatterRows map, Taker taker, std::size_t steps) {
  const Floats tag;
  const std::size_t lanes = hn::Lanes(tag);
  const std::size_t columns = Tiles != 0 ? Tiles * window_tile : map.columns;
  const std::size_t kernel_row = map.kernel_width * columns;
  const std::size_t room = (map.width + 2 * (map.kernel_width - 1)) * columns;
  const float* const currents = map.row + (map.kernel_width - 1) * columns;
  for (std::size_t y = 0; y < map.height; ++y) {
    for (std::size_t at = 0; at < steps; ++at) {
      const ScatterStep& step = map.steps[at];
      for (std::size_t i = 0; i < room; i += lanes) hn::Store(hn::Zero(tag), tag, map.row + i);
      scatter_spikes<Width, Tiles>(map, step.spikes + step.row_begin[y],
                                   step.spikes + step.row_begin[y + map.kernel_height],
                                   y * kernel_row);
      for (std::size_t x = 0; x < map.width; ++x)
        for (std::size_t c = 0; c < columns; c += lanes)
          taker.take(x, c, hn::Load(tag, currents + x * columns + c), at);
    }
    taker.end_row(0, steps);
  }
}

struct ScatterRows {
  const FloatScatterRows& map;

  template <std::size_t Tiles, class Taker>
  HWY_ATTR void operator()(const Taker& taker, std::span<WindowStep> steps) const {
    if (map.kernel_width == 3) return scatter_rows<3, Tiles>(map, taker, steps.size());
    if (map.kernel_width == 5) return scatter_rows<5, Tiles>(map, taker, steps.size());
    scatter_rows<0, Tiles>(map, taker, steps.size());
  }
};

HWY_ATTR void SweepFloatScatter(const SweepRow& row, const FloatScatterRows& map,
                                std::span<WindowStep> steps) {
  sweep_windows(row, {map.height, map.width, map.columns}, map.masks, steps, ScatterRows{map});
}

}  // namespace volley::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace volley {

HWY_EXPORT(SweepFloatScatter);

void sweep_float_scatter(const SweepRow& row, const FloatScatterRows& map,
                         std::span<WindowStep> steps) {
  HWY_DYNAMIC_DISPATCH(SweepFloatScatter)(row, map, steps);
}

}  // namespace volley
#endif  // HWY_ONCE
