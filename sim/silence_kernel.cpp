#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sim/silence_kernel.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h

#include <hwy/highway.h>

#include <algorithm>
#include <cmath>

#include "sim/silence_kernel.hpp"

HWY_BEFORE_NAMESPACE();
namespace volley::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

/// Rounding of one step, in parts of its largest term: twice two roundings to nearest.
constexpr float step_rounding = 4 * 0x1p-24f;

/// Steps until the threshold at the first step's pace: below 0 where it is reached in that step,
/// infinite where the membrane falls.
template <class Tag, class Vector>
HWY_ATTR inline Vector steps_to_threshold(Tag tag, const SilenceRow& row, Vector next,
                                          Vector push) {
  const auto rise = hn::Add(hn::Sub(push, hn::Mul(hn::Set(tag, row.leak), next)),
                            hn::Mul(hn::Set(tag, step_rounding), hn::Abs(next)));
  const auto gap = hn::Sub(hn::Set(tag, row.threshold), next);
  const auto steps =
      hn::IfThenElse(hn::Gt(rise, hn::Zero(tag)), hn::Div(gap, rise), hn::Inf(tag));
  return hn::IfThenElse(hn::Le(gap, hn::Zero(tag)), hn::Set(tag, -1.0f), steps);
}

HWY_ATTR float LeastSteps(const SilenceRow& row, std::size_t n) {
  const hn::ScalableTag<float> tag;
  const std::size_t lanes = hn::Lanes(tag);
  auto least = hn::Inf(tag);
  std::size_t i = 0;
  for (; i + lanes <= n; i += lanes)
    least = hn::Min(least, steps_to_threshold(tag, row, hn::LoadU(tag, row.next + i),
                                              hn::LoadU(tag, row.push + i)));
  float result = hn::GetLane(hn::MinOfLanes(tag, least));
  const hn::CappedTag<float, 1> one;
  for (; i < n; ++i)
    result = std::min(result, hn::GetLane(steps_to_threshold(one, row, hn::Set(one, row.next[i]),
                                                             hn::Set(one, row.push[i]))));
  return result;
}

}  // namespace volley::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace volley {

HWY_EXPORT(LeastSteps);

float silence_push(float bias, float beta, float threshold) {
  const double leak = 1 - static_cast<double>(beta), b = static_cast<double>(bias);
  // Rounding of a repeated step stays within a few units in the last place of the sum's limit.
  const double rest = leak > 0 ? b / leak : 0;
  const double margin = 1e-5 * (1 + std::abs(rest)) / std::max(leak, 1e-3);
  const bool alone = leak > 0 ? rest >= static_cast<double>(threshold) - margin : b > 0;
  if (!alone) return -std::numeric_limits<float>::infinity();
  return bias + 4 * 0x1p-24f * (std::abs(bias) + threshold);
}

std::int64_t silent_steps(const SilenceRow& row, std::size_t n) {
  const float least = HWY_DYNAMIC_DISPATCH(LeastSteps)(row, n);
  if (!(least >= 0)) return 0;
  constexpr float far = 1e9f;
  if (least > far) return std::isinf(least) ? never_fires : static_cast<std::int64_t>(far);
  return 1 + static_cast<std::int64_t>(least * 0.9999f);
}

}  // namespace volley
#endif  // HWY_ONCE
