// NIR: our own files back to the bit, the documented layout by an independent reader, other tools'
// files, and what damaged ones are told.
#include "models/nir.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <functional>

#include "base/atomic_file.hpp"
#include "base/error.hpp"
#include "models/hdf5_tree.hpp"
#include "models/nir_graph.hpp"
#include "reference_run.hpp"
#include "sample_networks.hpp"

namespace volley::test {
namespace {

using std::filesystem::path;

FrozenNetwork read(const path& file) {
  std::vector<std::string> assumptions;
  return read_nir(file, assumptions);
}

bool same_bits(const std::vector<std::vector<float>>& a, const std::vector<std::vector<float>>& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (!std::equal(a[i].begin(), a[i].end(), b[i].begin(), b[i].end(), [](float x, float y) {
          return std::bit_cast<std::uint32_t>(x) == std::bit_cast<std::uint32_t>(y);
        }))
      return false;
  return true;
}

void expect_back_to_the_bit(const FrozenNetwork& frozen, const path& file) {
  write_nir(frozen, file);
  std::vector<std::string> assumptions;
  const FrozenNetwork again = read_nir(file, assumptions);
  EXPECT_EQ(again.network, frozen.network);
  EXPECT_EQ(again.dt_ms, frozen.dt_ms);
  EXPECT_EQ(again.readout, frozen.readout);
  EXPECT_TRUE(same_bits(again.weights, frozen.weights));
  EXPECT_TRUE(same_bits(again.bias, frozen.bias));
  EXPECT_TRUE(same_bits(again.beta, frozen.beta));
  EXPECT_TRUE(assumptions.empty()) << assumptions.front();
}

void forget(NirNode& node) {
  node.metadata.clear();
  for (NirNode& inner : node.nodes) forget(inner);
}

/// As another tool would have written it.
void write_without_metadata(const FrozenNetwork& frozen, const path& file) {
  NirNode graph = make_nir_graph(frozen, plan_nir(frozen.network));
  forget(graph);
  write_nir_graph(graph, file);
}

/// @param learned whether decays may differ within a population
Network portable_network(RandomEngine& random, bool learned = false) {
  Network network = random_network(random, true);
  for (PopulationId id = 0; id < network.populations(); ++id) {
    if (network.population(id).kind == NeuronKind::lif) network.population(id).reset = Reset::zero;
    if (!learned) network.population(id).learn_tau = LearnTau::no;
  }
  return network;
}

TEST(Nir, OwnFilesComeBackToTheBit) {
  const TemporaryFolder folder;
  RandomEngine random(21);
  for (int round = 0; round < 60; ++round) {
    SCOPED_TRACE(round);
    expect_back_to_the_bit(random_frozen(random, random_network(random, true)), folder / "a.nir");
  }
}

TEST(Nir, EveryLeakComesBackToTheBit) {
  const TemporaryFolder folder;
  RandomEngine random(22);
  for (const double beta : {0.0, 1e-9, 0.1, 0.9, 0.999, 1.0 - 1e-12, 1.0}) {
    SCOPED_TRACE(beta);
    FrozenNetwork frozen = random_frozen(random, small_network());
    for (const PopulationId id : {1U, 4U, 5U}) frozen.network.population(id).beta = beta;
    frozen.weights[4][0] = -0.0F;
    frozen.weights[4][1] = 1e-42F;
    frozen.bias[5][0] = -0.0F;
    expect_back_to_the_bit(frozen, folder / "a.nir");
  }
}

TEST(Nir, SameNetworkSameBytes) {
  const TemporaryFolder folder;
  RandomEngine random(23);
  const FrozenNetwork frozen = random_frozen(random, small_network());
  write_nir(frozen, folder / "a.nir");
  write_nir(frozen, folder / "b.nir");
  EXPECT_EQ(read_file(folder / "a.nir"), read_file(folder / "b.nir"));
}

TEST(Nir, ThresholdsAgreeThoughOneIsStrict) {
  RandomEngine random(1);
  const FrozenNetwork frozen = random_frozen(random, small_network());
  const NirNode graph = make_nir_graph(frozen, plan_nir(frozen.network));
  for (const NirNode& node : graph.nodes)
    for (const NirField& field : node.fields)
      if (field.name == "v_threshold") {
        const float stored = std::get<std::vector<float>>(field.values).front();
        EXPECT_LT(stored, 1.0F);
        EXPECT_EQ(std::nextafter(stored, 2.0F), 1.0F);
      }
}

TEST(Nir, WithoutMetadataTheSpikesStayTheSame) {
  const TemporaryFolder folder;
  RandomEngine random(24);
  for (int round = 0; round < 60; ++round) {
    SCOPED_TRACE(round);
    const FrozenNetwork frozen = random_frozen(random, portable_network(random));
    write_without_metadata(frozen, folder / "a.nir");
    const FrozenNetwork again = read(folder / "a.nir");
    const Steps input =
        random_spikes(random, 20, frozen.network.population(0).shape.size());
    const Steps expected = reference_run(frozen, input), found = reference_run(again, input);
    ASSERT_EQ(found.size(), expected.size());
    for (std::size_t step = 0; step < found.size(); ++step)
      for (std::size_t i = 0; i < expected[step].size(); ++i)
        ASSERT_NEAR(found[step][i], expected[step][i], 1e-4) << "step " << step;
  }
}

TEST(Nir, AnIndependentReaderFindsTheSameSpikes) {
  if (std::system("/usr/bin/python3 -c 'import h5py, numpy' 2>/dev/null") != 0)
    GTEST_SKIP() << "python3 with h5py and numpy is not installed";
  const TemporaryFolder folder;
  RandomEngine random(25);
  for (int round = 0; round < 10; ++round) {
    SCOPED_TRACE(round);
    Network network = round == 0 ? small_network() : portable_network(random, true);
    for (PopulationId id = 0; id < network.populations(); ++id)
      if (network.population(id).kind == NeuronKind::lif)
        network.population(id).reset = Reset::zero;
    const FrozenNetwork frozen = random_frozen(random, network);
    write_nir(frozen, folder / "a.nir");
    const Shape shape = network.population(0).shape;
    const Steps input = random_spikes(random, 12, shape.size());
    const Steps output = reference_run(frozen, input);
    std::ofstream run(folder / "run.txt");
    run << input.size() << "\n" << shape.size() << "\n" << output[0].size() << "\n";
    for (const auto& step : input)
      for (int c = 0; c < shape.channels; ++c)
        for (int y = 0; y < shape.height; ++y)
          for (int x = 0; x < shape.width; ++x)
            run << step[static_cast<std::size_t>((y * shape.width + x) * shape.channels + c)]
                << "\n";
    for (const auto& step : output)
      for (const float value : step) run << value << "\n";
    run.close();
    const std::string script = VOLLEY_SOURCE_DIR "/tests/models/nir_layout.py ";
    const std::string command = "/usr/bin/python3 " + script + (folder / "a.nir").string() + " " +
                                (folder / "run.txt").string();
    EXPECT_EQ(std::system(command.c_str()), 0);
  }
}

TEST(Nir, WarningsNameTheToolsThatDiffer) {
  const TemporaryFolder folder;
  RandomEngine random(26);
  FrozenNetwork frozen = random_frozen(random, small_network());
  for (const PopulationId id : {1U, 4U}) frozen.network.population(id).reset = Reset::zero;
  EXPECT_FALSE(write_nir(frozen, folder / "a.nir").portable) << "only Norse has an LI";
  frozen.network.population(5).kind = NeuronKind::lif;
  frozen.network.population(5).reset = Reset::zero;
  EXPECT_TRUE(write_nir(frozen, folder / "a.nir").portable);
  frozen.network.population(4).reset = Reset::subtract;
  frozen.network.projection(3).weights.bits = 1;
  const NirReport report = write_nir(frozen, folder / "a.nir");
  EXPECT_FALSE(report.portable);
  std::string all;
  for (const std::string& line : report.warnings) all += line + "\n";
  ASSERT_EQ(report.losses.size(), 1U);
  EXPECT_EQ(report.losses[0].kind, "reset");
  all += report.losses[0].where + report.losses[0].reason;
  for (const char* word : {"'hidden'", "snnTorch", "Norse", "SpikingJelly", "1-bit"})
    EXPECT_NE(all.find(word), std::string::npos) << all;
}

std::string write_fault(const std::function<void(FrozenNetwork&)>& change) {
  const TemporaryFolder folder;
  RandomEngine random(27);
  FrozenNetwork frozen = random_frozen(random, small_network());
  change(frozen);
  const std::string message = message_of([&] { write_nir(frozen, folder / "a.nir"); });
  EXPECT_FALSE(std::filesystem::exists(folder / "a.nir"));
  return message;
}

TEST(Nir, WhatCannotBeSaidIsRefused) {
  EXPECT_NE(write_fault([](FrozenNetwork& f) {
              f.network.projection(1).kind = ProjectionKind::max_pool;
            }).find("use sum_pool, or a conv2d with a stride"),
            std::string::npos);
  EXPECT_NE(write_fault([](FrozenNetwork& f) {
              f.network.projection(3).delays = {DelayKind::synapse, 4};
            }).find("projection 'flat->hidden': delays per synapse are not written"),
            std::string::npos);
  EXPECT_NE(write_fault([](FrozenNetwork& f) { f.bias[1][4] += 0.25F; })
                .find("population 'conv': its bias differs within a channel"),
            std::string::npos);
  EXPECT_NE(write_fault([](FrozenNetwork& f) {
              f.network.projection(2).kind = ProjectionKind::concat;
              f.network.population(3).shape = {3, 2, 2};
            }).find("NIR has no concatenation"),
            std::string::npos);
  EXPECT_NE(write_fault([](FrozenNetwork& f) {
              f.network.projection(3).kind = ProjectionKind::one_to_one;
              f.network.population(4).shape = {12, 1, 1};
            }).find("between a map and neurons without axes is not written"),
            std::string::npos);
  EXPECT_NE(write_fault([](FrozenNetwork& f) { f.weights[3][4] = std::nanf(""); })
                .find("not finite"),
            std::string::npos);
  EXPECT_NE(write_fault([](FrozenNetwork& f) {
              f.network.population(4).synapse_beta = 0.5;
              f.network.population(4).beta = 1.0;
            }).find("population 'hidden': NIR has no synaptic current before a neuron without leak"),
            std::string::npos);
  EXPECT_NE(write_fault([](FrozenNetwork& f) { f.network.population(4).adaptation = 0.5; })
                .find("population 'hidden': NIR has no adaptive threshold"),
            std::string::npos);
  EXPECT_NE(write_fault([](FrozenNetwork& f) {
              f.network.population(4).normalise = true;
              f.network.population(4).normalise_steps = 3;
            })
                .find("population 'hidden': NIR has no weights that change from step to step"),
            std::string::npos);
  EXPECT_NE(write_fault([](FrozenNetwork& f) { f.network.population(4).refractory_steps = 1; })
                .find("population 'hidden': NIR has no refractory period"),
            std::string::npos);
  EXPECT_NE(write_fault([](FrozenNetwork& f) {
              f.network.population(4).learn_tau = LearnTau::channel;
              f.beta[4] = {0.5F, 0.5F, 1.0F, 0.5F, 0.5F};
            }).find("population 'hidden': a learned beta has become 1"),
            std::string::npos);
}

TEST(Nir, LearnedDecaysAreATauPerNeuron) {
  RandomEngine random(31);
  FrozenNetwork frozen = random_frozen(random, small_network());
  frozen.network.population(1).learn_tau = LearnTau::channel;  // a map of 3x4x4
  frozen.beta[1] = {0.5F, 0.75F, 0.9375F};
  const NirNode graph = make_nir_graph(frozen, plan_nir(frozen.network));
  for (const NirNode& node : graph.nodes)
    for (const NirField& field : node.fields) {
      if (node.name != "conv" || field.name != "tau") continue;
      const auto& tau = std::get<std::vector<float>>(field.values);
      ASSERT_EQ(field.shape, (std::vector<std::size_t>{3, 4, 4}));
      for (std::size_t i = 0; i < 48; ++i)
        EXPECT_FLOAT_EQ(tau[i], static_cast<float>(nir_dt) / (1.0F - frozen.beta[1][i / 16]));
    }
  const TemporaryFolder folder;
  expect_back_to_the_bit(frozen, folder / "a.nir");
  EXPECT_FALSE(write_nir(frozen, folder / "b.nir").portable);
}

TEST(Nir, ChangedFilesAreReadByWhatTheyAre) {
  const TemporaryFolder folder;
  RandomEngine random(28);
  const FrozenNetwork frozen = random_frozen(random, small_network());
  NirNode graph = make_nir_graph(frozen, plan_nir(frozen.network));
  for (NirNode& node : graph.nodes)
    for (NirField& field : node.fields)
      if (node.name == "hidden" && field.name == "tau")
        for (float& tau : std::get<std::vector<float>>(field.values)) tau *= 2.0F;
  write_nir_graph(graph, folder / "a.nir");
  std::vector<std::string> assumptions;
  const FrozenNetwork again = read_nir(folder / "a.nir", assumptions);
  EXPECT_NE(assumptions.front().find("changed after volley wrote it"), std::string::npos);
  EXPECT_NEAR(again.network.population(again.network.find("hidden")).beta, 0.95, 1e-6);
  EXPECT_EQ(again.network.population(again.network.find("hidden")).reset, Reset::subtract);
}

NirField floats(const std::string& name, std::vector<std::size_t> shape, float value) {
  std::size_t size = 1;
  for (const std::size_t side : shape) size *= side;
  return {name, shape, std::vector<float>(size, value)};
}

NirField integers(const std::string& name, std::vector<std::int64_t> values) {
  return {name, {values.size()}, values};
}

NirNode node(const std::string& name, const std::string& type, std::vector<NirField> fields) {
  return {name, type, std::move(fields), {}, {}, {}};
}

/// input 2x4x4 -> depthwise conv -> average pool -> flatten -> linear -> LIF, scalar parameters
NirNode foreign_graph() {
  NirNode graph = node("", "NIRGraph", {});
  NirNode conv =
      node("c", "Conv2d", {floats("weight", {2, 1, 3, 3}, 0.5F), floats("bias", {2}, 1)});
  conv.fields.push_back(integers("stride", {1, 1}));
  conv.fields.push_back({"padding", {}, std::string("same")});
  conv.fields.push_back({"groups", {}, std::vector<std::int64_t>{2}});
  graph.nodes = {
      node("in", "Input", {integers("shape", {2, 4, 4})}),
      conv,
      node("if.1", "IF", {floats("r", {}, 1e4F), floats("v_threshold", {}, 2)}),
      node("avg", "AvgPool2d",
           {integers("kernel_size", {2, 2}), integers("stride", {2, 2}),
            integers("padding", {0, 0})}),
      node("flat", "Flatten", {integers("input_type", {2, 2, 2})}),
      node("lin", "Linear", {{"weight", {3, 8}, std::vector<double>(24, 0.25)}}),
      node("lif", "LIF",
           {floats("tau", {3}, 1e-3F), floats("r", {3}, 2), floats("v_leak", {3}, 0.5F),
            floats("v_threshold", {3}, 1), floats("v_reset", {3}, 0.25F)}),
      node("out", "Output", {integers("shape", {3})}),
  };
  graph.edges = {{"in", "c"},     {"c", "if.1"},   {"if.1", "avg"}, {"avg", "flat"},
                 {"flat", "lin"}, {"lin", "lif"}, {"lif", "out"}};
  return graph;
}

TEST(Nir, OtherToolsFilesAreFolded) {
  const TemporaryFolder folder;
  write_nir_graph(foreign_graph(), folder / "a.nir");
  const FrozenNetwork frozen = read(folder / "a.nir");
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
  const FrozenNetwork frozen = read(folder / "a.nir");
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
  const FrozenNetwork frozen = read(folder / "a.nir");
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
    const FrozenNetwork again = read(folder / "a.nir");
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

TEST(Nir, FilesForSinabsComeBackToTheBit) {
  const TemporaryFolder folder;
  RandomEngine random(34);
  FrozenNetwork frozen = random_frozen(random, small_network());
  NirWriteOptions options;
  options.profile = NirProfile::sinabs;
  std::vector<std::string> kinds;
  for (const NirLoss& loss : nir_losses(frozen, options)) kinds.push_back(loss.kind);
  EXPECT_EQ(kinds, (std::vector<std::string>{"levels", "levels"}));
  for (const PopulationId id : {1U, 4U}) {
    frozen.network.population(id).quantizer.levels = most_levels;
    frozen.network.population(id).reset = Reset::subtract;
  }
  EXPECT_TRUE(nir_losses(frozen, options).empty());
  write_nir(frozen, folder / "a.nir", options);
  std::vector<std::string> assumptions;
  const FrozenNetwork again = read_nir(folder / "a.nir", assumptions);
  EXPECT_TRUE(assumptions.empty());
  EXPECT_EQ(again.network, frozen.network);
  EXPECT_TRUE(same_bits(again.weights, frozen.weights));
  const Hdf5Node root = read_hdf5(folder / "a.nir", {});
  const Hdf5Node* lif = root.find("node")->find("nodes")->find("hidden");
  const double beta = frozen.network.population(4).beta;
  EXPECT_NEAR(lif->find("tau")->number(0), -1.0 / std::log(beta), 1e-4);
  EXPECT_EQ(lif->find("v_threshold")->number(0), 1.0);
}

void expect_refused(const std::function<void(NirNode&)>& change, const std::string& part) {
  const TemporaryFolder folder;
  NirNode graph = foreign_graph();
  change(graph);
  write_nir_graph(graph, folder / "a.nir");
  const std::string message = message_of([&] { read(folder / "a.nir"); });
  EXPECT_NE(message.find(part), std::string::npos) << "message: " << message;
  EXPECT_NE(message.find("a.nir"), std::string::npos) << "message: " << message;
}

TEST(Nir, FaultyGraphsAreNamed) {
  expect_refused([](NirNode& g) { g.nodes[6].type = "Izhikevich"; },
                 "/node/nodes/lif is of type Izhikevich");
  expect_refused([](NirNode& g) { g.nodes[6].type = "CubaLIF"; },
                 "/node/nodes/lif/tau_mem is missing");
  expect_refused([](NirNode& g) { g.edges.emplace_back("lif", "ghost"); },
                 "/node/edges names the unknown node 'ghost'");
  expect_refused([](NirNode& g) { g.edges.clear(); }, "a.nir");
  expect_refused([](NirNode& g) { g.nodes.pop_back(); g.edges.pop_back(); }, "0 Output nodes");
  expect_refused([](NirNode& g) { g.nodes[6].fields.erase(g.nodes[6].fields.begin()); },
                 "/node/nodes/lif/tau is missing");
  expect_refused([](NirNode& g) { g.nodes[6].fields[0] = floats("tau", {3}, 1e-6F); },
                 "shorter than the step");
  const NirField two{"v_threshold", {2}, std::vector<float>{1, 2}};
  const NirField odd{"scale", {5}, std::vector<float>{1, 2, 3, 4, 5}};
  expect_refused([&](NirNode& g) { g.nodes[6].fields[3] = two; }, "has parameters of ");
  expect_refused([](NirNode& g) { g.nodes[6].fields[1] = floats("r", {3}, std::nanf("")); },
                 "not finite");
  expect_refused(
      [](NirNode& g) { g.nodes[0].fields[0] = integers("shape", {1 << 20, 1 << 20, 9}); },
      "makes no population");
  expect_refused([](NirNode& g) { g.nodes[0].fields[0] = integers("shape", {-2, 4, 4}); },
                 "is not within");
  expect_refused([](NirNode& g) { g.nodes[0].fields[0] = integers("shape", {2, 3, 4, 4}); },
                 "has 4 axes");
  expect_refused([](NirNode& g) { g.nodes[5].fields[0].shape = {8, 3}; }, "/node/nodes/lin/weight");
  expect_refused([](NirNode& g) { g.edges.erase(g.edges.begin() + 3); }, "a.nir");
  expect_refused([](NirNode& g) { g.edges = {{"in", "c"}, {"c", "lif"}, {"lif", "out"}}; },
                 "a shape that nothing says");
  expect_refused([](NirNode& g) { g.edges.emplace_back("in", "avg"); }, "exactly one input");
  expect_refused([](NirNode& g) { g.nodes[3].fields[2] = integers("padding", {1, 1}); },
                 "pooling has no padding");
  expect_refused([](NirNode& g) { g.nodes[5].fields[0].shape = {3, 8, 1, 1}; }, "a matrix");
  expect_refused([](NirNode& g) { g.nodes[6].type.clear(); }, "/node/nodes/lif is of type");
  expect_refused([](NirNode& g) { g.nodes[1].fields[1] = {"bias", {}, std::string("no")}; },
                 "/node/nodes/c/bias holds no numbers");
  expect_refused([](NirNode& g) { g.nodes[4] = node("flat", "Delay", {floats("delay", {}, -1)}); },
                 "/node/nodes/flat/delay is not within");
  expect_refused([](NirNode& g) { g.nodes[4] = node("flat", "Delay", {floats("delay", {}, 1e9F)}); },
                 "/node/nodes/flat/delay is not within");
  expect_refused([&](NirNode& g) { g.nodes[4] = node("flat", "Scale", {odd}); },
                 "/node/nodes/flat/scale has");
  expect_refused(  // a cycle of nodes without a neuron
      [](NirNode& g) {
        g.nodes.push_back(node("x", "Scale", {floats("scale", {}, 1)}));
        g.nodes.push_back(node("y", "Scale", {floats("scale", {}, 1)}));
        g.edges = {{"in", "c"}, {"c", "if.1"}, {"x", "y"}, {"y", "x"}, {"x", "lin"},
                   {"lin", "lif"}, {"lif", "out"}};
      },
      "is part of a cycle without neurons");
  expect_refused([](NirNode& g) {
    NirNode inner = node("deep", "NIRGraph", {});
    for (int depth = 0; depth < 7; ++depth) {
      NirNode outer = node("deep", "NIRGraph", {});
      outer.nodes.push_back(inner);
      inner = outer;
    }
    g.nodes.push_back(inner);
  }, "nested too deeply");
}

TEST(Nir, DamagedFilesAreAnErrorAtWorst) {
  const TemporaryFolder folder;
  RandomEngine random(29);
  write_nir_graph(foreign_graph(), folder / "foreign.nir");
  write_nir(random_frozen(random, small_network()), folder / "own.nir");
  for (const char* name : {"foreign.nir", "own.nir"}) {
    const std::string bytes = read_file(folder / name);
    int refused = 0;
    for (int round = 0; round < 300; ++round) {
      std::string damaged = bytes;
      if (round % 10 == 0) damaged.resize(random() % bytes.size());
      else
        for (int change = 0; change < 1 + round % 8; ++change)
          damaged[random() % damaged.size()] = static_cast<char>(random() % 256);
      std::ofstream(folder / "b.nir", std::ios::binary) << damaged;
      try {
        read(folder / "b.nir");
      } catch (const Error&) {
        ++refused;
      }
    }
    EXPECT_GT(refused, 50) << name;
  }
}

TEST(Nir, FilesThatAreNotNir) {
  const TemporaryFolder folder;
  EXPECT_THROW(read(folder / "absent.nir"), Error);
  std::ofstream(folder / "text.nir") << "hello";
  EXPECT_NE(message_of([&] { read(folder / "text.nir"); }).find("is not an HDF5 file"),
            std::string::npos);
  std::ofstream(folder / "empty.nir") << "";
  EXPECT_THROW(read(folder / "empty.nir"), Error);
}

TEST(Nir, PublishedFiles) {
  const path folder = path(VOLLEY_SHARED_DIR) / "data" / "nir";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "the published graphs are not here";
  for (const char* name : {"lif_norse.nir", "lif_rockpool.nir", "two_lif_neurons.nir",
                           "history/lif_norse__3a3afb6f.nir", "history/scnn_mnist__669fbfad.nir"})
    EXPECT_NO_THROW(read(folder / name)) << name << message_of([&] { read(folder / name); });
  const FrozenNetwork norse = read(folder / "lif_norse.nir");
  EXPECT_NEAR(norse.network.population(1).beta, 1.0 - 1e-4 / 0.0025, 1e-6);
  EXPECT_NEAR(norse.weights[0][0], 1e-4 / 0.0025, 1e-6);
  EXPECT_NE(message_of([&] { read(folder / "braille_noDelay_bias_zero_subgraph.nir"); })
                .find("names the unknown node 'lif'"),
            std::string::npos);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() != ".nir") continue;
    const std::string message = message_of([&] { read(entry.path()); });
    const std::string name = entry.path().filename().string();
    std::string fault;
    if (name.find("subgraph") != std::string::npos)
      fault = "/node/nodes/lif1/edges names the unknown node 'lif'";
    if (name == "braille_v2__50b2fc28.nir") fault = "/node/edges names the unknown node 'lif1'";
    if (name == "braille__c381ba29.nir") fault = "/node/nodes has 0 Input nodes";
    if (fault.empty()) {
      EXPECT_EQ(message, "") << name;
    }
    EXPECT_NE(message.find(fault), std::string::npos) << name << ": " << message;
  }
}

}  // namespace
}  // namespace volley::test
