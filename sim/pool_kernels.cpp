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

/// Hands each target's gradient to one of its members, of channels first .. channels - 1.
template <bool fresh, class Real>
HWY_ATTR void give_one_by_one(std::span<const ConvReach> members, std::size_t first,
                              std::size_t channels, const std::uint8_t* fired,
                              const Real* gradient, Real* source) {
  for (std::size_t c = first; c < channels; ++c) {
    std::size_t chosen = members.front().target;
    for (const ConvReach member : members)
      if (fired[member.target * channels + c] != 0) {
        chosen = member.target;
        break;
      }
    for (const ConvReach member : members) {
      const Real given = member.target == chosen ? gradient[c] : Real(0);
      Real& own = source[member.target * channels + c];
      own = fresh ? given : own + given;
    }
  }
}

template <bool fresh, class Real>
HWY_ATTR void pool_gradient_text(const ConvTable& members, std::size_t channels,
                                 const std::uint8_t* HWY_RESTRICT fired,
                                 const Real* HWY_RESTRICT gradient, Real* HWY_RESTRICT source) {
  for (std::size_t target = 0; target + 1 < members.offsets.size(); ++target) {
    const auto own = members.from(target);
    if (own.empty()) continue;
    const Real* given = gradient + target * channels;
    std::size_t c = 0;
#if HWY_TARGET != HWY_SCALAR
    if constexpr (sizeof(Real) == sizeof(std::uint32_t)) {
      const hn::ScalableTag<Real> tag;
      const hn::Rebind<std::uint32_t, decltype(tag)> integers;
      const hn::Rebind<std::uint8_t, decltype(tag)> bytes;
      const std::size_t lanes = hn::Lanes(tag);
      for (; c + lanes <= channels; c += lanes) {
        const auto g = hn::LoadU(tag, given + c);
        auto any = hn::Zero(bytes);
        for (const ConvReach member : own)
          any = hn::Or(any, hn::LoadU(bytes, fired + member.target * channels + c));
        // Where nothing fired the first member takes it: as if it had fired.
        auto silent = hn::IfThenElseZero(hn::Eq(any, hn::Zero(bytes)), hn::Set(bytes, 1));
        auto before = hn::Zero(bytes);
        for (const ConvReach member : own) {
          const std::size_t at = member.target * channels + c;
          const auto fires = hn::Or(hn::LoadU(bytes, fired + at), silent);
          silent = hn::Zero(bytes);
          const auto chosen = hn::Ne(hn::PromoteTo(integers, hn::AndNot(before, fires)),
                                     hn::Zero(integers));
          before = hn::Or(before, fires);
          auto value = hn::IfThenElseZero(hn::RebindMask(tag, chosen), g);
          if constexpr (!fresh) value = hn::Add(value, hn::LoadU(tag, source + at));
          hn::StoreU(value, tag, source + at);
        }
      }
    }
#endif
    give_one_by_one<fresh>(own, c, channels, fired, given, source);
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
HWY_ATTR void PoolGradientFloat(const ConvTable& m, std::size_t c, const std::uint8_t* f,
                                const float* g, bool fresh, float* s) {
  if (fresh) pool_gradient_text<true>(m, c, f, g, s);
  else pool_gradient_text<false>(m, c, f, g, s);
}
HWY_ATTR void PoolGradientDouble(const ConvTable& m, std::size_t c, const std::uint8_t* f,
                                 const double* g, bool fresh, double* s) {
  if (fresh) pool_gradient_text<true>(m, c, f, g, s);
  else pool_gradient_text<false>(m, c, f, g, s);
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

/// A byte for each source neuron: whether it fired.
const std::uint8_t* fired_bytes(std::size_t sources, std::span<const std::uint32_t> spikes) {
  thread_local std::vector<std::uint8_t> fired;
  fired.assign(padded(sources), 0);
  std::uint8_t* own = fired.data();
  for (const std::uint32_t spike : spikes) own[spike] = 1;
  return own;
}

/// Writes zeros where the rows of a fresh gradient would be left as they are, or where several
/// targets will add.
template <class Real>
bool start_pool_gradient(const ConvTable& table, std::size_t channels, bool fresh, Real* source) {
  const std::size_t positions = table.offsets.size() - 1;
  if (!fresh) return false;
  if (table.only.empty()) {
    std::fill_n(source, positions * channels, Real(0));
    return false;
  }
  if (table.reaches.size() < positions)
    for (std::size_t position = 0; position < positions; ++position)
      if (table.only[position] == ConvTable::nowhere)
        std::fill_n(source + position * channels, channels, Real(0));
  return true;
}

}  // namespace

void pool_gradient(const ConvTable& table, const ConvTable& members, std::size_t channels,
                   std::span<const std::uint32_t> spikes, const float* gradient, bool fresh,
                   float* source) {
  const bool writes = start_pool_gradient(table, channels, fresh, source);
  HWY_DYNAMIC_DISPATCH(PoolGradientFloat)
  (members, channels, fired_bytes((table.offsets.size() - 1) * channels, spikes), gradient, writes,
   source);
}
void pool_gradient(const ConvTable& table, const ConvTable& members, std::size_t channels,
                   std::span<const std::uint32_t> spikes, const double* gradient, bool fresh,
                   double* source) {
  const bool writes = start_pool_gradient(table, channels, fresh, source);
  HWY_DYNAMIC_DISPATCH(PoolGradientDouble)
  (members, channels, fired_bytes((table.offsets.size() - 1) * channels, spikes), gradient, writes,
   source);
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
