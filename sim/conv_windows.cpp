// Both gradients are products of kernels that know nothing of convolutions: rows of windows overlap
// in memory as they do on the map.
#include "sim/conv_windows.hpp"

#include <hwy/base.h>

#include <algorithm>

#include "sim/channel_division.hpp"
#include "sim/row_product.hpp"
#include "sim/sparse_product.hpp"

namespace volley {

namespace {

/// One axis: tap k of source p reaches target (p + padding - k) / stride where that is whole.
struct Axis {
  std::size_t kernel, stride, padding, source, target;

  std::size_t remainder(std::size_t p) const { return (p + padding) % stride; }
  /// Taps of that remainder: remainder, remainder + stride, ...
  std::size_t taps(std::size_t remainder) const {
    return remainder < kernel ? (kernel - remainder + stride - 1) / stride : 0;
  }
  std::size_t border() const { return taps(0) - 1; }
  std::size_t extent() const {
    return std::max((source - 1 + padding) / stride + 1, target) + border();
  }
  /// First place of the window of p on the bordered axis.
  std::size_t first(std::size_t p) const {
    return (p + padding) / stride + taps(0) - std::max<std::size_t>(taps(remainder(p)), 1);
  }
};

}  // namespace

ConvWindows make_conv_windows(const Projection& projection, const Shape& source,
                              const Shape& target, const ConvRuns& runs) {
  ConvWindows result;
  if (projection.groups != 1 || projection.dilation.width != 1 || projection.dilation.height != 1)
    return result;
  const auto size = [](int value) { return static_cast<std::size_t>(value); };
  const Axis x{size(projection.kernel_width), size(projection.stride.width),
               size(projection.padding.width), size(source.width), size(target.width)};
  const Axis y{size(projection.kernel_height), size(projection.stride.height),
               size(projection.padding.height), size(source.height), size(target.height)};
  result.channels = size(source.channels);
  result.columns = size(target.channels);
  result.taps = x.kernel * y.kernel;
  result.source_width = x.source;
  result.source_height = y.source;
  result.stride_width = x.stride;
  result.target_width = x.target;
  result.target_height = y.target;
  result.left = x.border();
  result.top = y.border();
  result.width = x.extent();
  result.height = y.extent();
  for (std::size_t remainder_y = 0; remainder_y < y.stride; ++remainder_y)
    for (std::size_t remainder_x = 0; remainder_x < x.stride; ++remainder_x) {
      WindowKind kind;
      kind.length = x.taps(remainder_x);
      kind.rows = kind.length == 0 ? 0 : y.taps(remainder_y);
      if (kind.rows == 0) kind.length = 0;
      // Ascending targets are descending taps.
      for (std::size_t row = kind.rows; row-- > 0;)
        kind.place.push_back(runs.place[(remainder_y + row * y.stride) * x.kernel + remainder_x +
                                        (kind.length - 1) * x.stride]);
      result.kinds.push_back(std::move(kind));
    }
  for (std::size_t row = 0; row < y.source; ++row)
    for (std::size_t column = 0; column < x.source; ++column) {
      result.corner.push_back(
          static_cast<std::uint32_t>(y.first(row) * result.width + x.first(column)));
      result.kind.push_back(
          static_cast<std::uint32_t>(y.remainder(row) * x.stride + x.remainder(column)));
    }
  return result;
}

template <class Real>
void add_border(const ConvWindows& windows, const Real* map, Real* bordered) {
  const std::size_t columns = windows.columns, own = windows.target_width * columns;
  Real* at = bordered;
  for (std::size_t y = 0; y < windows.target_height; ++y) {
    Real* row = bordered + ((windows.top + y) * windows.width + windows.left) * columns;
    std::fill(at, row, Real(0));
    at = std::copy_n(map + y * own, own, row);
  }
  std::fill(at, bordered + windows.map_size(), Real(0));
}

template <class Real>
void gather_windows(const ConvWindows& windows, std::span<const std::uint32_t> spikes,
                    const Real* bordered, Real* placed) {
  // Spikes sorted by the kind of their windows and by channel: each such list is one sum.
  thread_local std::vector<std::uint32_t> room;
  thread_local std::vector<std::span<const std::uint32_t>> lists;
  const std::size_t channels = windows.channels, columns = windows.columns;
  const std::size_t kinds = windows.kinds.size();
  room.resize(3 * spikes.size() + kinds * channels + 1);
  lists.resize(kinds * channels);
  std::uint32_t* HWY_RESTRICT const list_of = room.data();  // by spike
  std::uint32_t* HWY_RESTRICT const corner_of = list_of + spikes.size();
  std::uint32_t* HWY_RESTRICT const corners = corner_of + spikes.size();
  std::uint32_t* HWY_RESTRICT const ends = corners + spikes.size();
  const std::uint32_t* const corner = windows.corner.data();
  const std::uint32_t* const kind_at = windows.kind.data();
  const ChannelDivision by(channels);
  std::fill_n(ends, kinds * channels + 1, 0u);
  for (std::size_t k = 0; k < spikes.size(); ++k) {
    const std::size_t position = by.quotient(spikes[k]);
    list_of[k] = static_cast<std::uint32_t>((kind_at[position] - position) * channels + spikes[k]);
    corner_of[k] = corner[position];
    ++ends[list_of[k] + 1];
  }
  for (std::size_t i = 0; i < kinds * channels; ++i) {
    ends[i + 1] += ends[i];
    lists[i] = {corners + ends[i], ends[i + 1] - ends[i]};
  }
  for (std::size_t k = 0; k < spikes.size(); ++k) corners[ends[list_of[k]]++] = corner_of[k];
  const std::size_t block = windows.taps * columns;
  for (std::size_t id = 0; id < kinds; ++id) {
    const WindowKind& kind = windows.kinds[id];
    const TileShape shape{kind.length * columns, columns, block, block};
    for (std::size_t row = 0; row < kind.rows; ++row) {
      Real* own = placed + kind.place[row] * columns;
      sparse_product_tile(bordered + row * windows.width * columns, shape,
                          {lists.data() + id * channels, channels}, own, own);
    }
  }
}

template <class Real>
void place_sources(const ConvRuns& runs, std::span<const Real> weights, std::size_t columns,
                   std::vector<Real>& placed) {
  const std::size_t taps = runs.place.size(), channels = weights.size() / (taps * columns);
  placed.resize(weights.size());
  for (std::size_t channel = 0; channel < channels; ++channel)
    for (std::size_t tap = 0; tap < taps; ++tap)
      for (std::size_t column = 0; column < columns; ++column)
        placed[(runs.place[tap] * columns + column) * channels + channel] =
            weights[(channel * taps + tap) * columns + column];
}

template <class Real>
void add_source_gradient(const ConvWindows& windows, const Real* placed, const Real* bordered,
                         Real* row) {
  const std::size_t channels = windows.channels, columns = windows.columns;
  const std::size_t stride = windows.stride_width;
  for (std::size_t y = 0; y < windows.source_height; ++y)
    for (std::size_t first = 0; first < std::min(stride, windows.source_width); ++first) {
      const std::size_t position = y * windows.source_width + first;
      const WindowKind& kind = windows.kinds[windows.kind[position]];
      const RowProduct shape{(windows.source_width - first + stride - 1) / stride, channels,
                             kind.length * columns, columns, stride * channels};
      for (std::size_t line = 0; line < kind.rows; ++line)
        add_row_product(shape,
                        bordered + (windows.corner[position] + line * windows.width) * columns,
                        placed + kind.place[line] * columns * channels, row + position * channels);
    }
}

#define VOLLEY_INSTANTIATE(Real)                                                                  \
  template void add_border(const ConvWindows&, const Real*, Real*);                               \
  template void gather_windows(const ConvWindows&, std::span<const std::uint32_t>, const Real*,   \
                               Real*);                                                            \
  template void place_sources(const ConvRuns&, std::span<const Real>, std::size_t,                \
                              std::vector<Real>&);                                                \
  template void add_source_gradient(const ConvWindows&, const Real*, const Real*, Real*);
VOLLEY_INSTANTIATE(float)
VOLLEY_INSTANTIATE(double)
#undef VOLLEY_INSTANTIATE

}  // namespace volley
