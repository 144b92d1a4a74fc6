// The membranes that pictures are drawn from are those that the engines compute.
#include <gtest/gtest.h>

#include "base/error.hpp"
#include "fake_trace.hpp"
#include "sim/clocked_inference.hpp"
#include "sim/neuron_watch.hpp"

namespace volley {

namespace {
/// One input, two lif neurons (weights 0.6 and 0.2), one readout.
FrozenNetwork network(double adaptation) {
  FrozenNetwork frozen;
  Population input, hidden, readout;
  input.name = "input";
  input.kind = NeuronKind::input;
  hidden.name = "hidden";
  hidden.shape = {2, 1, 1};
  hidden.beta = 0.5;
  hidden.adaptation = adaptation;
  hidden.adaptation_beta = 0.5;
  readout.name = "readout";
  readout.kind = NeuronKind::leaky_integrator;
  readout.beta = 0.5;
  for (const Population& each : {input, hidden, readout}) frozen.network.add_population(each);
  frozen.network.add_projection(0, 1, Projection{});
  frozen.network.add_projection(1, 2, Projection{});
  frozen.weights = {{0.6F, 0.2F}, {1, 1}};
  frozen.bias = {{}, {0, 0}, {0}};
  return frozen;
}

const SpikeTrain always = fake::train_of(std::vector<std::vector<std::uint32_t>>(8, {0}), 1);
}  // namespace

TEST(NeuronWatch, MembranesStandBeforeTheReset) {
  const FrozenPlan plan(network(0));
  const std::vector<NeuronId> ids{{1, 0}, {1, 1}, {2, 0}};
  const auto traces = watch_neurons(plan, always, ids);
  ASSERT_EQ(traces.size(), 3U);
  float v = 0;
  std::vector<std::uint32_t> fired;
  for (std::uint32_t t = 0; t < 8; ++t) {
    v = 0.5F * v + 0.6F;
    EXPECT_FLOAT_EQ(traces[0].membrane.at(t), v) << t;
    if (v >= 1) fired.push_back(t), v -= 1;
  }
  EXPECT_FALSE(fired.empty());
  EXPECT_EQ(traces[0].spikes, fired);
  EXPECT_EQ(traces[0].threshold, std::vector<float>(8, 1.0F));
  EXPECT_TRUE(traces[1].spikes.empty());
  EXPECT_EQ(traces[0].population, "hidden");
  // The readout's are those of the trace, and it has no threshold.
  EXPECT_EQ(traces[2].membrane, ClockedInference(plan).run(always).populations[2].membrane);
  EXPECT_TRUE(traces[2].threshold.empty());
}

TEST(NeuronWatch, AnAdaptedThresholdIsTheOneThatDecides) {
  const FrozenPlan plan(network(0.4));
  const std::vector<NeuronId> ids{{1, 0}};
  const NeuronTrace trace = watch_neurons(plan, always, ids).at(0);
  ASSERT_EQ(trace.threshold.size(), 8U);
  EXPECT_FALSE(trace.spikes.empty());
  std::vector<std::uint32_t> above;
  for (std::uint32_t t = 0; t < 8; ++t)
    if (trace.membrane[t] >= trace.threshold[t]) above.push_back(t);
  EXPECT_EQ(above, trace.spikes);
  EXPECT_GT(trace.threshold.at(trace.spikes.front() + 1), 1.0F);
}

TEST(NeuronWatch, WhatHasNoMembraneIsAnError) {
  const FrozenPlan plan(network(0));
  for (const NeuronId id : {NeuronId{0, 0}, NeuronId{1, 2}, NeuronId{7, 0}})
    EXPECT_THROW(watch_neurons(plan, always, std::vector<NeuronId>{id}), Error);
}

TEST(NeuronWatch, TheBusiestComeFirst) {
  SampleTrace trace;
  trace.steps = 3;
  trace.populations.push_back({"layer", NeuronKind::lif, {4, 1, 1},
                               fake::train_of({{1, 3}, {2, 3}, {1, 3}}, 4), {}});
  const auto busiest = busiest_neurons(trace, 0, 3);
  ASSERT_EQ(busiest.size(), 3U);
  EXPECT_EQ(busiest[0].neuron, 3U);
  EXPECT_EQ(busiest[1].neuron, 1U);
  EXPECT_EQ(busiest[2].neuron, 2U);
  EXPECT_EQ(busiest_neurons(trace, 0, 10).size(), 4U);
}

}  // namespace volley
