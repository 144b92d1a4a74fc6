// The networks that recipes say: projections, layers of every kind, delays.
#include "models/recipe.hpp"

#include <gtest/gtest.h>

#include "recipe_texts.hpp"
#include "sample_networks.hpp"

namespace volley::test {
namespace {

TEST(Recipe, FurtherProjectionsJoinNamedPopulations) {
  const Recipe recipe = parse_recipe(changed("name = \"out\"", R"(name = "out"
projection = { from = "hidden" })") + R"(
[[network.projection]]
from = "flat"
to = "out"
gain = 0.5
[[network.projection]]
from = "hidden"
to = "conv"
delay_steps = 2
)",
                                     "x.toml");
  EXPECT_EQ(recipe.network.projection_name(6), "flat->out");
  EXPECT_EQ(recipe.network.projection(6).gain, 0.5);
  EXPECT_EQ(recipe.network.projection_name(7), "hidden->conv");
  EXPECT_EQ(parse_recipe(format_recipe(recipe), "x.toml"), recipe);
}

const std::string layered = R"(
[network]
input = [2, 1, 40]
[[network.population]]
name = "first"
dropout = 0.2
projection = { kind = "conv1d", channels = 4, kernel = 5, stride = 2, padding = 2, groups = 2, weight_norm = true }
[[network.population]]
name = "second"
projection = { kind = "conv2d", channels = 4, kernel = [1, 3], padding = [0, 2], dilation = [1, 2] }
recurrent = { kind = "one_to_one" }
[[network.population]]
name = "pool"
neuron = "relay"
projection = { kind = "average_pool", kernel = [1, 4] }
[[network.population]]
name = "both"
neuron = "relay"
[[network.population]]
name = "out"
neuron = "leaky_integrator"
neurons = 10
[[network.projection]]
from = "first"
to = "second"
kind = "identity"
gain = 0.5
[[network.projection]]
from = "pool"
to = "both"
kind = "concat"
[[network.projection]]
from = "pooled"
to = "both"
kind = "concat"
)";

TEST(Recipe, LayersOfEveryKind) {
  std::string toml = layered;
  toml.insert(toml.find("[[network.population]]\nname = \"both\""),
              "[[network.population]]\nname = \"pooled\"\nneuron = \"relay\"\n"
              "projection = { from = \"first\", kind = \"max_pool\", kernel = [1, 4] }\n");
  const Recipe recipe = parse_recipe(toml, "x.toml");
  const Network& network = recipe.network;
  EXPECT_EQ(network.population(1).shape, (Shape{4, 1, 20}));
  EXPECT_EQ(network.population(1).dropout, 0.2);
  EXPECT_EQ(network.projection(0).kind, ProjectionKind::conv2d);
  EXPECT_EQ(network.projection(0).stride, PerAxis(1, 2));
  EXPECT_EQ(network.projection(0).padding, PerAxis(0, 2));
  EXPECT_EQ(network.projection(0).groups, 2);
  EXPECT_TRUE(network.projection(0).weight_norm);
  EXPECT_EQ(network.population(2).shape, (Shape{4, 1, 20}));
  EXPECT_EQ(network.projection(1).dilation, PerAxis(1, 2));
  EXPECT_EQ(network.projection(2).kind, ProjectionKind::one_to_one);
  EXPECT_EQ(network.projection(2).delay_steps, 1);
  EXPECT_EQ(network.projection(3).stride, PerAxis(1, 4)) << "pooling's stride is its kernel";
  EXPECT_EQ(network.population(network.find("both")).shape, (Shape{8, 1, 5}));
  EXPECT_EQ(network.projection(network.incoming(2)[2]).gain, 0.5) << "the skip";
  EXPECT_EQ(parse_recipe(format_recipe(recipe), "x.toml"), recipe);

  expect_refused(changed("\"conv2d\"", "\"conv1d\""), "conv1d takes a map of height 1");
  expect_refused(changed("\"conv2d\"", "\"conv2d\", groups = 3"), "do not divide into 3 groups");
  expect_refused(changed("\"sum_pool\"", "\"sum_pool\", padding = 1"), "has no meaning for");
  expect_refused(changed("\"sum_pool\"", "\"concat\""), "has no meaning for a concat projection");
  expect_refused(changed("tau_ms = 95", "dropout = 1.0"), "out of range");
  expect_refused(changed("recurrent = { }", "recurrent = { kind = \"identity\", bias = true }"),
                 "has no meaning for a identity projection");
}

TEST(Recipe, DelaysOfDenseProjections) {
  const auto dense = [](const std::string& keys) {
    return changed("neurons = 20", "neurons = 20\nprojection = { " + keys + " }");
  };
  const Recipe recipe =
      parse_recipe(dense("delays = \"synapse\", max_delay_steps = 12, learn_delays = true, "
                         "delay_sigma = 3.0, delay_rate = 20.0"),
                   "x.toml");
  const Projection& projection = recipe.network.projection(3);
  EXPECT_EQ(projection.delays, (Delays{DelayKind::synapse, 12, true, 3.0, 20.0}));
  EXPECT_EQ(projection.delay_steps, 0);
  const Recipe self = parse_recipe(
      changed("recurrent = { }", "recurrent = { delays = \"source\", max_delay_steps = 4 }"),
      "x.toml");
  EXPECT_EQ(self.network.projection(4).delay_steps, 1);
  EXPECT_EQ(self.network.projection(4).delays.kind, DelayKind::source);
  EXPECT_EQ(self.network.projection(4).delays.longest, 4);
  expect_refused(dense("delays = \"synapse\""), "max_delay_steps is missing");
  expect_refused(dense("delays = \"axon\""), "'axon' is not known");
  expect_refused(dense("max_delay_steps = 3"), "has no meaning for fixed delays");
  expect_refused(dense("delays = \"source\", delay_steps = 4, max_delay_steps = 3"),
                 "it must be within 4 and");
  expect_refused(changed("padding = 1", "padding = 1, delays = \"source\""),
                 "has no meaning for a conv2d projection");
}

}  // namespace
}  // namespace volley::test
