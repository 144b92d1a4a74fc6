// What a batch takes in memory, how it is made to fit, and that recomputation changes no number.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "sample_networks.hpp"
#include "sim/batch_memory.hpp"
#include "sim/clocked_engine.hpp"

namespace volley {
namespace {

class BatchMemoryHeld : public testing::TestWithParam<bool> {};

TEST_P(BatchMemoryHeld, is_predicted) {
  const bool recomputing = GetParam();
  const Plan plan = compile(ChainBuilder({2, 20, 20})
                                .conv(8, 3, 1, 1)
                                .pool(ProjectionKind::sum_pool, 2)
                                .dense(64)
                                .readout(10)
                                .network);
  const auto trains = random_trains(8, 20, 800, 0.1, 1);
  std::vector<const SpikeTrain*> batch;
  for (const SpikeTrain& train : trains) batch.push_back(&train);
  // Of the way back what is known from outside: spikes alone are left after it.
  ClockedEngine<float> engine(plan);
  engine.set_recomputation(recomputing);
  const Parameters<float> parameters = initial_parameters<float>(plan, 1);
  Parameters<float> gradient = zero_parameters<float>(plan);
  const std::vector<float>& logits = engine.forward(batch, parameters);
  engine.backward(logits, parameters, gradient);
  std::uint64_t held = 0;
  for (const PlanPopulation& population : plan.populations) {
    const PopulationState<float>& state = engine.state(population.id);
    held += sizeof(float) *
            (state.current.size() + state.membrane.size() + state.gradient.size());
  }
  // Shared by all: the convolution's current and membrane; at once its gradient and the relay's.
  const std::uint64_t rows = 160, largest = 8 * 20 * 20;
  if (recomputing) held += sizeof(float) * rows * (3 * largest + largest / 4);
  const BatchMemory memory = batch_memory(plan, {}, recomputing);
  const std::uint64_t predicted = memory.bytes(rows) - memory.fixed;
  EXPECT_GE(predicted, held);
  EXPECT_LE(static_cast<double>(predicted), 1.3 * static_cast<double>(held));
}
INSTANTIATE_TEST_SUITE_P(Recomputing, BatchMemoryHeld, testing::Bool());

TEST(Recomputation, changes_no_bit_of_the_gradient) {
  Population drawn, extended;
  drawn.quantizer.estimator = Estimator::stochastic;
  drawn.dropout = 0.2;
  extended.adaptation = 0.3;
  extended.learn_tau = LearnTau::channel;
  ChainBuilder chain({2, 8, 8});
  chain.conv(4, 3, 1, 1, extended).pool(ProjectionKind::sum_pool, 2).dense(20, drawn);
  const PopulationId hidden = chain.last;
  Projection feedback;
  feedback.delay_steps = 1;
  chain.network.add_projection(hidden, hidden, feedback);
  const Plan plan = compile(chain.dense(16).readout(5).network);
  const auto trains = random_trains(6, 12, 128, 0.2, 3);
  std::vector<const SpikeTrain*> batch;
  for (const SpikeTrain& train : trains) batch.push_back(&train);
  const Parameters<float> parameters = initial_parameters<float>(plan, 4);
  const DropoutStream dropout{7, 1};
  Parameters<float> gradients[2] = {zero_parameters<float>(plan), zero_parameters<float>(plan)};
  for (const bool recomputing : {false, true}) {
    ClockedEngine<float> engine(plan);
    engine.set_recomputation(recomputing);
    for (int again = 0; again < 2; ++again) {
      const std::vector<float> logits = engine.forward(batch, parameters, nullptr, &dropout);
      engine.backward(logits, parameters, gradients[recomputing ? 1 : 0]);
    }
  }
  auto kept = parameter_views(plan, gradients[0]), computed = parameter_views(plan, gradients[1]);
  double size = 0;
  for (std::size_t k = 0; k < kept.size(); ++k) {
    EXPECT_EQ(*kept[k].values, *computed[k].values) << kept[k].name;
    for (const float value : *kept[k].values) size += std::abs(static_cast<double>(value));
  }
  EXPECT_GT(size, 0.0);
}

TEST(BatchMemory, recomputes_first_and_then_cuts_into_the_fewest_parts) {
  const Plan plan =
      compile(ChainBuilder({2, 20, 20}).dense(64).dense(64).dense(64).readout(10).network);
  TrainingOptions options;
  options.batch_size = 64;
  EXPECT_EQ(cut_batch(plan, options, 30).largest, 64u);
  EXPECT_FALSE(cut_batch(plan, options, 30).recomputing);
  options.memory_budget_mib = 1;
  const BatchMemory memory = batch_memory(plan, options, true);
  options.memory_budget_mib = static_cast<double>(memory.bytes(30 * 64)) / 1048576;
  EXPECT_TRUE(cut_batch(plan, options, 30).recomputing);
  EXPECT_EQ(cut_batch(plan, options, 30).largest, 64u);
  options.memory_budget_mib = static_cast<double>(memory.bytes(30 * 22)) / 1048576;
  const MicroBatches cut = cut_batch(plan, options, 30);
  EXPECT_EQ(cut.largest, 22u);
  EXPECT_EQ(cut.parts(64), 3u);
  EXPECT_EQ(cut.begin(1, 64), 21u);
  EXPECT_EQ(cut.parts(20), 1u);
  options.memory_budget_mib = static_cast<double>(memory.bytes(29)) / 1048576;
  EXPECT_THROW(cut_batch(plan, options, 30), Error);
}

TEST(BatchMemory, a_thousand_steps_fit_a_budget_with_the_same_gradient) {
  const Plan plan = compile(ChainBuilder({2, 10, 10})
                                .conv(4, 3, 1, 1)
                                .pool(ProjectionKind::max_pool, 2)
                                .dense(48)
                                .dense(48)
                                .readout(5)
                                .network);
  constexpr std::size_t steps = 1000, samples = 3;
  const auto trains = random_trains(samples, steps, 200, 0.03, 5);
  std::vector<const SpikeTrain*> batch;
  for (const SpikeTrain& train : trains) batch.push_back(&train);
  TrainingOptions options;
  options.batch_size = samples;
  const MicroBatches whole = cut_batch(plan, options, steps);
  const std::uint64_t budget = batch_memory(plan, options, true).bytes(samples * steps);
  options.memory_budget_mib = 1.01 * static_cast<double>(budget) / 1048576;
  ASSERT_LT(1.01 * static_cast<double>(budget), static_cast<double>(whole.whole_bytes));
  const MicroBatches cut = cut_batch(plan, options, steps);
  ASSERT_TRUE(cut.recomputing);
  ASSERT_EQ(cut.parts(samples), 1u);
  EXPECT_LE(static_cast<double>(cut.part_bytes) / 1048576, options.memory_budget_mib);
  const Parameters<float> parameters = initial_parameters<float>(plan, 6);
  Parameters<float> gradients[2] = {zero_parameters<float>(plan), zero_parameters<float>(plan)};
  for (const bool recomputing : {false, true}) {
    ClockedEngine<float> engine(plan);
    engine.set_recomputation(recomputing);
    const std::vector<float> logits = engine.forward(batch, parameters);
    engine.backward(logits, parameters, gradients[recomputing ? 1 : 0]);
  }
  auto kept = parameter_views(plan, gradients[0]), computed = parameter_views(plan, gradients[1]);
  for (std::size_t k = 0; k < kept.size(); ++k) {
    EXPECT_EQ(*kept[k].values, *computed[k].values) << kept[k].name;
    const auto moved = [](float value) { return value != 0; };
    if (!kept[k].name.ends_with("weight")) continue;
    EXPECT_TRUE(std::any_of(kept[k].values->begin(), kept[k].values->end(), moved))
        << kept[k].name;
  }
}

TEST(BatchMemory, recomputes_nothing_where_that_saves_nothing) {
  const Plan plan = compile(ChainBuilder({2, 20, 20}).dense(64).readout(10).network);
  TrainingOptions options;
  options.batch_size = 64;
  options.memory_budget_mib =
      static_cast<double>(batch_memory(plan, options).bytes(30 * 63)) / 1048576;
  const MicroBatches cut = cut_batch(plan, options, 30);
  EXPECT_FALSE(cut.recomputing);
  EXPECT_EQ(cut.parts(64), 2u);
}

}  // namespace
}  // namespace volley
