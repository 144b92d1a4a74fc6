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

/// source[c] += gradient[c] where hit[c] is 0.
template <class Real>
HWY_ATTR HWY_INLINE void add_silent(const std::uint8_t* HWY_RESTRICT hit,
                                    const Real* HWY_RESTRICT gradient, Real* HWY_RESTRICT source,
                                    std::size_t channels) {
  std::size_t c = 0;
#if HWY_TARGET != HWY_SCALAR
  if constexpr (sizeof(Real) == sizeof(std::uint32_t)) {
    const hn::ScalableTag<Real> tag;
    const hn::Rebind<std::uint32_t, decltype(tag)> integers;
    const hn::Rebind<std::uint8_t, decltype(tag)> bytes;
    const std::size_t lanes = hn::Lanes(tag);
    for (; c + lanes <= channels; c += lanes) {
      const auto fired = hn::PromoteTo(integers, hn::LoadU(bytes, hit + c));
      const auto silent = hn::RebindMask(tag, hn::Eq(fired, hn::Zero(integers)));
      const auto add = hn::IfThenElseZero(silent, hn::LoadU(tag, gradient + c));
      hn::StoreU(hn::Add(hn::LoadU(tag, source + c), add), tag, source + c);
    }
  }
#endif
  for (; c < channels; ++c)
    if (hit[c] == 0) source[c] += gradient[c];
}

template <class Real>
HWY_ATTR void silent_gradient_text(std::span<const std::uint32_t> first_member,
                                   std::size_t channels, const std::uint8_t* hit,
                                   const Real* gradient, Real* source) {
  for (std::size_t target = 0; target < first_member.size(); ++target)
    add_silent(hit + target * channels, gradient + target * channels,
               source + first_member[target] * channels, channels);
}

// Highway's dispatch tables take plain functions, so each text gets a name per type.
HWY_ATTR void SilentGradientFloat(std::span<const std::uint32_t> f, std::size_t c,
                                  const std::uint8_t* h, const float* g, float* s) {
  silent_gradient_text(f, c, h, g, s);
}
HWY_ATTR void SilentGradientDouble(std::span<const std::uint32_t> f, std::size_t c,
                                   const std::uint8_t* h, const double* g, double* s) {
  silent_gradient_text(f, c, h, g, s);
}

}  // namespace volley::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace volley {

HWY_EXPORT(SilentGradientFloat);
HWY_EXPORT(SilentGradientDouble);

namespace {

constexpr std::size_t word = sizeof(std::uint64_t);
std::size_t whole_words(std::size_t bytes) { return (bytes + word - 1) / word * word; }

/// body(target neuron) for each target of the spike at a position and channel.
template <class Body>
void for_targets(const ConvTable& table, std::size_t channels, std::size_t position,
                 std::size_t channel, const Body& body) {
  if (!table.only.empty()) {
    const std::uint32_t target = table.only[position];
    if (target != ConvTable::nowhere) body(target * channels + channel);
    return;
  }
  for (const ConvReach reach : table.from(position)) body(reach.target * channels + channel);
}

template <class Real>
std::vector<std::uint8_t>& spike_gradient(const ConvTable& table, std::size_t targets,
                                          std::size_t channels,
                                          std::span<const std::uint32_t> spikes,
                                          const Real* gradient, Real* source) {
  thread_local std::vector<std::uint8_t> hit;
  hit.assign(whole_words(targets), 0);
  const ChannelDivision by(channels);
  for (const std::uint32_t spike : spikes) {
    const std::size_t position = by.quotient(spike);
    for_targets(table, channels, position, spike - position * channels, [&](std::size_t target) {
      if (hit[target] != 0) return;
      hit[target] = 1;
      source[spike] += gradient[target];
    });
  }
  return hit;
}

}  // namespace

void pool_gradient(const ConvTable& table, std::span<const std::uint32_t> first_member,
                   std::size_t channels, std::span<const std::uint32_t> spikes,
                   const float* gradient, float* source) {
  const auto& hit =
      spike_gradient(table, first_member.size() * channels, channels, spikes, gradient, source);
  HWY_DYNAMIC_DISPATCH(SilentGradientFloat)(first_member, channels, hit.data(), gradient, source);
}
void pool_gradient(const ConvTable& table, std::span<const std::uint32_t> first_member,
                   std::size_t channels, std::span<const std::uint32_t> spikes,
                   const double* gradient, double* source) {
  const auto& hit =
      spike_gradient(table, first_member.size() * channels, channels, spikes, gradient, source);
  HWY_DYNAMIC_DISPATCH(SilentGradientDouble)(first_member, channels, hit.data(), gradient, source);
}

void pool_spikes(const ConvTable& table, std::size_t channels, std::size_t targets,
                 std::span<const std::uint32_t> spikes, bool once,
                 std::vector<std::uint32_t>& out) {
  // Spikes are counted into a map of the targets, then the map is read in order.
  thread_local std::vector<std::uint8_t> hit;
  thread_local std::vector<std::uint32_t> counts;
  const ChannelDivision by(channels);
  hit.assign(whole_words(targets), 0);
  if (!once) counts.assign(targets, 0);
  std::uint8_t* hits = hit.data();
  for (const std::uint32_t spike : spikes) {
    const std::size_t position = by.quotient(spike);
    for_targets(table, channels, position, spike - position * channels, [&](std::size_t target) {
      hits[target] = 1;
      if (!once) ++counts[target];
    });
  }
  if (once) {
    // Each spike is at most one target where a position has one; room for all, then what is there.
    const std::size_t before = out.size();
    out.resize(before + targets);
    std::uint32_t* next = out.data() + before;
    for (std::size_t first = 0; first < hit.size(); first += word) {
      std::uint64_t bits;
      std::memcpy(&bits, hits + first, word);
      for (; bits != 0; bits &= bits - 1)
        *next++ = static_cast<std::uint32_t>(first) +
                  static_cast<std::uint32_t>(std::countr_zero(bits)) / 8;
    }
    out.resize(static_cast<std::size_t>(next - out.data()));
    return;
  }
  for (std::size_t target = 0; target < targets; ++target)
    if (hits[target] != 0)
      out.insert(out.end(), counts[target], static_cast<std::uint32_t>(target));
}

}  // namespace volley
#endif  // HWY_ONCE
