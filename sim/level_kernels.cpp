// Plain loops that the compiler vectorises once per instruction set.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sim/level_kernels.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h

#include <hwy/highway.h>

#include "sim/level_kernels.hpp"
#include "sim/spike_levels.hpp"

HWY_BEFORE_NAMESPACE();
namespace volley::HWY_NAMESPACE {

/// The thresholds of a row; `rise` from the first to the last.
template <class Real>
struct Levels {
  Real threshold, levels, rise;

  Levels(const LevelBackwardRow<Real>& all, int count)
      : threshold(all.row.threshold),
        levels(static_cast<Real>(count)),
        rise((levels - 1) * threshold) {}
  explicit Levels(const LevelBackwardRow<Real>& all) : Levels(all, all.levels) {}
  HWY_ATTR bool inside(Real v, Real w) const {
    const Real distance = v - threshold;
    return -distance < w / 2 && distance - rise < w / 2;
  }
  /// ds/dv
  HWY_ATTR Real slope(Real v, Real w) const {
    return inside(v, w) ? levels / (rise + w) : Real(0);
  }
};

/// dL/dv from dL/dy at one step, without what flows back from the next.
template <bool denoised, class Real>
HWY_ATTR void local_gradient_text(const LevelBackwardRow<Real>& all, std::size_t n) {
  const Levels<Real> of(all);
  const bool clip = all.row.clip;
  const Real* HWY_RESTRICT v = all.row.v;
  const Real* HWY_RESTRICT windows = all.windows;
  const Real* HWY_RESTRICT x_per_x = all.x_per_x;
  const BackwardConstants<Real> constants = all.row.constants;
  Real* HWY_RESTRICT g = all.row.gradient;
  for (std::size_t i = 0; i < n; ++i) {
    const Real w = windows[i], slope = of.slope(v[i], w);
    if constexpr (denoised) {
      const Real low = of.threshold - w / 2, high = of.threshold + of.rise + w / 2;
      const Real raised = clip && v[i] < low ? low : v[i];
      const Real x = clip && raised > high ? high : raised;
      const Real s = spike_count(v[i], of.threshold, of.levels);
      const Real to_spike = constants.slope_s[i] * g[i] + constants.const_s[i] +
                            constants.per_x[i] * x + constants.per_s[i] * s;
      const Real to_membrane =
          constants.const_x[i] + constants.per_spike[i] * s + x_per_x[i] * x;
      g[i] = slope * to_spike + (!clip || of.inside(v[i], w) ? to_membrane : Real(0));
    } else {
      g[i] = slope * g[i];
    }
  }
}

/// Adds what flows back from the next step: through the leak and, attached, through the reset.
template <class Real>
HWY_ATTR void carry_gradient_text(const LevelBackwardRow<Real>& all, std::size_t n) {
  const Levels<Real> of(all), first(all, 1);  // all spikes; the first alone
  const Real beta = all.row.beta, attached = all.row.attached ? Real(1) : Real(0);
  const bool subtract = all.row.reset == Reset::subtract, zero = all.row.reset == Reset::zero;
  const Real* HWY_RESTRICT v = all.row.v;
  const Real* HWY_RESTRICT windows = all.windows;
  const Real* HWY_RESTRICT next = all.row.next;
  Real* HWY_RESTRICT g = all.row.gradient;
  for (std::size_t i = 0; i < n; ++i) {
    const Real silent = v[i] >= of.threshold ? Real(0) : Real(1);
    const Real kept = subtract ? 1 - of.threshold * attached * of.slope(v[i], windows[i])
                      : zero   ? silent - v[i] * attached * first.slope(v[i], windows[i])
                               : Real(1);
    g[i] += beta * kept * next[i];
  }
}

template <bool denoised, class Real>
HWY_ATTR void level_backward_row_text(const LevelBackwardRow<Real>& all, std::size_t n) {
  const Levels<Real> of(all);
  const Real* HWY_RESTRICT v = all.row.v;
  const Real* HWY_RESTRICT windows = all.windows;
  const Real* HWY_RESTRICT recurrent = all.row.recurrent;
  Real* HWY_RESTRICT g = all.row.gradient;
  local_gradient_text<denoised>(all, n);
  // Later steps want something of the raw spikes.
  if (recurrent != nullptr)
    for (std::size_t i = 0; i < n; ++i) g[i] += recurrent[i] * of.slope(v[i], windows[i]);
  const Real* HWY_RESTRICT any = all.any;
  const Levels<Real> first(all, 1);
  if (any != nullptr)
    for (std::size_t i = 0; i < n; ++i) g[i] += any[i] * first.slope(v[i], windows[i]);
  if (all.row.next != nullptr) carry_gradient_text(all, n);
}

template <class Real>
HWY_ATTR void level_backward_row_choice(const LevelBackwardRow<Real>& all, std::size_t n) {
  if (all.row.estimator == Estimator::denoise) level_backward_row_text<true>(all, n);
  else level_backward_row_text<false>(all, n);
}

// Highway's dispatch tables take plain functions, so each text gets a name per type.
HWY_ATTR void LevelBackwardFloat(const LevelBackwardRow<float>& all, std::size_t n) {
  level_backward_row_choice(all, n);
}
HWY_ATTR void LevelBackwardDouble(const LevelBackwardRow<double>& all, std::size_t n) {
  level_backward_row_choice(all, n);
}

}  // namespace volley::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace volley {

HWY_EXPORT(LevelBackwardFloat);
HWY_EXPORT(LevelBackwardDouble);
void level_backward_row(const LevelBackwardRow<float>& all, std::size_t n) {
  HWY_DYNAMIC_DISPATCH(LevelBackwardFloat)(all, n);
}
void level_backward_row(const LevelBackwardRow<double>& all, std::size_t n) {
  HWY_DYNAMIC_DISPATCH(LevelBackwardDouble)(all, n);
}

}  // namespace volley
#endif  // HWY_ONCE
