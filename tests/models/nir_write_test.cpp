// What NIR cannot say is named or refused; what is changed in a file is read as it is.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "base/error.hpp"
#include "models/hdf5_tree.hpp"
#include "nir_graphs.hpp"
#include "reference_run.hpp"

namespace volley::test {
namespace {

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
            }).find("population 'hidden': NIR has no synaptic current before a neuron without "
                    "leak"),
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

}  // namespace
}  // namespace volley::test
