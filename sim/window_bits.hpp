// What the windows of a convolution see of a map of spikes kept as bits: its kernel rows end to
// end, in words of 32 bits. Owns the packing; must not know weights or time.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "base/aligned.hpp"
#include "sim/plan.hpp"

namespace volley {

/// Columns and positions are padded to so many for kernels of windows.
inline constexpr std::size_t window_tile = 16;
inline constexpr std::size_t window_padded(std::size_t count) {
  return (count + window_tile - 1) / window_tile * window_tile;
}

/// A piece of a window's word: (segment << left) >> right, one of the two being 0.
struct WindowPart {
  std::size_t offset;  ///< of the segments' word, from the first row of the window on
  int left, right;
};

/// How the windows of one projection are made. Bit (ky * kernel_width + kx) * channels + channel of
/// a window is the spike that takes the weight [channel][ky][kx].
struct WindowPlan {
  std::size_t words = 0;                    ///< of a window; 0: no such windows
  std::vector<WindowPart> parts;
  std::vector<std::uint32_t> part_offsets;  ///< by word of a window, plus one

  bool empty() const { return words == 0; }
};

/// Empty for anything but an ungrouped conv2d without dilation.
WindowPlan make_window_plan(const PlanProjection& projection);

/// Steps that a kernel may take together, row by row, so that membranes stay in cache.
inline constexpr std::size_t most_window_steps = 8;

/// One step's spikes. What a window sees of one row of the map is a segment, the same for every
/// window that has the row.
struct WindowStep {
  std::span<const std::uint64_t> spikes;    ///< of a map of the projection's source, as bits
  std::span<const std::uint32_t> list;      ///< the same as a list, where that is wanted instead
  std::uint64_t* bits = nullptr;            ///< gets the target's spikes, where neurons step
  const std::uint32_t* segments = nullptr;  ///< [row, borders included][segment_words][positions]
  std::uint64_t arrivals = 0;               ///< set to the sum of the spikes in all windows
};

/// What the steps of one projection have in common.
struct WindowBits {
  std::size_t words;
  const WindowPart* parts;
  const std::uint32_t* part_offsets;
  std::size_t segment_words;
  std::size_t positions;          ///< the target's width padded; segments behind it are 0
  std::uint32_t* windows;         ///< scratch: [step][words][positions]
  float* counts;                  ///< scratch: [step][positions]
  std::size_t step;               ///< rows of the map between two windows
  std::size_t height, width;      ///< of the target map
  std::size_t kernel_height, segment_bits;
};

/// One object per thread and projection: between projections of other shapes it begins anew.
class WindowCutter {
public:
  /// Fills in the segments, valid as the rest until the next call.
  WindowBits cut(const PlanProjection& projection, const WindowPlan& plan,
                 std::span<WindowStep> steps);

private:
  std::vector<std::uint64_t> map_;          ///< one step's spikes, borders included
  std::array<std::size_t, 4> shape_ = {};   ///< of segments_
  std::vector<AlignedVector<std::uint32_t>> segments_;  ///< by step
  AlignedVector<std::uint32_t> windows_;    ///< see WindowBits, as the next
  AlignedVector<float> counts_;
};

}  // namespace volley
