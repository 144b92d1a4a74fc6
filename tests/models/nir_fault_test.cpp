// Faulty, damaged and published files of NIR.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <functional>

#include "base/atomic_file.hpp"
#include "base/error.hpp"
#include "nir_graphs.hpp"
#include "reference_run.hpp"

namespace volley::test {
namespace {

using std::filesystem::path;

void expect_refused(const std::function<void(NirNode&)>& change, const std::string& part) {
  const TemporaryFolder folder;
  NirNode graph = foreign_graph();
  change(graph);
  write_nir_graph(graph, folder / "a.nir");
  const std::string message = message_of([&] { read_graph(folder / "a.nir"); });
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
  expect_refused(
      [](NirNode& g) { g.nodes[4] = node("flat", "Delay", {floats("delay", {}, 1e9F)}); },
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
        read_graph(folder / "b.nir");
      } catch (const Error&) {
        ++refused;
      }
    }
    EXPECT_GT(refused, 50) << name;
  }
}

TEST(Nir, FilesThatAreNotNir) {
  const TemporaryFolder folder;
  EXPECT_THROW(read_graph(folder / "absent.nir"), Error);
  std::ofstream(folder / "text.nir") << "hello";
  EXPECT_NE(message_of([&] { read_graph(folder / "text.nir"); }).find("is not an HDF5 file"),
            std::string::npos);
  std::ofstream(folder / "empty.nir") << "";
  EXPECT_THROW(read_graph(folder / "empty.nir"), Error);
}

TEST(Nir, PublishedFiles) {
  const path folder = path(VOLLEY_SHARED_DIR) / "data" / "nir";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "the published graphs are not here";
  for (const char* name : {"lif_norse.nir", "lif_rockpool.nir", "two_lif_neurons.nir",
                           "history/lif_norse__3a3afb6f.nir", "history/scnn_mnist__669fbfad.nir"})
    EXPECT_EQ(message_of([&] { read_graph(folder / name); }), "") << name;
  const FrozenNetwork norse = read_graph(folder / "lif_norse.nir");
  EXPECT_NEAR(norse.network.population(1).beta, 1.0 - 1e-4 / 0.0025, 1e-6);
  EXPECT_NEAR(norse.weights[0][0], 1e-4 / 0.0025, 1e-6);
  EXPECT_NE(message_of([&] { read_graph(folder / "braille_noDelay_bias_zero_subgraph.nir"); })
                .find("names the unknown node 'lif'"),
            std::string::npos);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() != ".nir") continue;
    const std::string message = message_of([&] { read_graph(entry.path()); });
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
