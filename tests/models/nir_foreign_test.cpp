// Graphs as other tools write them: nodes of every kind, options, folding.
#include <gtest/gtest.h>

#include <cmath>

#include "base/error.hpp"
#include "models/hdf5_tree.hpp"
#include "nir_graphs.hpp"
#include "reference_run.hpp"

namespace volley::test {
namespace {

TEST(Nir, OtherToolsFilesAreFolded) {
  const TemporaryFolder folder;
  write_nir_graph(foreign_graph(), folder / "a.nir");
  const FrozenNetwork frozen = read_graph(folder / "a.nir");
  const Network& network = frozen.network;
  const PopulationId conv = network.find("if.1"), lif = network.find("lif");
  EXPECT_EQ(network.population(conv).shape, (Shape{2, 4, 4}));
  EXPECT_EQ(network.population(conv).beta, 1.0);
  const std::size_t kernel = network.incoming(conv).front();
  EXPECT_EQ(network.projection(kernel).padding, 1);
  EXPECT_EQ(network.projection(kernel).groups, 2);
  EXPECT_EQ(frozen.weights[kernel].size(), 18U);
  EXPECT_FLOAT_EQ(frozen.weights[kernel][0], 0.5F);
  EXPECT_FLOAT_EQ(frozen.bias[conv][5], 1.0F);
  EXPECT_NEAR(network.population(lif).beta, 0.9, 1e-6);
  EXPECT_NEAR(network.population(lif).threshold, 0.75, 1e-6);
  EXPECT_EQ(network.population(lif).reset, Reset::zero);
  // a r w / 4 = 0.1 * 2 * 0.25 / 4, a (v_leak - v_reset) = 0.1 * 0.25
  EXPECT_NEAR(frozen.weights[network.incoming(lif).front()][7], 0.0125, 1e-7);
  EXPECT_NEAR(frozen.bias[lif][2], 0.025, 1e-7);
  EXPECT_EQ(network.readout(), lif);
}

/// input 3 -> Conv1d -> ... every node that no test above has.
TEST(Nir, NodesOfEveryKindAreRead) {
  const TemporaryFolder folder;
  NirNode graph = node("", "NIRGraph", {});
  NirNode conv = node("c", "Conv1d",
                      {{"weight", {2, 3, 3}, std::vector<float>{1, 2, 3, 0, 0, 0, 0, 0, 0,
                                                                 0, 0, 0, 0, 0, 0, 4, 5, 6}},
                       floats("bias", {2}, 0.5F)});
  conv.fields.push_back({"input_shape", {}, std::vector<std::int64_t>{8}});
  conv.fields.push_back({"stride", {}, std::vector<std::int64_t>{2}});
  conv.fields.push_back({"padding", {}, std::vector<std::int64_t>{1}});
  conv.fields.push_back({"dilation", {}, std::vector<std::int64_t>{1}});
  conv.fields.push_back({"groups", {}, std::vector<std::int64_t>{1}});
  graph.nodes = {
      node("in", "Input", {integers("shape", {3, 8})}),
      conv,
      node("cuba", "CubaLIF",
           {floats("tau_mem", {}, 1e-3F), floats("tau_syn", {}, 5e-4F), floats("r", {}, 10),
            floats("v_leak", {}, 0), floats("w_in", {}, 5), floats("v_threshold", {}, 1)}),
      node("flat", "Flatten", {integers("input_type", {2, 4})}),
      node("late", "Delay",
           {{"delay", {8}, std::vector<float>{0, 1e-4F, 2e-4F, 3e-4F, 0, 1e-4F, 2e-4F, 3e-4F}}}),
      node("scale", "Scale", {{"scale", {8}, std::vector<float>{1, 2, 3, 4, 5, 6, 7, 8}}}),
      node("lin", "Linear", {floats("weight", {2, 8}, 1)}),
      node("unit", "Threshold", {{"threshold", {2}, std::vector<float>{1, 4}}}),
      node("slow", "Delay", {floats("delay", {}, 3e-4F)}),
      node("read", "CubaLI",
           {floats("tau_mem", {2}, 1e-3F), floats("tau_syn", {2}, 1e-4F), floats("r", {2}, 1),
            floats("v_leak", {2}, 0)}),
      node("out", "Output", {integers("shape", {2})}),
  };
  graph.edges = {{"in", "c"},       {"c", "cuba"},   {"cuba", "flat"}, {"flat", "late"},
                 {"late", "scale"}, {"scale", "lin"}, {"lin", "unit"},  {"unit", "slow"},
                 {"slow", "read"},  {"read", "out"}};
  write_nir_graph(graph, folder / "a.nir");
  const FrozenNetwork frozen = read_graph(folder / "a.nir");
  const Network& network = frozen.network;
  const PopulationId cuba = network.find("cuba"), unit = network.find("unit");
  EXPECT_EQ(network.population(network.input()).shape, (Shape{3, 1, 8}));
  EXPECT_EQ(network.population(cuba).shape, (Shape{2, 1, 4}));
  EXPECT_NEAR(network.population(cuba).beta, 0.9, 1e-6);
  EXPECT_NEAR(network.population(cuba).synapse_beta, 0.8, 1e-6);
  const std::size_t kernel = network.incoming(cuba).front();
  EXPECT_EQ(network.projection(kernel).kernel_width, 3);
  EXPECT_EQ(network.projection(kernel).padding, PerAxis(0, 1));
  EXPECT_EQ(network.projection(kernel).stride, PerAxis(1, 2));
  // a_mem r a_syn w_in = 0.1 * 10 * 0.2 * 5 = 1; row = channel * 3 + k, two columns
  EXPECT_NEAR(frozen.weights[kernel][2 * 1], 2.0F, 1e-5);
  EXPECT_NEAR(frozen.weights[kernel][2 * 8 + 1], 6.0F, 1e-5);
  EXPECT_NEAR(frozen.bias[cuba][3], 0.5F, 1e-6);
  const std::size_t dense = network.incoming(unit).front();
  EXPECT_EQ(network.projection(dense).delays.kind, DelayKind::source);
  // volley's neuron 1 is channel 1 at place 0: NIR's neuron 4
  EXPECT_EQ(frozen.delays[dense][2], 0);
  EXPECT_EQ(frozen.delays[dense][4], 1);
  EXPECT_NEAR(frozen.weights[dense][2], 5.0F, 1e-5);
  EXPECT_NEAR(frozen.weights[dense][3], 5.0F / 4, 1e-5) << "of the higher threshold";
  EXPECT_EQ(network.population(unit).beta, 0.0);
  const PopulationId last = network.find("read");
  EXPECT_EQ(network.projection(network.incoming(last).front()).delay_steps, 3);
  EXPECT_EQ(network.population(last).kind, NeuronKind::leaky_integrator);
  EXPECT_EQ(network.population(last).synapse_beta, 0.0);
}

TEST(Nir, OptionsSayWhatTheFileLeavesOpen) {
  const TemporaryFolder folder;
  NirNode graph = foreign_graph();
  write_nir_graph(graph, folder / "a.nir");
  std::vector<std::string> assumptions;
  NirReadOptions options;
  options.dt = 5e-4;
  options.step = NirStep::exact;
  options.reset = Reset::subtract;
  options.several_spikes = true;
  const FrozenNetwork frozen = read_nir(folder / "a.nir", assumptions, options);
  const Population& lif = frozen.network.population(frozen.network.find("lif"));
  EXPECT_NEAR(lif.beta, std::exp(-0.5), 1e-6);
  EXPECT_EQ(lif.reset, Reset::subtract);
  EXPECT_EQ(lif.quantizer.levels, most_levels);
  EXPECT_EQ(frozen.dt_ms, 0.5);
  options = {};
  options.step = NirStep::sinabs;
  for (NirNode& inner : graph.nodes)
    if (inner.name == "lif") inner.fields[0] = floats("tau", {3}, 10);
  write_nir_graph(graph, folder / "b.nir");
  const FrozenNetwork steps = read_nir(folder / "b.nir", assumptions, options);
  const Population& own = steps.network.population(steps.network.find("lif"));
  EXPECT_NEAR(own.beta, std::exp(-0.1), 1e-6);
  EXPECT_EQ(own.reset, Reset::subtract);
  EXPECT_NEAR(own.threshold, 0.75, 1e-9) << "reached is enough";
}

TEST(Nir, DecaysAndThresholdsMayDiffer) {
  const TemporaryFolder folder;
  NirNode graph = foreign_graph();
  for (NirNode& inner : graph.nodes) {
    if (inner.name != "lif") continue;
    inner.fields[0] = {"tau", {3}, std::vector<float>{1e-3F, 2e-3F, 5e-4F}};
    inner.fields[3] = {"v_threshold", {3}, std::vector<float>{1.25F, 2.25F, 0.5F}};
  }
  write_nir_graph(graph, folder / "a.nir");
  const FrozenNetwork frozen = read_graph(folder / "a.nir");
  const PopulationId lif = frozen.network.find("lif");
  EXPECT_NEAR(frozen.beta[lif][1], 0.95, 1e-6);
  EXPECT_NEAR(frozen.beta[lif][2], 0.8, 1e-6);
  const std::vector<float>& weights = frozen.weights[frozen.network.incoming(lif).front()];
  // a r w / 4 / (v_threshold - v_reset)
  EXPECT_NEAR(weights[0], 0.1 * 2 * 0.25 / 4, 1e-7);
  EXPECT_NEAR(weights[1], 0.05 * 2 * 0.25 / 4 / 2, 1e-7);
  EXPECT_NEAR(weights[2], 0.2 * 2 * 0.25 / 4 / 0.25, 1e-7);
}

/// Networks with all that NIR has a node for: back to the bit, and without metadata still the same.
TEST(Nir, SynapsesDelaysAndScales) {
  const TemporaryFolder folder;
  RandomEngine random(33);
  for (const bool own : {true, false}) {
    Network network;
    const PopulationId input =
        network.add_population(population("input", NeuronKind::input, {6, 1, 1}));
    Population hidden = population("hidden", NeuronKind::lif, {5, 1, 1});
    hidden.normalise = false;
    hidden.reset = Reset::zero;
    hidden.synapse_beta = 0.75;
    const PopulationId first = network.add_population(hidden);
    Population second = population("second", NeuronKind::lif, {5, 1, 1});
    second.normalise = false;
    second.reset = Reset::zero;
    second.threshold = 0.25;
    const PopulationId next = network.add_population(second);
    Population readout = population("readout", NeuronKind::leaky_integrator, {3, 1, 1});
    readout.normalise = false;
    readout.synapse_beta = 0.5;
    const PopulationId last = network.add_population(readout);
    Projection dense;
    network.add_projection(input, first, dense);
    Projection scale;
    scale.kind = ProjectionKind::one_to_one;
    scale.delay_steps = 2;
    network.add_projection(first, next, scale);
    dense.delay_steps = 3;
    network.add_projection(next, last, dense);
    Projection back;
    back.delay_steps = 1;
    network.add_projection(next, first, back);
    FrozenNetwork frozen = random_frozen(random, network);
    std::fill(frozen.bias[next].begin(), frozen.bias[next].end(), 0.0F);
    if (own) {
      expect_back_to_the_bit(frozen, folder / "a.nir");
      EXPECT_FALSE(write_nir(frozen, folder / "a.nir").portable);
      frozen.bias[next][1] = 0.5F;
      EXPECT_NE(message_of([&] { write_nir(frozen, folder / "b.nir"); })
                    .find("population 'second': its bias has no place"),
                std::string::npos);
      continue;
    }
    write_without_metadata(frozen, folder / "a.nir");
    const FrozenNetwork again = read_graph(folder / "a.nir");
    ASSERT_EQ(again.network.projections(), 4U);
    for (const char* name : {"hidden", "readout"})
      EXPECT_NEAR(again.network.population(again.network.find(name)).synapse_beta,
                  network.population(network.find(name)).synapse_beta, 1e-6);
    for (std::size_t id = 0; id < 4; ++id) {
      const std::string name = again.network.projection_name(id);
      for (std::size_t other = 0; other < 4; ++other) {
        if (network.projection_name(other) != name) continue;
        EXPECT_EQ(again.network.projection(id).delay_steps,
                  network.projection(other).delay_steps)
            << name;
        for (std::size_t i = 0; i < frozen.weights[other].size(); ++i)
          ASSERT_NEAR(again.weights[id][i], frozen.weights[other][i], 1e-5) << name;
      }
    }
  }
}

}  // namespace
}  // namespace volley::test
