// Delays: the kernel that learns them, its width over the training, and what training makes of
// them.
#include <gtest/gtest.h>
#include <tbb/global_control.h>

#include <cmath>

#include "base/random.hpp"
#include "sample_networks.hpp"
#include "sim/delay_kernel.hpp"
#include "training_runs.hpp"

namespace volley {
namespace {

Projection delayed(DelayKind kind, int least, int longest, bool learn) {
  Projection projection;
  projection.delay_steps = least;
  projection.delays = {kind, longest, learn, 0, 10};
  return projection;
}

TEST(DelayKernel, width_falls_then_is_rounded) {
  Projection projection = delayed(DelayKind::synapse, 2, 10, true);
  EXPECT_DOUBLE_EQ(delay_sigma(projection, 0), 4);
  EXPECT_DOUBLE_EQ(delay_sigma(projection, 0.375), std::sqrt(4 * 0.25));
  EXPECT_NEAR(delay_sigma(projection, 0.7499), 0.25, 1e-3);
  EXPECT_EQ(delay_sigma(projection, 0.75), 0);
  EXPECT_EQ(delay_sigma(projection, 1), 0);
  projection.delays.sigma = 0.1;
  EXPECT_DOUBLE_EQ(delay_sigma(projection, 0.5), 0.1);
  projection.delays.learn = false;
  EXPECT_EQ(delay_sigma(projection, 0), 0);
}

TEST(DelayKernel, rounds_into_the_range) {
  const Projection projection = delayed(DelayKind::synapse, 2, 10, true);
  EXPECT_EQ(rounded_delay(projection, 3.49), 3);
  EXPECT_EQ(rounded_delay(projection, 3.5), 4);
  EXPECT_EQ(rounded_delay(projection, -7), 2);
  EXPECT_EQ(rounded_delay(projection, 10.7), 10);
}

TEST(DelayKernel, is_a_gaussian_that_sums_to_one) {
  ChainBuilder chain({2, 1, 1});
  chain.dense(1, {}, delayed(DelayKind::source, 1, 4, true)).readout(1);
  const Plan plan = compile(chain.network);
  const PlanProjection& projection = plan.projections[0];
  ASSERT_EQ(projection.taps, 4u);
  DelayKernel<double> kernel;
  make_delay_kernel(projection, {2.0, 3.6}, 1.0, kernel);
  for (std::size_t source = 0; source < 2; ++source) {
    double sum = 0;
    for (std::size_t tap = 0; tap < 4; ++tap) sum += kernel.values[tap * 2 + source];
    EXPECT_NEAR(sum, 1, 1e-15);
  }
  EXPECT_NEAR(kernel.values[2 * 2] / kernel.values[1 * 2], std::exp(-0.5), 1e-12);
  EXPECT_NEAR(kernel.values[3 * 2] / kernel.values[1 * 2], std::exp(-2.0), 1e-12);
  // Far narrower than a step it still has its nearest delays.
  make_delay_kernel(projection, {2.5, 3.6}, 1e-3, kernel);
  EXPECT_NEAR(kernel.values[1 * 2], 0.5, 1e-12);
  EXPECT_NEAR(kernel.values[2 * 2], 0.5, 1e-12);
  EXPECT_NEAR(kernel.values[3 * 2 + 1], 1, 1e-12);
  make_delay_kernel(projection, {2.5, 3.6}, 0, kernel);
  EXPECT_EQ(kernel.values, (std::vector<double>{0, 0, 0, 0, 1, 0, 0, 1}));
}

/// Two inputs spike once each, three steps apart; the class says which comes first.
LabelledSpikes order_data(std::size_t samples, std::uint64_t seed) {
  LabelledSpikes data;
  data.sensor = {1, 1, 2};
  data.classes = 2;
  RandomEngine engine = random_stream(seed, StreamPurpose::bench, {77});
  boost::random::uniform_int_distribution<std::uint32_t> start(0, 4);
  for (std::size_t b = 0; b < samples; ++b) {
    const auto label = static_cast<std::uint32_t>(b % 2);
    SpikeTrain train;
    train.inputs = 2;
    train.steps = 12;
    const std::uint32_t at = start(engine);
    for (std::uint32_t t = 0; t < train.steps; ++t) {
      if (t == at) train.indices.push_back(label);
      if (t == at + 3) train.indices.push_back(1 - label);
      train.offsets.push_back(static_cast<std::uint32_t>(train.indices.size()));
    }
    data.trains.push_back(std::move(train));
    data.labels.push_back(static_cast<int>(label));
    data.names.push_back("order-" + std::to_string(b));
  }
  return data;
}

/// Nothing in it remembers a step: only delays can tell the order.
Recipe order_recipe(const Projection& projection) {
  Recipe recipe;
  recipe.training.epochs = 12;
  recipe.training.batch_size = 20;
  recipe.training.learning_rate = 0.02;
  Population forgetful;
  forgetful.beta = 0;
  recipe.network = ChainBuilder({2, 1, 1}).dense(16, forgetful, projection).readout(2, 0.0).network;
  return recipe;
}

double accuracy(const Recipe& recipe) {
  const LabelledSpikes train = order_data(200, 1), test = order_data(100, 2);
  Trainer trainer(recipe, train, &test);
  TrainingObserver observer;
  trainer.run(observer);
  return trainer.history().epochs.back().test_accuracy;
}

TEST(Delays, tell_the_order_of_spikes) {
  EXPECT_LE(accuracy(order_recipe({})), 0.6);
  EXPECT_GE(accuracy(order_recipe(delayed(DelayKind::synapse, 0, 4, true))), 0.99);
}

TEST(Delays, that_are_learned_move_and_stay_in_their_range) {
  const LabelledSpikes train = order_data(200, 1);
  for (const DelayKind kind : {DelayKind::synapse, DelayKind::source, DelayKind::projection})
    for (const bool learn : {true, false}) {
      Trainer trainer(order_recipe(delayed(kind, 1, 4, learn)), train, nullptr);
      const auto before = trainer.checkpoint().parameters.at("input->layer1/delay");
      TrainingObserver observer;
      trainer.run(observer);
      const auto after = trainer.checkpoint().parameters.at("input->layer1/delay");
      EXPECT_EQ(before.shape, after.shape);
      EXPECT_EQ(before.values == after.values, !learn) << to_string(kind);
      for (const float delay : after.values) {
        EXPECT_GE(delay, 1);
        EXPECT_LE(delay, 4);
        EXPECT_TRUE(learn || delay == std::floor(delay)) << delay;
      }
      const FrozenNetwork frozen = trainer.frozen();
      ASSERT_EQ(frozen.delays[0].size(), 32u);
      for (std::size_t at = 0; at < 32; ++at) {
        const std::size_t k = kind == DelayKind::synapse  ? at
                              : kind == DelayKind::source ? at / 16
                                                          : 0;
        EXPECT_EQ(frozen.delays[0][at], std::lround(after.values[k]));
      }
    }
}

TEST(Delays, training_is_the_same_to_the_byte_for_any_threads_and_breaks) {
  const LabelledSpikes train = order_data(100, 1);
  for (const DelayKind kind : {DelayKind::synapse, DelayKind::source, DelayKind::projection}) {
    Recipe recipe = order_recipe(delayed(kind, 0, 4, true));
    recipe.training.epochs = 3;  // 15 batches
    recipe.network.add_projection(1, 1, delayed(kind, 1, 3, true));
    TrainingObserver observer;
    Trainer whole(recipe, train, nullptr);
    whole.run(observer);
    for (const std::size_t threads : {1u, 3u}) {
      const tbb::global_control control(tbb::global_control::max_allowed_parallelism, threads);
      Trainer again(recipe, train, nullptr);
      again.run(observer);
      EXPECT_TRUE(again.checkpoint().parameters == whole.checkpoint().parameters) << threads;
    }
    for (const std::uint64_t batches : {2U, 5U, 13U}) {
      Trainer first(recipe, train, nullptr);
      StopAfter stop(batches);
      first.run(stop);
      const Checkpoint checkpoint = first.checkpoint();
      Trainer second(recipe, train, nullptr, &checkpoint);
      second.run(observer);
      EXPECT_TRUE(second.checkpoint().parameters == whole.checkpoint().parameters) << batches;
      EXPECT_TRUE(second.checkpoint().statistics == whole.checkpoint().statistics) << batches;
    }
  }
}

}  // namespace
}  // namespace volley
