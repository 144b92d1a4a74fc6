// Microsecond mode against its plain-loop twin, against steps where both must agree, on every
// instruction set, and what it refuses.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "base/error.hpp"
#include "base/random.hpp"
#include "microsecond_reference.hpp"
#include "random_networks.hpp"
#include "sample_networks.hpp"
#include "sim/instruction_set.hpp"
#include "sim/microsecond_engine.hpp"

namespace volley {
namespace {

using Ticks = std::vector<std::vector<std::uint32_t>>;

/// Any network, made one that has a meaning in microseconds.
Network any_microsecond_network(std::uint64_t seed) {
  Network network = any_network(seed);
  for (std::size_t id = 0; id < network.populations(); ++id) {
    Population& population = network.population(id);
    if (population.reset == Reset::none) population.reset = Reset::subtract;
    if (population.beta == 0) population.beta = 0.7;
    population.synapse_beta = population.adaptation = 0;
    population.normalise_steps = 1;
  }
  return network;
}

FrozenNetwork any_frozen(std::uint64_t seed, double dt_ms) {
  FrozenNetwork frozen = random_frozen(any_microsecond_network(seed), seed);
  frozen.dt_ms = dt_ms;
  frozen.readout = seed % 3 == 0   ? ReadoutScore::mean
                   : seed % 3 == 1 ? ReadoutScore::max
                                   : ReadoutScore::last;
  return frozen;
}

/// Quiet stretches, single events and crowds within one microsecond.
Ticks random_ticks(std::size_t ticks, std::uint32_t inputs, double rate, std::uint64_t seed) {
  RandomEngine engine = random_stream(seed, StreamPurpose::bench, {ticks, inputs});
  boost::random::uniform_real_distribution<double> uniform(0, 1);
  Ticks made(ticks);
  for (std::size_t t = 0; t < ticks; ++t) {
    if (uniform(engine) >= rate || t / 200 % 3 == 2) continue;
    const double crowd = uniform(engine) < 0.2 ? 0.1 : 1.2 / inputs;
    for (std::uint32_t i = 0; i < inputs; ++i)
      if (uniform(engine) < crowd) made[t].push_back(i);
  }
  return made;
}

/// Spikes of a run as the reference keeps them.
std::vector<Ticks> run(MicrosecondEngine& engine, std::size_t populations, const Ticks& input) {
  std::vector<Ticks> spikes(populations, Ticks(input.size()));
  engine.reset();
  engine.listen([&](std::size_t population, std::int64_t t, std::span<const std::uint32_t> fired) {
    auto& own = spikes[population][static_cast<std::size_t>(t)];
    EXPECT_TRUE(own.empty());
    own.assign(fired.begin(), fired.end());
  });
  std::uint64_t quiet = 0;
  for (const auto& tick : input) {
    if (tick.empty()) {
      ++quiet;
      continue;
    }
    engine.silence(quiet);
    engine.tick(tick);
    quiet = 0;
  }
  engine.silence(quiet);
  return spikes;
}

std::uint64_t expect_as_the_reference(const FrozenNetwork& frozen, const Ticks& input,
                                      const std::string& what) {
  const FrozenPlan plan(frozen);
  const MicrosecondTrace expected = microsecond_reference(plan, input);
  MicrosecondEngine engine(plan);
  const auto spikes = run(engine, plan.plan().populations.size(), input);
  std::uint64_t count = 0;
  for (const PlanPopulation& population : plan.plan().populations)
    for (std::size_t t = 0; t < input.size(); ++t) {
      EXPECT_EQ(spikes[population.id][t], expected.spikes[population.id][t])
          << what << ", " << population.spec.name << " at " << t << " us";
      if (spikes[population.id][t] != expected.spikes[population.id][t]) return count;
      if (population.spec.kind == NeuronKind::lif) count += spikes[population.id][t].size();
    }
  const auto scores = engine.scores();
  for (std::size_t c = 0; c < scores.size(); ++c)
    EXPECT_NEAR(static_cast<double>(scores[c]), expected.scores[c],
                1e-6 * (1 + std::abs(expected.scores[c])))
        << what << ", class " << c;
  return count;
}

TEST(MicrosecondEngine, IsItsPlainLoopTwinOnRandomNetworks) {
  std::uint64_t spikes = 0;
  for (std::uint64_t seed = 0; seed < 80; ++seed)
    spikes += expect_as_the_reference(any_frozen(seed, seed % 2 == 0 ? 0.02 : 0.1),
                                      random_ticks(1200, 144, seed % 5 == 0 ? 0.01 : 0.2, seed),
                                      "seed " + std::to_string(seed));
  EXPECT_GT(spikes, 100'000u);
}

TEST(MicrosecondEngine, LongStepsAndLongSilencesAreExact) {
  std::uint64_t spikes = 0;
  for (std::uint64_t seed = 0; seed < 6; ++seed)
    spikes += expect_as_the_reference(any_frozen(seed, 1.5), random_ticks(20'000, 144, 0.01, seed),
                                      "seed " + std::to_string(seed));
  EXPECT_GT(spikes, 1000u);
}

TEST(MicrosecondEngine, NeuronsFireOnTheirOwnWhenTheTwinDoes) {
  ChainBuilder chain({2, 3, 3});
  chain.conv(5, 2, 1, 0, leaky(Reset::subtract, 0.9)).dense(30, leaky(Reset::zero, 1.0));
  chain.network.add_projection(chain.last, chain.last, fixed_delay(2));
  chain.dense(4, leaky(Reset::subtract, 0.5));
  for (std::size_t id = 0; id < chain.network.populations(); ++id)
    chain.network.population(id).quantizer.estimator = Estimator::atan;
  std::uint64_t spikes = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    FrozenNetwork frozen = random_frozen(chain.network, seed);
    frozen.dt_ms = 0.4;
    spikes += expect_as_the_reference(frozen, Ticks(5000), "seed " + std::to_string(seed));
  }
  EXPECT_GT(spikes, 500u);
}

TEST(MicrosecondEngine, RefractoryNeuronsOverThresholdFireWhenTheyMay) {
  Population spec = leaky(Reset::subtract, 0.99);
  spec.refractory_steps = 3;
  ChainBuilder chain({2, 4, 4});
  chain.dense(20, spec);
  Population zero = leaky(Reset::zero, 0.8);
  zero.refractory_steps = 1;
  chain.dense(20, zero).readout(3);
  std::uint64_t spikes = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    FrozenNetwork frozen = random_frozen(chain.network, seed);
    frozen.dt_ms = 0.05;
    spikes += expect_as_the_reference(frozen, random_ticks(3000, 32, 0.2, seed),
                                      "seed " + std::to_string(seed));
  }
  EXPECT_GT(spikes, 1000u);
}

/// Where events come at the last microsecond of each step only, and no neuron is over its threshold
/// behind a reset, ticks and steps say the same.
TEST(MicrosecondEngine, EventsAtTheEndOfStepsGiveTheSpikesOfSteps) {
  constexpr std::int64_t step = 700;
  std::uint64_t count = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Population spec = leaky(Reset::zero, seed % 2 == 0 ? 0.9 : 0.5);
    ChainBuilder chain({2, 9, 8});
    chain.conv(4, 3, 1, 1, spec).pool(ProjectionKind::max_pool, 2).dense(20, spec, fixed_delay(2));
    chain.network.add_projection(chain.last, chain.last, fixed_delay(1));
    chain.readout(4);
    FrozenNetwork frozen = random_frozen(chain.network, seed);
    frozen.dt_ms = 1e-3 * step;
    frozen.readout = ReadoutScore::last;
    for (std::size_t id = 0; id < frozen.network.populations(); ++id)
      if (frozen.network.population(id).kind == NeuronKind::lif)
        for (float& bias : frozen.bias[id]) bias = -std::abs(bias) / 4;
    const FrozenPlan plan(frozen);
    const SpikeTrain train = random_train(40, 144, 0.1, seed);
    const SampleTrace expected = EventEngine(plan).run(train);
    MicrosecondEngine engine(plan);
    engine.listen([&](std::size_t population, std::int64_t t,
                      std::span<const std::uint32_t> fired) {
      ASSERT_EQ(t % step, step - 1);
      const auto own =
          expected.populations[population].spikes.step(static_cast<std::uint32_t>(t / step));
      EXPECT_TRUE(std::equal(fired.begin(), fired.end(), own.begin(), own.end()))
          << "seed " << seed << ", population " << population << ", step " << t / step;
    });
    for (std::uint32_t t = 0; t < train.steps; ++t) {
      engine.silence(step - 1);
      engine.tick(train.step(t));
    }
    for (const PlanPopulation& population : plan.plan().populations)
      if (population.spiking()) {
        EXPECT_EQ(engine.spikes(population.id),
                  expected.populations[population.id].spikes.spikes());
        count += engine.spikes(population.id);
      }
    const auto scores = engine.scores();
    for (std::size_t c = 0; c < scores.size(); ++c)
      EXPECT_NEAR(static_cast<double>(scores[c]), static_cast<double>(expected.scores[c]), 1e-4);
  }
  EXPECT_GT(count, 10'000u);
}

TEST(MicrosecondEngine, GivesTheSameOnEveryInstructionSet) {
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const FrozenPlan plan(any_frozen(seed, 0.1));
    const Ticks input = random_ticks(2000, 144, 0.2, seed);
    MicrosecondEngine best(plan);
    const auto expected = run(best, plan.plan().populations.size(), input);
    const std::vector<float> scores(best.scores().begin(), best.scores().end());
    for (const std::string& set : instruction_sets()) {
      force_instruction_set(set);
      MicrosecondEngine own(plan);
      EXPECT_EQ(run(own, plan.plan().populations.size(), input), expected) << set;
      EXPECT_TRUE(std::equal(scores.begin(), scores.end(), own.scores().begin())) << set;
    }
    force_instruction_set("");
  }
}

TEST(MicrosecondEngine, ARunDoesNotDependOnTheOneBefore) {
  const FrozenPlan plan(any_frozen(4, 0.1));
  const std::size_t populations = plan.plan().populations.size();
  MicrosecondEngine engine(plan), other(plan);
  const Ticks input = random_ticks(1000, 144, 0.2, 1);
  const auto first = run(engine, populations, input);
  run(engine, populations, random_ticks(777, 144, 0.4, 2));
  EXPECT_EQ(run(engine, populations, input), first);
}

TEST(MicrosecondEngine, ClassifiesRecordingsFromTheirStart) {
  FrozenNetwork frozen = any_frozen(3, 0.1);
  const FrozenPlan plan(frozen);
  const Ticks input = random_ticks(1000, 144, 0.3, 8);
  Recording recording;
  recording.sensor = {8, 9, 2};
  recording.start_us = 5000;
  for (std::size_t t = 0; t < input.size(); ++t)
    for (const std::uint32_t i : input[t])
      recording.events.push_back({static_cast<std::int64_t>(5000 + t),
                                  static_cast<std::uint16_t>(i / 2 % 8),
                                  static_cast<std::uint16_t>(i / 16),
                                  static_cast<std::uint8_t>(i % 2)});
  MicrosecondEngine engine(plan);
  for (const std::uint32_t steps : {0u, 4u, 25u}) {
    const std::size_t ticks = steps == 0 ? 1000 : 100 * steps;
    Ticks own = input;
    own.resize(ticks);
    const MicrosecondTrace expected = microsecond_reference(plan, own);
    const SampleSummary summary = classify(engine, plan, recording, steps);
    EXPECT_EQ(engine.ticks(), ticks);
    for (std::size_t id = 0; id < summary.spikes.size(); ++id) {
      std::size_t count = 0;
      for (const auto& spikes : expected.spikes[id]) count += spikes.size();
      EXPECT_EQ(summary.spikes[id], count);
    }
    for (std::size_t c = 0; c < summary.scores.size(); ++c)
      EXPECT_NEAR(static_cast<double>(summary.scores[c]), expected.scores[c], 1e-5);
    EXPECT_GT(summary.synaptic_operations, 0u);
  }
}

TEST(MicrosecondEngine, HoldsNoMoreOnALongerStream) {
  ChainBuilder chain({2, 9, 8});
  chain.conv(4, 3, 1, 1, leaky(Reset::subtract, 0.9)).dense(20, leaky(Reset::zero, 1.0),
                                                            fixed_delay(3));
  chain.network.add_projection(chain.last, chain.last, fixed_delay(1));
  chain.readout(4);
  FrozenNetwork frozen = random_frozen(chain.network, 5);
  frozen.dt_ms = 2;
  const FrozenPlan plan(frozen);
  MicrosecondEngine engine(plan);
  std::size_t held[2] = {0, 0};
  const SpikeTrain events = random_train(500, 144, 0.02, 3);
  for (std::uint32_t round = 0; round < 200; ++round) {
    for (std::uint32_t t = 0; t < events.steps; ++t) {
      engine.silence(40 + t % 60);
      engine.tick(events.step(t));
    }
    if (round == 19) held[0] = engine.bytes();
  }
  held[1] = engine.bytes();
  EXPECT_GT(engine.spikes(1), 100'000u);
  EXPECT_LT(held[1], 2 * held[0]);
}

void expect_refusal(const std::function<void(Population&)>& change, const std::string& what) {
  ChainBuilder chain({2, 3, 3});
  chain.dense(4, leaky(Reset::subtract, 0.9)).readout(3);
  Population& population = chain.network.population(1);
  change(population);
  const FrozenPlan plan(random_frozen(chain.network, 1));
  try {
    MicrosecondEngine engine(plan);
    ADD_FAILURE() << "nothing was thrown; expected: " << what;
  } catch (const Error& error) {
    EXPECT_NE(error.problem().find(what), std::string::npos) << error.what();
    EXPECT_EQ(error.where(), "layer1");
    EXPECT_NE(error.how().find("--time-resolution step"), std::string::npos) << error.what();
  }
}

TEST(MicrosecondEngine, RefusesWhatHasNoMeaningInMicroseconds) {
  expect_refusal([](Population& p) {
    p.quantizer.estimator = Estimator::straight_through;
    p.quantizer.levels = 3;
  }, "up to 3 spikes in a step");
  expect_refusal([](Population& p) { p.normalise_steps = 4; }, "normalised differently");
  expect_refusal([](Population& p) { p.reset = Reset::none; }, "never reset");
  expect_refusal([](Population& p) { p.beta = 0; }, "beta = 0");
  expect_refusal([](Population& p) { p.synapse_beta = 0.5; }, "synaptic current");
  expect_refusal([](Population& p) { p.adaptation = 0.1; }, "adaptive threshold");
}

}  // namespace
}  // namespace volley
