// Kernels against plain loops, on every instruction set this machine can run.
#include <gtest/gtest.h>

#include <cmath>

#include "base/error.hpp"
#include "base/random.hpp"
#include "sim/gemm.hpp"
#include "sim/instruction_set.hpp"
#include "sim/level_kernels.hpp"
#include "sim/membrane_kernels.hpp"
#include "sim/row_kernels.hpp"
#include "sim/spike_levels.hpp"
#include "sim/training_kernels.hpp"

namespace volley {
namespace {

class Kernels : public testing::TestWithParam<std::string> {
protected:
  void SetUp() override { force_instruction_set(GetParam()); }
  void TearDown() override { force_instruction_set(""); }

  std::vector<float> random(std::size_t n, double low = -1, double high = 1) {
    boost::random::uniform_real_distribution<double> uniform(low, high);
    std::vector<float> values(n);
    for (float& value : values) value = static_cast<float>(uniform(engine_));
    return values;
  }
  RandomEngine engine_ = random_stream(3, StreamPurpose::bench, {1});
};

TEST_P(Kernels, add_rows_adds_in_order) {
  for (const std::size_t n : {1u, 7u, 10u, 16u, 64u, 100u, 257u}) {
    const auto weights = random(20 * n);
    const std::vector<std::uint32_t> rows = {3, 0, 19, 3, 7};
    auto mine = random(n), plain = mine;
    add_rows(mine.data(), n, weights.data(), rows.data(), rows.size());
    for (std::size_t i = 0; i < n; ++i)
      for (const std::uint32_t row : rows) plain[i] += weights[row * n + i];
    EXPECT_EQ(mine, plain) << n;
  }
}

TEST_P(Kernels, membrane_is_the_same_to_the_bit_everywhere) {
  for (const Reset reset : {Reset::subtract, Reset::zero, Reset::none}) {
    const std::size_t n = 101;
    const auto previous = random(n, 0, 2), current = random(n), scale = random(n);
    const auto offset = random(n);
    std::vector<float> v(n);
    membrane_row({0.9f, 1.0f, reset, previous.data(), current.data(), scale.data(),
                  offset.data(), v.data()},
                 n);
    for (std::size_t i = 0; i < n; ++i) {
      float kept = previous[i];
      if (kept >= 1.0f && reset == Reset::subtract) kept -= 1.0f;
      if (kept >= 1.0f && reset == Reset::zero) kept = 0.0f;
      const volatile float product = current[i] * scale[i];  // volatile: no fused multiply-add
      const volatile float input = product + offset[i], leaked = 0.9f * kept;
      EXPECT_EQ(v[i], leaked + input) << i;
    }
  }
}

TEST_P(Kernels, membrane_of_several_levels) {
  const std::size_t n = 101;
  const auto previous = random(n, -1, 5), current = random(n);
  std::vector<float> v(n);
  membrane_row({0.9f, 0.7f, Reset::subtract, previous.data(), current.data(), nullptr, nullptr,
                v.data(), 3},
               n);
  for (std::size_t i = 0; i < n; ++i) {
    float spikes = 0;
    while (spikes < 3 && previous[i] >= (spikes + 1) * 0.7f) ++spikes;
    const volatile float taken = 0.7f * spikes;  // volatile: no fused multiply-add
    const volatile float leaked = 0.9f * (previous[i] - taken);
    EXPECT_EQ(v[i], leaked + current[i]) << i;
  }
}

TEST_P(Kernels, one_level_goes_back_as_the_plain_row_does) {
  const std::size_t n = 83;
  const auto v = random(n, -1, 3), next = random(n), recurrent = random(n), g = random(n);
  const std::vector<float> windows(n, 1.5f), none(n, 0.0f);
  std::vector<std::vector<float>> constants;
  for (int k = 0; k < 6; ++k) constants.push_back(random(n));
  for (const Estimator estimator : {Estimator::denoise, Estimator::straight_through})
    for (const Reset reset : {Reset::subtract, Reset::zero, Reset::none})
      for (const bool clip : {true, false}) {
        auto plain = g, mine = g;
        BackwardRow<float> row{};
        row.estimator = estimator;
        row.beta = 0.9f;
        row.threshold = 1.0f;
        row.window = 1.5f;
        row.reset = reset;
        row.attached = clip;
        row.clip = clip;
        row.constants = {constants[0].data(), constants[1].data(), constants[2].data(),
                         constants[3].data(), constants[4].data(), constants[5].data()};
        row.v = v.data();
        row.next = next.data();
        row.recurrent = recurrent.data();
        row.gradient = plain.data();
        backward_row(row, n);
        row.gradient = mine.data();
        level_backward_row({row, windows.data(), none.data(), 1}, n);
        for (std::size_t i = 0; i < n; ++i) EXPECT_NEAR(mine[i], plain[i], 1e-5f) << i;
      }
}

TEST(SpikeCount, is_the_threshold_s_multiple_within_the_levels) {
  for (const float threshold : {1.0f, 0.7f, 1.9999999f, 3e-3f, 1e5f}) {
    const float below = std::nextafter(threshold, 0.0f);
    EXPECT_EQ(spike_count(threshold, threshold, 5.0f), 1.0f);
    EXPECT_EQ(spike_count(below, threshold, 5.0f), 0.0f);
    EXPECT_EQ(spike_count(2.5f * threshold, threshold, 5.0f), 2.0f);
    EXPECT_EQ(spike_count(99 * threshold, threshold, 5.0f), 5.0f);
    EXPECT_EQ(spike_count(-threshold, threshold, 5.0f), 0.0f);
  }
  EXPECT_EQ(spike_count(std::nanf(""), 1.0f, 5.0f), 0.0f);
  EXPECT_EQ(spike_count(HUGE_VALF, 1.0f, 5.0f), 5.0f);
}

TEST_P(Kernels, find_spikes_is_inclusive_and_ascending) {
  std::vector<float> v(300, 0.5f);
  std::vector<std::uint32_t> wanted = {0, 1, 31, 32, 63, 64, 100, 255, 256, 299}, found(v.size());
  for (const std::uint32_t n : wanted) v[n] = 1.0f;
  v[2] = std::nextafter(1.0f, 0.0f);
  v[5] = std::nanf("");
  found.resize(find_spikes(v.data(), v.size(), 1.0f, found.data()));
  EXPECT_EQ(found, wanted);
}

TEST_P(Kernels, convolution_taps) {
  const std::size_t columns = 19;
  const auto taps = random(9 * columns), map = random(30 * columns);
  const std::vector<ConvReach> reaches = {{3, 8}, {7, 5}, {29, 0}};
  auto mine = map, plain = map;
  scatter_taps(mine.data(), taps.data(), reaches.data(), reaches.size(), columns);
  for (const ConvReach reach : reaches)
    for (std::size_t c = 0; c < columns; ++c)
      plain[reach.target * columns + c] += taps[reach.tap * columns + c];
  EXPECT_EQ(mine, plain);
  auto gathered = taps, wanted = taps;
  gather_taps(gathered.data(), map.data(), reaches.data(), reaches.size(), columns);
  for (const ConvReach reach : reaches)
    for (std::size_t c = 0; c < columns; ++c)
      wanted[reach.tap * columns + c] += map[reach.target * columns + c];
  EXPECT_EQ(gathered, wanted);
}

TEST_P(Kernels, sums_and_clamped_sums) {
  const std::size_t n = 53;
  const auto x = random(n, -3, 3);
  std::vector<double> sum(n, 0.5), squares(n, 0.25), clamped(n, 1.0), plain(n, 2.0);
  add_values(x.data(), n, plain.data());
  add_moments(x.data(), n, sum.data(), squares.data());
  add_clamped(x.data(), n, -1.0f, 2.0f, clamped.data());
  for (std::size_t i = 0; i < n; ++i) {
    const double value = static_cast<double>(x[i]);
    EXPECT_EQ(plain[i], 2.0 + value);
    EXPECT_EQ(sum[i], 0.5 + value);
    EXPECT_NEAR(squares[i], 0.25 + value * value, 1e-12);
    EXPECT_EQ(clamped[i], 1.0 + std::clamp(value, -1.0, 2.0));
  }
}

TEST_P(Kernels, adam_against_the_published_recursion) {
  const std::size_t n = 37;
  auto parameter = random(n), first = random(n, -0.1, 0.1), second = random(n, 0, 0.1);
  const auto gradient = random(n);
  const auto p0 = parameter, m0 = first, v0 = second;
  adam_row({parameter.data(), first.data(), second.data(), gradient.data(), 0.5f, 0.01f, 0.1f,
            0.9f, 0.999f, 0.3f, 0.01f, 1e-8f},
           n);
  for (std::size_t i = 0; i < n; ++i) {
    const double g = 0.5 * static_cast<double>(gradient[i]);
    const double m = 0.9 * static_cast<double>(m0[i]) + 0.1 * g;
    const double v = 0.999 * static_cast<double>(v0[i]) + 0.001 * g * g;
    const double p = static_cast<double>(p0[i]) * (1 - 0.01 * 0.1) -
                     0.01 * (m / 0.3) / (std::sqrt(v / 0.01) + 1e-8);
    EXPECT_NEAR(static_cast<double>(parameter[i]), p, 1e-5);
  }
}

INSTANTIATE_TEST_SUITE_P(InstructionSets, Kernels, testing::ValuesIn(instruction_sets()),
                         [](const auto& each) { return each.param; });

TEST(KernelChoice, unknown_instruction_set_is_refused) {
  EXPECT_THROW(force_instruction_set("MMX9"), Error);
}

TEST(Gemm, product_with_transposed) {
  const std::size_t m = 5, n = 4, k = 3;
  std::vector<double> a(m * k), b(n * k), c(m * n, 1.0);
  for (std::size_t i = 0; i < a.size(); ++i) a[i] = static_cast<double>(i) - 4;
  for (std::size_t i = 0; i < b.size(); ++i) b[i] = 0.5 * static_cast<double>(i);
  multiply_transposed(m, n, k, a.data(), b.data(), c.data(), true);
  for (std::size_t i = 0; i < m; ++i)
    for (std::size_t j = 0; j < n; ++j) {
      double wanted = 1;
      for (std::size_t l = 0; l < k; ++l) wanted += a[i * k + l] * b[j * k + l];
      EXPECT_DOUBLE_EQ(c[i * n + j], wanted);
    }
}

}  // namespace
}  // namespace volley
