#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sim/pool_kernels.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h

#include <hwy/highway.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "sim/channel_division.hpp"
#include "sim/pool_kernels.hpp"

HWY_BEFORE_NAMESPACE();
namespace volley::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

/// source[c] += gradient[c] where taps[c] is `tap`, for whole vectors; the rest one by one.
template <class Real>
HWY_ATTR HWY_INLINE void add_chosen(const std::uint32_t* HWY_RESTRICT taps, std::uint32_t tap,
                                    const Real* HWY_RESTRICT gradient, Real* HWY_RESTRICT source,
                                    std::size_t channels) {
  const hn::ScalableTag<Real> tag;
  const hn::Rebind<std::uint32_t, decltype(tag)> integers;
  const std::size_t lanes = hn::Lanes(tag);
  std::size_t c = 0;
  if constexpr (sizeof(Real) == sizeof(std::uint32_t)) {
    const auto own = hn::Set(integers, tap);
    for (; c + lanes <= channels; c += lanes) {
      const auto chosen = hn::Eq(hn::LoadU(integers, taps + c), own);
      const auto add = hn::IfThenElseZero(hn::RebindMask(tag, chosen),
                                          hn::LoadU(tag, gradient + c));
      hn::StoreU(hn::Add(hn::LoadU(tag, source + c), add), tag, source + c);
    }
  }
  for (; c < channels; ++c)
    if (taps[c] == tap) source[c] += gradient[c];
}

template <class Real>
HWY_ATTR void pool_gradient_text(const ConvTable& table, std::size_t channels,
                                 const std::uint32_t* taps, const Real* gradient, Real* source) {
  for (std::size_t position = 0; position + 1 < table.offsets.size(); ++position)
    for (const ConvReach reach : table.from(position))
      add_chosen(taps + reach.target * channels, reach.tap,
                 gradient + reach.target * channels, source + position * channels, channels);
}

// Highway's dispatch tables take plain functions, so each text gets a name per type.
HWY_ATTR void PoolGradientFloat(const ConvTable& t, std::size_t c, const std::uint32_t* w,
                                const float* g, float* s) { pool_gradient_text(t, c, w, g, s); }
HWY_ATTR void PoolGradientDouble(const ConvTable& t, std::size_t c, const std::uint32_t* w,
                                 const double* g, double* s) { pool_gradient_text(t, c, w, g, s); }

}  // namespace volley::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace volley {

HWY_EXPORT(PoolGradientFloat);
HWY_EXPORT(PoolGradientDouble);

void pool_gradient(const ConvTable& table, std::size_t channels, const std::uint32_t* taps,
                   const float* gradient, float* source) {
  HWY_DYNAMIC_DISPATCH(PoolGradientFloat)(table, channels, taps, gradient, source);
}
void pool_gradient(const ConvTable& table, std::size_t channels, const std::uint32_t* taps,
                   const double* gradient, double* source) {
  HWY_DYNAMIC_DISPATCH(PoolGradientDouble)(table, channels, taps, gradient, source);
}

void pool_spikes(const ConvTable& table, std::size_t channels, std::size_t targets,
                 std::span<const std::uint32_t> spikes, bool once,
                 std::vector<std::uint32_t>& out) {
  // Spikes are counted into a map of the targets, then the map is read in order.
  constexpr std::size_t word = sizeof(std::uint64_t);
  thread_local std::vector<std::uint8_t> hit;
  thread_local std::vector<std::uint32_t> counts;
  const ChannelDivision by(channels);
  hit.assign((targets + word - 1) / word * word, 0);
  if (!once) counts.assign(targets, 0);
  for (const std::uint32_t spike : spikes) {
    const std::size_t position = by.quotient(spike), channel = spike - position * channels;
    for (const ConvReach reach : table.from(position)) {
      const std::size_t target = reach.target * channels + channel;
      hit[target] = 1;
      if (!once) ++counts[target];
    }
  }
  for (std::size_t first = 0; first < hit.size(); first += word) {
    std::uint64_t bits;
    std::memcpy(&bits, hit.data() + first, word);
    for (; bits != 0; bits &= bits - 1) {
      const std::size_t target = first + static_cast<std::size_t>(std::countr_zero(bits)) / 8;
      const std::size_t repeats = once ? 1 : counts[target];
      if (repeats == 1) out.push_back(static_cast<std::uint32_t>(target));
      else out.insert(out.end(), repeats, static_cast<std::uint32_t>(target));
    }
  }
}

void first_taps(const ConvTable& table, std::size_t channels, std::size_t targets,
                std::span<const std::uint32_t> spikes, std::vector<std::uint32_t>& taps) {
  const ChannelDivision by(channels);
  taps.assign(targets, 0);
  // From the last spike to the first, so that the first one stays.
  for (std::size_t k = spikes.size(); k-- > 0;) {
    const std::size_t position = by.quotient(spikes[k]);
    const std::size_t channel = spikes[k] - position * channels;
    for (const ConvReach reach : table.from(position))
      taps[reach.target * channels + channel] = reach.tap;
  }
}

}  // namespace volley
#endif  // HWY_ONCE
