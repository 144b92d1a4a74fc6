#include "sim/grouped_kernels.hpp"

#include "base/parallel.hpp"

namespace volley {

namespace {

/// Sizes of a grouped projection.
struct Groups {
  std::size_t columns, taps, channels, per_source, per_target;

  explicit Groups(const PlanProjection& projection)
      : columns(projection.columns),
        channels(static_cast<std::size_t>(projection.source_shape.channels)) {
    per_source = channels / projection.groups;
    per_target = columns / projection.groups;
    taps = projection.rows / per_source;
  }
  /// First column that a source channel reaches; there are per_target of them.
  std::size_t first_column(std::size_t channel) const { return channel / per_source * per_target; }
  /// Where the weights of a source channel begin: its first row, its group's first column.
  std::size_t first_weight(std::size_t channel) const {
    return channel % per_source * taps * columns + first_column(channel);
  }
  std::size_t source_channel(std::size_t row, std::size_t column) const {
    return column / per_target * per_source + row / taps;
  }
};

}  // namespace

template <class Real>
void scale_grouped(const PlanProjection& projection, std::span<const Real> weights,
                   const SourceAffine<Real>& affine, std::vector<Real>& scaled) {
  const Groups groups(projection);
  scaled.resize(weights.size());
  for (std::size_t at = 0; at < weights.size(); ++at) {
    const std::size_t channel = groups.source_channel(at / groups.columns, at % groups.columns);
    scaled[at] = affine.slope[channel % affine.period()] * weights[at];
  }
}

template <class Real>
void grouped_intercept(const PlanProjection& projection, std::span<const Real> weights,
                       const SourceAffine<Real>& affine, std::vector<Real>& constant) {
  const Groups groups(projection);
  std::vector<Real> tap(groups.taps * groups.columns, Real(0));
  for (std::size_t at = 0; at < weights.size(); ++at) {
    const std::size_t row = at / groups.columns, column = at % groups.columns;
    const std::size_t channel = groups.source_channel(row, column);
    tap[row % groups.taps * groups.columns + column] +=
        affine.intercept[channel % affine.period()] * weights[at];
  }
  for (std::size_t position = 0; position < projection.source_shape.area(); ++position)
    for (const ConvReach reach : projection.table.from(position))
      for (std::size_t column = 0; column < groups.columns; ++column)
        constant[reach.target * groups.columns + column] +=
            tap[reach.tap * groups.columns + column];
}

template <class Real>
void add_grouped(const PlanProjection& projection, const Real* weights,
                 std::span<const std::uint32_t> spikes, std::span<const float> values,
                 Real* currents) {
  const Groups groups(projection);
  for (std::size_t k = 0; k < spikes.size(); ++k) {
    const Real value = values.empty() ? Real(1) : static_cast<Real>(values[k]);
    const std::size_t channel = spikes[k] % groups.channels;
    const Real* own = weights + groups.first_weight(channel);
    Real* reached = currents + groups.first_column(channel);
    for (const ConvReach reach : projection.table.from(spikes[k] / groups.channels))
      for (std::size_t c = 0; c < groups.per_target; ++c)
        reached[reach.target * groups.columns + c] += value * own[reach.tap * groups.columns + c];
  }
}

template <class Real>
void grouped_weight_gradient(const PlanProjection& projection, const SpikeRows& spikes,
                             const SourceAffine<Real>& affine,
                             const std::vector<Real>& current_gradient,
                             std::vector<Real>& gradient) {
  constexpr std::size_t parts = 32;  // fixed, so that the sum's order is
  const Groups groups(projection);
  const std::size_t columns = groups.columns, rows = spikes.size();
  const std::size_t width = projection.target_shape.size();
  std::vector<std::vector<Real>> spiked(parts), sums(parts);
  parallel_for(parts, [&](std::size_t part) {
    spiked[part].assign(gradient.size(), Real(0));
    sums[part].assign(affine.has_intercept() ? width : 0, Real(0));
    for (std::size_t row = rows * part / parts; row < rows * (part + 1) / parts; ++row) {
      const Real* map = current_gradient.data() + row * width;
      const auto indices = spikes.row(row);
      const auto values = spikes.values(row);
      for (std::size_t k = 0; k < indices.size(); ++k) {
        const Real value = values.empty() ? Real(1) : static_cast<Real>(values[k]);
        const std::size_t channel = indices[k] % groups.channels;
        Real* own = spiked[part].data() + groups.first_weight(channel);
        const Real* reached = map + groups.first_column(channel);
        for (const ConvReach reach : projection.table.from(indices[k] / groups.channels))
          for (std::size_t c = 0; c < groups.per_target; ++c)
            own[reach.tap * columns + c] += value * reached[reach.target * columns + c];
      }
      for (std::size_t at = 0; at < sums[part].size(); ++at) sums[part][at] += map[at];
    }
  });
  for (std::size_t part = 0; part < parts; ++part) {
    for (std::size_t at = 0; at < gradient.size(); ++at) gradient[at] += spiked[part][at];
    for (std::size_t at = 0; part > 0 && at < sums[part].size(); ++at)
      sums[0][at] += sums[part][at];
  }
  // What the intercepts bring through a tap, wherever it lands.
  std::vector<Real> shared(groups.taps * columns, Real(0));
  if (affine.has_intercept())
    for (std::size_t position = 0; position < projection.source_shape.area(); ++position)
      for (const ConvReach reach : projection.table.from(position))
        for (std::size_t c = 0; c < columns; ++c)
          shared[reach.tap * columns + c] += sums[0][reach.target * columns + c];
  for (std::size_t at = 0; at < gradient.size(); ++at) {
    const std::size_t row = at / columns, column = at % columns;
    const std::size_t channel = groups.source_channel(row, column) % affine.period();
    gradient[at] = affine.slope[channel] * gradient[at] +
                   affine.intercept[channel] * shared[row % groups.taps * columns + column];
  }
}

template <class Real>
void grouped_source_gradient(const PlanProjection& projection, std::span<const Real> weights,
                             const std::vector<Real>& current_gradient, Share wanted,
                             std::vector<Real>& gradient) {
  const Groups groups(projection);
  const std::size_t columns = groups.columns;
  const std::size_t sources = projection.source_shape.size();
  const std::size_t width = projection.target_shape.size();
  parallel_for(wanted.size(), [&](std::size_t k) {
    const std::size_t row = wanted.first + k;
    const Real* map = current_gradient.data() + row * width;
    Real* own = gradient.data() + row * sources;
    for (std::size_t position = 0; position < projection.source_shape.area(); ++position)
      for (const ConvReach reach : projection.table.from(position))
        for (std::size_t channel = 0; channel < groups.channels; ++channel) {
          const Real* weight = weights.data() + groups.first_weight(channel) + reach.tap * columns;
          const Real* reached = map + reach.target * columns + groups.first_column(channel);
          Real sum = 0;
          for (std::size_t c = 0; c < groups.per_target; ++c) sum += reached[c] * weight[c];
          own[position * groups.channels + channel] += sum;
        }
  });
}

#define VOLLEY_INSTANTIATE(Real)                                                                  \
  template void scale_grouped(const PlanProjection&, std::span<const Real>,                       \
                              const SourceAffine<Real>&, std::vector<Real>&);                     \
  template void grouped_intercept(const PlanProjection&, std::span<const Real>,                   \
                                  const SourceAffine<Real>&, std::vector<Real>&);                 \
  template void add_grouped(const PlanProjection&, const Real*, std::span<const std::uint32_t>,   \
                            std::span<const float>, Real*);                                       \
  template void grouped_weight_gradient(const PlanProjection&, const SpikeRows&,                  \
                                        const SourceAffine<Real>&, const std::vector<Real>&,      \
                                        std::vector<Real>&);                                      \
  template void grouped_source_gradient(const PlanProjection&, std::span<const Real>,             \
                                        const std::vector<Real>&, Share, std::vector<Real>&);
VOLLEY_INSTANTIATE(float)
VOLLEY_INSTANTIATE(double)
#undef VOLLEY_INSTANTIATE

}  // namespace volley
