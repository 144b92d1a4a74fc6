#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sim/conv_runs.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h

#include <hwy/highway.h>

#include <algorithm>
#include <numeric>
#include <tuple>

#include "sim/channel_division.hpp"
#include "sim/conv_runs.hpp"
#include "sim/row_sums-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace volley::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

/// to[i] += from[i]
template <class Real>
HWY_ATTR HWY_INLINE void add_run(Real* HWY_RESTRICT to, const Real* HWY_RESTRICT from,
                                 std::size_t n) {
  const hn::ScalableTag<Real> tag;
  const std::size_t lanes = hn::Lanes(tag);
  std::size_t i = 0;
  for (; i + lanes <= n; i += lanes)
    hn::StoreU(hn::Add(hn::LoadU(tag, to + i), hn::LoadU(tag, from + i)), tag, to + i);
  for (; i < n; ++i) to[i] += from[i];
}

/// A run of any length: its targets are held in registers while the spikes of a source position go
/// through together.
template <class Real>
HWY_ATTR void scatter_run(std::size_t width, std::size_t block,
                          std::span<const std::uint32_t> fired, const Real* weights,
                          Real* targets) {
  for (std::size_t i = sum_rows(width, weights, block, fired, targets, targets); i < width; ++i)
    for (const std::uint32_t channel : fired) targets[i] += weights[channel * block + i];
}

/// @param Vectors how many fill a run of a whole kernel row; 0: no number of them
template <std::size_t Vectors, class Real>
HWY_ATTR void scatter_runs_of(const ConvRuns& runs, std::size_t channels, std::size_t columns,
                              std::span<const std::uint32_t> spikes, const Real* placed,
                              Real* map) {
  thread_local std::vector<std::uint32_t> fired_channels;
  fired_channels.resize(spikes.size());
  std::uint32_t* const fired = fired_channels.data();
  const std::size_t whole = Vectors * hn::Lanes(hn::ScalableTag<Real>());
  const ChannelDivision by(channels);
  const std::size_t block = runs.place.size() * columns;
  for (std::size_t first = 0, end = 0; first < spikes.size(); first = end) {
    const std::size_t position = by.quotient(spikes[first]), start = position * channels;
    for (; end < spikes.size() && spikes[end] - start < channels; ++end)
      fired[end] = static_cast<std::uint32_t>(spikes[end] - start);
    const std::span<const std::uint32_t> own(fired + first, end - first);
    for (const ConvRun run : runs.from(position)) {
      const Real* weights = placed + run.place * columns;
      Real* targets = map + run.target * columns;
      const std::size_t width = run.length * columns;
      if constexpr (Vectors > 0) {
        if (width == whole) {
          sum_vectors<Vectors>(weights, block, own, targets, targets);
          continue;
        }
      }
      scatter_run(width, block, own, weights, targets);
    }
  }
}

template <std::size_t Vectors = most_vectors, class Real>
HWY_ATTR void scatter_runs_choice(std::size_t vectors, const ConvRuns& runs,
                                  std::size_t channels, std::size_t columns,
                                  std::span<const std::uint32_t> spikes, const Real* placed,
                                  Real* map) {
  if constexpr (Vectors > 0) {
    if (vectors != Vectors)
      return scatter_runs_choice<Vectors - 1>(vectors, runs, channels, columns, spikes, placed,
                                              map);
  }
  scatter_runs_of<Vectors>(runs, channels, columns, spikes, placed, map);
}

template <class Real>
HWY_ATTR void scatter_runs_text(const ConvRuns& runs, std::size_t channels, std::size_t columns,
                                std::span<const std::uint32_t> spikes, const Real* placed,
                                Real* map) {
  // In the middle of the map runs are as long as they get; the longest of some rows' worth there.
  const std::size_t lanes = hn::Lanes(hn::ScalableTag<Real>());
  const std::size_t middle = runs.runs.size() / 2, last = std::min(runs.runs.size(), middle + 64);
  std::size_t length = 0;
  for (std::size_t k = middle; k < last; ++k)
    length = std::max<std::size_t>(length, runs.runs[k].length);
  const std::size_t width = length * columns;
  const std::size_t vectors = width % lanes == 0 ? width / lanes : 0;  // 0: none in common
  scatter_runs_choice(vectors > most_vectors ? 0 : vectors, runs, channels, columns, spikes,
                      placed, map);
}

template <class Real>
HWY_ATTR void gather_runs_text(const ConvRuns& runs, std::size_t channels, std::size_t columns,
                               std::span<const std::uint32_t> spikes, const Real* map,
                               Real* placed) {
  const ChannelDivision by(channels);
  const std::size_t block = runs.place.size() * columns;
  for (const std::uint32_t spike : spikes) {
    const std::size_t position = by.quotient(spike);
    Real* own = placed + (spike - position * channels) * block;
    for (const ConvRun run : runs.from(position))
      add_run(own + run.place * columns, map + run.target * columns, run.length * columns);
  }
}

// Highway's dispatch tables take plain functions, so each text gets a name per type.
#define VOLLEY_KERNELS(Real, X)                                                                   \
  HWY_ATTR void ScatterRuns##X(const ConvRuns& r, std::size_t c, std::size_t n,                   \
                               std::span<const std::uint32_t> s, const Real* p, Real* m) {        \
    scatter_runs_text(r, c, n, s, p, m); }                                                        \
  HWY_ATTR void GatherRuns##X(const ConvRuns& r, std::size_t c, std::size_t n,                    \
                              std::span<const std::uint32_t> s, const Real* m, Real* p) {         \
    gather_runs_text(r, c, n, s, m, p); }
VOLLEY_KERNELS(float, Float)
VOLLEY_KERNELS(double, Double)
#undef VOLLEY_KERNELS

}  // namespace volley::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace volley {

#define VOLLEY_DISPATCH(Real, X)                                                                  \
  HWY_EXPORT(ScatterRuns##X);                                                                     \
  HWY_EXPORT(GatherRuns##X);                                                                      \
  void scatter_runs(const ConvRuns& r, std::size_t c, std::size_t n,                              \
                    std::span<const std::uint32_t> s, const Real* p, Real* m) {                   \
    HWY_DYNAMIC_DISPATCH(ScatterRuns##X)(r, c, n, s, p, m);                                       \
  }                                                                                               \
  void gather_runs(const ConvRuns& r, std::size_t c, std::size_t n,                               \
                   std::span<const std::uint32_t> s, const Real* m, Real* p) {                    \
    HWY_DYNAMIC_DISPATCH(GatherRuns##X)(r, c, n, s, m, p);                                        \
  }
VOLLEY_DISPATCH(float, Float)
VOLLEY_DISPATCH(double, Double)
#undef VOLLEY_DISPATCH

ConvRuns make_conv_runs(const Projection& projection, const ConvTable& table) {
  const auto width = static_cast<std::uint32_t>(projection.kernel_width);
  const auto taps = static_cast<std::uint32_t>(projection.kernel_height) * width;
  const auto stride = static_cast<std::uint32_t>(projection.stride.width);
  std::vector<std::uint32_t> order(taps);
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return std::tuple(a / width, a % width % stride, b) <
           std::tuple(b / width, b % width % stride, a);
  });
  ConvRuns result;
  result.place.resize(taps);
  for (std::uint32_t at = 0; at < taps; ++at) result.place[order[at]] = at;
  result.offsets.push_back(0);
  for (std::size_t position = 0; position + 1 < table.offsets.size(); ++position) {
    for (const ConvReach reach : table.from(position)) {
      const std::uint32_t place = result.place[reach.tap];
      if (result.runs.size() > result.offsets.back()) {
        ConvRun& last = result.runs.back();
        if (reach.target == last.target + last.length && place == last.place + last.length) {
          ++last.length;
          continue;
        }
      }
      result.runs.push_back({reach.target, place, 1});
    }
    result.offsets.push_back(static_cast<std::uint32_t>(result.runs.size()));
  }
  return result;
}

template <class Real>
void place_taps(const ConvRuns& runs, std::span<const Real> weights, std::size_t columns,
                std::span<const Real> slopes, std::vector<Real>& placed) {
  const std::size_t taps = runs.place.size(), channels = weights.size() / (taps * columns);
  placed.resize(weights.size());
  for (std::size_t channel = 0; channel < channels; ++channel)
    for (std::size_t tap = 0; tap < taps; ++tap) {
      const Real slope = slopes[channel % slopes.size()];
      const Real* from = weights.data() + (channel * taps + tap) * columns;
      Real* to = placed.data() + (channel * taps + runs.place[tap]) * columns;
      for (std::size_t c = 0; c < columns; ++c) to[c] = slope * from[c];
    }
}

template void place_taps(const ConvRuns&, std::span<const float>, std::size_t,
                         std::span<const float>, std::vector<float>&);
template void place_taps(const ConvRuns&, std::span<const double>, std::size_t,
                         std::span<const double>, std::vector<double>&);

}  // namespace volley
#endif  // HWY_ONCE
