#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sim/pool_kernels.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h

#include <hwy/highway.h>

#include <algorithm>

#include "sim/channel_division.hpp"
#include "sim/pool_kernels.hpp"

HWY_BEFORE_NAMESPACE();
namespace volley::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

/// source[c] = or += gradient[c] where taps[c] is `tap`, else 0.
template <bool fresh, class Real>
HWY_ATTR HWY_INLINE void give_chosen(const std::uint32_t* HWY_RESTRICT taps, std::uint32_t tap,
                                     const Real* HWY_RESTRICT gradient, Real* HWY_RESTRICT source,
                                     std::size_t channels) {
  std::size_t c = 0;
  if constexpr (sizeof(Real) == sizeof(std::uint32_t)) {
    const hn::ScalableTag<Real> tag;
    const hn::Rebind<std::uint32_t, decltype(tag)> integers;
    const std::size_t lanes = hn::Lanes(tag);
    const auto own = hn::Set(integers, tap);
    for (; c + lanes <= channels; c += lanes) {
      const auto chosen = hn::Eq(hn::LoadU(integers, taps + c), own);
      auto given = hn::IfThenElseZero(hn::RebindMask(tag, chosen), hn::LoadU(tag, gradient + c));
      if constexpr (!fresh) given = hn::Add(given, hn::LoadU(tag, source + c));
      hn::StoreU(given, tag, source + c);
    }
  }
  for (; c < channels; ++c) {
    const Real given = taps[c] == tap ? gradient[c] : Real(0);
    source[c] = fresh ? given : source[c] + given;
  }
}

template <class Real>
HWY_ATTR void pool_gradient_text(const ConvTable& table, std::size_t channels,
                                 const std::uint32_t* taps, const Real* gradient, bool fresh,
                                 Real* source) {
  for (std::size_t position = 0; position + 1 < table.offsets.size(); ++position) {
    Real* own = source + position * channels;
    const auto reaches = table.from(position);
    if (fresh && reaches.empty()) std::fill_n(own, channels, Real(0));
    for (std::size_t k = 0; k < reaches.size(); ++k) {
      const std::uint32_t* chosen = taps + reaches[k].target * channels;
      const Real* given = gradient + reaches[k].target * channels;
      const std::uint32_t tap = reaches[k].tap;
      if (fresh && k == 0) give_chosen<true>(chosen, tap, given, own, channels);
      else give_chosen<false>(chosen, tap, given, own, channels);
    }
  }
}

/// Writes the indices of the bytes that are not 0; n is a whole number of vectors, and there is
/// room for n. @return how many
HWY_ATTR std::size_t ListHits(const std::uint8_t* hit, std::size_t n, std::uint32_t* out) {
  std::size_t found = 0, i = 0;
#if HWY_TARGET != HWY_SCALAR
  const hn::ScalableTag<std::uint32_t> tag;
  const hn::Rebind<std::uint8_t, decltype(tag)> bytes;
  const std::size_t lanes = hn::Lanes(tag);
  const auto first = hn::Iota(tag, 0);  // of a variable it would go through memory
  for (; i + lanes <= n; i += lanes) {
    const auto fired = hn::Ne(hn::PromoteTo(tag, hn::LoadU(bytes, hit + i)), hn::Zero(tag));
    const auto indices = hn::Add(first, hn::Set(tag, static_cast<std::uint32_t>(i)));
    hn::StoreU(hn::Compress(indices, fired), tag, out + found);
    found += hn::CountTrue(tag, fired);
  }
#endif
  for (; i < n; ++i)
    if (hit[i] != 0) out[found++] = static_cast<std::uint32_t>(i);
  return found;
}

// Highway's dispatch tables take plain functions, so each text gets a name per type.
HWY_ATTR void PoolGradientFloat(const ConvTable& t, std::size_t c, const std::uint32_t* w,
                                const float* g, bool f, float* s) {
  pool_gradient_text(t, c, w, g, f, s);
}
HWY_ATTR void PoolGradientDouble(const ConvTable& t, std::size_t c, const std::uint32_t* w,
                                 const double* g, bool f, double* s) {
  pool_gradient_text(t, c, w, g, f, s);
}

}  // namespace volley::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace volley {

HWY_EXPORT(ListHits);
HWY_EXPORT(PoolGradientFloat);
HWY_EXPORT(PoolGradientDouble);

namespace {

/// Up to whole vectors of any width.
std::size_t padded(std::size_t bytes) { return (bytes + 63) / 64 * 64; }

/// body(spike, target neuron) for each target of each spike.
template <class Body>
void for_targets(const ConvTable& table, std::size_t channels, const ChannelDivision by,
                 std::span<const std::uint32_t> spikes, const Body& body) {
  if (!table.only.empty()) {
    const std::uint32_t* only = table.only.data();
    for (const std::uint32_t spike : spikes) {
      const std::size_t position = by.quotient(spike), target = only[position];
      if (target != ConvTable::nowhere) body(spike, (target - position) * channels + spike);
    }
    return;
  }
  for (const std::uint32_t spike : spikes) {
    const std::size_t position = by.quotient(spike);
    for (const ConvReach reach : table.from(position))
      body(spike, (reach.target - position) * channels + spike);
  }
}

/// Of each target neuron the tap of its first spike, 0 without one.
std::vector<std::uint32_t>& first_taps(const ConvTable& table, std::size_t targets,
                                       std::size_t channels,
                                       std::span<const std::uint32_t> spikes) {
  thread_local std::vector<std::uint32_t> taps;
  taps.assign(targets, 0);
  std::uint32_t* own = taps.data();
  const std::uint32_t* offsets = table.offsets.data();
  const ConvReach* reaches = table.reaches.data();
  const ChannelDivision by(channels);
  const bool only = !table.only.empty();
  // From the last spike to the first, so that the first one stays.
  for (std::size_t k = spikes.size(); k-- > 0;) {
    const std::uint32_t spike = spikes[k];
    const std::size_t position = by.quotient(spike);
    const std::uint32_t begin = offsets[position], end = only ? begin + 1 : offsets[position + 1];
    if (only && offsets[position + 1] == begin) continue;
    for (std::uint32_t at = begin; at != end; ++at)
      own[(reaches[at].target - position) * channels + spike] =
          reaches[at].tap;
  }
  return taps;
}

}  // namespace

void pool_gradient(const ConvTable& table, std::size_t targets, std::size_t channels,
                   std::span<const std::uint32_t> spikes, const float* gradient, bool fresh,
                   float* source) {
  HWY_DYNAMIC_DISPATCH(PoolGradientFloat)
  (table, channels, first_taps(table, targets, channels, spikes).data(), gradient, fresh, source);
}
void pool_gradient(const ConvTable& table, std::size_t targets, std::size_t channels,
                   std::span<const std::uint32_t> spikes, const double* gradient, bool fresh,
                   double* source) {
  HWY_DYNAMIC_DISPATCH(PoolGradientDouble)
  (table, channels, first_taps(table, targets, channels, spikes).data(), gradient, fresh, source);
}

void pool_spikes(const ConvTable& table, std::size_t channels, std::size_t targets,
                 std::span<const std::uint32_t> spikes, bool once,
                 std::vector<std::uint32_t>& out) {
  // Spikes are counted into a map of the targets, then the map is read in order.
  thread_local std::vector<std::uint8_t> hit;
  thread_local std::vector<std::uint32_t> counts, found;
  const ChannelDivision by(channels);
  hit.assign(padded(targets), 0);
  if (!once) counts.assign(targets, 0);
  std::uint8_t* hits = hit.data();
  if (once) {
    for_targets(table, channels, by, spikes,
                [hits](std::uint32_t, std::size_t target) { hits[target] = 1; });
    found.resize(hit.size());
    const std::size_t count = HWY_DYNAMIC_DISPATCH(ListHits)(hits, hit.size(), found.data());
    out.insert(out.end(), found.begin(), found.begin() + static_cast<std::ptrdiff_t>(count));
    return;
  }
  for_targets(table, channels, by, spikes, [&](std::uint32_t, std::size_t target) {
    hits[target] = 1;
    ++counts[target];
  });
  for (std::size_t target = 0; target < targets; ++target)
    if (hits[target] != 0)
      out.insert(out.end(), counts[target], static_cast<std::uint32_t>(target));
}

}  // namespace volley
#endif  // HWY_ONCE
