// Sums of chosen rows of a matrix, held in registers: the text that kernels of sparse sums share,
// compiled per instruction set by the file that includes it. Must not know what the rows are.
#if defined(VOLLEY_ROW_SUMS_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef VOLLEY_ROW_SUMS_INL
#undef VOLLEY_ROW_SUMS_INL
#else
#define VOLLEY_ROW_SUMS_INL
#endif

#include <hwy/highway.h>

#include <cstddef>
#include <cstdint>
#include <span>

HWY_BEFORE_NAMESPACE();
namespace volley::HWY_NAMESPACE {

/// One vector of columns: out = start + sum over rows of matrix[row * stride], in the order of
/// `rows`. `start` null: from 0; it may be `out`.
template <class Real>
HWY_ATTR HWY_INLINE void sum_vector(const Real* HWY_RESTRICT matrix, std::size_t stride,
                                    std::span<const std::uint32_t> rows, const Real* start,
                                    Real* out) {
  namespace hn = hwy::HWY_NAMESPACE;
  const hn::ScalableTag<Real> tag;
  auto sum = start == nullptr ? hn::Zero(tag) : hn::LoadU(tag, start);
  for (const std::uint32_t row : rows) sum = hn::Add(sum, hn::LoadU(tag, matrix + row * stride));
  hn::StoreU(sum, tag, out);
}

#if !HWY_HAVE_SCALABLE
/// The same for `Vectors` vectors.
template <std::size_t Vectors, class Real>
HWY_ATTR HWY_INLINE void sum_vectors(const Real* HWY_RESTRICT matrix, std::size_t stride,
                                     std::span<const std::uint32_t> rows, const Real* start,
                                     Real* out) {
  namespace hn = hwy::HWY_NAMESPACE;
  const hn::ScalableTag<Real> tag;
  const std::size_t lanes = hn::Lanes(tag);
  hn::Vec<decltype(tag)> sums[Vectors];
  for (std::size_t v = 0; v < Vectors; ++v)
    sums[v] = start == nullptr ? hn::Zero(tag) : hn::LoadU(tag, start + v * lanes);
  for (const std::uint32_t row : rows) {
    const Real* source = matrix + row * stride;
    for (std::size_t v = 0; v < Vectors; ++v)
      sums[v] = hn::Add(sums[v], hn::LoadU(tag, source + v * lanes));
  }
  for (std::size_t v = 0; v < Vectors; ++v) hn::StoreU(sums[v], tag, out + v * lanes);
}

template <class Real>
HWY_ATTR HWY_INLINE void sum_some_vectors(std::size_t vectors, const Real* matrix,
                                          std::size_t stride,
                                          std::span<const std::uint32_t> rows, const Real* start,
                                          Real* out) {
  switch (vectors) {
    case 8: return sum_vectors<8>(matrix, stride, rows, start, out);
    case 7: return sum_vectors<7>(matrix, stride, rows, start, out);
    case 6: return sum_vectors<6>(matrix, stride, rows, start, out);
    case 5: return sum_vectors<5>(matrix, stride, rows, start, out);
    case 4: return sum_vectors<4>(matrix, stride, rows, start, out);
    case 3: return sum_vectors<3>(matrix, stride, rows, start, out);
    case 2: return sum_vectors<2>(matrix, stride, rows, start, out);
    default: return sum_vectors<1>(matrix, stride, rows, start, out);
  }
}
#endif

/// As many of `width` columns as fill whole vectors. @return how many those are
template <class Real>
HWY_ATTR HWY_INLINE std::size_t sum_rows(std::size_t width, const Real* matrix,
                                         std::size_t stride,
                                         std::span<const std::uint32_t> rows, const Real* start,
                                         Real* out) {
  const std::size_t lanes = hwy::HWY_NAMESPACE::Lanes(hwy::HWY_NAMESPACE::ScalableTag<Real>());
  const auto at = [&](std::size_t i) { return start == nullptr ? nullptr : start + i; };
  std::size_t i = 0;
#if !HWY_HAVE_SCALABLE
  for (std::size_t left; (left = (width - i) / lanes) > 0;) {
    const std::size_t vectors = left < 8 ? left : 8;
    sum_some_vectors(vectors, matrix + i, stride, rows, at(i), out + i);
    i += vectors * lanes;
  }
#endif
  for (; i + lanes <= width; i += lanes)
    sum_vector(matrix + i, stride, rows, at(i), out + i);
  return i;
}

}  // namespace volley::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // toggled once per instruction set
