// Two engines, one network, one answer.
#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.hpp"
#include "random_networks.hpp"
#include "sample_networks.hpp"
#include "sim/compare.hpp"
#include "sim/evaluate.hpp"
#include "sim/event_engine.hpp"
#include "sim/fan_out.hpp"

namespace volley {
namespace {

TEST(Engines, agree_on_random_networks) {
  std::uint64_t spikes = 0;
  for (std::uint64_t seed = 0; seed < 150; ++seed) {
    const FrozenPlan plan(random_frozen(any_network(seed), seed));
    const auto recordings = random_trains(3, 30, 144, seed % 3 == 0 ? 0.002 : 0.05, seed);
    const Comparison comparison = compare_engines(plan, recordings, {});
    EXPECT_EQ(comparison.differing_spikes, 0u)
        << "seed " << seed << ": " << comparison.first_difference;
    EXPECT_EQ(comparison.differing_predictions, 0u) << seed;
    EXPECT_EQ(comparison.membrane_difference, 0.0) << seed;
    EXPECT_EQ(comparison.recordings, 3u);
    spikes += comparison.spikes;
  }
  EXPECT_GT(spikes, 10000u);
}

TEST(Engines, agree_on_graded_and_still_input) {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    Network network = any_network(seed);
    bool relayed = false;
    for (const std::size_t id : network.outgoing(network.input()))
      relayed = relayed || network.population(network.target(id)).kind == NeuronKind::relay;
    if (relayed) continue;
    const FrozenPlan plan(random_frozen(network, seed));
    auto recordings = random_trains(2, 20, 144, 0.05, seed);
    for (SpikeTrain& train : recordings) grade(train, seed);
    SpikeTrain still = random_train(1, 144, 0.2, seed);
    grade(still, seed);
    still.steps = 20;
    still.constant = true;
    recordings.push_back(still);
    const Comparison comparison = compare_engines(plan, recordings, {});
    EXPECT_EQ(comparison.differing_spikes, 0u) << seed << ": " << comparison.first_difference;
    EXPECT_EQ(comparison.membrane_difference, 0.0) << seed;
    // Values do matter, and a still image is the same row at every step.
    SpikeTrain spelled_out = still;
    spelled_out.constant = false;
    spelled_out.indices.clear();
    spelled_out.values.clear();
    spelled_out.offsets.assign(1, 0);
    for (std::uint32_t t = 0; t < 20; ++t) {
      spelled_out.indices.insert(spelled_out.indices.end(), still.indices.begin(),
                                 still.indices.end());
      spelled_out.values.insert(spelled_out.values.end(), still.values.begin(),
                                still.values.end());
      spelled_out.offsets.push_back(static_cast<std::uint32_t>(spelled_out.indices.size()));
    }
    EXPECT_EQ(EventEngine(plan).run(still).scores, EventEngine(plan).run(spelled_out).scores);
  }
}

TEST(Engines, graded_input_weighs_the_current) {
  ChainBuilder chain({2, 1, 1});
  chain.readout(1, 0.0);
  FrozenNetwork frozen = random_frozen(chain.network, 1);
  frozen.weights[0] = {3.0f, 5.0f};
  frozen.bias[1] = {0.0f};
  const FrozenPlan plan(frozen);
  SpikeTrain train;
  train.steps = 1;
  train.inputs = 2;
  train.offsets = {0, 2};
  train.indices = {0, 1};
  train.values = {0.5f, 2.0f};
  EXPECT_FLOAT_EQ(EventEngine(plan).run(train).scores[0], 11.5f);
}

TEST(Engines, graded_input_through_a_relay_is_refused) {
  ChainBuilder chain({2, 4, 4});
  chain.pool(ProjectionKind::sum_pool, 2).dense(3, leaky(Reset::subtract, 0.9)).readout(2);
  const FrozenPlan plan(random_frozen(chain.network, 1));
  SpikeTrain train = random_train(4, 32, 0.3, 1);
  EXPECT_NO_THROW(EventEngine(plan).run(train));
  grade(train, 1);
  EXPECT_THROW(EventEngine(plan).run(train), Error);
  EXPECT_THROW(ClockedInference(plan).run(train), Error);
}

TEST(Engines, agree_on_several_levels) {
  std::uint64_t spikes = 0, repeated = 0, repeated_extended = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const FrozenPlan plan(random_frozen(any_levels(seed), seed));
    const auto recordings = random_trains(3, 30, 144, seed % 3 == 0 ? 0.01 : 0.1, seed);
    const Comparison comparison = compare_engines(plan, recordings, {});
    EXPECT_EQ(comparison.differing_spikes, 0u)
        << "seed " << seed << ": " << comparison.first_difference;
    EXPECT_EQ(comparison.differing_predictions, 0u) << seed;
    EXPECT_EQ(comparison.membrane_difference, 0.0) << seed;
    spikes += comparison.spikes;
    const SampleTrace trace = EventEngine(plan).run(recordings[0]);
    for (std::size_t id = 0; id < trace.populations.size(); ++id) {
      const PopulationTrace& population = trace.populations[id];
      const bool extended = plan.plan().populations[id].spec.extended();
      for (std::uint32_t t = 0; t < population.spikes.steps; ++t) {
        if (population.kind != NeuronKind::lif) break;  // a sum of spikes repeats too
        const auto step = population.spikes.step(t);
        for (std::size_t k = 1; k < step.size(); ++k)
          if (step[k] == step[k - 1]) ++(extended ? repeated_extended : repeated);
      }
    }
  }
  EXPECT_GT(spikes, 10000u);
  EXPECT_GT(repeated, 1000u);
  EXPECT_GT(repeated_extended, 1000u);
}

TEST(Engines, a_neuron_of_levels_emits_a_spike_for_each_threshold) {
  ChainBuilder chain({1, 1, 1});
  Population spec = leaky(Reset::subtract, 0.5);
  spec.threshold = 0.5;
  spec.quantizer.estimator = Estimator::straight_through;
  spec.quantizer.levels = 3;
  chain.dense(1, spec);
  FrozenNetwork frozen = random_frozen(chain.network, 1);
  frozen.weights[0] = {2.75f};
  frozen.bias[1] = {0.0f};
  SpikeTrain train;
  train.steps = 4;
  train.inputs = 1;
  train.indices = {0};
  train.offsets = {0, 1, 1, 1, 1};
  const FrozenPlan plan(frozen);
  for (const SampleTrace& trace :
       {ClockedInference(plan).run(train), EventEngine(plan).run(train)}) {
    // v = 2.75, then 0.5 (2.75 - 1.5) = 0.625, then 0.5 (0.625 - 0.5): 3, 1, 0 and 0 spikes.
    EXPECT_EQ(trace.populations[1].spikes.indices, (std::vector<std::uint32_t>(4, 0)));
    EXPECT_EQ(trace.populations[1].spikes.offsets, (std::vector<std::uint32_t>{0, 3, 4, 4, 4}));
    EXPECT_FLOAT_EQ(trace.scores[0], 1.0f);  // spikes per step
  }
}

TEST(Engines, comparison_finds_a_difference) {
  const FrozenPlan plan(random_frozen(any_network(1), 1));
  ClockedInference engine(plan);
  SampleTrace first = engine.run(random_train(20, 144, 0.1, 3));
  SampleTrace second = first;
  for (PopulationTrace& population : second.populations) {
    if (population.kind != NeuronKind::lif) continue;
    population.spikes = SpikeTrain{};
    population.spikes.steps = 20;
    population.spikes.offsets.assign(21, 0);
    break;
  }
  first.recording = "recording-7";
  const Comparison comparison = compare_traces(first, second);
  EXPECT_GT(comparison.differing_spikes, 0u);
  EXPECT_NE(comparison.first_difference.find("recording-7, population layer1, neuron"),
            std::string::npos)
      << comparison.first_difference;
}

TEST(Engines, refuse_a_recording_of_another_size) {
  const FrozenPlan plan(random_frozen(any_network(1), 1));
  EXPECT_THROW(ClockedInference(plan).run(random_train(3, 145, 0.1, 1)), Error);
  EXPECT_THROW(EventEngine(plan).run(random_train(3, 143, 0.1, 1)), Error);
}

TEST(Engines, count_synaptic_operations) {
  ChainBuilder chain({4, 1, 1});
  chain.dense(3, leaky(Reset::subtract, 0.9)).readout(2);
  FrozenNetwork frozen = random_frozen(chain.network, 1);
  for (float& weight : frozen.weights[0]) weight = 100;  // whoever gets a spike fires
  const FrozenPlan plan(frozen);
  SpikeTrain train;
  train.steps = 1;
  train.inputs = 4;
  train.indices = {1, 2};
  train.offsets = {0, 2};
  const SampleTrace trace = EventEngine(plan).run(train);
  EXPECT_EQ(trace.synaptic_operations, 2u * 3u + 3u * 2u);
}

TEST(Engines, operations_are_fan_outs_times_spikes) {
  int networks = 0;
  for (std::uint64_t seed = 0; seed < 150; ++seed) {
    const FrozenPlan plan(random_frozen(any_network(seed), seed));
    const auto& projections = plan.plan().projections;
    if (std::any_of(projections.begin(), projections.end(), [](const PlanProjection& each) {
          return each.spec.kind == ProjectionKind::max_pool || each.delayed();
        })) {
      EXPECT_THROW(fan_outs(plan.plan()), Error);
      continue;
    }
    ++networks;
    const SampleTrace trace = EventEngine(plan).run(random_train(9, 144, 0.05, seed));
    double operations = 0;
    for (const FanOut& each : fan_outs(plan.plan())) {
      const SpikeTrain& spikes = trace.populations[each.population].spikes;
      for (std::size_t t = 0; t + each.delay < trace.steps; ++t)
        for (const std::uint32_t neuron : spikes.step(static_cast<std::uint32_t>(t)))
          operations += each.by_neuron[neuron];
    }
    EXPECT_EQ(operations, static_cast<double>(trace.synaptic_operations)) << seed;
    EXPECT_GT(operations, 0) << seed;
  }
  EXPECT_GT(networks, 30);
}

TEST(Engines, scores_are_read_as_the_network_says) {
  FrozenNetwork frozen =
      random_frozen(ChainBuilder({6, 1, 1}).dense(8).readout(3).network, 3);
  const SpikeTrain train = random_train(11, 6, 0.3, 4);
  for (const ReadoutScore score : {ReadoutScore::mean, ReadoutScore::max, ReadoutScore::last}) {
    frozen.readout = score;
    const FrozenPlan plan(frozen);
    const SampleTrace clocked = ClockedInference(plan).run(train);
    const SampleTrace events = EventEngine(plan).run(train);
    EXPECT_EQ(clocked.scores, events.scores);
    EXPECT_EQ(clocked.predicted, events.predicted);
    const std::vector<float>& v = clocked.populations.back().membrane;
    ASSERT_EQ(v.size(), 33u);
    for (std::size_t c = 0; c < 3; ++c) {
      float sum = 0, top = v[c];
      for (std::size_t t = 0; t < 11; ++t) {
        sum += v[t * 3 + c];
        top = std::max(top, v[t * 3 + c]);
      }
      EXPECT_EQ(clocked.scores[c], score == ReadoutScore::mean  ? sum / 11.0f
                                   : score == ReadoutScore::max ? top
                                                                : v[30 + c]);
    }
    SpikeTrain empty;
    empty.inputs = 6;
    EXPECT_EQ(ClockedInference(plan).run(empty).scores, std::vector<float>(3, 0.0f));
  }
}

TEST(Engines, state_does_not_leak_between_recordings) {
  const FrozenPlan plan(random_frozen(any_network(4), 4));
  const auto trains = random_trains(2, 25, 144, 0.1, 8);
  EventEngine used(plan);
  used.run(trains[0]);
  EXPECT_EQ(compare_traces(used.run(trains[1]), EventEngine(plan).run(trains[1])).differing_spikes,
            0u);
}

TEST(Engines, a_spike_acts_after_its_delay) {
  ChainBuilder chain({2, 1, 1});
  Population spec = leaky(Reset::subtract, 0.0);
  Projection projection;
  projection.delays = {DelayKind::synapse, 3, false, 0, 1};
  chain.dense(2, spec, projection).readout(1);
  FrozenNetwork frozen = random_frozen(chain.network, 1);
  frozen.bias[1] = {0, 0};
  frozen.weights[0] = {2, 2, 2, 2};
  frozen.delays[0] = {0, 2, 3, 1};
  SpikeTrain train;
  train.steps = 5;
  train.inputs = 2;
  train.indices = {0, 1};
  train.offsets = {0, 1, 2, 2, 2, 2};  // input 0 at step 0, input 1 at step 1
  const FrozenPlan plan(frozen);
  const SampleTrace trace = EventEngine(plan).run(train);
  EXPECT_EQ(compare_traces(ClockedInference(plan).run(train), trace).differing_spikes, 0u);
  const SpikeTrain& spikes = trace.populations[1].spikes;
  EXPECT_EQ(spikes.indices, (std::vector<std::uint32_t>{0, 1, 0}));
  EXPECT_EQ(spikes.offsets, (std::vector<std::uint32_t>{0, 1, 1, 2, 2, 3}));
  EXPECT_EQ(trace.synaptic_operations, 4u + 3u);
}

TEST(Engines, refuse_delays_that_do_not_fit) {
  ChainBuilder chain({2, 1, 1});
  Projection projection;
  projection.delays = {DelayKind::source, 3, false, 0, 1};
  chain.dense(2, leaky(Reset::subtract, 0.9), projection).readout(1);
  FrozenNetwork frozen = random_frozen(chain.network, 1);
  frozen.delays[0][1] = 4;
  EXPECT_THROW(FrozenPlan{frozen}, Error);
  frozen.delays[0].pop_back();
  EXPECT_THROW(FrozenPlan{frozen}, Error);
  frozen.delays.clear();
  EXPECT_THROW(FrozenPlan{frozen}, Error);
}

TEST(Evaluation, balanced_accuracy_is_the_mean_over_classes) {
  Evaluation evaluation;
  evaluation.confusion = {{9, 1, 0}, {5, 5, 0}, {0, 0, 0}};
  EXPECT_DOUBLE_EQ(evaluation.balanced_accuracy(), 0.7);
}

}  // namespace
}  // namespace volley
