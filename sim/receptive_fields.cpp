#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sim/receptive_fields.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h

#include <hwy/highway.h>

#include <algorithm>

#include "sim/channel_division.hpp"
#include "sim/receptive_fields.hpp"

HWY_BEFORE_NAMESPACE();
namespace volley::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

/// Values of one target position, and where the weights of their columns begin.
template <class Real>
struct PositionValues {
  std::size_t count;
  const Real* values;
  const std::size_t* weights;
};

/// `Rows` lines of `Vectors` vectors, held in registers while the columns' weights go by. The
/// lines are `apart` on the map, `row_size` in the weights.
template <std::size_t Rows, std::size_t Vectors, class Real>
HWY_ATTR HWY_INLINE void add_lines(const PositionValues<Real>& own, std::size_t row_size,
                                   std::size_t apart, const Real* placed, Real* line) {
  const hn::ScalableTag<Real> tag;
  if constexpr (Rows * Vectors == 1) {
    auto sum = hn::LoadU(tag, line);
    for (std::size_t k = 0; k < own.count; ++k)
      sum = hn::MulAdd(hn::Set(tag, own.values[k]), hn::LoadU(tag, placed + own.weights[k]), sum);
    hn::StoreU(sum, tag, line);
  } else {
#if !HWY_HAVE_SCALABLE
    const std::size_t lanes = hn::Lanes(tag);
    hn::Vec<decltype(tag)> sum[Rows][Vectors];
    for (std::size_t r = 0; r < Rows; ++r)
      for (std::size_t v = 0; v < Vectors; ++v)
        sum[r][v] = hn::LoadU(tag, line + r * apart + v * lanes);
    for (std::size_t k = 0; k < own.count; ++k) {
      const auto value = hn::Set(tag, own.values[k]);
      const Real* weights = placed + own.weights[k];
#if defined(__GNUC__)
      asm("" : "+r"(weights));  // one pointer and offsets, not a pointer for each vector
#endif
      for (std::size_t r = 0; r < Rows; ++r)
        for (std::size_t v = 0; v < Vectors; ++v)
          sum[r][v] = hn::MulAdd(value, hn::LoadU(tag, weights + r * row_size + v * lanes),
                                 sum[r][v]);
    }
    for (std::size_t r = 0; r < Rows; ++r)
      for (std::size_t v = 0; v < Vectors; ++v)
        hn::StoreU(sum[r][v], tag, line + r * apart + v * lanes);
#endif
  }
}

#if HWY_HAVE_SCALABLE
constexpr std::size_t most_line_vectors = 1;  // vectors of unknown length cannot stand in arrays
constexpr std::size_t lines_together = 1;
#else
constexpr std::size_t most_line_vectors = HWY_TARGET <= HWY_AVX3 ? 6 : 4;
constexpr std::size_t lines_together = 3;  // so that their sums have registers
#endif

template <std::size_t Rows, std::size_t Most = most_line_vectors, class Real>
HWY_ATTR HWY_INLINE void add_some_vectors(std::size_t vectors, const PositionValues<Real>& own,
                                          std::size_t row_size, std::size_t apart,
                                          const Real* placed, Real* line) {
  if constexpr (Most > 1) {
    if (vectors < Most)
      return add_some_vectors<Rows, Most - 1>(vectors, own, row_size, apart, placed, line);
  }
  add_lines<Rows, Most>(own, row_size, apart, placed, line);
}

/// `Rows` whole lines of a field.
template <std::size_t Rows, class Real>
HWY_ATTR void add_whole_lines(const PositionValues<Real>& own, std::size_t row_size,
                              std::size_t apart, const Real* placed, Real* line) {
  const std::size_t lanes = hn::Lanes(hn::ScalableTag<Real>());
  std::size_t at = 0;
  for (std::size_t left; (left = (row_size - at) / lanes) > 0;) {
    const std::size_t vectors = std::min(left, most_line_vectors);
    add_some_vectors<Rows>(vectors, own, row_size, apart, placed + at, line + at);
    at += vectors * lanes;
  }
  for (; at < row_size; ++at)
    for (std::size_t r = 0; r < Rows; ++r)
      for (std::size_t k = 0; k < own.count; ++k)
        line[r * apart + at] += own.values[k] * placed[own.weights[k] + r * row_size + at];
}

template <class Real>
HWY_ATTR void scatter_fields_text(const ReceptiveFields& fields, const Real* placed,
                                  std::span<const std::uint32_t> indices, const Real* values,
                                  Real factor, Real* map) {
  const hn::ScalableTag<Real> tag;
  const std::size_t lanes = hn::Lanes(tag), size = fields.map_size();
  const auto times = hn::Set(tag, factor);
  std::size_t i = 0;
  for (; i + lanes <= size; i += lanes)
    hn::StoreU(hn::Mul(hn::LoadU(tag, map + i), times), tag, map + i);
  for (; i < size; ++i) map[i] *= factor;
  thread_local std::vector<std::size_t> begins;
  begins.resize(fields.columns);
  std::size_t* const begin = begins.data();
  const std::size_t block = fields.rows * fields.row_size;
  const ChannelDivision by(fields.columns);
  for (std::size_t first = 0, end = 0; first < indices.size(); first = end) {
    const std::size_t position = by.quotient(indices[first]), start = position * fields.columns;
    for (; end < indices.size() && indices[end] - start < fields.columns; ++end)
      begin[end - first] = (indices[end] - start) * block;
    const PositionValues<Real> own{end - first, values + first, begin};
    Real* field = map + fields.corner[position] * fields.channels;
    const std::size_t apart = fields.width * fields.channels;
    std::size_t row = 0;
    for (; row + lines_together <= fields.rows; row += lines_together)
      add_whole_lines<lines_together>(own, fields.row_size, apart,
                                      placed + row * fields.row_size, field + row * apart);
    for (; row < fields.rows; ++row)
      add_whole_lines<1>(own, fields.row_size, apart, placed + row * fields.row_size,
                         field + row * apart);
  }
}

template <class Real>
HWY_ATTR std::size_t list_nonzeros(const Real* values, std::size_t n, std::uint32_t* indices,
                                   Real* found) {
  std::size_t count = 0, i = 0;
#if HWY_TARGET != HWY_SCALAR
  if constexpr (sizeof(Real) == sizeof(std::uint32_t)) {
    const hn::ScalableTag<Real> tag;
    const hn::Rebind<std::uint32_t, decltype(tag)> integers;
    const std::size_t lanes = hn::Lanes(tag);
    const auto first = hn::Iota(integers, 0);  // of a variable it would go through memory
    for (; i + lanes <= n; i += lanes) {
      const auto value = hn::LoadU(tag, values + i);
      const auto some = hn::Ne(value, hn::Zero(tag));
      const auto index = hn::Add(first, hn::Set(integers, static_cast<std::uint32_t>(i)));
      hn::StoreU(hn::Compress(value, some), tag, found + count);
      hn::StoreU(hn::Compress(index, hn::RebindMask(integers, some)), integers, indices + count);
      count += hn::CountTrue(tag, some);
    }
  }
#endif
  for (; i < n; ++i)
    if (values[i] != Real(0)) {
      indices[count] = static_cast<std::uint32_t>(i);
      found[count++] = values[i];
    }
  return count;
}

// Highway's dispatch tables take plain functions, so each text gets a name per type.
#define VOLLEY_KERNELS(Real, X)                                                                   \
  HWY_ATTR void ScatterFields##X(const ReceptiveFields& f, const Real* p,                         \
                                 std::span<const std::uint32_t> i, const Real* v, Real t,         \
                                 Real* m) { scatter_fields_text(f, p, i, v, t, m); }              \
  HWY_ATTR std::size_t ListNonzeros##X(const Real* v, std::size_t n, std::uint32_t* i,            \
                                       Real* f) { return list_nonzeros(v, n, i, f); }
VOLLEY_KERNELS(float, Float)
VOLLEY_KERNELS(double, Double)
#undef VOLLEY_KERNELS

}  // namespace volley::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace volley {

#define VOLLEY_DISPATCH(Real, X)                                                                  \
  HWY_EXPORT(ScatterFields##X);                                                                   \
  HWY_EXPORT(ListNonzeros##X);                                                                    \
  void scatter_fields(const ReceptiveFields& f, const Real* p, std::span<const std::uint32_t> i,  \
                      const Real* v, Real t, Real* m) {                                           \
    HWY_DYNAMIC_DISPATCH(ScatterFields##X)(f, p, i, v, t, m);                                     \
  }                                                                                               \
  void append_nonzeros(const Real* v, std::size_t n, SparseRows<Real>& rows) {                    \
    thread_local std::vector<std::uint32_t> indices;                                              \
    thread_local std::vector<Real> values;                                                        \
    if (indices.size() < n) indices.resize(n), values.resize(n);                                  \
    const std::size_t count =                                                                     \
        HWY_DYNAMIC_DISPATCH(ListNonzeros##X)(v, n, indices.data(), values.data());               \
    rows.indices.insert(rows.indices.end(), indices.data(), indices.data() + count);              \
    rows.values.insert(rows.values.end(), values.data(), values.data() + count);                  \
    rows.ends.push_back(rows.indices.size());                                                     \
  }
VOLLEY_DISPATCH(float, Float)
VOLLEY_DISPATCH(double, Double)
#undef VOLLEY_DISPATCH

ReceptiveFields make_receptive_fields(const Projection& projection, const Shape& source,
                                      const Shape& target) {
  ReceptiveFields result;
  if (projection.groups != 1 || projection.dilation.width != 1 || projection.dilation.height != 1)
    return result;
  const auto size = [](int value) { return static_cast<std::size_t>(value); };
  result.channels = size(source.channels);
  result.columns = size(target.channels);
  result.rows = size(projection.kernel_height);
  result.row_size = size(projection.kernel_width) * result.channels;
  result.source_width = size(source.width);
  result.source_height = size(source.height);
  result.left = size(projection.padding.width);
  result.top = size(projection.padding.height);
  result.width = result.source_width + 2 * result.left;
  result.height = result.source_height + 2 * result.top;
  for (std::size_t y = 0; y < size(target.height); ++y)
    for (std::size_t x = 0; x < size(target.width); ++x)
      result.corner.push_back(static_cast<std::uint32_t>(
          y * size(projection.stride.height) * result.width + x * size(projection.stride.width)));
  return result;
}

template <class Real>
void place_fields(const ReceptiveFields& fields, std::span<const Real> weights,
                  std::vector<Real>& placed) {
  const std::size_t columns = fields.columns, channels = fields.channels;
  const std::size_t taps = weights.size() / (channels * columns);
  placed.resize(weights.size());
  for (std::size_t channel = 0; channel < channels; ++channel)
    for (std::size_t tap = 0; tap < taps; ++tap)
      for (std::size_t column = 0; column < columns; ++column)
        placed[(column * taps + tap) * channels + channel] =
            weights[(channel * taps + tap) * columns + column];
}

template void place_fields(const ReceptiveFields&, std::span<const float>, std::vector<float>&);
template void place_fields(const ReceptiveFields&, std::span<const double>, std::vector<double>&);

}  // namespace volley
#endif  // HWY_ONCE
