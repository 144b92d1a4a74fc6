// A convolution on a map with a border of zeros: every source position then sees a whole window of
// targets, wherever it lies. Owns that geometry and the gradients that read it; must not know
// networks' dynamics.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "sim/conv_runs.hpp"

namespace volley {

/// Source positions of the same remainders of the stride see windows of the same shape.
struct WindowKind {
  std::size_t rows = 0, length = 0;   ///< target positions; 0 where no tap reaches anything
  std::vector<std::uint32_t> place;   ///< of the first tap of each row, top row first
};

struct ConvWindows {
  std::size_t channels = 0, columns = 0, taps = 0;
  std::size_t source_width = 0, source_height = 0, stride_width = 1;
  std::size_t target_width = 0, target_height = 0;
  std::size_t width = 0, height = 0;  ///< of the map with its border
  std::size_t left = 0, top = 0;      ///< where the targets begin in it
  std::vector<WindowKind> kinds;
  std::vector<std::uint32_t> corner, kind;  ///< by source position: the window's first position

  bool empty() const { return corner.empty(); }
  /// Values of a map with its border, and as many more as kernels may read behind it.
  std::size_t map_size() const { return width * height * columns + 64; }
};

/// Empty for a dilated or grouped convolution. @param runs whose order of taps is used
ConvWindows make_conv_windows(const Projection& projection, const Shape& source,
                              const Shape& target, const ConvRuns& runs);

/// A map [target positions][columns] with its border, written to `bordered` [map_size()].
template <class Real>
void add_border(const ConvWindows& windows, const Real* map, Real* bordered);

/// Of one row, what gather_runs does: adds what each spike sees of the map to placed
/// [channel][place][columns], in the order of spikes.
template <class Real>
void gather_windows(const ConvWindows& windows, std::span<const std::uint32_t> spikes,
                    const Real* bordered, Real* placed);

/// Weights [place][columns][channels] from [channel][tap][columns].
template <class Real>
void place_sources(const ConvRuns& runs, std::span<const Real> weights, std::size_t columns,
                   std::vector<Real>& placed);

/// Adds to a row [source positions][channels] the window of each source through place_sources'
/// weights.
template <class Real>
void add_source_gradient(const ConvWindows& windows, const Real* placed, const Real* bordered,
                         Real* row);

}  // namespace volley
