// Both engines on busy networks, whose populations are swept and whose projections run on bits, on
// every instruction set: delays, recurrence, pooling, levels, float and 1-bit weights.
#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.hpp"
#include "random_networks.hpp"
#include "sample_networks.hpp"
#include "sim/compare.hpp"
#include "sim/evaluate.hpp"
#include "sim/event_engine.hpp"
#include "sim/instruction_set.hpp"

namespace volley {
namespace {

/// Two values a column, of the size of those before.
void make_one_bit(FrozenNetwork& network) {
  const Plan plan = compile(network.network);
  for (const PlanProjection& projection : plan.projections)
    if (projection.spec.matrix()) {
      std::vector<float>& weights = network.weights[projection.id];
      for (std::size_t at = 0; at < weights.size(); ++at) {
        const float shift = 0.01f * static_cast<float>(at % projection.columns);
        const float size = 0.3f + shift;
        weights[at] = weights[at] > 0.0f ? size : shift - size;
      }
    }
}

/// Convolutions with maximum pooling, a delayed dense layer and recurrence.
Network pooled_network(int channels, int hidden) {
  ChainBuilder chain({2, 9, 8});
  chain.conv(channels, 3, 1, 1, leaky(Reset::subtract, 0.5))
      .pool(ProjectionKind::max_pool, 2)
      .conv(2 * channels, 3, 1, 0, leaky(Reset::zero, 0.5))
      .flatten()
      .dense(hidden, leaky(Reset::subtract, 0.9), fixed_delay(2));
  chain.network.add_projection(chain.last, chain.last, fixed_delay(1));
  chain.readout(5);
  return chain.network;
}

class InferenceEngines : public testing::TestWithParam<std::string> {
protected:
  void SetUp() override { force_instruction_set(GetParam()); }
  void TearDown() override { force_instruction_set(""); }

  void expect_agreement(const FrozenPlan& plan, std::uint64_t seed) {
    for (const double rate : {0.004, 0.1, 0.4}) {
      const auto recordings = random_trains(2, 25, 144, rate, seed);
      const Comparison comparison = compare_engines(plan, recordings, {});
      EXPECT_EQ(comparison.differing_spikes, 0u)
          << "seed " << seed << ": " << comparison.first_difference;
      EXPECT_EQ(comparison.membrane_difference, 0.0) << seed;
      spikes_ += comparison.spikes;
    }
  }
  std::uint64_t spikes_ = 0;
};

TEST_P(InferenceEngines, agree_on_busy_networks) {
  for (std::uint64_t seed = 0; seed < 30; ++seed)
    for (const bool one_bit : {false, true}) {
      FrozenNetwork network = random_frozen(seed % 3 == 2 ? any_levels(seed) : any_network(seed),
                                            seed);
      if (one_bit) make_one_bit(network);
      expect_agreement(FrozenPlan(network), seed);
    }
  EXPECT_GT(spikes_, 10000u);
}

TEST_P(InferenceEngines, agree_on_pooled_maps_of_whole_words_and_of_others) {
  for (const int channels : {5, 8, 16})
    for (const int hidden : {30, 130})
      for (const bool one_bit : {false, true}) {
        FrozenNetwork network = random_frozen(pooled_network(channels, hidden), 3);
        if (one_bit) make_one_bit(network);
        expect_agreement(FrozenPlan(network), 3);
      }
  EXPECT_GT(spikes_, 10000u);
}

INSTANTIATE_TEST_SUITE_P(InstructionSets, InferenceEngines, testing::ValuesIn(instruction_sets()),
                         [](const auto& set) { return set.param; });

TEST(InferenceResults, one_bit_spikes_are_the_same_on_every_instruction_set) {
  FrozenNetwork network = random_frozen(pooled_network(16, 130), 7);
  make_one_bit(network);
  const FrozenPlan plan(network);
  const SpikeTrain train = random_train(40, 144, 0.2, 5);
  const SampleTrace best = EventEngine(plan).run(train);
  EXPECT_GT(best.populations[1].spikes.spikes(), 100u);
  for (const std::string& set : instruction_sets()) {
    force_instruction_set(set);
    const SampleTrace own = EventEngine(plan).run(train);
    for (std::size_t id = 0; id < own.populations.size(); ++id) {
      EXPECT_EQ(own.populations[id].spikes, best.populations[id].spikes) << set;
      EXPECT_EQ(own.populations[id].membrane, best.populations[id].membrane) << set;
    }
  }
  force_instruction_set("");
}

TEST(InferenceResults, a_summary_is_what_the_trace_comes_to) {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const FrozenPlan plan(random_frozen(any_network(seed), seed));
    EventEngine traced(plan), summed(plan);
    for (const SpikeTrain& train : random_trains(2, 20, 144, 0.1, seed)) {
      const SampleTrace trace = traced.run(train);
      const SampleSummary& summary = summed.classify(train);
      EXPECT_EQ(summary.predicted, trace.predicted);
      EXPECT_EQ(summary.scores, trace.scores);
      EXPECT_EQ(summary.synaptic_operations, trace.synaptic_operations);
      for (std::size_t id = 0; id < trace.populations.size(); ++id)
        EXPECT_EQ(summary.spikes[id], trace.populations[id].spikes.spikes()) << seed;
    }
  }
}

TEST(InferenceResults, an_evaluator_gives_the_same_from_call_to_call) {
  const FrozenPlan plan(random_frozen(pooled_network(8, 30), 5));
  const std::vector<SpikeTrain> recordings = random_trains(6, 20, 144, 0.2, 5);
  const std::vector<int> labels(recordings.size(), 1);
  for (const EngineKind kind : {EngineKind::clocked, EngineKind::event}) {
    Evaluator evaluator(plan, kind);
    const Evaluation first = evaluator.run(recordings, labels);
    const Evaluation again = evaluator.run(recordings, labels);
    std::vector<int> predicted(recordings.size()), one(1);
    evaluator.predict(recordings, predicted);
    EXPECT_EQ(first.predicted, again.predicted);
    EXPECT_EQ(first.firing_rates, again.firing_rates);
    EXPECT_EQ(first.synaptic_operations, again.synaptic_operations);
    EXPECT_EQ(first.predicted, predicted);
    evaluator.predict(std::span(recordings).last(1), one);
    EXPECT_EQ(one[0], predicted.back());
  }
}

}  // namespace
}  // namespace volley
