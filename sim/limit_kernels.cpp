// Explicit vectors, since a limit is only one where the sums stay in registers. Counting bits has
// an instruction of its own in AVX3_DL, which Highway compiles only where asked to. Without
// optimisation its inline functions must be the same in all files, so there it is not asked.
#if defined(__OPTIMIZE__)
#define HWY_WANT_AVX3_DL
#endif
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sim/limit_kernels.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h

#include <hwy/highway.h>

#include <bit>

#include "sim/limit_kernels.hpp"

HWY_BEFORE_NAMESPACE();
namespace volley::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// Vectors of some instruction sets cannot be held in arrays, so each gets a name. Twelve hide the
// latency of a multiply-add on every core and leave registers for the two constants.
#define VOLLEY_TWELVE(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11)
#define VOLLEY_SIXTEEN(X) VOLLEY_TWELVE(X) X(12) X(13) X(14) X(15)
constexpr std::size_t chains = 12, tile = 16;

HWY_ATTR void Triad(double* HWY_RESTRICT a, const double* HWY_RESTRICT b,
                    const double* HWY_RESTRICT c, std::size_t n, double factor) {
  const hn::ScalableTag<double> tag;
  const std::size_t lanes = hn::Lanes(tag);
  const auto factors = hn::Set(tag, factor);
  std::size_t i = 0;
  for (; i + lanes <= n; i += lanes)
    hn::StoreU(hn::MulAdd(factors, hn::LoadU(tag, c + i), hn::LoadU(tag, b + i)), tag, a + i);
  for (; i < n; ++i) a[i] = b[i] + factor * c[i];
}

HWY_ATTR float SumValues(const float* HWY_RESTRICT values, std::size_t n) {
  const hn::ScalableTag<float> tag;
  const std::size_t lanes = hn::Lanes(tag);
#define VOLLEY_ZERO(k) auto sum##k = hn::Zero(tag);
  VOLLEY_TWELVE(VOLLEY_ZERO)
#undef VOLLEY_ZERO
  std::size_t i = 0;
  for (; i + chains * lanes <= n; i += chains * lanes) {
#define VOLLEY_ADD(k) sum##k = hn::Add(sum##k, hn::LoadU(tag, values + i + (k) * lanes));
    VOLLEY_TWELVE(VOLLEY_ADD)
#undef VOLLEY_ADD
  }
  auto all = hn::Zero(tag);
#define VOLLEY_COLLECT(k) all = hn::Add(all, sum##k);
  VOLLEY_TWELVE(VOLLEY_COLLECT)
#undef VOLLEY_COLLECT
  float sum = hn::GetLane(hn::SumOfLanes(tag, all));
  for (; i < n; ++i) sum += values[i];
  return sum;
}

HWY_ATTR void ScaleValues(float* HWY_RESTRICT values, std::size_t n, float factor) {
  const hn::ScalableTag<float> tag;
  const std::size_t lanes = hn::Lanes(tag);
  const auto factors = hn::Set(tag, factor);
  std::size_t i = 0;
  for (; i + lanes <= n; i += lanes)
    hn::StoreU(hn::Mul(factors, hn::LoadU(tag, values + i)), tag, values + i);
  for (; i < n; ++i) values[i] *= factor;
}

const char* TargetName() { return hwy::TargetName(HWY_TARGET); }

HWY_ATTR std::size_t MultiplyAddWidth() { return chains * hn::Lanes(hn::ScalableTag<float>()); }

HWY_ATTR void MultiplyAddChain(float* values, std::size_t rounds, float factor, float addend) {
  const hn::ScalableTag<float> tag;
  const std::size_t lanes = hn::Lanes(tag);
  const auto factors = hn::Set(tag, factor), addends = hn::Set(tag, addend);
#define VOLLEY_LOAD(k) auto x##k = hn::LoadU(tag, values + (k) * lanes);
  VOLLEY_TWELVE(VOLLEY_LOAD)
#undef VOLLEY_LOAD
  for (std::size_t round = 0; round < rounds; ++round) {
#define VOLLEY_STEP(k) x##k = hn::MulAdd(x##k, factors, addends);
    VOLLEY_TWELVE(VOLLEY_STEP)
#undef VOLLEY_STEP
  }
#define VOLLEY_STORE(k) hn::StoreU(x##k, tag, values + (k) * lanes);
  VOLLEY_TWELVE(VOLLEY_STORE)
#undef VOLLEY_STORE
}

HWY_ATTR void SumRows(float* HWY_RESTRICT sums, std::size_t n, const float* HWY_RESTRICT weights,
                      const std::uint32_t* HWY_RESTRICT rows, std::size_t count) {
  const hn::ScalableTag<float> tag;
  const std::size_t lanes = hn::Lanes(tag);
  std::size_t i = 0;
  for (; i + tile * lanes <= n; i += tile * lanes) {
#define VOLLEY_ZERO(k) auto sum##k = hn::Zero(tag);
    VOLLEY_SIXTEEN(VOLLEY_ZERO)
#undef VOLLEY_ZERO
    for (std::size_t k = 0; k < count; ++k) {
      const float* source = weights + rows[k] * n + i;
#define VOLLEY_ADD(v) sum##v = hn::Add(sum##v, hn::LoadU(tag, source + (v) * lanes));
      VOLLEY_SIXTEEN(VOLLEY_ADD)
#undef VOLLEY_ADD
    }
#define VOLLEY_STORE(k) hn::StoreU(sum##k, tag, sums + i + (k) * lanes);
    VOLLEY_SIXTEEN(VOLLEY_STORE)
#undef VOLLEY_STORE
  }
  for (; i < n; ++i) {
    float sum = 0;
    for (std::size_t k = 0; k < count; ++k) sum += weights[rows[k] * n + i];
    sums[i] = sum;
  }
}
#undef VOLLEY_SIXTEEN
#undef VOLLEY_TWELVE

HWY_ATTR void AndPopcountTile(const std::uint64_t* HWY_RESTRICT a,
                              const std::uint64_t* HWY_RESTRICT b, std::size_t words,
                              std::uint64_t* HWY_RESTRICT counts) {
  static_assert(popcount_tile_rows == 4 && popcount_tile_columns == 2);
  const hn::ScalableTag<std::uint64_t> tag;
  const std::size_t lanes = hn::Lanes(tag);
  auto sum00 = hn::Zero(tag), sum01 = sum00, sum10 = sum00, sum11 = sum00;
  auto sum20 = sum00, sum21 = sum00, sum30 = sum00, sum31 = sum00;
  std::size_t i = 0;
  for (; i + lanes <= words; i += lanes) {
    const auto b0 = hn::LoadU(tag, b + i), b1 = hn::LoadU(tag, b + words + i);
    const auto a0 = hn::LoadU(tag, a + i);
    sum00 = hn::Add(sum00, hn::PopulationCount(hn::And(a0, b0)));
    sum01 = hn::Add(sum01, hn::PopulationCount(hn::And(a0, b1)));
    const auto a1 = hn::LoadU(tag, a + words + i);
    sum10 = hn::Add(sum10, hn::PopulationCount(hn::And(a1, b0)));
    sum11 = hn::Add(sum11, hn::PopulationCount(hn::And(a1, b1)));
    const auto a2 = hn::LoadU(tag, a + 2 * words + i);
    sum20 = hn::Add(sum20, hn::PopulationCount(hn::And(a2, b0)));
    sum21 = hn::Add(sum21, hn::PopulationCount(hn::And(a2, b1)));
    const auto a3 = hn::LoadU(tag, a + 3 * words + i);
    sum30 = hn::Add(sum30, hn::PopulationCount(hn::And(a3, b0)));
    sum31 = hn::Add(sum31, hn::PopulationCount(hn::And(a3, b1)));
  }
  counts[0] = hn::GetLane(hn::SumOfLanes(tag, sum00));
  counts[1] = hn::GetLane(hn::SumOfLanes(tag, sum01));
  counts[2] = hn::GetLane(hn::SumOfLanes(tag, sum10));
  counts[3] = hn::GetLane(hn::SumOfLanes(tag, sum11));
  counts[4] = hn::GetLane(hn::SumOfLanes(tag, sum20));
  counts[5] = hn::GetLane(hn::SumOfLanes(tag, sum21));
  counts[6] = hn::GetLane(hn::SumOfLanes(tag, sum30));
  counts[7] = hn::GetLane(hn::SumOfLanes(tag, sum31));
  for (; i < words; ++i)
    for (std::size_t r = 0; r < popcount_tile_rows; ++r)
      for (std::size_t c = 0; c < popcount_tile_columns; ++c)
        counts[r * popcount_tile_columns + c] +=
            static_cast<std::uint64_t>(std::popcount(a[r * words + i] & b[c * words + i]));
}

}  // namespace volley::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace volley {

HWY_EXPORT(TargetName);
HWY_EXPORT(Triad);
HWY_EXPORT(SumValues);
HWY_EXPORT(MultiplyAddWidth);
HWY_EXPORT(MultiplyAddChain);
HWY_EXPORT(AndPopcountTile);
HWY_EXPORT(SumRows);
HWY_EXPORT(ScaleValues);

std::string limit_instruction_set() { return HWY_DYNAMIC_DISPATCH(TargetName)(); }
void triad(double* a, const double* b, const double* c, std::size_t n, double factor) {
  HWY_DYNAMIC_DISPATCH(Triad)(a, b, c, n, factor);
}
float sum_values(const float* values, std::size_t n) {
  return HWY_DYNAMIC_DISPATCH(SumValues)(values, n);
}
std::size_t multiply_add_width() { return HWY_DYNAMIC_DISPATCH(MultiplyAddWidth)(); }
void multiply_add_chain(float* values, std::size_t rounds, float factor, float addend) {
  HWY_DYNAMIC_DISPATCH(MultiplyAddChain)(values, rounds, factor, addend);
}
void and_popcount_tile(const std::uint64_t* a, const std::uint64_t* b, std::size_t words,
                       std::uint64_t* counts) {
  HWY_DYNAMIC_DISPATCH(AndPopcountTile)(a, b, words, counts);
}
void sum_rows(float* sums, std::size_t n, const float* weights, const std::uint32_t* rows,
              std::size_t count) {
  HWY_DYNAMIC_DISPATCH(SumRows)(sums, n, weights, rows, count);
}
void scale_values(float* values, std::size_t n, float factor) {
  HWY_DYNAMIC_DISPATCH(ScaleValues)(values, n, factor);
}
void add_scattered(float* currents, const std::uint16_t* rows, std::size_t length,
                   const std::uint32_t* sources, std::size_t count, float weight) {
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint16_t* row = rows + sources[i] * length;
    for (std::size_t k = 0; k < length; ++k) currents[row[k]] += weight;
  }
}

}  // namespace volley
#endif  // HWY_ONCE
