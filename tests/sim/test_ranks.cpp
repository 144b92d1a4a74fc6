// Ranks: shares and sums, and that a batch shared by several gives the bytes of one process, for
// networks with everything in them that is summed over a batch.
#include <gtest/gtest.h>

#include <cmath>
#include <mutex>

#include "base/error.hpp"
#include "random_networks.hpp"
#include "sample_networks.hpp"
#include "sim/batch_gradient.hpp"
#include "sim/trainer.hpp"
#include "thread_ranks.hpp"
#include "training_runs.hpp"

namespace volley {
namespace {

TEST(Ranks, shares_are_even_and_in_order) {
  run_ranks(5, [](const Ranks& ranks) {
    for (const std::size_t count : {0u, 1u, 4u, 5u, 23u, 1000u}) {
      std::size_t next = 0;
      for (int rank = 0; rank < ranks.size(); ++rank) {
        const Share share = ranks.share(count, rank);
        EXPECT_EQ(share.first, next);
        EXPECT_LE(share.size(), count / 5 + 1);
        EXPECT_GE(share.size(), count / 5);
        next = share.last;
      }
      EXPECT_EQ(next, count);
      EXPECT_EQ(ranks.share(count, 0).size() > 0, count > 0);
    }
  });
  EXPECT_EQ(one_rank().share(7), (Share{0, 7}));
}

TEST(Ranks, tell_each_other) {
  for (const int size : {1, 2, 5})
    run_ranks(size, [size](const Ranks& ranks) {
      const auto own = static_cast<std::uint64_t>(ranks.rank());
      EXPECT_EQ(ranks.of_first(own + 7), 7u);
      EXPECT_TRUE(ranks.any(ranks.rank() == size - 1));
      EXPECT_FALSE(ranks.any(false));
      std::vector<std::uint64_t> sums{1, own};
      ranks.add_up(sums);
      EXPECT_EQ(sums[0], static_cast<std::uint64_t>(size));
      EXPECT_EQ(sums[1], static_cast<std::uint64_t>(size * (size - 1) / 2));
      std::vector<std::byte> mine(static_cast<std::size_t>(3 * ranks.rank()),
                                  std::byte(ranks.rank()));
      const RankBytes all = ranks.exchange(mine);
      for (int rank = 0; rank < size; ++rank) {
        EXPECT_EQ(all.of(rank).size(), static_cast<std::size_t>(3 * rank));
        for (const std::byte each : all.of(rank)) EXPECT_EQ(each, std::byte(rank));
      }
    });
}

/// Recordings of differing lengths.
LabelledSpikes any_data(const Network& network, std::size_t samples) {
  const Plan plan = compile(network);
  const Shape shape = plan.populations[plan.input].spec.shape;
  LabelledSpikes data;
  data.sensor = {shape.width, shape.height, shape.channels};
  data.classes = static_cast<int>(plan.classes());
  for (std::size_t b = 0; b < samples; ++b) {
    data.trains.push_back(random_train(4 + static_cast<std::uint32_t>(b % 5), static_cast<std::uint32_t>(shape.size()), 0.25,
                                       100 + b));
    data.labels.push_back(static_cast<int>(b % plan.classes()));
    data.names.push_back("any-" + std::to_string(b));
  }
  return data;
}

struct Outcome {
  FloatTensors parameters;
  DoubleTensors statistics;
  std::vector<double> figures;
};

/// Two epochs of two batches and a part of one, with a test after each.
Outcome train(const Recipe& recipe, const Ranks& ranks) {
  const LabelledSpikes data = any_data(recipe.network, 19), test = any_data(recipe.network, 7);
  Trainer trainer(recipe, data, &test, nullptr, ranks);
  TrainingObserver observer;
  trainer.run(observer);
  const Checkpoint checkpoint = trainer.checkpoint();
  Outcome outcome{checkpoint.parameters, checkpoint.statistics, {}};
  for (const BatchRecord& batch : trainer.history().batches)
    for (const double figure : {batch.loss, batch.accuracy, batch.gradient_norm, batch.penalty})
      outcome.figures.push_back(figure);
  for (const EpochRecord& epoch : trainer.history().epochs) {
    for (const double figure : {epoch.test_accuracy, epoch.test_balanced_accuracy,
                                epoch.synaptic_operations})
      outcome.figures.push_back(figure);
    for (const PopulationRate& rate : epoch.rates) outcome.figures.push_back(rate.rate);
  }
  return outcome;
}

template <class Tensors>
void expect_equal(const Tensors& a, const Tensors& b, const std::string& where) {
  ASSERT_EQ(a.size(), b.size());
  for (const auto& [name, tensor] : a)
    EXPECT_EQ(tensor.values, b.at(name).values) << where << ", " << name;
}

void expect_ranks_do_not_matter(const Recipe& recipe, const std::string& what) {
  const Outcome one = train(recipe, one_rank());
  for (const double figure : one.figures) ASSERT_TRUE(std::isfinite(figure)) << what;
  for (const int size : {2, 3, 8}) {
    std::mutex reporting;
    run_ranks(size, [&](const Ranks& ranks) {
      const Outcome own = train(recipe, ranks);
      const std::lock_guard lock(reporting);
      const std::string where = what + ", rank " + std::to_string(ranks.rank()) + " of " +
                                std::to_string(size);
      EXPECT_EQ(own.figures, one.figures) << where;
      expect_equal(own.parameters, one.parameters, where);
      expect_equal(own.statistics, one.statistics, where);
    });
    if (::testing::Test::HasFailure()) return;
  }
}

Recipe recipe_of(Network network) {
  Recipe recipe;
  recipe.name = "ranks";
  recipe.training.epochs = 2;
  recipe.training.batch_size = 8;
  recipe.training.learning_rate = 0.02;
  recipe.network = std::move(network);
  return recipe;
}

/// Convolution, pooling and dense layers with normalisation, denoising and quantised weights.
Network pooled_network() {
  Population spec;
  spec.dropout = 0.2;
  return ChainBuilder({2, 9, 8})
      .conv(6, 3, 1, 1, spec)
      .pool(ProjectionKind::sum_pool, 2)
      .conv(5, 3, 1, 0)
      .flatten()
      .dense(20, spec)
      .readout(4)
      .network;
}

TEST(Ranks, pooled_statistics_are_those_of_one_process) {
  const Network network = pooled_network();
  expect_ranks_do_not_matter(recipe_of(network), "pooled");
  Network other = network;
  for (std::size_t id = 0; id < other.populations(); ++id)
    if (other.population(id).kind == NeuronKind::lif) other.population(id).normalise_steps = 3;
  for (std::size_t id = 0; id < other.projections(); ++id)
    if (other.projection(id).trainable()) other.projection(id).weights.bits = 2;
  expect_ranks_do_not_matter(recipe_of(other), "statistics by step, two bits");
}

TEST(Ranks, any_network_gives_the_bytes_of_one_process) {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    expect_ranks_do_not_matter(recipe_of(any_network(seed)), "seed " + std::to_string(seed));
    expect_ranks_do_not_matter(recipe_of(any_levels(seed)), "levels " + std::to_string(seed));
    if (HasFailure()) return;
  }
}

TEST(Ranks, any_estimator_gives_the_bytes_of_one_process) {
  for (const Estimator estimator : {Estimator::stochastic, Estimator::progressive,
                                    Estimator::learned, Estimator::straight_through}) {
    Network network = pooled_network();
    for (std::size_t id = 0; id < network.populations(); ++id)
      if (network.population(id).kind == NeuronKind::lif)
        network.population(id).quantizer.estimator = estimator;
    expect_ranks_do_not_matter(recipe_of(network),
                               "estimator " + std::to_string(static_cast<int>(estimator)));
  }
}

TEST(Ranks, weights_summed_while_the_scan_goes_back_too) {
  Population spec;
  spec.normalise = false;
  spec.quantizer.estimator = Estimator::atan;
  const Network network = ChainBuilder({2, 9, 8})
                              .conv(6, 3, 1, 1, spec)
                              .pool(ProjectionKind::sum_pool, 2)
                              .conv(5, 3, 1, 0, spec)
                              .dense(20, spec)
                              .readout(4)
                              .network;
  expect_ranks_do_not_matter(recipe_of(network), "fused");
}

TEST(Ranks, budgets_and_penalties_are_those_of_one_process) {
  Recipe recipe = recipe_of(pooled_network());
  recipe.training.rate_target = 0.01;
  recipe.training.rate_weight = 3;
  recipe.training.synops_target = 100;
  recipe.training.readout = ReadoutScore::max;
  recipe.training.class_balanced = true;
  recipe.training.gradient_clip = 0.5;
  recipe.training.truncate_steps = 3;
  expect_ranks_do_not_matter(recipe, "budgets");
  recipe = recipe_of(pooled_network());
  recipe.training.gradient_l1 = 0.02;
  expect_ranks_do_not_matter(recipe, "l1 norm of the gradient");
}

TEST(Ranks, parts_of_a_batch_and_recomputation_too) {
  Recipe recipe = recipe_of(pooled_network());
  const Plan plan = compile(recipe.network);
  const std::uint64_t whole = batch_memory(plan, recipe.training).bytes(8 * 8);
  const std::uint64_t again = batch_memory(plan, recipe.training, true).bytes(8 * 8);
  ASSERT_LT(again, whole);
  constexpr double mib = 1024 * 1024;
  recipe.training.memory_budget_mib = static_cast<double>(again) / mib;
  ASSERT_TRUE(cut_batch(plan, recipe.training, 8).recomputing);
  expect_ranks_do_not_matter(recipe, "recomputation");
  recipe.training.memory_budget_mib =
      static_cast<double>(batch_memory(plan, recipe.training, true).bytes(8 * 3)) / mib;
  ASSERT_LT(cut_batch(plan, recipe.training, 8).largest, 8u);
  expect_ranks_do_not_matter(recipe, "parts");
}

TEST(Ranks, stop_together_and_go_on) {
  const Recipe recipe = recipe_of(pooled_network());
  const LabelledSpikes data = any_data(recipe.network, 19);
  const Outcome whole = train(recipe, one_rank());
  const LabelledSpikes test = any_data(recipe.network, 7);
  std::mutex reporting;
  run_ranks(3, [&](const Ranks& ranks) {
    Trainer trainer(recipe, data, &test, nullptr, ranks);
    StopAfter stop(ranks.rank() == 1 ? 2 : 100);  // one is told, all stop
    trainer.run(stop);
    const Checkpoint checkpoint = trainer.checkpoint();
    Trainer resumed(recipe, data, &test, &checkpoint, ranks);
    TrainingObserver observer;
    resumed.run(observer);
    const std::lock_guard lock(reporting);
    EXPECT_EQ(checkpoint.position.step, 2u);
    expect_equal(resumed.checkpoint().parameters, whole.parameters, "resumed");
  });
}

TEST(Ranks, more_than_samples_in_a_batch_are_refused) {
  Recipe recipe = recipe_of(pooled_network());
  recipe.training.batch_size = 2;
  const LabelledSpikes data = any_data(recipe.network, 19);
  run_ranks(3, [&](const Ranks& ranks) {
    EXPECT_THROW(Trainer(recipe, data, nullptr, nullptr, ranks), Error);
  });
}

}  // namespace
}  // namespace volley
