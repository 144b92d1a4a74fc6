// NeuroBench's metrics: a network small enough for pencil and paper, closed forms at borders, and
// what the event engine counts against plain loops over the spikes.
#include <gtest/gtest.h>

#include "sample_networks.hpp"
#include "sim/event_engine.hpp"
#include "sim/neurobench.hpp"

namespace volley {
namespace {

SpikeTrain train_of(std::uint32_t inputs, const std::vector<std::vector<std::uint32_t>>& steps) {
  SpikeTrain train;
  train.inputs = inputs;
  train.steps = static_cast<std::uint32_t>(steps.size());
  train.offsets.assign(1, 0);
  for (const auto& step : steps) {
    train.indices.insert(train.indices.end(), step.begin(), step.end());
    train.offsets.push_back(static_cast<std::uint32_t>(train.indices.size()));
  }
  return train;
}

Population lif(double beta) {
  Population spec;
  spec.beta = beta;
  spec.normalise = false;
  return spec;
}

/// Dense operations of one step, through the table.
std::uint64_t connections(const Network& network, std::size_t projection) {
  const FrozenPlan plan(random_frozen(network, 1));
  return SynapticTable(plan).connections(projection);
}

// 3 inputs, 2 neurons without leak to the next step (beta 0), a readout of 2.
//            to neuron 0   to neuron 1
// input 0        2             0
// input 1        2             2
// input 2        0             0
// Step 0: input 0 fires: 1 effective operation; neuron 0 fires.
// Step 1: inputs 1, 2 fire: 2 + 0; both neurons fire.
// Step 2: nothing.
// Readout weights 1, 0 / 1, 1: neuron 0 costs 1, neuron 1 costs 2. So 1 + (1 + 2) = 4.
TEST(Neurobench, tiny_network_by_hand) {
  ChainBuilder chain({3, 1, 1});
  chain.dense(2, lif(0.0)).readout(2, 0.0);
  FrozenNetwork frozen = random_frozen(chain.network, 1);
  frozen.weights[0] = {2, 0, 2, 2, 0, 0};
  frozen.weights[1] = {1, 0, 1, 1};
  frozen.bias[1] = {0, 0};
  frozen.bias[2] = {0.5f, 0};
  const FrozenPlan plan(frozen);
  const std::vector<SpikeTrain> recordings{train_of(3, {{0}, {1, 2}, {}}), train_of(3, {{}})};
  const NeurobenchMetrics metrics = measure(plan, recordings);
  EXPECT_EQ(metrics.recordings, 2u);
  EXPECT_DOUBLE_EQ(metrics.effective_acs, (3 + 4) / 2.0);
  EXPECT_DOUBLE_EQ(metrics.effective_macs, 0.0);
  EXPECT_DOUBLE_EQ(metrics.dense, (3 + 1) * (3 * 2 + 2 * 2) / 2.0);
  EXPECT_EQ(metrics.parameter_count, 6u + 4u + 2u + 2u);
  EXPECT_DOUBLE_EQ(metrics.connection_sparsity, 4.0 / 10);
  EXPECT_DOUBLE_EQ(metrics.activation_sparsity, 1 - 3.0 / (4 * 2));
  ASSERT_EQ(metrics.layers.size(), 1u);
  EXPECT_DOUBLE_EQ(metrics.layers[0].sparsity, 1 - 3.0 / (4 * 2));
  // Weights, biases, beta and threshold of two populations, 4 bytes each.
  EXPECT_EQ(metrics.footprint, 4u * (10 + 4 + 4));
  EXPECT_EQ(metrics.membrane_bytes, 4u * 4);
  // Membranes: v = 2, 0 | 2, 2 | 0, 0. First step 2, then 1, then 2. Readout 1.5, 0 | 2.5, 1 |
  // 0.5, 0: 2, 2, 2. The second recording has one step: 2 + 2.
  EXPECT_DOUBLE_EQ(metrics.membrane_updates, (2 + 1 + 2 + 2 + 2 + 2 + 4) / 2.0);
}

TEST(Neurobench, normalisation_by_steps_has_parameters_of_its_own) {
  ChainBuilder chain({3, 1, 1});
  Population spec;
  chain.dense(4, spec).readout(2);
  const NeurobenchMetrics pooled = static_metrics(FrozenPlan(random_frozen(chain.network, 1)));
  chain.network.population(1).normalise_steps = 3;
  const NeurobenchMetrics apart = static_metrics(FrozenPlan(random_frozen(chain.network, 1)));
  EXPECT_EQ(apart.parameter_count, pooled.parameter_count + 2 * (4 + 4));
}

TEST(Neurobench, quantised_footprint_packs_weights) {
  ChainBuilder chain({3, 1, 1});
  Projection projection;
  projection.weights.bits = 1;
  chain.dense(5, lif(0.5), projection).readout(2);
  const NeurobenchMetrics metrics = static_metrics(FrozenPlan(random_frozen(chain.network, 1)));
  // 15 bits in 2 bytes and two floats for each of 5 neurons; 10 float weights; 7 biases; 4 numbers.
  EXPECT_EQ(metrics.footprint_quantised, 2u + 5 * 8 + 4 * (10 + 7 + 4));
  EXPECT_EQ(metrics.footprint, 4u * (15 + 10 + 7 + 4));
}

TEST(Neurobench, several_spikes_of_a_step_are_one_activation) {
  ChainBuilder chain({1, 1, 1});
  Population graded = lif(0.0);
  graded.quantizer.levels = 3;
  graded.quantizer.estimator = Estimator::straight_through;
  chain.dense(2, graded).readout(2);
  FrozenNetwork frozen = random_frozen(chain.network, 1);
  frozen.weights[0] = {3.5f, 1.5f};
  frozen.bias[1] = {0, 0};
  const NeurobenchMetrics metrics =
      measure(FrozenPlan(frozen), std::vector{train_of(1, {{0}, {}})});
  EXPECT_DOUBLE_EQ(metrics.activation_sparsity, 0.5);
  EXPECT_DOUBLE_EQ(metrics.effective_acs, 2.0) << "the input's";
  EXPECT_DOUBLE_EQ(metrics.effective_macs, 4.0) << "3 spikes are one product";
}

// Along one side, a tap ky of a kernel meets a map of height h at stride s with padding p wherever
// 0 <= s y + ky - p < h: those outside hit padding and are no operations.
std::uint64_t taps_inside(int side, int kernel, int stride, int padding) {
  const int outputs = (side + 2 * padding - kernel) / stride + 1;
  std::uint64_t count = 0;
  for (int y = 0; y < outputs; ++y)
    for (int k = 0; k < kernel; ++k) {
      const int at = stride * y + k - padding;
      if (at >= 0 && at < side) ++count;
    }
  return count;
}

TEST(Neurobench, dense_operations_have_a_closed_form_at_borders) {
  for (const int kernel : {1, 2, 3, 5})
    for (const int stride : {1, 2, 3})
      for (const int padding : {0, 1, 2}) {
        const Network network =
            ChainBuilder({2, 9, 7}).conv(3, kernel, stride, padding).flatten().readout(4).network;
        EXPECT_EQ(connections(network, 0), 2u * 3u * taps_inside(9, kernel, stride, padding) *
                                               taps_inside(7, kernel, stride, padding))
            << kernel << " " << stride << " " << padding;
      }
  EXPECT_EQ(connections(ChainBuilder({11, 1, 1}).dense(6).readout(4).network, 0), 66u);
  // Pooling is no connection.
  const Network pooled = ChainBuilder({2, 8, 8})
                             .pool(ProjectionKind::sum_pool, 2)
                             .flatten()
                             .readout(3)
                             .network;
  EXPECT_EQ(connections(pooled, 0), 0u);
  EXPECT_EQ(connections(pooled, 2), 2u * 16 * 3);
}

TEST(Neurobench, summed_inputs_are_multiplications) {
  const Network network = ChainBuilder({1, 2, 2})
                              .pool(ProjectionKind::sum_pool, 2)
                              .flatten()
                              .readout(3)
                              .network;
  const FrozenPlan plan(random_frozen(network, 2));
  // One spike under the pool: an accumulate by each weight. Two: one product by each weight.
  const NeurobenchMetrics one = measure(plan, std::vector{train_of(4, {{1}})});
  EXPECT_EQ(one.effective_acs, 3.0);
  EXPECT_EQ(one.effective_macs, 0.0);
  const NeurobenchMetrics two = measure(plan, std::vector{train_of(4, {{1, 2}})});
  EXPECT_EQ(two.effective_acs, 0.0);
  EXPECT_EQ(two.effective_macs, 3.0);
}

TEST(Neurobench, graded_inputs_are_multiplications) {
  const FrozenPlan plan(random_frozen(ChainBuilder({4, 1, 1}).readout(3).network, 2));
  SpikeTrain image = train_of(4, {{0, 1, 3}});
  image.steps = 5;
  image.constant = true;
  image.values = {0.5f, 0.0f, 1.0f};
  const NeurobenchMetrics graded = measure(plan, std::vector{image});
  EXPECT_EQ(graded.effective_macs, 5.0 * 2 * 3) << "a value of 0 is no input";
  EXPECT_EQ(graded.effective_acs, 0.0);
  EXPECT_EQ(graded.dense, 5.0 * 4 * 3);
  image.values = {1.0f, -1.0f, 1.0f};
  EXPECT_EQ(measure(plan, std::vector{image}).effective_acs, 5.0 * 3 * 3);
}

TEST(Neurobench, the_event_engine_counts_what_plain_loops_find) {
  ChainBuilder chain({2, 7, 6});
  chain.conv(3, 3, 2, 1, lif(0.9)).flatten().dense(9, lif(0.8));
  Projection recurrent;
  recurrent.delay_steps = 2;
  chain.network.add_projection(chain.last, chain.last, recurrent);
  chain.readout(4);
  FrozenNetwork frozen = random_frozen(chain.network, 6);
  for (auto& weights : frozen.weights)
    for (std::size_t i = 0; i < weights.size(); i += 3) weights[i] = 0;
  const FrozenPlan plan(frozen);
  const SpikeTrain input = random_train(15, 84, 0.1, 4);
  const SynapticTable table(plan);
  SynapticCounter counter(table);
  EventEngine engine(plan);
  engine.count_into(&counter);
  const SampleTrace trace = engine.run(input);
  std::uint64_t expected = 0, dense = 0;
  for (const PlanProjection& projection : plan.plan().projections) {
    const std::vector<float>& weights = frozen.weights[projection.id];
    if (weights.empty()) continue;
    const SpikeTrain& spikes = trace.populations[projection.source].spikes;
    const auto delay = static_cast<std::uint32_t>(projection.spec.delay_steps);
    for (std::uint32_t t = delay; t < trace.steps; ++t)
      for (const std::uint32_t spike : spikes.step(t - delay)) {
        if (projection.spec.kind == ProjectionKind::dense) {
          for (std::size_t c = 0; c < projection.columns; ++c)
            expected += weights[spike * projection.columns + c] != 0 ? 1u : 0u;
          continue;
        }
        // Source index: position times channels plus channel.
        const int y = static_cast<int>(spike) / 2 / 6, x = static_cast<int>(spike) / 2 % 6;
        const std::size_t channel = spike % 2;
        for (int oy = 0; oy < 4; ++oy)
          for (int ox = 0; ox < 3; ++ox) {
            const int ky = y + 1 - 2 * oy, kx = x + 1 - 2 * ox;
            if (ky < 0 || ky > 2 || kx < 0 || kx > 2) continue;
            const std::size_t row = (channel * 3 + static_cast<std::size_t>(ky)) * 3 +
                                    static_cast<std::size_t>(kx);
            for (std::size_t c = 0; c < 3; ++c) expected += weights[row * 3 + c] != 0 ? 1u : 0u;
          }
      }
    dense += trace.steps * table.connections(projection.id);
  }
  EXPECT_GT(expected, 100u);
  EXPECT_EQ(counter.counts().effective_acs, expected);
  EXPECT_EQ(counter.counts().effective_macs, 0u);
  EXPECT_EQ(counter.counts().dense, dense);
  EXPECT_LT(expected, trace.synaptic_operations) << "zero weights are skipped";
}

TEST(Neurobench, energy_is_operations_times_their_cost) {
  NeurobenchMetrics metrics;
  metrics.effective_acs = 1000;
  metrics.effective_macs = 100;
  metrics.dense = 10000;
  const auto table = energy_of(metrics);
  EXPECT_STREQ(table[0].type, "fp32");
  EXPECT_NEAR(table[0].effective_nj, 0.9 + 0.46, 1e-12);
  EXPECT_NEAR(table[0].dense_nj, 46.0, 1e-12);
  EXPECT_NEAR(table[2].effective_nj, 0.03 + 0.023, 1e-12);
}

}  // namespace
}  // namespace volley
