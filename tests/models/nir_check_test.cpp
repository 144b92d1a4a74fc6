// What other tools make of a NIR file, rule by rule: a graph that they take, changed at one place.
#include "models/nir_check.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "base/error.hpp"
#include "nir_graphs.hpp"

namespace volley::test {
namespace {

/// input 3 -> affine -> LIF 2, as snnTorch, Norse and SpikingJelly run it without a change.
NirNode plain_graph() {
  NirNode graph = node("", "NIRGraph", {});
  graph.nodes = {
      node("in", "Input", {integers("shape", {3})}),
      node("affine", "Affine", {floats("weight", {2, 3}, 0.5F), floats("bias", {2}, 0)}),
      node("lif", "LIF",
           {floats("tau", {2}, 1e-3F), floats("r", {2}, 1), floats("v_leak", {2}, 0),
            floats("v_threshold", {2}, 1), floats("v_reset", {2}, 0)}),
      node("out", "Output", {integers("shape", {2})}),
  };
  graph.edges = {{"in", "affine"}, {"affine", "lif"}, {"lif", "out"}};
  return graph;
}

std::vector<NirFinding> findings_of(const NirNode& graph) {
  const TemporaryFolder folder;
  write_nir_graph(graph, folder / "a.nir");
  return check_nir(folder / "a.nir");
}

/// "rejects /node/nodes/lif/r wants r = 1", a line each, of one tool.
std::string said_of(const std::string& tool, const std::function<void(NirNode&)>& change) {
  NirNode graph = plain_graph();
  change(graph);
  std::string said;
  for (const NirFinding& finding : findings_of(graph))
    if (finding.tool == tool)
      said += to_string(finding.effect) + (" " + finding.path) + " " + finding.what + "\n";
  return said;
}

TEST(NirCheck, APlainGraphIsTakenByThoseItIsWrittenFor) {
  for (const char* tool : {"nir", "snnTorch", "Norse", "SpikingJelly", "Lava"})
    EXPECT_EQ(said_of(tool, [](NirNode&) {}), "") << tool;
  EXPECT_EQ(said_of("sinabs", [](NirNode&) {}),
            "changes /node/nodes/lif resets by subtraction, and may send several spikes in a step\n"
            "changes /node/nodes/lif/tau reads tau as a number of steps\n");
  EXPECT_EQ(said_of("Rockpool", [](NirNode&) {}),
            "rejects /node/nodes/lif imports no LIF\n"
            "rejects /node/nodes/lif looks for tau_mem, which a LIF has not\n");
}

TEST(NirCheck, FindingsComeInTheOrderOfTheTools) {
  const std::vector<NirFinding> findings = findings_of(foreign_graph());
  ASSERT_GT(findings.size(), 5U);
  const std::vector<std::string>& tools = nir_tools();
  for (std::size_t i = 1; i < findings.size(); ++i)
    EXPECT_LE(std::find(tools.begin(), tools.end(), findings[i - 1].tool),
              std::find(tools.begin(), tools.end(), findings[i].tool));
}

struct Rule {
  const char* name;
  const char* tool;
  std::function<void(NirNode&)> change;
  const char* said;  ///< a part of it
};

class NirCheckRules : public testing::TestWithParam<Rule> {};

TEST_P(NirCheckRules, IsSaidOfTheToolThatItIsOf) {
  const Rule& rule = GetParam();
  EXPECT_EQ(said_of(rule.tool, [](NirNode&) {}).find(rule.said), std::string::npos)
      << "of the graph as it was";
  const std::string said = said_of(rule.tool, rule.change);
  EXPECT_NE(said.find(rule.said), std::string::npos) << said;
}

NirField time_step(double dt) { return {"dt", {}, std::vector<double>{dt}}; }
NirField word(const char* name, const char* value) { return {name, {}, std::string(value)}; }

INSTANTIATE_TEST_SUITE_P(
    Graphs, NirCheckRules,
    testing::Values(
        Rule{"other_step_snntorch", "snnTorch",
             [](NirNode& g) { g.metadata = {time_step(1e-3)}; },
             "changes /node/metadata/dt takes steps of 0.0001 s"},
        Rule{"other_step_norse", "Norse", [](NirNode& g) { g.metadata = {time_step(1e-4)}; },
             "changes /node/metadata/dt takes steps of 0.001 s"},
        Rule{"reset_by_subtraction", "Norse",
             [](NirNode& g) { g.metadata = {word("reset", "subtract")}; },
             "changes /node/nodes/lif resets to zero"},
        Rule{"unknown_field", "nir",
             [](NirNode& g) { g.nodes[2].fields.push_back(floats("beta", {2}, 0.9F)); },
             "rejects /node/nodes/lif/beta knows no such field"},
        Rule{"missing_field", "nir", [](NirNode& g) { g.nodes[1].fields.pop_back(); },
             "rejects /node/nodes/affine/bias wants this field"},
        Rule{"scalar_parameters", "nir",
             [](NirNode& g) { g.nodes[2].fields[1] = floats("r", {}, 1); },
             "rejects /node/nodes/lif/r wants parameters in the shape of what comes in"},
        Rule{"linear", "sinabs",
             [](NirNode& g) {
               g.nodes[1].type = "Linear";
               g.nodes[1].fields.pop_back();
             },
             "rejects /node/nodes/affine imports no Linear"},
        Rule{"thresholds_differ", "snnTorch",
             [](NirNode& g) {
               g.nodes[2].fields[3] = {"v_threshold", {2}, std::vector<float>{1, 2}};
             },
             "rejects /node/nodes/lif/v_threshold wants the same threshold"},
        Rule{"leak_elsewhere", "snnTorch",
             [](NirNode& g) { g.nodes[2].fields[2] = floats("v_leak", {2}, 0.5F); },
             "rejects /node/nodes/lif/v_leak wants v_leak = 0"},
        Rule{"resistance", "Norse",
             [](NirNode& g) { g.nodes[2].fields[1] = floats("r", {2}, 10); },
             "changes /node/nodes/lif/r takes r = 1"},
        Rule{"decays_differ", "SpikingJelly",
             [](NirNode& g) {
               g.nodes[2].fields[0] = {"tau", {2}, std::vector<float>{1e-3F, 2e-3F}};
             },
             "rejects /node/nodes/lif/tau wants the same tau"},
        Rule{"no_leak", "snnTorch",
             [](NirNode& g) {
               g.nodes[2] =
                   node("lif", "IF", {floats("r", {2}, 1), floats("v_threshold", {2}, 1)});
             },
             "changes /node/nodes/lif runs an IF as a leaky neuron"},
        Rule{"recurrence_at_the_top", "snnTorch",
             [](NirNode& g) {
               g.nodes.push_back(node("back", "Affine",
                                      {floats("weight", {2, 2}, 0.5F), floats("bias", {2}, 0)}));
               g.edges.emplace_back("lif", "back");
               g.edges.emplace_back("back", "lif");
             },
             "changes /node/nodes/back leads the input through the recurrent weights"},
        Rule{"delay", "Norse",
             [](NirNode& g) {
               g.nodes.push_back(node("late", "Delay", {floats("delay", {2}, 1e-3F)}));
               g.edges.back() = {"lif", "late"};
               g.edges.emplace_back("late", "out");
             },
             "rejects /node/nodes/late imports no Delay"}),
    [](const auto& one) { return std::string(one.param.name); });

TEST(NirCheck, AGraphOfMapsOfAnotherTool) {
  std::string said;
  for (const NirFinding& finding : findings_of(foreign_graph()))
    said += finding.tool + " " + to_string(finding.effect) + " " + finding.path + " " +
            finding.what + "\n";
  for (const char* line :
       {"nir rejects /node/nodes/c infers wrong channels of a kernel with groups",
        "nir rejects /node/nodes/c/dilation wants this field",
        "snnTorch rejects /node/nodes/c takes the channels of a group for all channels",
        "SpikingJelly changes /node/nodes/flat leaves the first axis of the map",
        "sinabs rejects /node/nodes/avg imports no AvgPool2d",
        "Norse changes /node/nodes/lif/v_reset resets to 0"})
    EXPECT_NE(said.find(line), std::string::npos) << line << "\nin\n" << said;
}

TEST(NirCheck, WhatIsNoGraphIsAnError) {
  const TemporaryFolder folder;
  NirNode graph = plain_graph();
  graph.edges.emplace_back("lif", "ghost");
  write_nir_graph(graph, folder / "a.nir");
  EXPECT_NE(message_of([&] { check_nir(folder / "a.nir"); }).find("unknown node 'ghost'"),
            std::string::npos);
  EXPECT_THROW(check_nir(folder / "absent.nir"), Error);
}

}  // namespace
}  // namespace volley::test
