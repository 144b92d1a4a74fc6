// The training loop: it learns, stops and resumes, and its bytes do not depend on threads.
#include <gtest/gtest.h>
#include <tbb/global_control.h>
#include <tbb/task_arena.h>

#include <cmath>
#include <filesystem>
#include <map>
#include <numbers>

#include "base/atomic_file.hpp"
#include "base/error.hpp"
#include "sample_networks.hpp"
#include "sim/fold.hpp"
#include "sim/instruction_set.hpp"
#include "training_runs.hpp"

namespace volley {
namespace {

Recipe toy_recipe(bool conv) {
  Recipe recipe;
  recipe.name = "toy";
  recipe.training.epochs = 4;
  recipe.training.batch_size = 16;
  recipe.training.learning_rate = 0.01;
  recipe.dataset.shift_pixels = 1;
  recipe.dataset.dt_ms = 5;
  ChainBuilder chain({2, 4, 6});
  if (conv) chain.conv(6, 3, 1, 1);
  chain.dense(16).readout(3);
  recipe.network = chain.network;
  return recipe;
}

TEST(Training, learns_a_toy_problem) {
  const LabelledSpikes train = toy_data(300, 1), test = toy_data(90, 2);
  for (const bool conv : {false, true}) {
    Recipe recipe = toy_recipe(conv);
    recipe.dataset.shift_pixels = 0;
    Trainer trainer(recipe, train, &test);
    TrainingObserver observer;
    trainer.run(observer);
    ASSERT_EQ(trainer.history().epochs.size(), 4u);
    EXPECT_GE(trainer.history().epochs.back().test_accuracy, 0.95) << conv;
    EXPECT_LT(trainer.history().epochs.back().train_loss,
              trainer.history().epochs.front().train_loss);
    EXPECT_TRUE(trainer.position().finished);
  }
}

TEST(Training, bytes_do_not_depend_on_threads) {
  const LabelledSpikes train = toy_data(100, 1);
  for (const bool conv : {false, true}) {
    std::string alone;
    for (const int threads : {1, 2, 3, 16}) {
      const tbb::global_control control(tbb::global_control::max_allowed_parallelism,
                                        static_cast<std::size_t>(threads));
      tbb::task_arena arena(threads);  // as many as asked for, whatever the machine has
      arena.execute([&] {
        Trainer trainer(toy_recipe(conv), train, nullptr);
        TrainingObserver observer;
        trainer.run(observer);
        const std::string bytes = bytes_of(trainer);
        if (threads == 1) alone = bytes;
        EXPECT_TRUE(bytes == alone) << conv << ", " << threads << " threads";
      });
    }
  }
}

TEST(Training, a_step_is_the_same_on_every_instruction_set) {
  const LabelledSpikes train = toy_data(16, 1);
  for (const bool conv : {false, true}) {
    Recipe recipe = toy_recipe(conv);
    recipe.training.epochs = 1;
    std::map<std::string, Tensor<float>> widest;
    for (const std::string& set : instruction_sets()) {
      force_instruction_set(set);
      Trainer trainer(recipe, train, nullptr);
      StopAfter stop(1);
      trainer.run(stop);
      const Checkpoint checkpoint = trainer.checkpoint();
      force_instruction_set("");
      if (widest.empty())
        for (const auto& [name, tensor] : checkpoint.parameters) widest[name] = tensor;
      for (const auto& [name, tensor] : checkpoint.parameters)
        for (std::size_t i = 0; i < tensor.values.size(); ++i)
          ASSERT_NEAR(tensor.values[i], widest[name].values[i], 1e-5) << set << " " << name;
    }
  }
}

TEST(Training, resumed_is_the_same_to_the_byte) {
  const LabelledSpikes train = toy_data(100, 1);
  TrainingObserver observer;
  Trainer whole(toy_recipe(true), train, nullptr);
  whole.run(observer);
  // 7 batches an epoch: within the first, at an edge, within the last.
  for (const std::uint64_t batches : {1u, 7u, 12u, 27u}) {
    Trainer first(toy_recipe(true), train, nullptr);
    StopAfter stop(batches);
    first.run(stop);
    EXPECT_FALSE(first.position().finished);
    const Checkpoint checkpoint = first.checkpoint();
    Trainer second(toy_recipe(true), train, nullptr, &checkpoint);
    second.run(observer);
    EXPECT_TRUE(bytes_of(second) == bytes_of(whole)) << batches;
  }
}

/// Hidden weights that grow sparse over the first 60 % of the training.
Recipe sparse_recipe() {
  Recipe recipe = toy_recipe(true);
  WeightQuantizer& weights = recipe.network.projection(1).weights;
  weights.sparsity = 0.9;
  weights.sparsity_ramp = 0.6;
  weights.intercept = false;  // so that what is zeroed is 0 after folding
  return recipe;
}

/// In the first column.
std::size_t zeros_of(const std::vector<float>& weights, std::size_t columns) {
  std::size_t zeros = 0;
  for (std::size_t at = 0; at < weights.size(); at += columns) zeros += weights[at] == 0 ? 1u : 0u;
  return zeros;
}

TEST(Training, rising_sparsity_is_the_same_to_the_byte_when_resumed) {
  const LabelledSpikes train = toy_data(100, 1);
  TrainingObserver observer;
  Trainer whole(sparse_recipe(), train, nullptr);
  whole.run(observer);
  const std::size_t rows = 144, columns = 16;
  EXPECT_EQ(zeros_of(fold(whole.checkpoint()).weights[1], columns), 130u);  // round(0.9 * 144)
  // 28 steps in all: sparsity at step k is 0.9 (1 - (1 - k / 16.8)^3).
  for (const std::uint64_t batches : {2u, 7u, 12u, 27u}) {
    Trainer first(sparse_recipe(), train, nullptr);
    StopAfter stop(batches);
    first.run(stop);
    const Checkpoint checkpoint = first.checkpoint();
    const double left = std::max(0.0, 1 - static_cast<double>(batches) / 16.8);
    const auto zeroed = static_cast<std::size_t>(
        std::lround(0.9 * (1 - left * left * left) * static_cast<double>(rows)));
    const FrozenNetwork frozen = fold(checkpoint);
    EXPECT_EQ(zeros_of(frozen.weights[1], columns), zeroed) << batches;
    EXPECT_EQ(frozen.weights, first.frozen().weights);
    Trainer second(sparse_recipe(), train, nullptr, &checkpoint);
    second.run(observer);
    EXPECT_TRUE(bytes_of(second) == bytes_of(whole)) << batches;
  }
}

TEST(Training, learns_with_weights_of_few_values) {
  const LabelledSpikes train = toy_data(300, 1), test = toy_data(90, 2);
  std::vector<WeightQuantizer> quantizers(4);
  quantizers[0].levels = WeightLevels::unipolar;
  quantizers[0].kept = 2;
  quantizers[0].of = 4;
  quantizers[1] = quantizers[0];  // its twin without intercept
  quantizers[1].estimator = WeightEstimator::straight_through;
  quantizers[1].intercept = false;
  quantizers[2].levels = WeightLevels::ternary;
  quantizers[3].bits = 2;
  for (const WeightQuantizer& quantizer : quantizers) {
    Recipe recipe = toy_recipe(false);
    recipe.dataset.shift_pixels = 0;
    recipe.training.epochs = 6;
    recipe.network.projection(0).weights = quantizer;
    Trainer trainer(recipe, train, &test);
    TrainingObserver observer;
    trainer.run(observer);
    EXPECT_GE(trainer.history().epochs.back().test_accuracy, 0.9)
        << &quantizer - quantizers.data();
  }
}

TEST(Training, stops_while_it_evaluates) {
  const LabelledSpikes train = toy_data(100, 1), test = toy_data(30, 2);
  Trainer trainer(toy_recipe(false), train, &test);
  StopAfter stop(7 + 5);  // 7 batches, then the fifth test recording
  trainer.run(stop);
  EXPECT_EQ(trainer.position().epoch, 1);
  ASSERT_EQ(trainer.history().epochs.size(), 1u);
  EXPECT_EQ(trainer.history().epochs.front().test_accuracy, -1);
}

TEST(Training, extended_neurons_learn_resume_and_do_not_depend_on_threads) {
  const LabelledSpikes train = toy_data(100, 1);
  Recipe recipe = toy_recipe(true);
  for (PopulationId id = 1; id < recipe.network.populations(); ++id) {
    Population& population = recipe.network.population(id);
    population.learn_tau = id == 1 ? LearnTau::population : LearnTau::channel;
    population.synapse_beta = 0.4;
    if (population.kind != NeuronKind::lif) continue;
    population.adaptation = 0.2;
    population.refractory_steps = 1;
  }
  TrainingObserver observer;
  Trainer whole(recipe, train, nullptr);
  whole.run(observer);
  EXPECT_LT(whole.history().epochs.back().train_loss, whole.history().epochs.front().train_loss);
  const Checkpoint trained = whole.checkpoint();
  const Tensor<float>& logits = trained.parameters.at("layer2/beta_logit");
  ASSERT_EQ(logits.values.size(), 16u);
  EXPECT_NE(logits.values[0], logits.values[1]) << "each channel learns its own";
  EXPECT_EQ(trained.parameters.at("layer1/beta_logit").values.size(), 1u);
  const FrozenNetwork frozen = whole.frozen();
  EXPECT_FLOAT_EQ(frozen.beta[2][5], 1 / (1 + std::exp(-logits.values[5])));

  const tbb::global_control control(tbb::global_control::max_allowed_parallelism, 3);
  Trainer first(recipe, train, nullptr);
  StopAfter stop(12);
  first.run(stop);
  const Checkpoint checkpoint = first.checkpoint();
  Trainer second(recipe, train, nullptr, &checkpoint);
  second.run(observer);
  EXPECT_TRUE(bytes_of(second) == bytes_of(whole));
}

TEST(Training, another_seed_gives_another_network) {
  const LabelledSpikes train = toy_data(48, 1);
  Recipe one = toy_recipe(false), two = one;
  two.training.seed = 2;
  EXPECT_FALSE(bytes_of(Trainer(one, train, nullptr)) == bytes_of(Trainer(two, train, nullptr)));
}

TEST(Training, data_that_does_not_fit_is_refused) {
  const LabelledSpikes good = toy_data(30, 1);
  LabelledSpikes empty = good, wrong = good, labels = good;
  empty.trains.clear();
  wrong.sensor.width = 7;
  labels.labels[4] = 3;
  EXPECT_THROW(Trainer(toy_recipe(false), empty, nullptr), Error);
  EXPECT_THROW(Trainer(toy_recipe(false), wrong, nullptr), Error);
  EXPECT_THROW(Trainer(toy_recipe(false), good, &labels), Error);
}

TEST(Training, observers_see_traces_of_the_first_sample) {
  struct Watcher : TrainingObserver {
    bool wants_trace() override { return true; }
    void trace(SampleTrace trace) override { traces.push_back(std::move(trace)); }
    std::vector<SampleTrace> traces;
  } watcher;
  const LabelledSpikes train = toy_data(32, 1);
  Recipe recipe = toy_recipe(true);
  recipe.training.epochs = 1;
  Trainer trainer(recipe, train, nullptr);
  trainer.run(watcher);
  ASSERT_EQ(watcher.traces.size(), 2u);
  const SampleTrace& trace = watcher.traces.front();
  ASSERT_EQ(trace.populations.size(), 4u);
  EXPECT_EQ(trace.steps, 6u);
  EXPECT_GT(trace.populations[0].spikes.spikes(), 0u);
  EXPECT_EQ(trace.populations[3].membrane.size(), 18u);
  EXPECT_EQ(trace.scores.size(), 3u);
  EXPECT_GE(trace.predicted, 0);
}

TEST(Schedule, warms_up_then_falls_to_zero) {
  TrainingOptions options;
  options.learning_rate = 1;
  options.warm_up = 0.1;
  EXPECT_NEAR(scheduled_rate(options, 0, 100), 0.1, 1e-12);
  EXPECT_NEAR(scheduled_rate(options, 9, 100), 1.0, 1e-12);
  EXPECT_NEAR(scheduled_rate(options, 54, 100), 0.5, 1e-12);
  EXPECT_NEAR(scheduled_rate(options, 99, 100), 0.0, 1e-12);
}

TEST(Loss, class_weights_balance) {
  const std::vector<int> labels = {0, 0, 0, 1};
  const std::vector<double> weights = balanced_class_weights(labels, 3);
  EXPECT_DOUBLE_EQ(weights[0], 4.0 / 6.0);
  EXPECT_DOUBLE_EQ(weights[1], 2.0);
  EXPECT_DOUBLE_EQ(weights[2], 0.0);
}

}  // namespace
}  // namespace volley
