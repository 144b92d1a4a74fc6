// Layers one by one: what dropout, average pooling and concatenation do to spikes, and what the
// engines refuse. Their gradients, folding and the engines' agreement are in the other tests.
#include <gtest/gtest.h>

#include <cmath>

#include "base/error.hpp"
#include "layer_networks.hpp"
#include "sim/clocked_engine.hpp"
#include "sim/event_engine.hpp"
#include "sim/weight_norm.hpp"

namespace volley {
namespace {

std::vector<const SpikeTrain*> pointers(const std::vector<SpikeTrain>& trains) {
  std::vector<const SpikeTrain*> all;
  for (const SpikeTrain& train : trains) all.push_back(&train);
  return all;
}

Network with_dropout(double probability) {
  Population spec;
  spec.dropout = probability;
  return ChainBuilder({20, 1, 1}).dense(50, spec).readout(3).network;
}

TEST(Dropout, mutes_whole_neurons_and_scales_the_rest) {
  const Plan plan = compile(with_dropout(0.4));
  const Parameters<float> parameters = initial_parameters<float>(plan, 3);
  const auto trains = random_trains(16, 12, 20, 0.3, 4);
  const auto batch = pointers(trains);
  ClockedEngine<float> engine(plan);
  engine.forward(batch, parameters);
  const float slope = engine.state(1).affine.slope[7];
  EXPECT_EQ(&engine.state(1).sent(), &engine.state(1).spikes);

  const DropoutStream stream{1, 2};
  engine.forward(batch, parameters, nullptr, &stream);
  const PopulationState<float>& state = engine.state(1);
  EXPECT_FLOAT_EQ(state.affine.slope[7], slope / 0.6f);
  std::size_t muted = 0;
  for (std::size_t sample = 0; sample < 16; ++sample)
    for (std::size_t t = 0; t < 12; ++t) {
      std::vector<std::uint32_t> kept;
      for (const std::uint32_t neuron : state.spikes.row(sample * 12 + t))
        if (state.dropped[sample * 50 + neuron] == 0) kept.push_back(neuron);
      const auto sent = state.sent().row(sample * 12 + t);
      EXPECT_EQ(kept, std::vector<std::uint32_t>(sent.begin(), sent.end()));
    }
  for (const char one : state.dropped) muted += one != 0 ? 1 : 0;
  // 800 draws: a deviation of 0.05 is three standard deviations.
  EXPECT_NEAR(static_cast<double>(muted) / 800, 0.4, 0.05);
}

TEST(Dropout, draws_follow_seed_step_population_and_sample) {
  const auto draw = [](std::uint64_t seed, std::uint64_t step, std::size_t population,
                       std::size_t sample) {
    std::vector<char> dropped(64);
    draw_dropped({seed, step}, 0.5, population, sample, dropped);
    return dropped;
  };
  const auto first = draw(1, 2, 3, 4);
  EXPECT_EQ(first, draw(1, 2, 3, 4));
  EXPECT_NE(first, draw(2, 2, 3, 4));
  EXPECT_NE(first, draw(1, 3, 3, 4));
  EXPECT_NE(first, draw(1, 2, 4, 4));
  EXPECT_NE(first, draw(1, 2, 3, 5));
}

TEST(Dropout, is_off_with_frozen_moments_and_leaves_statistics_alone) {
  const Plan plan = compile(with_dropout(0.4));
  const Parameters<float> parameters = initial_parameters<float>(plan, 3);
  const auto trains = random_trains(4, 8, 20, 0.3, 4);
  const auto batch = pointers(trains);
  ClockedEngine<float> engine(plan);
  engine.forward(batch, parameters);
  const NetworkMoments moments = engine.moments();
  const std::vector<float> logits = engine.forward(batch, parameters, &moments);
  const DropoutStream stream{1, 2};
  EXPECT_EQ(engine.forward(batch, parameters, &moments, &stream), logits);
  EXPECT_NE(engine.forward(batch, parameters, nullptr, &stream), logits);
  EXPECT_EQ(engine.moments()[1].spike_mean, moments[1].spike_mean);
  EXPECT_EQ(engine.moments()[1].covariance, moments[1].covariance);
}

TEST(WeightNorm, columns_have_the_length_of_their_gain) {
  const std::vector<double> weights{3, 1, 4, 1}, gain{10, 0.5};
  std::vector<double> normed, norm;
  normalise_columns(weights, gain, normed, norm);
  EXPECT_NEAR(norm[0], 5, 1e-9);
  EXPECT_NEAR(normed[0], 6, 1e-9);
  EXPECT_NEAR(normed[2], 8, 1e-9);
  EXPECT_NEAR(std::hypot(normed[1], normed[3]), 0.5, 1e-9);
}

TEST(WeightNorm, begins_with_the_weights_as_they_are) {
  Projection projection;
  projection.weight_norm = true;
  const Plan plan = compile(ChainBuilder({9, 1, 1}).dense(4, {}, projection).readout(2).network);
  const Parameters<double> parameters = initial_parameters<double>(plan, 3);
  std::vector<double> normed, norm;
  normalise_columns(parameters.weight[0], parameters.norm_gain[0], normed, norm);
  for (std::size_t at = 0; at < normed.size(); ++at)
    EXPECT_NEAR(normed[at], parameters.weight[0][at], 1e-12);
}

TEST(Relays, concatenated_channels_stand_in_the_order_of_projections) {
  Network network;
  const auto add = [&](const char* name, NeuronKind kind, Shape shape) {
    Population population;
    population.name = name;
    population.kind = kind;
    population.shape = shape;
    return network.add_population(population);
  };
  const auto join = [&](PopulationId from, PopulationId to, ProjectionKind kind) {
    Projection projection;
    projection.kind = kind;
    network.add_projection(from, to, projection);
  };
  const auto input = add("input", NeuronKind::input, {2, 1, 2});
  const auto same = add("same", NeuronKind::lif, {2, 1, 2});
  const auto both = add("both", NeuronKind::relay, {4, 1, 2});
  const auto out = add("out", NeuronKind::leaky_integrator, {1, 1, 1});
  join(input, same, ProjectionKind::identity);
  join(same, both, ProjectionKind::concat);
  join(input, both, ProjectionKind::concat);
  join(both, out, ProjectionKind::dense);
  FrozenNetwork frozen = random_frozen(network, 1);
  frozen.weights[0] = {2, 0};  // channel 0 repeats its input, channel 1 is silent
  std::fill(frozen.bias[1].begin(), frozen.bias[1].end(), 0.0f);
  const FrozenPlan plan(frozen);
  SpikeTrain train;
  train.steps = 1;
  train.inputs = 4;
  train.indices = {0, 2, 3};
  train.offsets = {0, 3};
  const SampleTrace trace = EventEngine(plan).run(train);
  const auto spikes = trace.populations[both].spikes.step(0);
  EXPECT_EQ(std::vector<std::uint32_t>(spikes.begin(), spikes.end()),
            (std::vector<std::uint32_t>{0, 2, 4, 6, 7}));
  // Three inputs meet one weight each, five spikes of the relay one output each.
  EXPECT_EQ(trace.synaptic_operations, 3u + 5u);
}

TEST(Layers, recurrent_convolutions_are_refused) {
  ChainBuilder chain({2, 4, 4});
  chain.conv(3, 3, 1, 1);
  Projection back;
  back.kind = ProjectionKind::conv2d;
  back.delay_steps = 1;
  chain.network.add_projection(chain.last, chain.last, back);
  chain.readout(2);
  EXPECT_THROW(compile(chain.network), Error);
}

}  // namespace
}  // namespace volley
