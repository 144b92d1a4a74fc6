#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sim/microsecond_kernel.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h

#include <hwy/highway.h>

#include "sim/microsecond_kernel.hpp"

HWY_BEFORE_NAMESPACE();
namespace volley::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using Doubles = hn::CappedTag<double, column_alignment>;
using Floats = hn::Rebind<float, Doubles>;

/// Bits of the lanes from neuron i on; vectors of less than eight lanes share a byte.
template <class Mask>
HWY_ATTR inline void store_over(Mask mask, std::uint8_t* over, std::size_t i) {
  const Doubles tag;
  std::uint8_t part[8];
  hn::StoreMaskBits(tag, mask, part);
  const auto shifted = static_cast<std::uint8_t>(part[0] << (i % 8));
  over[i / 8] = i % 8 == 0 ? shifted : static_cast<std::uint8_t>(over[i / 8] | shifted);
}

template <bool driven>
HWY_ATTR inline void step_column(const ColumnStep& column, std::size_t padded, double threshold) {
  const Doubles tag;
  const Floats narrow;
  const std::size_t lanes = hn::Lanes(tag);
  const auto decay = hn::Set(tag, column.decay), gain = hn::Set(tag, column.gain);
  const auto limit = hn::Set(tag, threshold);
  for (std::size_t i = 0; i < padded; i += lanes) {
    auto v = hn::Mul(hn::LoadU(tag, column.v + i), decay);
    if constexpr (driven) v = hn::Add(v, hn::Mul(hn::LoadU(tag, column.drive + i), gain));
    for (std::size_t k = 0; k < column.row_count; ++k)
      v = hn::Add(v, hn::PromoteTo(tag, hn::LoadU(narrow, column.rows[k] + i)));
    hn::StoreU(v, tag, column.v + i);
    store_over(hn::Ge(v, limit), column.over, i);
  }
}

HWY_ATTR void StepColumns(const ColumnStep* columns, std::size_t count, std::size_t padded,
                          double threshold) {
  for (std::size_t k = 0; k < count; ++k)
    if (columns[k].drive != nullptr)
      step_column<true>(columns[k], padded, threshold);
    else
      step_column<false>(columns[k], padded, threshold);
}

}  // namespace volley::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace volley {

HWY_EXPORT(StepColumns);

void step_columns(const ColumnStep* columns, std::size_t count, std::size_t padded,
                  double threshold) {
  HWY_DYNAMIC_DISPATCH(StepColumns)(columns, count, padded, threshold);
}

}  // namespace volley
#endif  // HWY_ONCE
