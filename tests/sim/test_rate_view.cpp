// The rate view: what an integrate-and-fire network over T steps gives exactly as the network of
// one step does, what it only approaches, and that both engines run it alike.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "base/random.hpp"
#include "layer_networks.hpp"
#include "models/rate_view.hpp"
#include "sample_networks.hpp"
#include "sim/compare.hpp"
#include "sim/rate_view.hpp"

namespace volley {
namespace {

Population of_levels(int levels, double threshold = 1.0) {
  Population spec;
  spec.normalise = false;
  spec.threshold = threshold;
  spec.quantizer.estimator = Estimator::straight_through;
  spec.quantizer.levels = levels;
  return spec;
}

/// Graded input, the same at every step.
SpikeTrain still(const std::vector<float>& values, int steps) {
  SpikeTrain train;
  train.steps = static_cast<std::uint32_t>(steps);
  train.inputs = static_cast<std::uint32_t>(values.size());
  train.constant = true;
  for (std::uint32_t i = 0; i < train.inputs; ++i) train.indices.push_back(i);
  train.values = values;
  train.offsets.push_back(train.inputs);
  return train;
}

std::vector<SpikeTrain> stills(std::size_t count, std::size_t inputs, std::uint64_t seed) {
  RandomEngine engine = random_stream(seed, StreamPurpose::bench, {31});
  boost::random::uniform_real_distribution<float> uniform(0, 1);
  std::vector<SpikeTrain> trains;
  for (std::size_t i = 0; i < count; ++i) {
    std::vector<float> values(inputs);
    for (float& value : values) value = uniform(engine);
    trains.push_back(still(values, 1));
  }
  return trains;
}

std::vector<int> counts(const PopulationTrace& population) {
  std::vector<int> counts(population.shape.size(), 0);
  for (const std::uint32_t neuron : population.spikes.indices) ++counts[neuron];
  return counts;
}

SampleTrace traced(const FrozenNetwork& network, SpikeTrain input, int steps) {
  const FrozenPlan plan(network);
  input.steps = static_cast<std::uint32_t>(steps);
  return ClockedInference(plan).run(input);
}

/// A first layer whose currents and their shares of a step have few binary digits: no rounding.
FrozenNetwork without_rounding(int levels, double threshold) {
  ChainBuilder chain({12, 1, 1});
  chain.dense(200, of_levels(levels, threshold)).readout(4);
  FrozenNetwork frozen = random_frozen(chain.network, 5);
  for (float& weight : frozen.weights[0]) weight = std::round(weight * 16) / 16;
  for (float& bias : frozen.bias[1]) bias = std::round(bias * 16) / 16;
  return frozen;
}

const std::vector<float> digits{0.5F, 1.0F, 0.125F, 0.75F, 2.0F,   0.0F,
                                1.5F, 3.0F, 0.25F,  1.0F,  0.125F, 1.0F};

TEST(RateView, first_layer_is_exact_where_steps_are_levels) {
  for (const double threshold : {0.25, 0.125}) {
    const FrozenNetwork one = without_rounding(8, threshold);
    const SampleTrace expected = traced(one, still(digits, 1), 1);
    const SampleTrace spread = traced(to_integrate_and_fire(one, 8), still(digits, 8), 8);
    const std::vector<int> levels = counts(expected.populations[1]);
    EXPECT_EQ(counts(spread.populations[1]), levels);
    for (const int level : {0, 1, 8})
      EXPECT_TRUE(std::count(levels.begin(), levels.end(), level) > 0) << level;
    for (std::size_t c = 0; c < expected.scores.size(); ++c)
      EXPECT_NEAR(spread.scores[c], expected.scores[c], 1e-4);
  }
}

TEST(RateView, first_layer_counts_whole_thresholds_of_its_steps) {
  const FrozenNetwork one = without_rounding(8, 1.0);
  for (const int steps : {1, 2, 4, 16, 64}) {
    const auto found = counts(
        traced(to_integrate_and_fire(one, steps), still(digits, steps), steps).populations[1]);
    for (std::size_t n = 0; n < found.size(); ++n) {
      double v = static_cast<double>(one.bias[1][n]);
      for (std::size_t i = 0; i < digits.size(); ++i)
        v += static_cast<double>(one.weights[0][i * found.size() + n]) *
             static_cast<double>(digits[i]);
      const double whole = std::floor(steps * v / 8 + 0.5 - steps / 16.0);
      EXPECT_EQ(found[n], std::clamp(static_cast<int>(whole), 0, steps)) << steps << " " << n;
    }
  }
}

/// Two maps of different levels, each neuron seeing one input, stacked, pooled, flattened and read.
Network of_two_levels(ProjectionKind pool) {
  ChainBuilder chain({2, 4, 4});
  const PopulationId input = chain.last;
  Projection one_to_one;
  one_to_one.kind = ProjectionKind::one_to_one;
  std::vector<PopulationId> maps;
  for (const int levels : {8, 4}) {
    Population map = of_levels(levels);
    map.name = "levels" + std::to_string(levels);
    map.shape = {2, 4, 4};
    maps.push_back(chain.network.add_population(map));
    chain.network.add_projection(input, maps.back(), one_to_one);
  }
  Population both;
  both.name = "both";
  both.kind = NeuronKind::relay;
  both.shape = {4, 4, 4};
  chain.last = chain.network.add_population(both);
  Projection concat;
  concat.kind = ProjectionKind::concat;
  for (const PopulationId map : maps) chain.network.add_projection(map, chain.last, concat);
  chain.pool(pool, 2).flatten().readout(5);
  return chain.network;
}

TEST(RateView, sources_of_different_levels_bring_what_they_did_in_one_step) {
  for (const ProjectionKind pool : {ProjectionKind::sum_pool, ProjectionKind::average_pool}) {
    FrozenNetwork one = random_frozen(of_two_levels(pool), 3);
    for (const std::size_t projection : {0U, 1U})
      std::fill(one.weights[projection].begin(), one.weights[projection].end(), 1.0F);
    for (const PopulationId map : {1U, 2U})
      std::fill(one.bias[map].begin(), one.bias[map].end(), 0.0F);
    // Half between two levels, where every number of steps above gives the same rate.
    std::vector<float> values;
    for (int i = 0; i < 32; ++i) values.push_back(static_cast<float>(i % 11) - 0.5F);
    const SampleTrace expected = traced(one, still(values, 1), 1);
    for (const int steps : {8, 16, 64}) {
      const SampleTrace spread =
          traced(to_integrate_and_fire(one, steps), still(values, steps), steps);
      for (std::size_t c = 0; c < expected.scores.size(); ++c)
        EXPECT_NEAR(spread.scores[c], expected.scores[c],
                    1e-4F * std::max(1.0F, std::abs(expected.scores[c])))
            << steps;
    }
  }
}

TEST(RateView, a_lif_readout_has_the_rate_as_score) {
  ChainBuilder chain({12, 1, 1});
  chain.dense(6, of_levels(4));
  const FrozenNetwork one = random_frozen(chain.network, 8);
  const SampleTrace expected = traced(one, still(digits, 1), 1);
  const SampleTrace spread = traced(to_integrate_and_fire(one, 4), still(digits, 4), 4);
  for (std::size_t c = 0; c < expected.scores.size(); ++c)
    EXPECT_FLOAT_EQ(4 * spread.scores[c], expected.scores[c]);
  EXPECT_EQ(spread.predicted, expected.predicted);
}

TEST(RateView, only_binary_neurons_without_leak_are_left) {
  FrozenNetwork one = random_frozen(of_two_levels(ProjectionKind::sum_pool), 3);
  one.dataset = "fashion-mnist";
  const FrozenNetwork made = to_integrate_and_fire(one, 12);
  EXPECT_EQ(made.steps, 12);
  EXPECT_EQ(made.dataset, "fashion-mnist");
  EXPECT_EQ(made.readout, ReadoutScore::last);
  for (PopulationId id = 0; id < made.network.populations(); ++id) {
    const Population& population = made.network.population(id);
    EXPECT_EQ(population.quantizer.levels, 1);
    if (population.kind != NeuronKind::input && population.kind != NeuronKind::relay) {
      EXPECT_EQ(population.beta, 1.0);
      EXPECT_EQ(population.reset, Reset::subtract);
    }
  }
}

FrozenNetwork deep(std::uint64_t seed) {
  ChainBuilder chain({2, 6, 6});
  chain.conv(6, 3, 1, 1, of_levels(8, 0.5)).conv(6, 3, 2, 1, of_levels(8, 0.5));
  chain.dense(24, of_levels(8, 0.5)).readout(6);
  return random_frozen(chain.network, seed);
}

TEST(RateView, agreement_rises_with_the_steps) {
  const FrozenNetwork one = deep(4);
  const FrozenPlan plan(one);
  const std::vector<SpikeTrain> recordings = stills(200, 72, 6);
  const std::vector<int> labels(recordings.size(), 0);
  const Evaluation whole = evaluate(plan, EngineKind::clocked, recordings, labels);
  std::vector<double> agreement;
  for (const int steps : {1, 4, 8, 64}) {
    const RateAgreement found =
        rate_agreement(one, steps, EngineKind::event, recordings, labels, whole.predicted);
    EXPECT_EQ(found.recordings, recordings.size());
    EXPECT_GT(found.spikes_per_recording, 0);
    agreement.push_back(found.agreement());
  }
  for (std::size_t i = 1; i < agreement.size(); ++i) EXPECT_LT(agreement[i - 1], agreement[i]);
  EXPECT_GT(agreement.back(), 0.7) << "of six classes with scores that are close";
}

TEST(RateView, spikes_are_counted_per_recording) {
  const FrozenNetwork one = deep(4);
  const FrozenPlan plan(to_integrate_and_fire(one, 5));
  std::vector<SpikeTrain> recordings = stills(3, 72, 6);
  double spikes = 0;
  for (const SpikeTrain& train : recordings)
    for (const PopulationTrace& population : traced(plan.network(), train, 5).populations)
      if (population.kind == NeuronKind::lif)
        spikes += static_cast<double>(population.spikes.spikes());
  const std::vector<int> labels{0, 1, 2};
  const RateAgreement found =
      rate_agreement(one, 5, EngineKind::event, recordings, labels, std::vector<int>{-1, -1, -1});
  EXPECT_NEAR(found.spikes_per_recording, spikes / 3, 1e-6 * spikes);
  EXPECT_EQ(found.agreeing, 0u) << "classes that nobody predicts";
}

TEST(RateView, engines_agree_spike_for_spike) {
  std::size_t networks = 0;
  std::uint64_t spikes = 0;
  for (auto& [name, network] : layer_networks()) {
    try {
      check_rate_view(network, name);
    } catch (const Error&) {
      continue;
    }
    ++networks;
    for (PopulationId id = 0; id < network.populations(); ++id)
      if (network.population(id).kind == NeuronKind::lif)
        network.population(id).quantizer = of_levels(1 + static_cast<int>(id % 5)).quantizer;
    const FrozenNetwork one = random_frozen(network, networks);
    for (const int steps : {1, 3, 8, 20}) {
      const FrozenPlan plan(to_integrate_and_fire(one, steps));
      const std::size_t inputs = network.population(network.input()).shape.size();
      std::vector<SpikeTrain> recordings = stills(4, inputs, networks);
      const auto& in = plan.plan().projections;
      const bool pooled_first = std::any_of(in.begin(), in.end(), [&](const auto& projection) {
        return projection.source == plan.plan().input && !projection.spec.weighted();
      });
      for (SpikeTrain& train : recordings) {
        train.steps = static_cast<std::uint32_t>(steps);
        if (pooled_first) train.values.clear();
      }
      const Comparison found = compare_engines(plan, recordings, {});
      EXPECT_EQ(found.differing_spikes, 0u) << name << ": " << found.first_difference;
      EXPECT_EQ(found.differing_predictions, 0u) << name;
      EXPECT_LT(found.membrane_difference, 1e-4) << name;
      spikes += found.spikes;
    }
  }
  EXPECT_GT(networks, 5u);
  EXPECT_GT(spikes, 1000u);
}

template <class Work>
std::string message_of(Work work) {
  try {
    work();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

void expect_refused(const Network& network, const std::string& part) {
  const std::string message =
      message_of([&] { to_integrate_and_fire(random_frozen(network, 1), 4); });
  EXPECT_NE(message.find(part), std::string::npos) << message;
}

TEST(RateView, refuses_what_has_no_rate) {
  Projection recurrent;
  recurrent.delay_steps = 1;
  ChainBuilder looped({12, 1, 1});
  looped.dense(6, of_levels(4));
  looped.network.add_projection(looped.last, looped.last, recurrent);
  expect_refused(looped.readout(3).network, "'layer1->layer1' is recurrent");

  ChainBuilder late({12, 1, 1});
  expect_refused(late.dense(6, of_levels(4)).readout(3, 0.8, recurrent).network,
                 "no delays, 'layer1->layer2'");

  ChainBuilder largest({2, 4, 4});
  expect_refused(
      largest.conv(2, 1, 1, 0).pool(ProjectionKind::max_pool, 2).flatten().readout(3).network,
      "'layer1->layer2' cannot have the rate view");

  Population tired;
  tired.refractory_steps = 2;
  ChainBuilder extended({12, 1, 1});
  expect_refused(extended.dense(6, tired).readout(3).network, "'layer1' has more");

  const FrozenNetwork one = deep(1);
  EXPECT_NE(message_of([&] { to_integrate_and_fire(one, 0); }).find("at least 1 step"),
            std::string::npos);
  const std::vector<SpikeTrain> changing = random_trains(1, 3, 72, 0.1, 1);
  const std::vector<int> label{0};
  EXPECT_NE(message_of([&] {
              rate_agreement(one, 3, EngineKind::event, changing, label, label);
            }).find("the same at every step"),
            std::string::npos);
}

}  // namespace
}  // namespace volley
