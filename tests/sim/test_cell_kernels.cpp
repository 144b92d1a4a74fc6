// Kernels of point neurons against plain loops, bit by bit, on every instruction set.
#include <gtest/gtest.h>
#include <tbb/cache_aligned_allocator.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/random.hpp"
#include "sim/cell_kernels.hpp"
#include "sim/instruction_set.hpp"
#include "sim/synapse_delivery.hpp"

namespace volley::test {
namespace {

using Row = std::vector<float, tbb::cache_aligned_allocator<float>>;

class CellKernels : public testing::TestWithParam<std::string> {
protected:
  void SetUp() override { force_instruction_set(GetParam()); }
  void TearDown() override { force_instruction_set(""); }

  Row random(std::size_t n, double low, double high) {
    boost::random::uniform_real_distribution<double> uniform(low, high);
    Row values(n);
    for (float& value : values) value = static_cast<float>(uniform(engine_));
    return values;
  }
  RandomEngine engine_ = random_stream(9, StreamPurpose::bench, {2});
};

struct State {
  Row v, excitatory, inhibitory, delta;
  std::vector<std::uint64_t> refractory;
  friend bool operator==(const State&, const State&) = default;
};

std::vector<std::uint32_t> plain_update(const CellCoefficients& c, State& s, bool has_delta,
                                        bool refractory_after, std::uint32_t first,
                                        bool backward) {
  std::vector<std::uint32_t> spikes;
  for (std::size_t i = 0; i < s.v.size(); ++i) {
    const bool held = ((s.refractory[i / 64] >> (i % 64)) & 1) != 0;
    float next = s.v[i];
    if (has_delta) {
      next += s.delta[i];
      s.delta[i] = 0;
    }
    next = c.decay * next + c.offset;
    next += c.from_excitatory * s.excitatory[i];
    next += c.from_inhibitory * s.inhibitory[i];
    s.excitatory[i] *= c.excitatory_decay;
    s.inhibitory[i] *= c.inhibitory_decay;
    if (held) continue;
    s.v[i] = next;
    if (!(next >= c.threshold)) continue;
    s.v[i] = c.subtract ? next - (c.threshold - c.reset_value) : c.reset_value;
    if (refractory_after) s.refractory[i / 64] |= std::uint64_t{1} << (i % 64);
    spikes.push_back(first + static_cast<std::uint32_t>(i));
  }
  if (backward) std::reverse(spikes.begin(), spikes.end());
  return spikes;
}

TEST_P(CellKernels, update_is_the_plain_loop) {
  constexpr std::size_t n = 320;
  for (const bool has_delta : {false, true})
    for (const bool subtract : {false, true}) {
      CellCoefficients c = cell_coefficients(0.1, 20, 5, 10, -49, 2);
      c.threshold = -50;
      c.reset_value = -60;
      c.subtract = subtract;
      State mine{random(n, -60, -49), random(n, 0, 40), random(n, -30, 0), random(n, -1, 1),
                 {0, 0xff00ff0000000000ULL, 3, 0, ~std::uint64_t{0}}};
      State plain = mine;
      CellRow row{mine.v.data(), mine.excitatory.data(), mine.inhibitory.data(),
                  has_delta ? mine.delta.data() : nullptr, mine.refractory.data()};
      std::size_t spikes = 0;
      for (int step = 0; step < 30; ++step) {
        const bool backward = step % 3 == 1;
        std::vector<std::uint32_t> fired(n);
        fired.resize(update_cells(c, row, n, !subtract, 1000, backward, fired.data()));
        ASSERT_EQ(fired, plain_update(c, plain, has_delta, !subtract, 1000, backward));
        ASSERT_EQ(mine, plain);
        spikes += fired.size();
      }
      EXPECT_GT(spikes, 20u);
    }
}

TEST_P(CellKernels, draws_are_the_plain_ones) {
  constexpr std::uint64_t key = 0x123456789abcdef0ULL;
  constexpr std::uint32_t first = 4'000'000'000U;  // sums wrap round
  for (const std::size_t n : {1u, 63u, 64u, 1000u}) {
    std::vector<std::uint32_t> mine(n + 64), plain;
    mine.resize(draw_spikes(key, first, n, 0x20000000U, mine.data()));
    for (std::uint32_t i = 0; i < n; ++i)
      if (cell_draw(key, first + i) < 0x20000000U) plain.push_back(first + i);
    EXPECT_EQ(mine, plain);
  }
  const std::vector<std::uint32_t> cumulative = {0x10000000U, 0x90000000U, 0xf0000000U};
  Row mine = random(128, -1, 1), plain = mine;
  add_draws(mine.data(), key, 7, 128, 0.3f, cumulative.data(), cumulative.size());
  for (std::uint32_t i = 0; i < 128; ++i) {
    int count = 0;
    for (const std::uint32_t limit : cumulative) count += cell_draw(key, 7 + i) >= limit ? 1 : 0;
    plain[i] += 0.3f * static_cast<float>(count);
  }
  EXPECT_EQ(mine, plain);
}

TEST_P(CellKernels, currents_to_come_move_over) {
  Row target = random(64, -1, 1), source = random(64, -1, 1), sum = target;
  for (std::size_t i = 0; i < 64; ++i) sum[i] += source[i];
  add_and_clear(target.data(), source.data(), 64);
  EXPECT_EQ(target, sum);
  EXPECT_EQ(source, Row(64, 0.0f));
}

INSTANTIATE_TEST_SUITE_P(InstructionSets, CellKernels, testing::ValuesIn(instruction_sets()),
                         [](const auto& each) { return each.param; });

TEST(CellDraws, AreSpreadEvenlyOverNeuronsAndKeys) {
  // 10^6 draws: the mean within 5 standard errors, neighbours and successive keys uncorrelated.
  double sum = 0, neighbours = 0, successive = 0;
  constexpr int neurons = 1000, keys = 1000;
  const auto value = [](std::uint64_t step, std::uint32_t neuron) {
    return cell_draw(stream_seed(1, StreamPurpose::cells, {0, step}), neuron) * 0x1p-32 - 0.5;
  };
  for (std::uint64_t step = 0; step < keys; ++step)
    for (std::uint32_t i = 0; i < neurons; ++i) {
      sum += value(step, i);
      neighbours += value(step, i) * value(step, i + 1);
      successive += value(step, i) * value(step + 1, i);
    }
  EXPECT_LT(std::abs(sum), 5 * std::sqrt(1e6 / 12));
  EXPECT_LT(std::abs(neighbours), 5 * 1000.0 / 12);
  EXPECT_LT(std::abs(successive), 5 * 1000.0 / 12);
}

TEST(CellCoefficients, AreTheExactSolution) {
  // Against the equations integrated in steps of 1/10,000 of ours.
  for (const double tau_inhibitory : {10.0, 20.0}) {
    const CellCoefficients c = cell_coefficients(0.5, 20, 5, tau_inhibitory, -49, 3);
    double v = -55, excitatory = 7, inhibitory = -4;
    const double h = 0.5 / 10'000;
    for (int i = 0; i < 10'000; ++i) {
      const double middle = v + h / 2 * (-49 + 3 - v + excitatory + inhibitory) / 20;
      v += h * (-49 + 3 - middle + excitatory * (1 - h / 10) +
                inhibitory * (1 - h / 2 / tau_inhibitory)) / 20;
      excitatory *= 1 - h / 5 + h * h / 50;
      inhibitory *= 1 - h / tau_inhibitory;
    }
    EXPECT_NEAR(static_cast<double>(c.decay * -55.0f + c.offset + c.from_excitatory * 7 -
                                    c.from_inhibitory * 4), v, 2e-5);
    EXPECT_NEAR(static_cast<double>(c.excitatory_decay) * 7, excitatory, 1e-5);
  }
}

}  // namespace
}  // namespace volley::test
