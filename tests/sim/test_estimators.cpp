// Estimators that do more than shape a slope: spikes drawn at random while training, a sharpness
// that is trained. Their gradients are in test_gradients.cpp.
#include <gtest/gtest.h>
#include <tbb/global_control.h>

#include <cmath>

#include "base/error.hpp"
#include "sample_networks.hpp"
#include "sim/spike_draws.hpp"
#include "training_runs.hpp"

namespace volley {
namespace {

Population with(Estimator estimator) {
  Population spec;
  spec.quantizer.estimator = estimator;
  return spec;
}

Recipe recipe_of(const Population& hidden) {
  Recipe recipe;
  recipe.name = "toy";
  recipe.training.epochs = 4;
  recipe.training.batch_size = 16;
  recipe.training.learning_rate = 0.01;
  recipe.network = ChainBuilder({2, 4, 6}).conv(6, 3, 1, 1, hidden).dense(16, hidden).readout(3)
                       .network;
  return recipe;
}

/// Spikes of one population over many samples and steps at a constant membrane.
double rate_at(const Population& spec, const TrainingMoment& moment, double v) {
  PlanPopulation population;
  population.spec = spec;
  population.neurons = 50;
  const std::vector<double> membrane(50, v);
  std::vector<std::uint32_t> found(50);
  double spikes = 0;
  for (std::size_t sample = 0; sample < 40; ++sample) {
    SpikeDraws<double> draws(population, moment, sample);
    for (int t = 0; t < 50; ++t)
      spikes += static_cast<double>(draws.draw(membrane.data(), found.data()));
  }
  return spikes / (40 * 50 * 50);
}

TEST(Estimators, spikes_are_drawn_with_their_probability) {
  Population stochastic = with(Estimator::stochastic), progressive = with(Estimator::progressive);
  stochastic.quantizer.sharpness = 3;
  const double deviation = 4 * 0.5 / std::sqrt(40 * 50 * 50);  // four standard deviations
  for (const double v : {-0.2, 0.4, 0.9, 1.0, 1.3, 1.8, 2.5}) {
    EXPECT_NEAR(rate_at(stochastic, {1, 2, 0, true}, v), 1 / (1 + std::exp(-3 * (v - 1))),
                deviation);
    const double x = std::clamp(v / 2, 0.0, 1.0), hard = v >= 1 ? 1 : 0;  // window 2 about 1
    EXPECT_NEAR(rate_at(progressive, {1, 2, 0, true}, v), x, deviation);
    const double p = std::log10(1 + 9 * 0.4);
    EXPECT_NEAR(rate_at(progressive, {1, 2, 0.4, true}, v), p * hard + (1 - p) * x, deviation);
    EXPECT_EQ(rate_at(progressive, {1, 2, 1, true}, v), hard);
  }
}

TEST(Estimators, draws_reset_by_the_drawn_spike) {
  PlanPopulation population;
  population.spec = with(Estimator::stochastic);
  population.neurons = 60;
  const std::vector<float> v(60, 1.2f);  // above the threshold, yet not all of them fire
  std::vector<std::uint32_t> found(60);
  for (const Reset reset : {Reset::subtract, Reset::zero, Reset::none}) {
    population.spec.reset = reset;
    SpikeDraws<float> draws(population, {}, 0);
    const std::size_t count = draws.draw(v.data(), found.data());
    EXPECT_GT(count, 10u);
    EXPECT_LT(count, 55u);
    std::vector<float> wanted = v;
    for (std::size_t k = 0; k < count && reset != Reset::none; ++k)
      wanted[found[k]] = reset == Reset::zero ? 0.0f : 1.2f - 1.0f;
    const float* kept = draws.reset(v.data());
    EXPECT_EQ(std::vector<float>(kept, kept + 60), wanted);
  }
}

std::vector<std::uint32_t> spikes_of(ClockedEngine<float>& engine, const TrainingMoment& moment,
                                     const NetworkMoments* frozen = nullptr) {
  const auto samples = random_trains(6, 8, 48, 0.2, 3);
  std::vector<const SpikeTrain*> batch;
  for (const SpikeTrain& sample : samples) batch.push_back(&sample);
  engine.set_moment(moment);
  engine.forward(batch, initial_parameters<float>(engine.plan(), 1), frozen);
  std::vector<std::uint32_t> all;
  for (std::size_t row = 0; row < engine.rows().rows(); ++row) {
    const auto spikes = engine.state(2).spikes.row(row);
    all.insert(all.end(), spikes.begin(), spikes.end());
  }
  return all;
}

TEST(Estimators, draws_depend_on_seed_and_step_alone) {
  for (const Estimator estimator : {Estimator::stochastic, Estimator::progressive}) {
    ClockedEngine<float> engine(compile(recipe_of(with(estimator)).network));
    const auto first = spikes_of(engine, {1, 5, 0.1, true});
    EXPECT_EQ(spikes_of(engine, {1, 5, 0.1, true}), first);
    EXPECT_NE(spikes_of(engine, {1, 6, 0.1, true}), first);
    EXPECT_NE(spikes_of(engine, {2, 5, 0.1, true}), first);
  }
}

TEST(Estimators, nothing_is_drawn_for_inference) {
  ClockedEngine<float> plain(compile(recipe_of(with(Estimator::sigmoid)).network));
  const auto wanted = spikes_of(plain, {});
  const NetworkMoments moments = plain.moments();
  for (const Estimator estimator : {Estimator::stochastic, Estimator::progressive}) {
    ClockedEngine<float> engine(compile(recipe_of(with(estimator)).network));
    EXPECT_NE(spikes_of(engine, {1, 5, 0.1, true}), wanted);
    EXPECT_EQ(spikes_of(engine, {1, 5, 0.1, false}), wanted);
    EXPECT_EQ(spikes_of(engine, {1, 5, 0.1, true}, &moments), wanted);
  }
}

bool same(const Trainer& one, const Trainer& two) {
  const Checkpoint a = one.checkpoint(), b = two.checkpoint();
  return a.parameters == b.parameters && a.statistics == b.statistics &&
         a.optimiser == b.optimiser && a.position == b.position;
}

/// Trains twice: at once, and on one thread with a stop in between.
void check_training(const Recipe& recipe, double accuracy) {
  const LabelledSpikes train = toy_data(150, 1), test = toy_data(90, 2);
  TrainingObserver observer;
  Trainer whole(recipe, train, &test);
  whole.run(observer);
  EXPECT_GE(whole.history().epochs.back().test_accuracy, accuracy);

  const tbb::global_control control(tbb::global_control::max_allowed_parallelism, 1);
  Trainer first(recipe, train, &test);
  StopAfter stop(13);
  first.run(stop);
  const Checkpoint checkpoint = first.checkpoint();
  Trainer second(recipe, train, &test, &checkpoint);
  second.run(observer);
  EXPECT_TRUE(same(whole, second));
}

TEST(Estimators, training_learns_resumes_and_ignores_threads) {
  for (const Estimator estimator : {Estimator::stochastic, Estimator::progressive,
                                    Estimator::learned, Estimator::soft_round}) {
    SCOPED_TRACE(facts(estimator).name);
    Population hidden = with(estimator);
    if (has_discretisation(estimator)) hidden.quantizer.discretisation = 0.1;
    check_training(recipe_of(hidden), 0.9);
  }
}

TEST(Estimators, extended_neurons_train_with_all_that_plain_ones_have) {
  for (const Estimator estimator : {Estimator::stochastic, Estimator::progressive,
                                    Estimator::learned, Estimator::denoise}) {
    SCOPED_TRACE(facts(estimator).name);
    Population hidden = with(estimator);
    hidden.learn_tau = LearnTau::channel;
    hidden.synapse_beta = 0.3;
    hidden.adaptation = 0.1;
    hidden.refractory_steps = 1;
    if (has_discretisation(estimator)) hidden.quantizer.discretisation = 0.1;
    if (estimator == Estimator::denoise) {
      hidden.quantizer.levels = 3;
      hidden.quantizer.window_mode = WindowMode::deviation;
    }
    Recipe recipe = recipe_of(hidden);
    recipe.training.truncate_steps = 4;
    check_training(recipe, 0.8);
  }
}

TEST(Estimators, a_refractory_neuron_draws_in_vain) {
  PlanPopulation population;
  population.spec = with(Estimator::stochastic);
  population.neurons = 60;
  const std::vector<float> v(60, 1.2f);
  std::vector<std::uint32_t> found(60);
  SpikeDraws<float> plain(population, {}, 0), extended(population, {}, 0);
  found.resize(plain.draw(v.data(), found.data()));
  std::vector<NeuronStatus> status(60, 1), wanted(60, 0);
  for (const std::uint32_t neuron : found) wanted[neuron] = 1;
  for (std::size_t n = 0; n < 60; n += 3) status[n] = wanted[n] = refractory_status;
  extended.draw(v.data(), status.data());
  EXPECT_EQ(status, wanted);
}

TEST(Estimators, sharpness_is_learned) {
  const LabelledSpikes train = toy_data(150, 1);
  const auto learned = [&](double discretisation) {
    Population hidden = with(Estimator::learned);
    hidden.quantizer.discretisation = discretisation;
    Trainer trainer(recipe_of(hidden), train, nullptr);
    TrainingObserver observer;
    trainer.run(observer);
    return trainer.checkpoint().parameters.at("layer1/log_sharpness").values.front();
  };
  const float start = std::log(4.0f), free = learned(0), pressed = learned(10);
  EXPECT_GT(std::abs(free - start), 1e-3f);
  EXPECT_GT(pressed, start + 0.1f) << "a sharper quantiser has a smaller error";
  EXPECT_GT(pressed, free);
}

TEST(Estimators, have_other_names_in_recipes) {
  for (const auto& [name, estimator] : estimator_aliases) {
    const Recipe recipe = parse_recipe(
        std::string("[network]\ninput = 3\n[[network.population]]\nname = \"a\"\nneurons = 2\n"
                    "quantizer = { estimator = \"") + name + "\" }\n", "x.toml");
    EXPECT_EQ(recipe.network.population(1).quantizer.estimator, estimator);
    EXPECT_NE(format_recipe(recipe).find(facts(estimator).name), std::string::npos);
  }
}

TEST(Estimators, keys_without_a_use_are_refused) {
  const auto refused = [](auto change) {
    Population hidden = with(Estimator::atan);
    change(hidden.quantizer);
    EXPECT_THROW(recipe_of(hidden).network.check(), Error);
  };
  refused([](SpikeQuantizer& q) { q.discretisation = 0.1; });
  refused([](SpikeQuantizer& q) { q.custom = "mine"; });
  refused([](SpikeQuantizer& q) { q.estimator = Estimator::custom; });
  refused([](SpikeQuantizer& q) { q.sharpness = -1; });
}

}  // namespace
}  // namespace volley
