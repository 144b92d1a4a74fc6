// Weights as small integers: found where they are evenly spaced, summed exactly in any order on
// every instruction set.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/random.hpp"
#include "sample_networks.hpp"
#include "sim/clocked_inference.hpp"
#include "sim/code_kernels.hpp"
#include "sim/event_engine.hpp"
#include "sim/instruction_set.hpp"
#include "sim/integer_weights.hpp"

namespace volley {
namespace {

enum class Wanted { one_bit, ternary, four_bits, eight_bits, constant };

/// What a weight quantiser folds to, with a scale and offset of every column's own.
std::vector<float> grid_weights(Wanted wanted, std::size_t rows, std::size_t columns,
                                RandomEngine& engine) {
  const unsigned levels = wanted == Wanted::one_bit     ? 2
                          : wanted == Wanted::ternary   ? 3
                          : wanted == Wanted::four_bits ? 15
                          : wanted == Wanted::constant  ? 1
                                                        : 256;
  boost::random::uniform_int_distribution<unsigned> draw(0, levels - 1);
  boost::random::uniform_real_distribution<double> uniform(0.1, 2);
  std::vector<float> weights(rows * columns);
  for (std::size_t c = 0; c < columns; ++c) {
    const double scale = uniform(engine), offset = uniform(engine) - 1;
    for (std::size_t row = 0; row < rows; ++row)
      weights[row * columns + c] = static_cast<float>(scale * draw(engine) + offset);
  }
  return weights;
}

std::vector<float> float_weights(std::size_t count, RandomEngine& engine) {
  boost::random::uniform_real_distribution<float> uniform(-1, 1);
  std::vector<float> weights(count);
  for (float& weight : weights) weight = uniform(engine);
  return weights;
}

Plan dense_plan(int inputs, int outputs) {
  return compile(ChainBuilder({inputs, 1, 1}).readout(outputs).network);
}
Plan conv_plan() {
  return compile(ChainBuilder({3, 7, 6}).conv(5, 3, 2, 1).flatten().readout(4).network);
}

/// The definition in double: current per target neuron of a step, spike by spike.
std::vector<double> plain_currents(const PlanProjection& projection,
                                   const std::vector<float>& weights,
                                   const std::vector<std::uint32_t>& spikes) {
  const std::size_t columns = projection.columns;
  std::vector<double> currents(projection.target_shape.size());
  const auto channels = static_cast<std::size_t>(projection.source_shape.channels);
  for (const std::uint32_t spike : spikes) {
    if (projection.spec.kind == ProjectionKind::dense) {
      for (std::size_t c = 0; c < columns; ++c)
        currents[c] += static_cast<double>(weights[spike * columns + c]);
      continue;
    }
    const std::size_t taps = projection.rows / channels;
    for (const ConvReach reach : projection.table.from(spike / channels))
      for (std::size_t c = 0; c < columns; ++c)
        currents[reach.target * columns + c] += static_cast<double>(
            weights[(spike % channels * taps + reach.tap) * columns + c]);
  }
  return currents;
}

class IntegerWeightsOn : public testing::TestWithParam<std::string> {
protected:
  void SetUp() override { force_instruction_set(GetParam()); }
  void TearDown() override { force_instruction_set(""); }

  std::vector<std::uint32_t> some(std::size_t sources, std::size_t count) {
    boost::random::uniform_int_distribution<std::uint32_t> draw(
        0, static_cast<std::uint32_t>(sources - 1));
    std::vector<std::uint32_t> spikes(count);
    for (std::uint32_t& spike : spikes) spike = draw(engine_);
    std::sort(spikes.begin(), spikes.end());  // repeated: counted spikes
    return spikes;
  }

  void expect_currents(const PlanProjection& projection, Wanted wanted, std::size_t count) {
    const auto weights = grid_weights(wanted, projection.rows, projection.columns, engine_);
    const IntegerWeights integers = integer_weights(projection, weights);
    ASSERT_FALSE(integers.empty());
    std::vector<std::uint32_t> spikes = some(projection.source_shape.size(), count);
    IntegerCurrents sums;
    std::vector<float> currents(projection.target_shape.size(), 0.5f), reversed = currents;
    sums.add(projection, integers, spikes, currents.data());
    std::reverse(spikes.begin(), spikes.end());
    sums.add(projection, integers, spikes, reversed.data());
    EXPECT_EQ(currents, reversed);
    const std::vector<double> plain = plain_currents(projection, weights, spikes);
    for (std::size_t n = 0; n < plain.size(); ++n)
      EXPECT_NEAR(static_cast<double>(currents[n]), 0.5 + plain[n],
                  1e-6 * (1 + std::abs(plain[n]) + static_cast<double>(count)));
  }
  RandomEngine engine_ = random_stream(11, StreamPurpose::bench, {1});
};

TEST_P(IntegerWeightsOn, dense_currents_are_the_weights_sums) {
  const Plan plan = dense_plan(70, 130);
  for (const Wanted wanted : {Wanted::one_bit, Wanted::ternary, Wanted::four_bits,
                              Wanted::eight_bits, Wanted::constant})
    for (const std::size_t count : {0u, 1u, 9u, 300u, 3000u})
      expect_currents(plan.projections[0], wanted, count);
}

TEST_P(IntegerWeightsOn, conv_currents_are_the_weights_sums_at_borders_too) {
  const Plan plan = conv_plan();
  for (const Wanted wanted : {Wanted::one_bit, Wanted::eight_bits})
    for (const std::size_t count : {1u, 40u, 3000u})
      expect_currents(plan.projections[0], wanted, count);
}

TEST_P(IntegerWeightsOn, sums_wider_than_sixteen_bits_do_not_wrap) {
  const std::size_t n = dense_alignment;
  const std::vector<std::uint8_t> codes(n, 255);
  const std::vector<std::uint32_t> rows(70000, 0);
  std::vector<std::uint32_t> sums(n, 1);
  add_code_rows(sums.data(), n, codes.data(), rows.data(), rows.size(), 255);
  EXPECT_EQ(sums, std::vector<std::uint32_t>(n, 70000u * 255u + 1u));
}

INSTANTIATE_TEST_SUITE_P(InstructionSets, IntegerWeightsOn, testing::ValuesIn(instruction_sets()),
                         [](const auto& set) { return set.param; });

TEST(IntegerWeightsFound, one_bit_weights_are_zeros_and_ones) {
  const Plan plan = dense_plan(3, 2);
  const IntegerWeights found =
      integer_weights(plan.projections[0], std::vector<float>{-1, 2, 3, 2, -1, 5});
  ASSERT_EQ(found.stride, dense_alignment);
  EXPECT_EQ(found.largest, 1u);
  EXPECT_EQ(found.scale[0], 4.0f);
  EXPECT_EQ(found.offset[0], -1.0f);
  EXPECT_EQ(found.codes[0], 0);
  EXPECT_EQ(found.codes[found.stride], 1);
  EXPECT_EQ(found.codes[2 * found.stride + 1], 1);
}

TEST(IntegerWeightsFound, gaps_in_a_grid_are_no_obstacle) {
  const Plan plan = dense_plan(4, 1);
  const IntegerWeights found =
      integer_weights(plan.projections[0], std::vector<float>{0.0f, 0.2f, 0.5f, 0.7f});
  ASSERT_FALSE(found.empty());
  EXPECT_EQ(found.largest, 7u);
}

TEST(IntegerWeightsFound, float_weights_and_what_is_no_number_are_not) {
  RandomEngine engine = random_stream(5, StreamPurpose::bench, {1});
  const Plan plan = dense_plan(300, 4);
  EXPECT_TRUE(integer_weights(plan.projections[0], float_weights(1200, engine)).empty());
  std::vector<float> weights = grid_weights(Wanted::one_bit, 300, 4, engine);
  EXPECT_FALSE(integer_weights(plan.projections[0], weights).empty());
  weights[7] = std::nanf("");
  EXPECT_TRUE(integer_weights(plan.projections[0], weights).empty());
}

TEST(IntegerWeightsFound, both_engines_run_on_them_spike_for_spike) {
  RandomEngine engine = random_stream(6, StreamPurpose::bench, {1});
  for (const Wanted wanted : {Wanted::one_bit, Wanted::four_bits, Wanted::eight_bits}) {
    FrozenNetwork network = random_frozen(
        ChainBuilder({2, 8, 8}).conv(8, 3, 1, 1).flatten().dense(40).readout(5).network, 3);
    const Plan plan = compile(network.network);
    for (const PlanProjection& projection : plan.projections) {
      if (!projection.spec.matrix()) continue;
      std::vector<float>& weights = network.weights[projection.id];
      weights = grid_weights(wanted, projection.rows, projection.columns, engine);
      const float mean = 0.9f, share = 4.0f / static_cast<float>(projection.rows);
      for (float& weight : weights) weight = share * (weight - mean);
    }
    const FrozenPlan frozen(network);
    for (const PlanProjection& projection : plan.projections)
      EXPECT_EQ(frozen.integers(projection.id).empty(), !projection.spec.matrix());
    const SpikeTrain train = random_train(30, 128, 0.2, 9);
    ClockedInference clocked(frozen);
    EventEngine events(frozen);
    const SampleTrace a = clocked.run(train), b = events.run(train);
    for (std::size_t id = 0; id < a.populations.size(); ++id) {
      EXPECT_EQ(a.populations[id].spikes.indices, b.populations[id].spikes.indices);
      EXPECT_EQ(a.populations[id].membrane, b.populations[id].membrane);
    }
    EXPECT_GT(a.populations[1].spikes.indices.size(), 100u);
  }
}

}  // namespace
}  // namespace volley
