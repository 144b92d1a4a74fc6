// Kernels of `volley bench limits` against plain loops, on every instruction set this machine can
// run. Values are such that no sum rounds, so order and fusion cannot matter.
#include <gtest/gtest.h>

#include <bit>
#include <vector>

#include "base/random.hpp"
#include "sim/instruction_set.hpp"
#include "sim/limit_kernels.hpp"

namespace volley {
namespace {

class LimitKernels : public testing::TestWithParam<std::string> {
protected:
  void SetUp() override { force_instruction_set(GetParam()); }
  void TearDown() override { force_instruction_set(""); }

  template <class Real>
  std::vector<Real> whole_numbers(std::size_t n) {
    boost::random::uniform_int_distribution<int> uniform(-20, 20);
    std::vector<Real> values(n);
    for (Real& value : values) value = static_cast<Real>(uniform(engine_));
    return values;
  }
  RandomEngine engine_ = random_stream(5, StreamPurpose::bench, {2});
};

TEST_P(LimitKernels, triad) {
  for (const std::size_t n : {0u, 1u, 7u, 16u, 100u}) {
    const auto b = whole_numbers<double>(n), c = whole_numbers<double>(n);
    std::vector<double> a(n), plain(n);
    triad(a.data(), b.data(), c.data(), n, 3.0);
    for (std::size_t i = 0; i < n; ++i) plain[i] = b[i] + 3.0 * c[i];
    EXPECT_EQ(a, plain) << n;
  }
}

TEST_P(LimitKernels, sum_values) {
  for (const std::size_t n : {0u, 5u, 192u, 1000u}) {
    const auto values = whole_numbers<float>(n);
    float plain = 0;
    for (const float value : values) plain += value;
    EXPECT_EQ(sum_values(values.data(), n), plain) << n;
  }
}

TEST_P(LimitKernels, multiply_add_chain) {
  auto values = whole_numbers<float>(multiply_add_width()), plain = values;
  multiply_add_chain(values.data(), 5, -2.0f, 3.0f);
  for (float& value : plain)
    for (int round = 0; round < 5; ++round) value = value * -2.0f + 3.0f;
  EXPECT_EQ(values, plain);
}

TEST_P(LimitKernels, sum_rows) {
  for (const std::size_t n : {1u, 17u, 64u, 512u, 700u}) {
    const auto weights = whole_numbers<float>(20 * n);
    for (const std::vector<std::uint32_t>& rows :
         {std::vector<std::uint32_t>{}, std::vector<std::uint32_t>{3, 0, 19, 3, 7}}) {
      std::vector<float> sums(n, 99.0f), plain(n);
      sum_rows(sums.data(), n, weights.data(), rows.data(), rows.size());
      for (std::size_t i = 0; i < n; ++i)
        for (const std::uint32_t row : rows) plain[i] += weights[row * n + i];
      EXPECT_EQ(sums, plain) << n;
    }
  }
}

TEST_P(LimitKernels, scale_values) {
  for (const std::size_t n : {0u, 5u, 192u, 1001u}) {
    auto values = whole_numbers<float>(n), plain = values;
    scale_values(values.data(), n, -3.0f);
    for (float& value : plain) value *= -3.0f;
    EXPECT_EQ(values, plain) << n;
  }
}

TEST_P(LimitKernels, add_scattered) {
  const std::vector<std::uint16_t> rows = {0, 3, 3, 1, 2, 5, 5, 5, 4};  // three of three
  const std::vector<std::uint32_t> sources = {2, 0, 2};
  std::vector<float> currents = whole_numbers<float>(6), plain = currents;
  add_scattered(currents.data(), rows.data(), 3, sources.data(), sources.size(), 2.0f);
  for (const std::uint32_t source : sources)
    for (std::size_t k = 0; k < 3; ++k) plain[rows[source * 3 + k]] += 2.0f;
  EXPECT_EQ(currents, plain);
}

TEST_P(LimitKernels, and_popcount_tile) {
  for (const std::size_t words : {0u, 1u, 3u, 8u, 29u}) {
    std::vector<std::uint64_t> a(popcount_tile_rows * words), b(popcount_tile_columns * words);
    for (std::uint64_t& word : a) word = engine_();
    for (std::uint64_t& word : b) word = engine_();
    std::vector<std::uint64_t> counts(popcount_tile_rows * popcount_tile_columns, 7);
    and_popcount_tile(a.data(), b.data(), words, counts.data());
    for (std::size_t r = 0; r < popcount_tile_rows; ++r)
      for (std::size_t c = 0; c < popcount_tile_columns; ++c) {
        std::uint64_t plain = 0;
        for (std::size_t i = 0; i < words; ++i)
          plain += static_cast<std::uint64_t>(std::popcount(a[r * words + i] & b[c * words + i]));
        EXPECT_EQ(counts[r * popcount_tile_columns + c], plain) << r << ", " << c;
      }
  }
}

// The empty name is the best of the machine, which for these kernels may be wider than the others.
std::vector<std::string> all_and_best() {
  std::vector<std::string> names = instruction_sets();
  names.emplace_back();
  return names;
}
INSTANTIATE_TEST_SUITE_P(Sets, LimitKernels, testing::ValuesIn(all_and_best()),
                         [](const auto& set) { return set.param.empty() ? "best" : set.param; });

}  // namespace
}  // namespace volley
