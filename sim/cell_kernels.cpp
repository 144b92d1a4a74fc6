// A neuron costs 12 bytes read and written a step, so the work is bound by stores; spikes are rare,
// and everything about them stands on a branch that is hardly taken.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sim/cell_kernels.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h

#include <hwy/highway.h>

#include <bit>
#include <cmath>
#include <cstring>

#include "sim/cell_kernels.hpp"

HWY_BEFORE_NAMESPACE();
namespace volley::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using FloatTag = hn::CappedTag<float, 16>;
using WordTag = hn::RebindToUnsigned<FloatTag>;
using CountTag = hn::RebindToSigned<FloatTag>;

/// Bits of the lanes from neuron i on.
template <class Mask>
HWY_ATTR inline std::uint64_t bits_of(FloatTag tag, Mask mask) {
  std::uint8_t bytes[8] = {};
  hn::StoreMaskBits(tag, mask, bytes);
  std::uint64_t bits = 0;
  std::memcpy(&bits, bytes, sizeof bits);
  return bits;
}

HWY_ATTR inline hn::Mask<FloatTag> refractory_mask(FloatTag tag, const std::uint64_t* words,
                                                   std::size_t i) {
  if (hn::Lanes(tag) % 8 == 0)
    return hn::LoadMaskBits(tag, reinterpret_cast<const std::uint8_t*>(words) + i / 8);
  const std::uint64_t bits = words[i / 64] >> (i % 64);
  std::uint8_t bytes[8];
  std::memcpy(bytes, &bits, sizeof bytes);
  return hn::LoadMaskBits(tag, bytes);
}

template <bool Excitatory, bool Inhibitory, bool Delta>
HWY_ATTR std::size_t update_text(const CellCoefficients& c, const CellRow& row, std::size_t n,
                                 bool refractory_after, std::uint32_t first,
                                 std::uint32_t* HWY_RESTRICT spikes) {
  const FloatTag tag;
  const std::size_t lanes = hn::Lanes(tag);
  const auto decay = hn::Set(tag, c.decay), offset = hn::Set(tag, c.offset);
  const auto from_excitatory = hn::Set(tag, c.from_excitatory);
  const auto from_inhibitory = hn::Set(tag, c.from_inhibitory);
  const auto excitatory_decay = hn::Set(tag, c.excitatory_decay);
  const auto inhibitory_decay = hn::Set(tag, c.inhibitory_decay);
  const auto threshold = hn::Set(tag, c.threshold), reset = hn::Set(tag, c.reset_value);
  const auto drop = hn::Set(tag, c.threshold - c.reset_value);
  float* HWY_RESTRICT membrane = row.v;
  float* HWY_RESTRICT excitatory = row.excitatory;
  float* HWY_RESTRICT inhibitory = row.inhibitory;
  float* HWY_RESTRICT delta = row.delta;
  std::size_t count = 0;
  for (std::size_t i = 0; i < n; i += lanes) {
    const auto before = hn::Load(tag, membrane + i);
    auto next = before;
    if constexpr (Delta) {
      next = hn::Add(next, hn::Load(tag, delta + i));
      hn::Store(hn::Zero(tag), tag, delta + i);
    }
    next = hn::Add(hn::Mul(decay, next), offset);
    if constexpr (Excitatory) {
      const auto current = hn::Load(tag, excitatory + i);
      next = hn::Add(next, hn::Mul(from_excitatory, current));
      hn::Store(hn::Mul(excitatory_decay, current), tag, excitatory + i);
    }
    if constexpr (Inhibitory) {
      const auto current = hn::Load(tag, inhibitory + i);
      next = hn::Add(next, hn::Mul(from_inhibitory, current));
      hn::Store(hn::Mul(inhibitory_decay, current), tag, inhibitory + i);
    }
    const auto held = refractory_mask(tag, row.refractory, i);
    next = hn::IfThenElse(held, before, next);
    const auto fires = hn::AndNot(held, hn::Ge(next, threshold));
    if (HWY_UNLIKELY(!hn::AllFalse(tag, fires))) {
      next = hn::IfThenElse(fires, c.subtract ? hn::Sub(next, drop) : reset, next);
      std::uint64_t bits = bits_of(tag, fires);
      if (refractory_after) row.refractory[i / 64] |= bits << (i % 64);
      for (; bits != 0; bits &= bits - 1)
        spikes[count++] = first + static_cast<std::uint32_t>(
                                      i + static_cast<std::size_t>(std::countr_zero(bits)));
    }
    hn::Store(next, tag, membrane + i);
  }
  return count;
}

HWY_ATTR std::size_t UpdateCells(const CellCoefficients& c, const CellRow& row, std::size_t n,
                                 bool after, std::uint32_t first, std::uint32_t* spikes) {
  const int has = (row.excitatory != nullptr ? 4 : 0) + (row.inhibitory != nullptr ? 2 : 0) +
                  (row.delta != nullptr ? 1 : 0);
  switch (has) {
    case 7: return update_text<true, true, true>(c, row, n, after, first, spikes);
    case 6: return update_text<true, true, false>(c, row, n, after, first, spikes);
    case 5: return update_text<true, false, true>(c, row, n, after, first, spikes);
    case 4: return update_text<true, false, false>(c, row, n, after, first, spikes);
    case 3: return update_text<false, true, true>(c, row, n, after, first, spikes);
    case 2: return update_text<false, true, false>(c, row, n, after, first, spikes);
    case 1: return update_text<false, false, true>(c, row, n, after, first, spikes);
    default: return update_text<false, false, false>(c, row, n, after, first, spikes);
  }
}

/// cell_draw() of consecutive neurons.
HWY_ATTR inline hn::Vec<WordTag> draws(WordTag tag, std::uint64_t key, std::uint32_t first) {
  const auto mix = [&](hn::Vec<WordTag> x) HWY_ATTR {
    x = hn::Xor(x, hn::ShiftRight<16>(x));
    x = hn::Mul(x, hn::Set(tag, 0x21f0aaadU));
    x = hn::Xor(x, hn::ShiftRight<15>(x));
    x = hn::Mul(x, hn::Set(tag, 0xd35a2d97U));
    return hn::Xor(x, hn::ShiftRight<15>(x));
  };
  // Iota of 0 is a constant; of a variable it would go through memory.
  const auto x = hn::Add(hn::Iota(tag, 0), hn::Set(tag, first + static_cast<std::uint32_t>(key)));
  return mix(hn::Xor(mix(x), hn::Set(tag, static_cast<std::uint32_t>(key >> 32))));
}

HWY_ATTR std::size_t DrawSpikes(std::uint64_t key, std::uint32_t first, std::size_t n,
                                std::uint32_t threshold, std::uint32_t* spikes) {
  const WordTag tag;
  const std::size_t lanes = hn::Lanes(tag);
  const auto limit = hn::Set(tag, threshold);
  std::size_t count = 0;
  for (std::size_t i = 0; i < n; i += lanes) {
    const auto drawn = draws(tag, key, first + static_cast<std::uint32_t>(i));
    const auto fires = hn::RebindMask(FloatTag(), hn::Lt(drawn, limit));
    if (hn::AllFalse(FloatTag(), fires)) continue;
    for (std::uint64_t bits = bits_of(FloatTag(), fires); bits != 0; bits &= bits - 1) {
      const std::size_t at = i + static_cast<std::size_t>(std::countr_zero(bits));
      if (at < n) spikes[count++] = first + static_cast<std::uint32_t>(at);
    }
  }
  return count;
}

HWY_ATTR void AddDraws(float* HWY_RESTRICT target, std::uint64_t key, std::uint32_t first,
                       std::size_t n, float weight, const std::uint32_t* HWY_RESTRICT cumulative,
                       std::size_t counts) {
  const WordTag tag;
  const FloatTag real;
  const std::size_t lanes = hn::Lanes(tag);
  const auto one = hn::Set(real, weight);
  for (std::size_t i = 0; i < n; i += lanes) {
    const auto drawn = draws(tag, key, first + static_cast<std::uint32_t>(i));
    auto count = hn::Zero(tag);  // of all bits set is -1
    for (std::size_t k = 0; k < counts; ++k) {
      const auto reached = hn::Not(hn::Lt(drawn, hn::Set(tag, cumulative[k])));
      if (hn::AllFalse(tag, reached)) break;
      count = hn::Sub(count, hn::VecFromMask(tag, reached));
    }
    const auto number = hn::ConvertTo(real, hn::BitCast(CountTag(), count));
    hn::Store(hn::Add(hn::Load(real, target + i), hn::Mul(one, number)), real, target + i);
  }
}

HWY_ATTR void AddAndClear(float* HWY_RESTRICT target, float* HWY_RESTRICT source,
                          std::size_t n) {
  const FloatTag tag;
  const std::size_t lanes = hn::Lanes(tag);
  for (std::size_t i = 0; i < n; i += lanes) {
    hn::Store(hn::Add(hn::Load(tag, target + i), hn::Load(tag, source + i)), tag, target + i);
    hn::Store(hn::Zero(tag), tag, source + i);
  }
}

}  // namespace volley::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace volley {

HWY_EXPORT(UpdateCells);
HWY_EXPORT(DrawSpikes);
HWY_EXPORT(AddDraws);
HWY_EXPORT(AddAndClear);

namespace {
/// Share of g(0) that reaches v after a step: the integral of e^(-(dt - s) / tau) e^(-s / synapse)
/// ds / tau.
double transfer(double dt, double tau, double synapse) {
  if (std::abs(tau - synapse) < 1e-9 * tau) return dt / tau * std::exp(-dt / tau);
  return synapse / (synapse - tau) * (std::exp(-dt / synapse) - std::exp(-dt / tau));
}
}  // namespace

CellCoefficients cell_coefficients(double dt_ms, double tau_ms, double tau_excitatory_ms,
                                   double tau_inhibitory_ms, double rest, double drive) {
  CellCoefficients made;
  if (!(tau_ms > 0)) {
    made.offset = static_cast<float>(drive * dt_ms);
    return made;
  }
  made.decay = static_cast<float>(std::exp(-dt_ms / tau_ms));
  made.offset = static_cast<float>(-std::expm1(-dt_ms / tau_ms) * (rest + drive));
  made.excitatory_decay = static_cast<float>(std::exp(-dt_ms / tau_excitatory_ms));
  made.inhibitory_decay = static_cast<float>(std::exp(-dt_ms / tau_inhibitory_ms));
  made.from_excitatory = static_cast<float>(transfer(dt_ms, tau_ms, tau_excitatory_ms));
  made.from_inhibitory = static_cast<float>(transfer(dt_ms, tau_ms, tau_inhibitory_ms));
  return made;
}

std::size_t update_cells(const CellCoefficients& coefficients, const CellRow& row, std::size_t n,
                         bool refractory_after, std::uint32_t first, std::uint32_t* spikes) {
  return HWY_DYNAMIC_DISPATCH(UpdateCells)(coefficients, row, n, refractory_after, first, spikes);
}

std::size_t draw_spikes(std::uint64_t key, std::uint32_t first, std::size_t count,
                        std::uint32_t threshold, std::uint32_t* spikes) {
  return HWY_DYNAMIC_DISPATCH(DrawSpikes)(key, first, count, threshold, spikes);
}

void add_draws(float* target, std::uint64_t key, std::uint32_t first, std::size_t n, float weight,
               const std::uint32_t* cumulative, std::size_t counts) {
  HWY_DYNAMIC_DISPATCH(AddDraws)(target, key, first, n, weight, cumulative, counts);
}

void add_and_clear(float* target, float* source, std::size_t n) {
  HWY_DYNAMIC_DISPATCH(AddAndClear)(target, source, n);
}

}  // namespace volley
#endif  // HWY_ONCE
