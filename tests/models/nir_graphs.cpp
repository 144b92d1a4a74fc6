// Graphs and checks that the tests of NIR share.
#include "nir_graphs.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>

namespace volley::test {

FrozenNetwork read_graph(const std::filesystem::path& file) {
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

void expect_back_to_the_bit(const FrozenNetwork& frozen, const std::filesystem::path& file) {
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

namespace {

void forget(NirNode& graph) {
  graph.metadata.clear();
  for (NirNode& inner : graph.nodes) forget(inner);
}

}  // namespace

void write_without_metadata(const FrozenNetwork& frozen, const std::filesystem::path& file) {
  NirNode graph = make_nir_graph(frozen, plan_nir(frozen.network));
  forget(graph);
  write_nir_graph(graph, file);
}

Network portable_network(RandomEngine& random, bool learned) {
  Network network = random_network(random, true);
  for (PopulationId id = 0; id < network.populations(); ++id) {
    if (network.population(id).kind == NeuronKind::lif) network.population(id).reset = Reset::zero;
    if (!learned) network.population(id).learn_tau = LearnTau::no;
  }
  return network;
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

}  // namespace volley::test
