// Plain loops that the compiler vectorises once per instruction set. The sparse row sum is written
// with explicit vectors: its tile of sums has to stay in registers.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sim/kernels.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h

#include <hwy/highway.h>

#include <cmath>
#include <limits>

#include "sim/kernels.hpp"

HWY_BEFORE_NAMESPACE();
namespace volley::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

/// Adds the rows to one tile of `Vectors` vectors held in registers.
template <std::size_t Vectors, class Real>
HWY_ATTR void add_rows_tile(Real* HWY_RESTRICT destination, std::size_t n,
                            const Real* HWY_RESTRICT weights,
                            const std::uint32_t* HWY_RESTRICT rows, std::size_t count) {
  const hn::ScalableTag<Real> tag;
  const std::size_t lanes = hn::Lanes(tag);
  if constexpr (Vectors == 1) {
    auto sum = hn::LoadU(tag, destination);
    for (std::size_t k = 0; k < count; ++k)
      sum = hn::Add(sum, hn::LoadU(tag, weights + rows[k] * n));
    hn::StoreU(sum, tag, destination);
  } else {
    static_assert(Vectors == 4);
    auto sum0 = hn::LoadU(tag, destination);
    auto sum1 = hn::LoadU(tag, destination + lanes);
    auto sum2 = hn::LoadU(tag, destination + 2 * lanes);
    auto sum3 = hn::LoadU(tag, destination + 3 * lanes);
    for (std::size_t k = 0; k < count; ++k) {
      const Real* source = weights + rows[k] * n;
      sum0 = hn::Add(sum0, hn::LoadU(tag, source));
      sum1 = hn::Add(sum1, hn::LoadU(tag, source + lanes));
      sum2 = hn::Add(sum2, hn::LoadU(tag, source + 2 * lanes));
      sum3 = hn::Add(sum3, hn::LoadU(tag, source + 3 * lanes));
    }
    hn::StoreU(sum0, tag, destination);
    hn::StoreU(sum1, tag, destination + lanes);
    hn::StoreU(sum2, tag, destination + 2 * lanes);
    hn::StoreU(sum3, tag, destination + 3 * lanes);
  }
}

template <class Real>
HWY_ATTR void add_rows_text(Real* destination, std::size_t n, const Real* weights,
                            const std::uint32_t* rows, std::size_t count) {
  const std::size_t lanes = hn::Lanes(hn::ScalableTag<Real>());
  std::size_t i = 0;
  for (; i + 4 * lanes <= n; i += 4 * lanes)
    add_rows_tile<4>(destination + i, n, weights + i, rows, count);
  for (; i + lanes <= n; i += lanes)
    add_rows_tile<1>(destination + i, n, weights + i, rows, count);
  for (; i < n; ++i)
    for (std::size_t k = 0; k < count; ++k) destination[i] += weights[rows[k] * n + i];
}

/// destination[i] += source[i] for a short row, as vectors.
template <class Real>
HWY_ATTR inline void add_row(Real* HWY_RESTRICT destination, const Real* HWY_RESTRICT source,
                             std::size_t n) {
  const hn::ScalableTag<Real> tag;
  const std::size_t lanes = hn::Lanes(tag);
  std::size_t i = 0;
  for (; i + lanes <= n; i += lanes)
    hn::StoreU(hn::Add(hn::LoadU(tag, destination + i), hn::LoadU(tag, source + i)), tag,
               destination + i);
  for (; i < n; ++i) destination[i] += source[i];
}

template <class Real>
HWY_ATTR void scatter_taps_text(Real* map, const Real* taps, const ConvReach* reaches,
                                std::size_t count, std::size_t columns) {
  for (std::size_t k = 0; k < count; ++k)
    add_row(map + reaches[k].target * columns, taps + reaches[k].tap * columns, columns);
}

template <class Real>
HWY_ATTR void gather_taps_text(Real* taps, const Real* map, const ConvReach* reaches,
                               std::size_t count, std::size_t columns) {
  for (std::size_t k = 0; k < count; ++k)
    add_row(taps + reaches[k].tap * columns, map + reaches[k].target * columns, columns);
}

template <class Real>
HWY_ATTR void gather_columns_text(Real* map, const Real* columns, const std::uint32_t* offsets,
                                  const ConvReach* reaches, std::size_t positions,
                                  std::size_t channels, std::size_t taps) {
  for (std::size_t position = 0; position < positions; ++position)
    for (std::uint32_t k = offsets[position]; k < offsets[position + 1]; ++k)
      add_row(map + position * channels,
              columns + (reaches[k].target * taps + reaches[k].tap) * channels, channels);
}

template <class Real>
HWY_ATTR void add_scaled_text(Real* HWY_RESTRICT destination, std::size_t n,
                              const Real* HWY_RESTRICT source, Real factor) {
  for (std::size_t i = 0; i < n; ++i) destination[i] += factor * source[i];
}

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
      if ((bits[lane / 8] >> (lane % 8)) & 1) spikes[found++] = static_cast<std::uint32_t>(i + lane);
  }
  for (; i < n; ++i)
    if (v[i] >= threshold) spikes[found++] = static_cast<std::uint32_t>(i);
  return found;
}

template <class Real>
HWY_ATTR void add_clamped_text(const Real* HWY_RESTRICT v, std::size_t n, Real low, Real high,
                               double* HWY_RESTRICT sum) {
  for (std::size_t i = 0; i < n; ++i) {
    const Real raised = v[i] < low ? low : v[i];
    sum[i] += static_cast<double>(raised > high ? high : raised);
  }
}

template <class Real>
HWY_ATTR void add_values_text(const Real* HWY_RESTRICT x, std::size_t n,
                              double* HWY_RESTRICT sum) {
  for (std::size_t i = 0; i < n; ++i) sum[i] += static_cast<double>(x[i]);
}

template <class Real>
HWY_ATTR void add_moments_text(const Real* HWY_RESTRICT x, std::size_t n,
                               double* HWY_RESTRICT sum, double* HWY_RESTRICT squares) {
  for (std::size_t i = 0; i < n; ++i) {
    const double value = static_cast<double>(x[i]);
    sum[i] += value;
    squares[i] += value * value;
  }
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

template <class Real>
HWY_ATTR void add_norm_gradient_text(const Real* HWY_RESTRICT g, const Real* HWY_RESTRICT current,
                                     const Real* HWY_RESTRICT mean,
                                     const Real* HWY_RESTRICT inverse, std::size_t n,
                                     double* HWY_RESTRICT sum, double* HWY_RESTRICT product) {
  for (std::size_t i = 0; i < n; ++i) {
    const double gradient = static_cast<double>(g[i]);
    sum[i] += gradient;
    product[i] += gradient * static_cast<double>((current[i] - mean[i]) * inverse[i]);
  }
}

template <class Real>
HWY_ATTR void norm_backward_row_text(const NormBackwardRow<Real>& row, std::size_t n) {
  const Real* HWY_RESTRICT current = row.current;
  const Real* HWY_RESTRICT mean = row.mean;
  const Real* HWY_RESTRICT inverse = row.inverse;
  const Real* HWY_RESTRICT factor = row.factor;
  const Real* HWY_RESTRICT mean_gradient = row.mean_gradient;
  const Real* HWY_RESTRICT mean_product = row.mean_product;
  Real* HWY_RESTRICT g = row.g;
  for (std::size_t i = 0; i < n; ++i) {
    const Real standard = (current[i] - mean[i]) * inverse[i];
    g[i] = factor[i] * (g[i] - mean_gradient[i] - standard * mean_product[i]);
  }
}

template <class Real>
HWY_ATTR void adam_row_text(const AdamRow<Real>& row, std::size_t n) {
  Real* HWY_RESTRICT parameter = row.parameter;
  Real* HWY_RESTRICT first = row.first;
  Real* HWY_RESTRICT second = row.second;
  const Real* HWY_RESTRICT gradient = row.gradient;
  const Real beta1 = row.beta1, beta2 = row.beta2, epsilon = row.epsilon;
  const Real keep = 1 - row.rate * row.decay, rate = row.rate / row.correction1;
  const Real correction = 1 / row.correction2, scale = row.gradient_scale;
  for (std::size_t i = 0; i < n; ++i) {
    const Real g = gradient[i] * scale;
    first[i] = beta1 * first[i] + (1 - beta1) * g;
    second[i] = beta2 * second[i] + (1 - beta2) * g * g;
    parameter[i] = keep * parameter[i] -
                   rate * first[i] / (std::sqrt(second[i] * correction) + epsilon);
  }
}

// Highway's dispatch tables take plain functions, so each text gets a name per type.
#define VOLLEY_KERNELS(Real, X)                                                                   \
  HWY_ATTR void AddRows##X(Real* d, std::size_t n, const Real* w, const std::uint32_t* r,         \
                           std::size_t c) { add_rows_text<Real>(d, n, w, r, c); }                 \
  HWY_ATTR void ScatterTaps##X(Real* m, const Real* t, const ConvReach* r, std::size_t c,         \
                               std::size_t n) { scatter_taps_text<Real>(m, t, r, c, n); }         \
  HWY_ATTR void GatherTaps##X(Real* t, const Real* m, const ConvReach* r, std::size_t c,          \
                              std::size_t n) { gather_taps_text<Real>(t, m, r, c, n); }           \
  HWY_ATTR void GatherColumns##X(Real* m, const Real* c, const std::uint32_t* o,                  \
                                 const ConvReach* r, std::size_t p, std::size_t n,                \
                                 std::size_t t) { gather_columns_text<Real>(m, c, o, r, p, n, t); } \
  HWY_ATTR void AddScaled##X(Real* d, std::size_t n, const Real* s, Real f) {                     \
    add_scaled_text<Real>(d, n, s, f); }                                                          \
  HWY_ATTR void MembraneRow##X(const MembraneRow<Real>& r, std::size_t n) {                       \
    membrane_row_choice<Real>(r, n); }                                                            \
  HWY_ATTR std::size_t FindSpikes##X(const Real* v, std::size_t n, Real t, std::uint32_t* s) {    \
    return find_spikes_text<Real>(v, n, t, s); }                                                  \
  HWY_ATTR void AddClamped##X(const Real* v, std::size_t n, Real l, Real h, double* s) {          \
    add_clamped_text<Real>(v, n, l, h, s); }                                                      \
  HWY_ATTR void AddValues##X(const Real* x, std::size_t n, double* s) {                           \
    add_values_text<Real>(x, n, s); }                                                             \
  HWY_ATTR void AddMoments##X(const Real* x, std::size_t n, double* s, double* q) {               \
    add_moments_text<Real>(x, n, s, q); }                                                         \
  HWY_ATTR void BackwardRow##X(const BackwardRow<Real>& r, std::size_t n) {                       \
    backward_row_text<Real>(r, n); }                                                              \
  HWY_ATTR void AddNormGradient##X(const Real* g, const Real* c, const Real* m, const Real* i,    \
                                   std::size_t n, double* s, double* p) {                         \
    add_norm_gradient_text<Real>(g, c, m, i, n, s, p); }                                          \
  HWY_ATTR void NormBackwardRow##X(const NormBackwardRow<Real>& r, std::size_t n) {               \
    norm_backward_row_text<Real>(r, n); }                                                         \
  HWY_ATTR void AdamRow##X(const AdamRow<Real>& r, std::size_t n) { adam_row_text<Real>(r, n); }
VOLLEY_KERNELS(float, Float)
VOLLEY_KERNELS(double, Double)
#undef VOLLEY_KERNELS

}  // namespace volley::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include "base/error.hpp"

namespace volley {

#define VOLLEY_DISPATCH(Real, X)                                                                  \
  HWY_EXPORT(AddRows##X);                                                                         \
  HWY_EXPORT(AddScaled##X);                                                                       \
  HWY_EXPORT(ScatterTaps##X);                                                                     \
  HWY_EXPORT(GatherTaps##X);                                                                      \
  HWY_EXPORT(GatherColumns##X);                                                                   \
  HWY_EXPORT(MembraneRow##X);                                                                     \
  HWY_EXPORT(FindSpikes##X);                                                                      \
  HWY_EXPORT(AddClamped##X);                                                                      \
  HWY_EXPORT(AddValues##X);                                                                       \
  HWY_EXPORT(AddMoments##X);                                                                      \
  HWY_EXPORT(BackwardRow##X);                                                                     \
  HWY_EXPORT(AddNormGradient##X);                                                                 \
  HWY_EXPORT(NormBackwardRow##X);                                                                 \
  HWY_EXPORT(AdamRow##X);                                                                         \
  void add_rows(Real* d, std::size_t n, const Real* w, const std::uint32_t* r, std::size_t c) {   \
    HWY_DYNAMIC_DISPATCH(AddRows##X)(d, n, w, r, c);                                              \
  }                                                                                               \
  void scatter_taps(Real* m, const Real* t, const ConvReach* r, std::size_t c, std::size_t n) {   \
    HWY_DYNAMIC_DISPATCH(ScatterTaps##X)(m, t, r, c, n);                                          \
  }                                                                                               \
  void gather_taps(Real* t, const Real* m, const ConvReach* r, std::size_t c, std::size_t n) {    \
    HWY_DYNAMIC_DISPATCH(GatherTaps##X)(t, m, r, c, n);                                           \
  }                                                                                               \
  void gather_columns(Real* m, const Real* c, const std::uint32_t* o, const ConvReach* r,         \
                      std::size_t p, std::size_t n, std::size_t t) {                              \
    HWY_DYNAMIC_DISPATCH(GatherColumns##X)(m, c, o, r, p, n, t);                                  \
  }                                                                                               \
  void add_scaled(Real* d, std::size_t n, const Real* s, Real f) {                                \
    HWY_DYNAMIC_DISPATCH(AddScaled##X)(d, n, s, f);                                               \
  }                                                                                               \
  void membrane_row(const MembraneRow<Real>& r, std::size_t n) {                                  \
    HWY_DYNAMIC_DISPATCH(MembraneRow##X)(r, n);                                                   \
  }                                                                                               \
  std::size_t find_spikes(const Real* v, std::size_t n, Real t, std::uint32_t* s) {               \
    return HWY_DYNAMIC_DISPATCH(FindSpikes##X)(v, n, t, s);                                       \
  }                                                                                               \
  void add_clamped(const Real* v, std::size_t n, Real l, Real h, double* s) {                     \
    HWY_DYNAMIC_DISPATCH(AddClamped##X)(v, n, l, h, s);                                           \
  }                                                                                               \
  void add_values(const Real* x, std::size_t n, double* s) {                                      \
    HWY_DYNAMIC_DISPATCH(AddValues##X)(x, n, s);                                                  \
  }                                                                                               \
  void add_moments(const Real* x, std::size_t n, double* s, double* q) {                          \
    HWY_DYNAMIC_DISPATCH(AddMoments##X)(x, n, s, q);                                              \
  }                                                                                               \
  void backward_row(const BackwardRow<Real>& r, std::size_t n) {                                  \
    HWY_DYNAMIC_DISPATCH(BackwardRow##X)(r, n);                                                   \
  }                                                                                               \
  void add_norm_gradient(const Real* g, const Real* c, const Real* m, const Real* i,              \
                         std::size_t n, double* s, double* p) {                                   \
    HWY_DYNAMIC_DISPATCH(AddNormGradient##X)(g, c, m, i, n, s, p);                                \
  }                                                                                               \
  void norm_backward_row(const NormBackwardRow<Real>& r, std::size_t n) {                         \
    HWY_DYNAMIC_DISPATCH(NormBackwardRow##X)(r, n);                                               \
  }                                                                                               \
  void adam_row(const AdamRow<Real>& r, std::size_t n) {                                          \
    HWY_DYNAMIC_DISPATCH(AdamRow##X)(r, n);                                                       \
  }
VOLLEY_DISPATCH(float, Float)
VOLLEY_DISPATCH(double, Double)
#undef VOLLEY_DISPATCH

std::vector<std::string> instruction_sets() {
  std::vector<std::string> names;
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets())
    names.emplace_back(hwy::TargetName(target));
  return names;
}

std::string instruction_set() { return instruction_sets().front(); }

void force_instruction_set(const std::string& name) {
  hwy::SetSupportedTargetsForTest(0);
  if (!name.empty()) {
    bool found = false;
    for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
      if (name != hwy::TargetName(target)) continue;
      hwy::SetSupportedTargetsForTest(target);
      found = true;
    }
    if (!found) throw Error("this machine cannot run the instruction set", name);
  }
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
}

}  // namespace volley
#endif  // HWY_ONCE
