#include "sim/projection_kernels.hpp"

#include <algorithm>

#include "base/parallel.hpp"
#include "sim/gemm.hpp"
#include "sim/grouped_kernels.hpp"
#include "sim/row_kernels.hpp"
#include "sim/row_product.hpp"
#include "sim/sparse_product.hpp"
#include "sim/spike_transpose.hpp"

namespace volley {

namespace {
std::size_t taps(const PlanProjection& projection) {
  return static_cast<std::size_t>(projection.spec.kernel_height) *
         static_cast<std::size_t>(projection.spec.kernel_width);
}
std::size_t source_channels(const PlanProjection& projection) {
  return static_cast<std::size_t>(projection.source_shape.channels);
}
bool is_conv(const PlanProjection& projection) {
  return projection.spec.kind == ProjectionKind::conv2d;
}
/// Source neuron (or channel, for conv2d) that a weight row belongs to.
std::size_t row_source(const PlanProjection& projection, std::size_t row) {
  return is_conv(projection) ? row / taps(projection) : row;
}
}  // namespace

template <class Real>
bool SourceAffine<Real>::has_intercept() const {
  return std::any_of(intercept.begin(), intercept.end(), [](Real b) { return b != Real(0); });
}

template <class Real>
void scale_weights(const PlanProjection& projection, std::span<const Real> weights,
                   const SourceAffine<Real>& affine, std::vector<Real>& scaled) {
  if (projection.grouped()) return scale_grouped(projection, weights, affine, scaled);
  scaled.resize(weights.size());
  const std::size_t columns = projection.columns;
  parallel_for(projection.rows, [&](std::size_t row) {
    const Real slope = affine.slope[row_source(projection, row) % affine.period()];
    for (std::size_t c = 0; c < columns; ++c)
      scaled[row * columns + c] = slope * weights[row * columns + c];
  });
}

template <class Real>
void intercept_current(const PlanProjection& projection, std::span<const Real> weights,
                       const SourceAffine<Real>& affine, std::vector<Real>& constant) {
  constant.assign(projection.target_shape.size(), Real(0));
  if (!affine.has_intercept()) return;
  if (projection.grouped()) return grouped_intercept(projection, weights, affine, constant);
  if (!is_conv(projection)) {
    for (std::size_t row = 0; row < projection.rows; ++row)
      add_scaled(constant.data(), projection.columns, weights.data() + row * projection.columns,
                 affine.intercept[row % affine.period()]);
    return;
  }
  // One tap's column of currents, summed over source channels, is the same wherever the tap lands.
  const std::size_t columns = projection.columns, window = taps(projection);
  std::vector<Real> tap(window * columns, Real(0));
  for (std::size_t row = 0; row < projection.rows; ++row)
    add_scaled(tap.data() + (row % window) * columns, columns, weights.data() + row * columns,
               affine.intercept[row_source(projection, row) % affine.period()]);
  for (std::size_t position = 0; position < projection.source_shape.area(); ++position) {
    const auto reaches = projection.table.from(position);
    scatter_taps(constant.data(), tap.data(), reaches.data(), reaches.size(), columns);
  }
}

namespace {
template <class Real>
void add_graded_currents(const PlanProjection& projection, const Real* weights,
                         std::span<const std::uint32_t> spikes, std::span<const float> values,
                         Real* currents) {
  const std::size_t columns = projection.columns;
  if (!is_conv(projection)) {
    for (std::size_t k = 0; k < spikes.size(); ++k)
      add_scaled(currents, columns, weights + spikes[k] * columns, static_cast<Real>(values[k]));
    return;
  }
  const std::size_t channels = source_channels(projection), block = taps(projection) * columns;
  for (std::size_t k = 0; k < spikes.size(); ++k) {
    const auto reaches = projection.table.from(spikes[k] / channels);
    scatter_scaled_taps(currents, weights + (spikes[k] % channels) * block, reaches.data(),
                        reaches.size(), columns, static_cast<Real>(values[k]));
  }
}
}  // namespace

template <class Real>
void add_currents(const PlanProjection& projection, const Real* weights,
                  std::span<const std::uint32_t> spikes, Real* currents,
                  std::span<const float> values) {
  if (projection.grouped()) return add_grouped(projection, weights, spikes, values, currents);
  if (!values.empty()) {
    add_graded_currents(projection, weights, spikes, values, currents);
    return;
  }
  if (!is_conv(projection)) {
    add_rows(currents, projection.columns, weights, spikes.data(), spikes.size());
    return;
  }
  const std::size_t channels = source_channels(projection);
  const std::size_t block = taps(projection) * projection.columns;
  for (const std::uint32_t spike : spikes) {
    const auto reaches = projection.table.from(spike / channels);
    scatter_taps(currents, weights + (spike % channels) * block, reaches.data(), reaches.size(),
                 projection.columns);
  }
}

namespace {

/// Sum of the current gradients over all rows, per target neuron, in fixed blocks.
template <class Real>
std::vector<Real> sum_rows(const std::vector<Real>& values, std::size_t width) {
  std::vector<Real> sum(width, Real(0));
  constexpr std::size_t columns_per_task = 512;
  const std::size_t blocks = (width + columns_per_task - 1) / columns_per_task;
  parallel_for(blocks, [&](std::size_t block) {
    const std::size_t first = block * columns_per_task;
    const std::size_t count = std::min(columns_per_task, width - first);
    for (std::size_t at = first; at < values.size(); at += width)
      add_scaled(sum.data() + first, count, values.data() + at, Real(1));
  });
  return sum;
}

/// For each own source neuron the sum of the rows in which it fired.
template <class Real>
void dense_weight_gradient(const PlanProjection& projection, const SpikeRows& spikes,
                           const SourceAffine<Real>& affine,
                           const std::vector<Real>& current_gradient,
                           std::vector<Real>& gradient, Share own) {
  thread_local SpikesByNeuron by_neuron;
  transpose(spikes, projection.rows, by_neuron);
  const std::size_t columns = projection.columns;
  if (by_neuron.values.empty()) {
    const Real one = 1;
    sparse_product<Real>({current_gradient.data(), spikes.size(), columns, {&one, 1}},
                         RowLists(by_neuron.lists).subspan(own.first, own.size()), nullptr, 0,
                         gradient.data() + own.first * columns);
  } else {
    const SpikesByNeuron& graded = by_neuron;  // the caller's, on every thread
    parallel_for(own.size(), [&](std::size_t index) {
      const std::size_t row = own.first + index;
      const auto fired = graded.lists[row];
      for (std::size_t k = 0; k < fired.size(); ++k)
        add_scaled(gradient.data() + row * columns, columns,
                   current_gradient.data() + fired[k] * columns,
                   static_cast<Real>(graded.values[graded.offsets[row] + k]));
    });
  }
  const bool intercept = affine.has_intercept();
  if (!intercept && affine.slope == std::vector<Real>{Real(1)}) return;
  const std::vector<Real> sum =
      intercept ? sum_rows(current_gradient, columns) : std::vector<Real>();
  parallel_for(own.size(), [&](std::size_t index) {
    const std::size_t row = own.first + index;
    Real* values = gradient.data() + row * columns;
    const Real slope = affine.slope[row % affine.period()];
    for (std::size_t c = 0; c < columns; ++c) values[c] *= slope;
    if (intercept)
      add_scaled(values, columns, sum.data(), affine.intercept[row % affine.period()]);
  });
}

template <class Real>
void conv_weight_gradient(const PlanProjection& projection, const SpikeRows& spikes,
                          const SourceAffine<Real>& affine,
                          const std::vector<Real>& current_gradient, std::vector<Real>& gradient,
                          const Ranks* ranks) {
  constexpr std::size_t parts = 32;  // fixed, so that the sum's order is
  const Share own = ranks == nullptr ? Share{0, parts} : ranks->share(parts);
  const std::size_t columns = projection.columns, window = taps(projection);
  const std::size_t channels = source_channels(projection), rows = spikes.size();
  const std::size_t width = projection.target_shape.size();
  const bool graded = spikes.graded();
  std::vector<std::vector<Real>> partial(parts);
  parallel_for(own.size(), [&](std::size_t index) {
    const std::size_t part = own.first + index;
    partial[part].assign(gradient.size(), Real(0));
    for (std::size_t row = rows * part / parts; row < rows * (part + 1) / parts; ++row) {
      const auto indices = spikes.row(row);
      const auto values = spikes.values(row);
      const Real* map = current_gradient.data() + row * width;
      if (!graded) {
        add_to_weight_part(projection, indices, map, partial[part]);
        continue;
      }
      for (std::size_t k = 0; k < indices.size(); ++k)
        for (const ConvReach reach : projection.table.from(indices[k] / channels))
          add_scaled(partial[part].data() +
                         ((indices[k] % channels) * window + projection.runs.place[reach.tap]) *
                             columns,
                     columns, map + reach.target * columns,
                     values.empty() ? Real(1) : static_cast<Real>(values[k]));
    }
  });
  if (ranks != nullptr) complete_parts(*ranks, gradient.size(), partial);
  join_weight_parts(projection, partial, affine, gradient);
  if (!affine.has_intercept()) return;
  std::vector<Real> by_tap(window * columns, Real(0));
  const std::vector<Real> sum = sum_rows(current_gradient, width);
  for (std::size_t position = 0; position < projection.source_shape.area(); ++position) {
    const auto reaches = projection.table.from(position);
    gather_taps(by_tap.data(), sum.data(), reaches.data(), reaches.size(), columns);
  }
  parallel_for(projection.rows, [&](std::size_t row) {
    add_scaled(gradient.data() + row * columns, columns, by_tap.data() + (row % window) * columns,
               affine.intercept[row_source(projection, row) % affine.period()]);
  });
}

}  // namespace

template <class Real>
void add_to_weight_part(const PlanProjection& projection, std::span<const std::uint32_t> spikes,
                        const Real* map, std::vector<Real>& part) {
  const ConvWindows& windows = projection.windows;
  // A border is worth a copy of the map where spikes read it more than once.
  const std::size_t reads = spikes.size() * taps(projection);
  const std::size_t copied = projection.target_shape.area() * 3 / 2;
  if (windows.empty() || reads < copied) {
    gather_runs(projection.runs, source_channels(projection), projection.columns, spikes, map,
                part.data());
    return;
  }
  thread_local std::vector<Real> bordered;
  if (bordered.size() < windows.map_size()) bordered.resize(windows.map_size());
  add_border(windows, map, bordered.data());
  gather_windows(windows, spikes, bordered.data(), part.data());
}

template <class Real>
void join_weight_parts(const PlanProjection& projection,
                       const std::vector<std::vector<Real>>& parts,
                       const SourceAffine<Real>& affine, std::vector<Real>& gradient) {
  const std::size_t columns = projection.columns, window = taps(projection);
  gradient.assign(projection.rows * columns, Real(0));
  parallel_for(projection.rows, [&](std::size_t row) {
    const std::size_t channel = row_source(projection, row);
    const std::size_t at = (channel * window + projection.runs.place[row % window]) * columns;
    Real* own = gradient.data() + row * columns;
    for (const auto& part : parts) add_scaled(own, columns, part.data() + at, Real(1));
    const Real slope = affine.slope[channel % affine.period()];
    for (std::size_t c = 0; c < columns; ++c) own[c] *= slope;
  });
}

template <class Real>
void weight_gradient(const PlanProjection& projection, const SpikeRows& spikes,
                     const SourceAffine<Real>& affine, const std::vector<Real>& current_gradient,
                     std::vector<Real>& gradient, const Ranks* ranks) {
  const std::size_t size = projection.rows * projection.columns;
  const bool whole = !is_conv(projection) && !projection.grouped() && !spikes.graded();
  if (whole) gradient.resize(size);  // every value is written
  else gradient.assign(size, Real(0));
  if (projection.grouped())
    return grouped_weight_gradient(projection, spikes, affine, current_gradient, gradient);
  if (is_conv(projection))
    return conv_weight_gradient(projection, spikes, affine, current_gradient, gradient, ranks);
  const std::size_t sources = projection.rows;
  dense_weight_gradient(projection, spikes, affine, current_gradient, gradient,
                        ranks == nullptr ? Share{0, sources} : ranks->share(sources));
  if (ranks != nullptr) complete_shares<Real>(*ranks, sources, projection.columns, gradient);
}

namespace {
/// The blocks that have some of the rows.
Share blocks_of(Share rows, std::size_t block) {
  return {rows.first / block, rows.size() == 0 ? rows.first / block
                                               : (rows.last + block - 1) / block};
}
}  // namespace

template <class Real>
void source_gradient(const PlanProjection& projection, std::span<const Real> weights,
                     const std::vector<Real>& current_gradient, Share wanted,
                     std::vector<Real>& gradient, bool fresh) {
  if (projection.grouped())
    return grouped_source_gradient(projection, weights, current_gradient, wanted, gradient);
  const std::size_t sources = projection.source_shape.size(), columns = projection.columns;
  const std::size_t rows = current_gradient.size() / projection.target_shape.size();
  if (!is_conv(projection)) {
    constexpr std::size_t block = 64;
    thread_local std::vector<Real> own_transpose;
    transpose_matrix(weights.data(), sources, columns, own_transpose);
    const std::vector<Real>& by_column = own_transpose;  // the caller's, on every thread
    const Share parts = blocks_of(wanted, block);
    parallel_for(parts.size(), [&](std::size_t part) {
      const std::size_t first = (parts.first + part) * block;
      const std::size_t count = std::min(block, rows - first);
      Real* out = gradient.data() + first * sources;
      if (fresh) std::fill_n(out, count * sources, Real(0));
      add_row_product({count, sources, columns, columns, sources},
                      current_gradient.data() + first * columns, by_column.data(), out);
    });
    return;
  }
  const std::size_t window = taps(projection), channels = source_channels(projection);
  const std::size_t positions = projection.target_shape.area(), width = window * channels;
  // Taps outside, source channels inside: then a source position gathers contiguous channels.
  std::vector<Real> by_tap(weights.size());
  for (std::size_t channel = 0; channel < channels; ++channel)
    for (std::size_t tap = 0; tap < window; ++tap)
      std::copy_n(weights.data() + (channel * window + tap) * columns, columns,
                  by_tap.data() + (tap * channels + channel) * columns);
  const std::size_t block = std::clamp<std::size_t>(262144 / (positions * width), 1, 16);
  const Share parts = blocks_of(wanted, block);
  parallel_for(parts.size(), [&](std::size_t part) {
    const std::size_t first = (parts.first + part) * block;
    const std::size_t count = std::min(block, rows - first);
    thread_local std::vector<Real> spread;
    spread.resize(block * positions * width);
    multiply_transposed(count * positions, width, columns,
                        current_gradient.data() + first * positions * columns, by_tap.data(),
                        spread.data(), false);
    for (std::size_t row = 0; row < count; ++row)
      gather_columns(gradient.data() + (first + row) * sources,
                     spread.data() + row * positions * width, projection.table.offsets.data(),
                     projection.table.reaches.data(), projection.source_shape.area(), channels,
                     window);
  });
}

#define VOLLEY_INSTANTIATE(Real)                                                                  \
  template struct SourceAffine<Real>;                                                             \
  template void scale_weights(const PlanProjection&, std::span<const Real>,                       \
                              const SourceAffine<Real>&, std::vector<Real>&);                     \
  template void intercept_current(const PlanProjection&, std::span<const Real>,                   \
                                  const SourceAffine<Real>&, std::vector<Real>&);                 \
  template void add_currents(const PlanProjection&, const Real*, std::span<const std::uint32_t>,  \
                             Real*, std::span<const float>);                                      \
  template void weight_gradient(const PlanProjection&, const SpikeRows&,                          \
                                const SourceAffine<Real>&, const std::vector<Real>&,              \
                                std::vector<Real>&, const Ranks*);                                \
  template void add_to_weight_part(const PlanProjection&, std::span<const std::uint32_t>,         \
                                   const Real*, std::vector<Real>&);                              \
  template void join_weight_parts(const PlanProjection&, const std::vector<std::vector<Real>>&,   \
                                  const SourceAffine<Real>&, std::vector<Real>&);                 \
  template void source_gradient(const PlanProjection&, std::span<const Real>,                     \
                                const std::vector<Real>&, Share, std::vector<Real>&, bool);
VOLLEY_INSTANTIATE(float)
VOLLEY_INSTANTIATE(double)
#undef VOLLEY_INSTANTIATE

}  // namespace volley
