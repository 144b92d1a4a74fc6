// Optimisers, schedules, losses, budgets, early stopping and warnings of the training loop.
#include <gtest/gtest.h>
#include <tbb/global_control.h>

#include <cmath>
#include <filesystem>

#include "base/atomic_file.hpp"
#include "base/error.hpp"
#include "sample_networks.hpp"
#include "training_runs.hpp"

namespace volley {
namespace {

Recipe toy_recipe(const TrainingOptions& training = {}) {
  Recipe recipe;
  recipe.name = "toy";
  recipe.training = training;
  recipe.training.epochs = 4;
  recipe.training.batch_size = 16;
  recipe.training.learning_rate = 0.01;
  recipe.dataset.dt_ms = 5;
  recipe.network = ChainBuilder({2, 4, 6}).dense(16).readout(3).network;
  return recipe;
}

/// Everything that is not the default.
Recipe busy_recipe() {
  TrainingOptions training;
  training.optimizer = OptimizerKind::sgd;
  training.nesterov = true;
  training.weight_decay = 1e-4;
  training.gradient_clip = 1;
  training.schedule = Schedule::one_cycle;
  training.loss = LossKind::mse;
  training.readout = ReadoutScore::max;
  training.rate_target = 0.05;
  training.rate_weight = 1;
  training.synops_target = 1000;
  training.synops_weight = 0.1;
  training.truncate_steps = 4;
  training.memory_budget_mib = 0.035;
  training.class_balanced = true;
  Recipe recipe = toy_recipe(training);
  recipe.training.learning_rate = 0.1;
  recipe.network.population(1).normalise_steps = 3;
  return recipe;
}

struct Watcher : TrainingObserver {
  void best(const EpochRecord& record) override { best_epochs.push_back(record.epoch); }
  void warning(const TrainingWarning& warning) override { warnings.push_back(warning); }
  bool stop() override { return left > 0 && --left == 0; }

  std::uint64_t left = 0;  ///< stops after this many questions; 0: never
  std::vector<int> best_epochs;
  std::vector<TrainingWarning> warnings;
};

double rate_at(Schedule schedule, std::uint64_t step, double warm_up = 0.1) {
  TrainingOptions options;
  options.learning_rate = 2;
  options.warm_up = warm_up;
  options.epochs = 20;
  options.schedule = schedule;
  options.schedule_steps = 5;
  options.schedule_factor = 0.5;
  return scheduled_rate(options, step, 200);  // 10 steps an epoch
}

TEST(Schedule, constant_stays_after_the_warm_up) {
  EXPECT_NEAR(rate_at(Schedule::constant, 9), 1.0, 1e-12);
  EXPECT_EQ(rate_at(Schedule::constant, 19), 2.0);
  EXPECT_EQ(rate_at(Schedule::constant, 199), 2.0);
  EXPECT_EQ(rate_at(Schedule::constant, 0, 0.0), 2.0);
}

TEST(Schedule, step_drops_between_epochs) {
  EXPECT_NEAR(rate_at(Schedule::step, 9), 1.0, 1e-12);
  EXPECT_EQ(rate_at(Schedule::step, 49), 2.0);
  EXPECT_EQ(rate_at(Schedule::step, 50), 1.0);
  EXPECT_EQ(rate_at(Schedule::step, 199), 0.25);
}

TEST(Schedule, one_cycle_rises_falls_and_anneals) {
  EXPECT_NEAR(rate_at(Schedule::one_cycle, 0), 2 * (0.1 + 0.9 / 90), 1e-12);
  EXPECT_NEAR(rate_at(Schedule::one_cycle, 89), 2, 1e-12);
  EXPECT_NEAR(rate_at(Schedule::one_cycle, 179), 0.2, 1e-12);
  EXPECT_NEAR(rate_at(Schedule::one_cycle, 199), 0.002, 1e-12);
  EXPECT_EQ(rate_at(Schedule::one_cycle, 30), rate_at(Schedule::one_cycle, 30, 0.9));
}

/// Some steps of an optimiser on one network, against its formulas written out.
void check_optimizer(const TrainingOptions& options) {
  const Plan plan = compile(ChainBuilder({5, 1, 1}).dense(4).readout(3).network);
  Parameters<double> parameters = initial_parameters<double>(plan, 3), wanted = parameters;
  Parameters<double> gradient = initial_parameters<double>(plan, 4);
  Parameters<double> first = zero_parameters<double>(plan), second = first;
  Optimizer<double> optimizer(plan, options);
  const double rate = 0.05;
  for (std::uint64_t step = 0; step < 5; ++step) {
    const std::vector<double> norms = tensor_norms(plan, gradient);
    const double norm = global_norm(norms);
    ASSERT_GT(norm, 0.5);
    optimizer.step(plan, parameters, gradient, norms, rate, step);
    const auto values = parameter_views(plan, wanted), slopes = parameter_views(plan, gradient);
    const auto m = parameter_views(plan, first), v = parameter_views(plan, second);
    for (std::size_t k = 0; k < values.size(); ++k)
      for (std::size_t i = 0; i < values[k].values->size(); ++i) {
        double& value = (*values[k].values)[i];
        double &mean = (*m[k].values)[i], &square = (*v[k].values)[i];
        const double decay = values[k].decays ? options.weight_decay : 0.0;
        const bool clips = options.gradient_clip > 0 && norm > options.gradient_clip;
        double g = (*slopes[k].values)[i] * (clips ? options.gradient_clip / norm : 1.0);
        if (options.optimizer != OptimizerKind::adamw) g += decay * value;
        if (options.optimizer == OptimizerKind::sgd) {
          mean = options.sgd_momentum * mean + g;
          value -= rate * (options.nesterov ? g + options.sgd_momentum * mean : mean);
          continue;
        }
        mean = 0.9 * mean + 0.1 * g;
        square = 0.999 * square + 0.001 * g * g;
        const double t = static_cast<double>(step) + 1;
        if (options.optimizer == OptimizerKind::adamw) value -= rate * decay * value;
        value -= rate * (mean / (1 - std::pow(0.9, t))) /
                 (std::sqrt(square / (1 - std::pow(0.999, t))) + 1e-8);
      }
  }
  const auto mine = parameter_views(plan, parameters), expected = parameter_views(plan, wanted);
  for (std::size_t k = 0; k < mine.size(); ++k)
    for (std::size_t i = 0; i < mine[k].values->size(); ++i)
      EXPECT_NEAR((*mine[k].values)[i], (*expected[k].values)[i], 1e-12) << mine[k].name << i;
}

TEST(Optimizer, follows_its_formulas) {
  for (const auto& [name, kind] : optimizer_names)
    for (const bool nesterov : {false, true})
      for (const double clip : {0.0, 0.3}) {
        SCOPED_TRACE(name);
        TrainingOptions options;
        options.optimizer = kind;
        options.nesterov = nesterov;
        options.weight_decay = 0.1;
        options.gradient_clip = clip;
        check_optimizer(options);
      }
}

TEST(Training, learns_in_every_way) {
  const LabelledSpikes train = toy_data(300, 1), test = toy_data(90, 2);
  const auto accuracy = [&](const Recipe& recipe) {
    Trainer trainer(recipe, train, &test);
    TrainingObserver observer;
    trainer.run(observer);
    return trainer.history().epochs.back().test_accuracy;
  };
  EXPECT_GE(accuracy(busy_recipe()), 0.9);
  TrainingOptions adam;
  adam.optimizer = OptimizerKind::adam;
  adam.schedule = Schedule::step;
  adam.schedule_steps = 2;
  adam.readout = ReadoutScore::last;
  EXPECT_GE(accuracy(toy_recipe(adam)), 0.9);
}

TEST(Training, budgets_are_kept) {
  const LabelledSpikes train = toy_data(300, 1);
  TrainingOptions rates, operations;
  rates.rate_target = 0.05;
  rates.rate_weight = 30;
  operations.synops_target = 1;  // out of reach
  operations.synops_weight = 1e-5;
  EpochRecord last[3];
  int at = 0;
  for (const TrainingOptions& training : {TrainingOptions{}, rates, operations}) {
    Trainer trainer(toy_recipe(training), train, nullptr);
    TrainingObserver observer;
    trainer.run(observer);
    last[at++] = trainer.history().epochs.back();
  }
  EXPECT_EQ(last[0].penalty, 0);
  EXPECT_GT(last[1].penalty, 0);
  EXPECT_LT(last[1].rates[0].rate, 0.7 * last[0].rates[0].rate);
  EXPECT_LT(last[2].rates[0].rate, 0.9 * last[0].rates[0].rate);
  EXPECT_GT(last[2].synaptic_operations, 100);
}

TEST(Training, bytes_do_not_depend_on_threads_in_any_way_of_training) {
  const LabelledSpikes train = toy_data(100, 1);
  std::string bytes[2];
  for (const std::size_t threads : {1u, 5u}) {
    const tbb::global_control control(tbb::global_control::max_allowed_parallelism, threads);
    Trainer trainer(busy_recipe(), train, nullptr);
    EXPECT_LT(trainer.micro_batches().largest, 16u);
    TrainingObserver observer;
    trainer.run(observer);
    bytes[threads / 5] = bytes_of(trainer);
  }
  EXPECT_TRUE(bytes[0] == bytes[1]);
}

TEST(Training, resumed_in_any_way_of_training_is_the_same_to_the_byte) {
  const LabelledSpikes train = toy_data(100, 1), test = toy_data(30, 2);
  Recipe recipe = busy_recipe();
  for (const EarlyStopMetric metric : {EarlyStopMetric::accuracy, EarlyStopMetric::train_loss}) {
    recipe.training.early_stop_metric = metric;
    recipe.training.patience = 1;
    recipe.training.epochs = 6;
    Watcher watcher;
    Trainer whole(recipe, train, &test);
    whole.run(watcher);
    // 7 batches and 30 recordings to be tested an epoch: in a batch, at the edge, in the test.
    for (const std::uint64_t questions : {3u, 7u, 20u, 36u, 50u}) {
      Trainer first(recipe, train, &test);
      Watcher stop;
      stop.left = questions;
      first.run(stop);
      const Checkpoint checkpoint = first.checkpoint();
      Trainer second(recipe, train, &test, &checkpoint);
      second.run(stop);
      EXPECT_EQ(stop.best_epochs, watcher.best_epochs) << questions;
      EXPECT_TRUE(bytes_of(second) == bytes_of(whole)) << questions;
    }
  }
}

TEST(Training, parts_of_a_batch_add_up_to_it) {
  Population spec;
  spec.normalise = false;
  spec.quantizer.estimator = Estimator::atan;  // nothing is pooled over the batch
  Projection strong;
  strong.gain = 3;
  const Network network = ChainBuilder({2, 4, 6}).dense(16, spec, strong).readout(3).network;
  LabelledSpikes data = toy_data(10, 3);
  data.labels[0] = data.labels[3] = 1;  // uneven
  std::vector<const SpikeTrain*> trains;
  for (const SpikeTrain& train : data.trains) trains.push_back(&train);
  TrainingOptions options;
  options.class_balanced = true;
  const Plan plan = compile(network);
  const Parameters<float> parameters = initial_parameters<float>(plan, 2);
  Parameters<float> gradients[2] = {zero_parameters<float>(plan), zero_parameters<float>(plan)};
  BatchOutcome outcomes[2];
  for (const std::size_t largest : {10u, 4u}) {
    ClockedEngine<float> engine(plan);
    MicroBatches cut;
    cut.largest = largest;
    BatchGradient batch(engine, options, data.labels, cut);
    outcomes[largest / 10] = 
        batch.run(trains, data.labels, {}, parameters, gradients[largest / 10]);
  }
  EXPECT_NEAR(outcomes[0].loss, outcomes[1].loss, 1e-6);
  EXPECT_NEAR(outcomes[0].rates[1], outcomes[1].rates[1], 1e-9);
  EXPECT_EQ(outcomes[0].correct, outcomes[1].correct);
  EXPECT_EQ(outcomes[0].held, 6u);
  const auto parts = parameter_views(plan, gradients[0]);
  const auto whole = parameter_views(plan, gradients[1]);
  for (std::size_t k = 0; k < parts.size(); ++k) {
    double difference = 0, size = 0;
    for (std::size_t i = 0; i < parts[k].values->size(); ++i) {
      difference += std::pow((*parts[k].values)[i] - (*whole[k].values)[i], 2);
      size += std::pow((*whole[k].values)[i], 2);
    }
    EXPECT_GT(size, 0);
    EXPECT_LE(std::sqrt(difference), 1e-5 * std::sqrt(size)) << parts[k].name;
  }
}

TEST(EarlyStopping, ends_when_nothing_gets_better) {
  const LabelledSpikes train = toy_data(60, 1), test = toy_data(30, 2);
  Recipe recipe = toy_recipe();
  recipe.training.epochs = 30;
  recipe.training.learning_rate = 1e-9;  // so that nothing does
  recipe.training.momentum = 1e-9;
  recipe.training.patience = 3;
  Trainer trainer(recipe, train, &test);
  Watcher watcher;
  trainer.run(watcher);
  EXPECT_TRUE(trainer.position().finished);
  EXPECT_EQ(trainer.position().epoch, 4);
  EXPECT_EQ(trainer.position().best_epoch, 1);
  EXPECT_EQ(watcher.best_epochs, std::vector<int>{1});
  EXPECT_TRUE(trainer.history().epochs.front().best);
  EXPECT_FALSE(trainer.history().epochs.back().best);
  EXPECT_THROW(Trainer(recipe, train, nullptr), Error) << "no test split to judge by";
  recipe.training.early_stop_metric = EarlyStopMetric::train_loss;
  EXPECT_NO_THROW(Trainer(recipe, train, nullptr));
}

TEST(EarlyStopping, the_best_epoch_is_the_one_with_the_best_metric) {
  const LabelledSpikes train = toy_data(60, 1), test = toy_data(30, 2);
  Recipe recipe = toy_recipe();
  recipe.training.epochs = 8;
  for (const auto& [name, metric] : early_stop_names) {
    recipe.training.early_stop_metric = metric;
    Trainer trainer(recipe, train, &test);
    Watcher watcher;
    trainer.run(watcher);
    ASSERT_FALSE(watcher.best_epochs.empty());
    double best = -1e9;
    int epoch = 0;
    for (const EpochRecord& record : trainer.history().epochs) {
      const double value = metric == EarlyStopMetric::train_loss ? -record.train_loss
                           : metric == EarlyStopMetric::accuracy ? record.test_accuracy
                                                                 : record.test_balanced_accuracy;
      if (value > best) best = value, epoch = record.epoch;
    }
    EXPECT_EQ(watcher.best_epochs.back(), epoch) << name;
    EXPECT_EQ(trainer.position().best_epoch, epoch) << name;
    EXPECT_EQ(std::abs(best), trainer.position().best_value) << name;
  }
}

TEST(Warnings, silent_and_saturated_populations_are_named_once_an_epoch) {
  const LabelledSpikes train = toy_data(60, 1);
  for (const double shift : {-60.0, 60.0}) {
    Recipe recipe = toy_recipe();
    recipe.training.epochs = 2;
    recipe.network.population(1).shift = shift;
    recipe.network.population(1).beta = 0;
    Trainer trainer(recipe, train, nullptr);
    Watcher watcher;
    trainer.run(watcher);
    const auto kind =
        shift < 0 ? TrainingWarning::Kind::silent : TrainingWarning::Kind::saturated;
    std::vector<int> epochs;
    for (const TrainingWarning& warning : watcher.warnings)
      if (warning.kind == kind) {
        epochs.push_back(warning.epoch);
        EXPECT_EQ(warning.subject, "layer1");
        EXPECT_NE(warning.advice.find(shift < 0 ? "raise shift of 'layer1'"
                                                : "lower shift of 'layer1'"),
                  std::string::npos)
            << warning.advice;
      }
    EXPECT_EQ(epochs, (std::vector<int>{1, 2}));
  }
}

TEST(Warnings, gradients_that_vanish_or_explode_are_named) {
  const Plan plan = compile(ChainBuilder({5, 1, 1}).dense(4).readout(3).network);
  Parameters<float> parameters = zero_parameters<float>(plan);
  const auto views = parameter_views(plan, parameters);
  std::vector<double> norms(views.size(), 1.0), rates(plan.populations.size(), 0.1);
  std::vector<TrainingWarning> said;
  TrainingWatch watch(plan, parameters);
  const auto batch = [&](double first) {
    norms[0] = first;
    said.clear();
    watch.batch(1, 7, 16, rates, norms, [&](const TrainingWarning& w) { said.push_back(w); });
    return said.empty() ? -1 : static_cast<int>(said.front().kind);
  };
  for (int k = 0; k < 20; ++k) EXPECT_EQ(batch(1.0), -1);
  EXPECT_EQ(batch(900.0), -1);
  EXPECT_EQ(batch(1100.0), static_cast<int>(TrainingWarning::Kind::exploding));
  EXPECT_EQ(said.front().subject, "input->layer1/weight");
  EXPECT_NE(said.front().advice.find("gradient_clip = 1"), std::string::npos);
  EXPECT_EQ(batch(1100.0), -1) << "once an epoch";
  EXPECT_EQ(batch(0.0), static_cast<int>(TrainingWarning::Kind::vanishing));
  watch.end_epoch(1, 8, [](const TrainingWarning&) {});
  EXPECT_EQ(batch(1100.0), static_cast<int>(TrainingWarning::Kind::exploding));
  EXPECT_EQ(batch(NAN), static_cast<int>(TrainingWarning::Kind::not_finite));
}

TEST(Warnings, a_loss_that_is_no_number_ends_training_before_it_does_harm) {
  const LabelledSpikes train = toy_data(60, 1);
  Recipe recipe = toy_recipe();
  recipe.training.optimizer = OptimizerKind::sgd;
  recipe.training.learning_rate = 10;
  recipe.training.logit_scale = 1e6;
  recipe.training.loss = LossKind::mse;
  recipe.training.warm_up = 0;
  recipe.training.weight_decay = 10;
  recipe.training.epochs = 50;
  Trainer trainer(recipe, train, nullptr);
  Watcher watcher;
  try {
    trainer.run(watcher);
    FAIL() << "it converged";
  } catch (const Error& error) {
    EXPECT_NE(error.problem().find("training diverged at step"), std::string::npos);
    EXPECT_NE(error.how().find("gradient_clip = 1"), std::string::npos);
  }
  ASSERT_FALSE(trainer.history().batches.empty());
  EXPECT_EQ(trainer.position().step, trainer.history().batches.back().step);
  EXPECT_TRUE(std::isfinite(trainer.history().batches.back().loss));
}

TEST(Loss, targets_of_mse_are_weighted_means) {
  LossOptions options;
  options.kind = LossKind::mse;
  options.target_correct = 0.9;
  options.target_wrong = 0.1;
  options.logit_scale = 2;
  const std::vector<double> logits = {0.45, 0.05, 0.3, 0.3};
  const std::vector<int> labels = {0, 1};
  std::vector<double> gradient;
  const LossResult result = score_loss<double>(options, logits, labels, gradient);
  // First sample: on target. Second: 0.6 against 0.1 and 0.9.
  EXPECT_NEAR(result.loss, (0.25 + 0.09) / 2 / 2, 1e-15);
  EXPECT_EQ(result.correct, 1u);
  EXPECT_NEAR(gradient[2], 2 * 2 * 0.5 / 2 / 2, 1e-15);
  EXPECT_NEAR(gradient[3], -2 * 2 * 0.3 / 2 / 2, 1e-15);
}

}  // namespace
}  // namespace volley
