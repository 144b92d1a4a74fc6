// Plain loops that the compiler vectorises once per instruction set.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sim/membrane_kernels.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h

#include <hwy/highway.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "sim/membrane_kernels.hpp"
#include "sim/spike_levels.hpp"

HWY_BEFORE_NAMESPACE();
namespace volley::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

template <Reset reset, bool several, class Real>
HWY_ATTR void membrane_row_text(const MembraneRow<Real>& row, std::size_t n) {
  const Real beta = row.beta, threshold = row.threshold;
  [[maybe_unused]] const Real levels = static_cast<Real>(row.levels);
  const Real* HWY_RESTRICT previous = row.previous;
  const Real* current = row.current;  // may be v
  const Real* HWY_RESTRICT scale = row.scale;
  const Real* HWY_RESTRICT offset = row.offset;
  Real* v = row.v;
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
    if constexpr (several) kept -= threshold * spike_count(kept, threshold, levels);
    else if constexpr (reset == Reset::subtract) kept = kept >= threshold ? kept - threshold : kept;
    if constexpr (reset == Reset::zero) kept = kept >= threshold ? Real(0) : kept;
    v[i] = beta * kept + v[i];
  }
}

template <class Real>
HWY_ATTR void membrane_row_choice(const MembraneRow<Real>& row, std::size_t n) {
  if (row.reset == Reset::subtract && row.levels > 1)
    membrane_row_text<Reset::subtract, true>(row, n);
  else if (row.reset == Reset::subtract) membrane_row_text<Reset::subtract, false>(row, n);
  else if (row.reset == Reset::zero) membrane_row_text<Reset::zero, false>(row, n);
  else membrane_row_text<Reset::none, false>(row, n);
}

/// Writes first + lane for every lane of the mask, and perhaps up to a vector of anything behind:
/// there is room, since what was found before has fewer indices than there are lanes before.
template <class Tag, class Mask>
HWY_ATTR HWY_INLINE std::size_t write_lanes(Tag tag, Mask mask, std::size_t first,
                                            std::uint32_t* spikes) {
  if constexpr (sizeof(hn::TFromD<Tag>) == sizeof(std::uint32_t)) {
    // Iota of 0 is a constant; of a variable it would go through memory.
    const hn::Rebind<std::uint32_t, Tag> integers;
    const auto lanes = hn::Add(hn::Iota(integers, 0),
                               hn::Set(integers, static_cast<std::uint32_t>(first)));
    hn::StoreU(hn::Compress(lanes, hn::RebindMask(integers, mask)), integers, spikes);
    return hn::CountTrue(tag, mask);
  } else {
    std::uint8_t bytes[HWY_MAX_BYTES / 8 + 8] = {};
    hn::StoreMaskBits(tag, mask, bytes);
    std::size_t found = 0;
    for (std::size_t lane = 0; lane < hn::Lanes(tag); ++lane)
      if ((bytes[lane / 8] >> (lane % 8) & 1) != 0)
        spikes[found++] = static_cast<std::uint32_t>(first + lane);
    return found;
  }
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
    found += write_lanes(tag, fires, i, spikes + found);
  }
  for (; i < n; ++i)
    if (v[i] >= threshold) spikes[found++] = static_cast<std::uint32_t>(i);
  return found;
}

/// The membrane's step and its spikes in one pass; one level.
template <Reset reset, class Real>
HWY_ATTR std::size_t spiking_row_text(const MembraneRow<Real>& row, std::size_t n,
                                      std::uint32_t* spikes) {
  const hn::ScalableTag<Real> tag;
  const std::size_t lanes = hn::Lanes(tag);
  const Real *previous = row.previous, *current = row.current;
  const Real *scale = row.scale, *offset = row.offset;
  const auto beta = hn::Set(tag, row.beta), limit = hn::Set(tag, row.threshold);
  std::size_t found = 0, i = 0;
  for (; i + lanes <= n; i += lanes) {
    auto v = hn::LoadU(tag, current + i);
    if (scale != nullptr) v = hn::Mul(v, hn::LoadU(tag, scale + i));
    if (offset != nullptr) v = hn::Add(v, hn::LoadU(tag, offset + i));
    if (previous != nullptr) {
      auto kept = hn::LoadU(tag, previous + i);
      if constexpr (reset == Reset::subtract)
        kept = hn::Sub(kept, hn::IfThenElseZero(hn::Ge(kept, limit), limit));
      if constexpr (reset == Reset::zero) kept = hn::IfThenZeroElse(hn::Ge(kept, limit), kept);
      v = hn::Add(hn::Mul(beta, kept), v);
    }
    hn::StoreU(v, tag, row.v + i);
    const auto fires = hn::Ge(v, limit);
    found += write_lanes(tag, fires, i, spikes + found);
  }
  if (i == n) return found;
  const auto from = [i](const Real* values) { return values == nullptr ? nullptr : values + i; };
  MembraneRow<Real> rest = row;
  rest.previous = from(previous);
  rest.current = current + i;
  rest.scale = from(scale);
  rest.offset = from(offset);
  rest.v = row.v + i;
  membrane_row_text<reset, false>(rest, n - i);
  for (; i < n; ++i)
    if (row.v[i] >= row.threshold) spikes[found++] = static_cast<std::uint32_t>(i);
  return found;
}

template <class Real>
HWY_ATTR std::size_t spiking_row_choice(const MembraneRow<Real>& row, std::size_t n,
                                        std::uint32_t* spikes) {
  if (row.levels > 1) {
    membrane_row_choice<Real>(row, n);
    return find_spikes_text<Real>(row.v, n, row.threshold, spikes);
  }
  if (row.reset == Reset::subtract) return spiking_row_text<Reset::subtract>(row, n, spikes);
  if (row.reset == Reset::zero) return spiking_row_text<Reset::zero>(row, n, spikes);
  return spiking_row_text<Reset::none>(row, n, spikes);
}

/// ds/dv at distance d from the threshold; formulas and sources in models/quantizer.hpp.
template <Estimator estimator, class Real>
HWY_ATTR inline Real spike_slope(Real d, Real window, Real k) {
  constexpr Real pi = Real(3.14159265358979323846);
  constexpr Real density = Real(0.39894228040143267794);  // 1 / sqrt(2 pi)
  const Real away = d < 0 ? -d : d;
  if constexpr (estimator == Estimator::atan) {
    const Real t = pi / 2 * k * d;
    return k / 2 / (1 + t * t);
  } else if constexpr (estimator == Estimator::fast_sigmoid) {
    const Real t = 1 + k * away;
    return 1 / (t * t);
  } else if constexpr (estimator == Estimator::sigmoid) {
    const Real e = std::exp(-k * away);
    return k * e / ((1 + e) * (1 + e));
  } else if constexpr (estimator == Estimator::triangle) {
    const Real t = k - k * k * away;
    return t > 0 ? t : Real(0);
  } else if constexpr (estimator == Estimator::gaussian) {
    return k * density * std::exp(-(k * d) * (k * d) / 2);
  } else if constexpr (estimator == Estimator::multi_gaussian) {
    const Real middle = k * d, right = (k * d - 1) / 6, left = (k * d + 1) / 6;
    return k * density *
           (Real(1.15) * std::exp(-middle * middle / 2) -
            Real(0.025) * (std::exp(-right * right / 2) + std::exp(-left * left / 2)));
  } else if constexpr (estimator == Estimator::soft_round) {
    const Real e = std::exp(-2 * k / window * away), end = std::exp(-k);
    const Real slope = 2 * k * e / ((1 + e) * (1 + e)) * (1 + end) / (window * (1 - end));
    return away < window / 2 ? slope : Real(0);
  } else {
    return away < window / 2 ? 1 / window : Real(0);
  }
}

/// The slope of neuron i of a row whose distance is d.
template <Estimator estimator, class Real>
HWY_ATTR inline Real slope_at(Real d, Real window, Real k, const Real* slopes, std::size_t i) {
  if constexpr (estimator == Estimator::custom) return slopes[i];
  else return spike_slope<estimator>(d, window, k);
}

/// What local_gradient_text does under the denoising transform, for whole vectors: the compiler keeps
/// the branches of its plain loop. @return neurons done
template <class Real>
HWY_ATTR std::size_t denoise_vectors(const BackwardRow<Real>& row, std::size_t n) {
  const hn::ScalableTag<Real> tag;
  const std::size_t lanes = hn::Lanes(tag);
  const Real half_window = row.window / 2;
  const auto threshold = hn::Set(tag, row.threshold), half = hn::Set(tag, half_window);
  const auto slope = hn::Set(tag, 1 / row.window), one = hn::Set(tag, Real(1));
  const auto low = hn::Set(tag, row.clip ? row.threshold - half_window
                                         : std::numeric_limits<Real>::lowest());
  const auto high = hn::Set(tag, row.clip ? row.threshold + half_window
                                          : std::numeric_limits<Real>::max());
  const auto shut = hn::Set(tag, row.clip ? Real(0) : Real(1));
  const BackwardConstants<Real>& of = row.constants;
  std::size_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    const auto v = hn::LoadU(tag, row.v + i);
    const auto inside = hn::Lt(hn::Abs(hn::Sub(v, threshold)), half);
    const auto s = hn::IfThenElseZero(hn::Ge(v, threshold), one);
    const auto x = hn::Min(hn::Max(v, low), high);
    auto to_spike = hn::Mul(hn::LoadU(tag, of.slope_s + i), hn::LoadU(tag, row.gradient + i));
    to_spike = hn::Add(to_spike, hn::LoadU(tag, of.const_s + i));
    to_spike = hn::Add(to_spike, hn::Mul(hn::LoadU(tag, of.per_x + i), x));
    to_spike = hn::Add(to_spike, hn::Mul(hn::LoadU(tag, of.per_s + i), s));
    const auto to_membrane = hn::Add(hn::LoadU(tag, of.const_x + i),
                                     hn::Mul(hn::LoadU(tag, of.per_spike + i), s));
    const auto g = hn::Add(hn::Mul(hn::IfThenElseZero(inside, slope), to_spike),
                           hn::Mul(hn::IfThenElse(inside, one, shut), to_membrane));
    hn::StoreU(g, tag, row.gradient + i);
  }
  return i;
}

/// dL/dv from dL/dy at one step, without what flows back from the next.
template <Estimator estimator, class Real>
HWY_ATTR void local_gradient_text(const BackwardRow<Real>& row, std::size_t n) {
  const Real threshold = row.threshold, window = row.window, half = window / 2;
  const Real sharpness = row.sharpness;
  const Real low = row.clip ? threshold - half : std::numeric_limits<Real>::lowest();
  const Real high = row.clip ? threshold + half : std::numeric_limits<Real>::max();
  const Real* HWY_RESTRICT v = row.v;
  Real* HWY_RESTRICT g = row.gradient;
  const Real* HWY_RESTRICT slope_s = row.constants.slope_s;
  const Real* HWY_RESTRICT const_s = row.constants.const_s;
  const Real* HWY_RESTRICT per_x = row.constants.per_x;
  const Real* HWY_RESTRICT per_s = row.constants.per_s;
  const Real* HWY_RESTRICT const_x = row.constants.const_x;
  const Real* HWY_RESTRICT per_spike = row.constants.per_spike;
  const Real* HWY_RESTRICT slopes = row.slopes;
  const Real shut = row.clip ? Real(0) : Real(1);  // dx/dv outside the window
  std::size_t i = 0;
  if constexpr (estimator == Estimator::denoise) i = denoise_vectors(row, n);
  for (; i < n; ++i) {
    const Real distance = v[i] - threshold;
    const Real k = slope_at<estimator>(distance, window, sharpness, slopes, i);
    if constexpr (estimator == Estimator::denoise) {
      const bool inside = distance < half && -distance < half;
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
template <Estimator estimator, class Real>
HWY_ATTR void carry_gradient_text(const BackwardRow<Real>& row, std::size_t n) {
  const Real beta = row.beta, threshold = row.threshold, window = row.window;
  const Real sharpness = row.sharpness, attached = row.attached ? Real(1) : Real(0);
  const bool subtract = row.reset == Reset::subtract, zero = row.reset == Reset::zero;
  const Real* HWY_RESTRICT v = row.v;
  const Real* HWY_RESTRICT next = row.next;
  const Real* HWY_RESTRICT slopes = row.slopes;
  Real* HWY_RESTRICT g = row.gradient;
  if (zero && row.fired != nullptr) {
    const Real* HWY_RESTRICT fired = row.fired;
    for (std::size_t i = 0; i < n; ++i) {
      const Real k =
          attached * slope_at<estimator>(v[i] - threshold, window, sharpness, slopes, i);
      g[i] += beta * (1 - fired[i] - v[i] * k) * next[i];
    }
    return;
  }
  for (std::size_t i = 0; i < n; ++i) {
    const Real k = attached * slope_at<estimator>(v[i] - threshold, window, sharpness, slopes, i);
    const Real silent = v[i] >= threshold ? Real(0) : Real(1);
    const Real kept = subtract ? 1 - threshold * k : zero ? silent - v[i] * k : Real(1);
    g[i] += beta * kept * next[i];
  }
}

/// All of it without a transform, in one pass; `leaks`: of the next step's gradient beta flows
/// back, whatever the reset.
template <Estimator estimator, bool leaks, class Real>
HWY_ATTR void plain_backward_text(const BackwardRow<Real>& row, std::size_t n) {
  const Real beta = row.beta, threshold = row.threshold, window = row.window;
  const Real sharpness = row.sharpness, attached = row.attached ? Real(1) : Real(0);
  const bool subtract = row.reset == Reset::subtract, zero = row.reset == Reset::zero;
  const Real* HWY_RESTRICT v = row.v;
  const Real* HWY_RESTRICT next = row.next;
  const Real* HWY_RESTRICT slopes = row.slopes;
  Real* HWY_RESTRICT g = row.gradient;
  for (std::size_t i = 0; i < n; ++i) {
    const Real k = slope_at<estimator>(v[i] - threshold, window, sharpness, slopes, i);
    if constexpr (leaks) {
      g[i] = k * g[i] + beta * next[i];
    } else {
      const Real silent = v[i] >= threshold ? Real(0) : Real(1);
      const Real kept = subtract ? 1 - threshold * (attached * k)
                        : zero   ? silent - v[i] * (attached * k)
                                 : Real(1);
      g[i] = k * g[i] + beta * kept * next[i];
    }
  }
}

/// The same for constants that repeat themselves.
template <class Real>
HWY_ATTR void denoise_row_text(const BackwardRow<Real>& row, std::size_t n) {
  BackwardRow<Real> piece = row;
  for (std::size_t first = 0; first < n; first += row.constants.period) {
    piece.v = row.v + first;
    piece.gradient = row.gradient + first;
    local_gradient_text<Estimator::denoise>(piece, std::min(n - first, row.constants.period));
    if (row.constants.period >= n) return;
  }
}

template <Estimator estimator, class Real>
HWY_ATTR void backward_row_text(const BackwardRow<Real>& row, std::size_t n) {
  constexpr bool affine = estimator == Estimator::denoise;
  Real* HWY_RESTRICT g = row.gradient;
  const Real* HWY_RESTRICT recurrent = row.recurrent;
  // Later steps want something of the raw spike: without a transform that is dL/dy itself.
  if (recurrent != nullptr && !affine)
    for (std::size_t i = 0; i < n; ++i) g[i] += recurrent[i];
  if (!affine && row.next != nullptr && row.fired == nullptr) {
    const bool leaks = row.reset == Reset::none || (row.reset == Reset::subtract && !row.attached);
    if (leaks) plain_backward_text<estimator, true>(row, n);
    else plain_backward_text<estimator, false>(row, n);
    return;
  }
  if constexpr (affine) denoise_row_text(row, n);
  else local_gradient_text<estimator>(row, n);
  if (recurrent != nullptr && affine)
    for (std::size_t i = 0; i < n; ++i)
      g[i] += recurrent[i] *
              spike_slope<estimator>(row.v[i] - row.threshold, row.window, row.sharpness);
  if (row.next != nullptr) carry_gradient_text<estimator>(row, n);
}

template <class Real>
HWY_ATTR void backward_row_choice(const BackwardRow<Real>& row, std::size_t n) {
  switch (row.estimator) {
    case Estimator::denoise: return backward_row_text<Estimator::denoise>(row, n);
    case Estimator::straight_through:
      return backward_row_text<Estimator::straight_through>(row, n);
    case Estimator::atan: return backward_row_text<Estimator::atan>(row, n);
    case Estimator::fast_sigmoid: return backward_row_text<Estimator::fast_sigmoid>(row, n);
    case Estimator::sigmoid: return backward_row_text<Estimator::sigmoid>(row, n);
    case Estimator::triangle: return backward_row_text<Estimator::triangle>(row, n);
    case Estimator::gaussian: return backward_row_text<Estimator::gaussian>(row, n);
    case Estimator::multi_gaussian: return backward_row_text<Estimator::multi_gaussian>(row, n);
    case Estimator::soft_round: return backward_row_text<Estimator::soft_round>(row, n);
    case Estimator::stochastic:
    case Estimator::learned: return backward_row_text<Estimator::sigmoid>(row, n);
    case Estimator::progressive: return backward_row_text<Estimator::straight_through>(row, n);
    case Estimator::custom: return backward_row_text<Estimator::custom>(row, n);
  }
}

// Highway's dispatch tables take plain functions, so each text gets a name per type.
#define VOLLEY_KERNELS(Real, X)                                                                   \
  HWY_ATTR void MembraneRow##X(const MembraneRow<Real>& r, std::size_t n) {                       \
    membrane_row_choice<Real>(r, n); }                                                            \
  HWY_ATTR std::size_t FindSpikes##X(const Real* v, std::size_t n, Real t, std::uint32_t* s) {    \
    return find_spikes_text<Real>(v, n, t, s); }                                                  \
  HWY_ATTR std::size_t SpikingRow##X(const MembraneRow<Real>& r, std::size_t n,                   \
                                     std::uint32_t* s) {                                          \
    return spiking_row_choice<Real>(r, n, s); }                                                   \
  HWY_ATTR void BackwardRow##X(const BackwardRow<Real>& r, std::size_t n) {                       \
    backward_row_choice<Real>(r, n); }
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
  HWY_EXPORT(SpikingRow##X);                                                                      \
  HWY_EXPORT(BackwardRow##X);                                                                     \
  void membrane_row(const MembraneRow<Real>& r, std::size_t n) {                                  \
    HWY_DYNAMIC_DISPATCH(MembraneRow##X)(r, n);                                                   \
  }                                                                                               \
  std::size_t find_spikes(const Real* v, std::size_t n, Real t, std::uint32_t* s) {               \
    return HWY_DYNAMIC_DISPATCH(FindSpikes##X)(v, n, t, s);                                       \
  }                                                                                               \
  std::size_t spiking_row(const MembraneRow<Real>& r, std::size_t n, std::uint32_t* s) {          \
    return HWY_DYNAMIC_DISPATCH(SpikingRow##X)(r, n, s);                                          \
  }                                                                                               \
  void backward_row(const BackwardRow<Real>& r, std::size_t n) {                                  \
    HWY_DYNAMIC_DISPATCH(BackwardRow##X)(r, n);                                                   \
  }
VOLLEY_DISPATCH(float, Float)
VOLLEY_DISPATCH(double, Double)
#undef VOLLEY_DISPATCH

}  // namespace volley
#endif  // HWY_ONCE
