// Sums of chosen rows of a matrix, held in registers: the text that kernels of sparse sums share,
// compiled per instruction set by the file that includes it. Must not know what the rows are.
#if defined(VOLLEY_ROW_SUMS_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef VOLLEY_ROW_SUMS_INL
#undef VOLLEY_ROW_SUMS_INL
#else
#define VOLLEY_ROW_SUMS_INL
#endif

#include <hwy/cache_control.h>
#include <hwy/highway.h>

#include <cstddef>
#include <cstdint>
#include <span>

HWY_BEFORE_NAMESPACE();
namespace volley::HWY_NAMESPACE {

/// `Vectors` vectors of columns: out = start + sum over the rows of matrix[row * stride], in their
/// order. `start` null: from 0; it may be `out`. `fetches`: rows lie in the second-level cache and are
/// fetched some rows ahead.
template <std::size_t Vectors, bool fetches = false, class Real>
HWY_ATTR HWY_INLINE void sum_vectors(const Real* HWY_RESTRICT matrix, std::size_t stride,
                                     std::span<const std::uint32_t> rows, const Real* start,
                                     Real* out) {
  namespace hn = hwy::HWY_NAMESPACE;
  const hn::ScalableTag<Real> tag;
  if constexpr (Vectors == 1) {
    auto sum = start == nullptr ? hn::Zero(tag) : hn::LoadU(tag, start);
    for (const std::uint32_t row : rows) sum = hn::Add(sum, hn::LoadU(tag, matrix + row * stride));
    hn::StoreU(sum, tag, out);
  } else {
#if !HWY_HAVE_SCALABLE
    const std::size_t lanes = hn::Lanes(tag);
    hn::Vec<decltype(tag)> sums[Vectors];
    for (std::size_t v = 0; v < Vectors; ++v)
      sums[v] = start == nullptr ? hn::Zero(tag) : hn::LoadU(tag, start + v * lanes);
    for (std::size_t k = 0; k < rows.size(); ++k) {
      const Real* source = matrix + rows[k] * stride;
      if constexpr (fetches) {
        constexpr std::size_t ahead = 8;
        const Real* later = matrix + rows[k + ahead < rows.size() ? k + ahead : k] * stride;
        for (std::size_t v = 0; v < Vectors; ++v) hwy::Prefetch(later + v * lanes);
      }
      for (std::size_t v = 0; v < Vectors; ++v)
        sums[v] = hn::Add(sums[v], hn::LoadU(tag, source + v * lanes));
    }
    for (std::size_t v = 0; v < Vectors; ++v) hn::StoreU(sums[v], tag, out + v * lanes);
#endif
  }
}

#if HWY_HAVE_SCALABLE
constexpr std::size_t most_vectors = 1;  // vectors of unknown length cannot stand in arrays
#else
constexpr std::size_t most_vectors = 8;
#endif

template <bool fetches, std::size_t Most = most_vectors, class Real>
HWY_ATTR HWY_INLINE void sum_some_vectors(std::size_t vectors, const Real* matrix,
                                          std::size_t stride,
                                          std::span<const std::uint32_t> rows, const Real* start,
                                          Real* out) {
  if constexpr (Most > 1) {
    if (vectors < Most)
      return sum_some_vectors<fetches, Most - 1>(vectors, matrix, stride, rows, start, out);
  }
  return sum_vectors<Most, fetches>(matrix, stride, rows, start, out);
}

/// As many of `width` columns as fill whole vectors. @return how many those are
template <bool fetches = false, class Real>
HWY_ATTR HWY_INLINE std::size_t sum_rows(std::size_t width, const Real* matrix,
                                         std::size_t stride,
                                         std::span<const std::uint32_t> rows, const Real* start,
                                         Real* out) {
  const std::size_t lanes = hwy::HWY_NAMESPACE::Lanes(hwy::HWY_NAMESPACE::ScalableTag<Real>());
  std::size_t i = 0;
  for (std::size_t left; (left = (width - i) / lanes) > 0;) {
    const std::size_t vectors = left < most_vectors ? left : most_vectors;
    sum_some_vectors<fetches>(vectors, matrix + i, stride, rows, start == nullptr ? nullptr : start + i,
                     out + i);
    i += vectors * lanes;
  }
  return i;
}

}  // namespace volley::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // toggled once per instruction set
