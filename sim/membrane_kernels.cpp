// Plain loops that the compiler vectorises once per instruction set.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sim/membrane_kernels.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h

#include <hwy/highway.h>

#include <limits>

#include "sim/membrane_kernels.hpp"

HWY_BEFORE_NAMESPACE();
namespace volley::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

template <Reset reset, class Real>
HWY_ATTR void membrane_row_text(const MembraneRow<Real>& row, std::size_t n) {
  const Real beta = row.beta, threshold = row.threshold;
  const Real* HWY_RESTRICT previous = row.previous;
  const Real* HWY_RESTRICT current = row.current;
  const Real* HWY_RESTRICT scale = row.scale;
  const Real* HWY_RESTRICT offset = row.offset;
  Real* HWY_RESTRICT v = row.v;
  // The normalised current first, then the leak: two short loops keep the choices out of them.
  if (scale != nullptr && offset != nullptr)
    for (std::size_t i = 0; i < n; ++i) v[i] = current[i] * scale[i] + offset[i];
  else if (offset != nullptr)
    for (std::size_t i = 0; i < n; ++i) v[i] = current[i] + offset[i];
  else
    for (std::size_t i = 0; i < n; ++i) v[i] = current[i];
  if (previous == nullptr) return;
  for (std::size_t i = 0; i < n; ++i) {
    Real kept = previous[i];
    if constexpr (reset == Reset::subtract) kept = kept >= threshold ? kept - threshold : kept;
    if constexpr (reset == Reset::zero) kept = kept >= threshold ? Real(0) : kept;
    v[i] = beta * kept + v[i];
  }
}

template <class Real>
HWY_ATTR void membrane_row_choice(const MembraneRow<Real>& row, std::size_t n) {
  if (row.reset == Reset::subtract) membrane_row_text<Reset::subtract>(row, n);
  else if (row.reset == Reset::zero) membrane_row_text<Reset::zero>(row, n);
  else membrane_row_text<Reset::none>(row, n);
}

template <class Real>
HWY_ATTR std::size_t find_spikes_text(const Real* v, std::size_t n, Real threshold,
                                      std::uint32_t* spikes) {
  const hn::ScalableTag<Real> tag;
  const std::size_t lanes = hn::Lanes(tag);
  const auto limit = hn::Set(tag, threshold);
  std::size_t found = 0, i = 0;
  for (; i + lanes <= n; i += lanes) {
    const auto fires = hn::Ge(hn::LoadU(tag, v + i), limit);
    if (hn::AllFalse(tag, fires)) continue;
    std::uint8_t bits[HWY_MAX_BYTES / 8 + 8] = {};
    hn::StoreMaskBits(tag, fires, bits);
    for (std::size_t lane = 0; lane < lanes; ++lane)
      if ((bits[lane / 8] >> (lane % 8)) & 1)
        spikes[found++] = static_cast<std::uint32_t>(i + lane);
  }
  for (; i < n; ++i)
    if (v[i] >= threshold) spikes[found++] = static_cast<std::uint32_t>(i);
  return found;
}

/// dL/dv from dL/dy at one step, without what flows back from the next.
template <bool atan, bool affine, class Real>
HWY_ATTR void local_gradient_text(const BackwardRow<Real>& row, std::size_t n) {
  const Real threshold = row.threshold, half = row.window / 2, slope = 1 / row.window;
  const Real low = row.clip ? threshold - half : std::numeric_limits<Real>::lowest();
  const Real high = row.clip ? threshold + half : std::numeric_limits<Real>::max();
  constexpr Real pi = Real(3.14159265358979323846);
  const Real* HWY_RESTRICT v = row.v;
  Real* HWY_RESTRICT g = row.gradient;
  const Real* HWY_RESTRICT slope_s = row.constants.slope_s;
  const Real* HWY_RESTRICT const_s = row.constants.const_s;
  const Real* HWY_RESTRICT per_x = row.constants.per_x;
  const Real* HWY_RESTRICT per_s = row.constants.per_s;
  const Real* HWY_RESTRICT const_x = row.constants.const_x;
  const Real* HWY_RESTRICT per_spike = row.constants.per_spike;
  const Real shut = row.clip ? Real(0) : Real(1);  // dx/dv outside the window
  for (std::size_t i = 0; i < n; ++i) {
    const Real distance = v[i] - threshold;
    const bool inside = distance < half && -distance < half;
    Real k;
    if constexpr (atan) k = 1 / (1 + (pi * distance) * (pi * distance));
    else k = inside ? slope : Real(0);
    if constexpr (affine) {
      const Real s = v[i] >= threshold ? Real(1) : Real(0);
      const Real raised = v[i] < low ? low : v[i];
      const Real x = raised > high ? high : raised;
      const Real to_spike = slope_s[i] * g[i] + const_s[i] + per_x[i] * x + per_s[i] * s;
      const Real to_membrane = const_x[i] + per_spike[i] * s;
      g[i] = k * to_spike + (inside ? Real(1) : shut) * to_membrane;
    } else {
      g[i] = k * g[i];
    }
  }
}

/// Adds what flows back from the next step: through the leak and, attached, through the reset.
template <bool atan, class Real>
HWY_ATTR void carry_gradient_text(const BackwardRow<Real>& row, std::size_t n) {
  const Real beta = row.beta, threshold = row.threshold, half = row.window / 2;
  const Real slope = row.attached ? 1 / row.window : Real(0);
  const Real atan_slope = row.attached ? Real(1) : Real(0);
  constexpr Real pi = Real(3.14159265358979323846);
  const bool subtract = row.reset == Reset::subtract, zero = row.reset == Reset::zero;
  const Real* HWY_RESTRICT v = row.v;
  const Real* HWY_RESTRICT next = row.next;
  Real* HWY_RESTRICT g = row.gradient;
  for (std::size_t i = 0; i < n; ++i) {
    const Real distance = v[i] - threshold;
    Real k;
    if constexpr (atan) k = atan_slope / (1 + (pi * distance) * (pi * distance));
    else k = distance < half && -distance < half ? slope : Real(0);
    const Real silent = v[i] >= threshold ? Real(0) : Real(1);
    const Real kept = subtract ? 1 - threshold * k : zero ? silent - v[i] * k : Real(1);
    g[i] += beta * kept * next[i];
  }
}

template <class Real>
HWY_ATTR void backward_row_text(const BackwardRow<Real>& row, std::size_t n) {
  Real* HWY_RESTRICT g = row.gradient;
  const Real* HWY_RESTRICT recurrent = row.recurrent;
  // Later steps want something of the raw spike: without a transform that is dL/dy itself.
  if (recurrent != nullptr && !row.affine)
    for (std::size_t i = 0; i < n; ++i) g[i] += recurrent[i];
  if (row.atan) local_gradient_text<true, false>(row, n);
  else if (row.affine) local_gradient_text<false, true>(row, n);
  else local_gradient_text<false, false>(row, n);
  if (recurrent != nullptr && row.affine) {
    const Real half = row.window / 2, slope = 1 / row.window;
    for (std::size_t i = 0; i < n; ++i) {
      const Real distance = row.v[i] - row.threshold;
      g[i] += distance < half && -distance < half ? slope * recurrent[i] : Real(0);
    }
  }
  if (row.next == nullptr) return;
  if (row.atan) carry_gradient_text<true>(row, n);
  else carry_gradient_text<false>(row, n);
}

// Highway's dispatch tables take plain functions, so each text gets a name per type.
#define VOLLEY_KERNELS(Real, X)                                                                   \
  HWY_ATTR void MembraneRow##X(const MembraneRow<Real>& r, std::size_t n) {                       \
    membrane_row_choice<Real>(r, n); }                                                            \
  HWY_ATTR std::size_t FindSpikes##X(const Real* v, std::size_t n, Real t, std::uint32_t* s) {    \
    return find_spikes_text<Real>(v, n, t, s); }                                                  \
  HWY_ATTR void BackwardRow##X(const BackwardRow<Real>& r, std::size_t n) {                       \
    backward_row_text<Real>(r, n); }
VOLLEY_KERNELS(float, Float)
VOLLEY_KERNELS(double, Double)
#undef VOLLEY_KERNELS

}  // namespace volley::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace volley {

#define VOLLEY_DISPATCH(Real, X)                                                                  \
  HWY_EXPORT(MembraneRow##X);                                                                     \
  HWY_EXPORT(FindSpikes##X);                                                                      \
  HWY_EXPORT(BackwardRow##X);                                                                     \
  void membrane_row(const MembraneRow<Real>& r, std::size_t n) {                                  \
    HWY_DYNAMIC_DISPATCH(MembraneRow##X)(r, n);                                                   \
  }                                                                                               \
  std::size_t find_spikes(const Real* v, std::size_t n, Real t, std::uint32_t* s) {               \
    return HWY_DYNAMIC_DISPATCH(FindSpikes##X)(v, n, t, s);                                       \
  }                                                                                               \
  void backward_row(const BackwardRow<Real>& r, std::size_t n) {                                  \
    HWY_DYNAMIC_DISPATCH(BackwardRow##X)(r, n);                                                   \
  }
VOLLEY_DISPATCH(float, Float)
VOLLEY_DISPATCH(double, Double)
#undef VOLLEY_DISPATCH

}  // namespace volley
#endif  // HWY_ONCE
