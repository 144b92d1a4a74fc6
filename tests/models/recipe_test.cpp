// Recipes: what is read, what is refused and with which words, and that writing gives back the
// same.
#include "models/recipe.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>

#include "base/atomic_file.hpp"
#include "base/error.hpp"
#include "sample_networks.hpp"

namespace volley::test {
namespace {

const std::string convolutional = R"(
[dataset]
name = "nmnist"
dt_ms = 10.0
steps = 30
[training]
epochs = 3
[network]
input = [2, 34, 34]
[[network.population]]
name = "conv"
tau_ms = 95
projection = { kind = "conv2d", channels = 8, kernel = 5, padding = 1 }
[[network.population]]
name = "pool"
neuron = "relay"
projection = { kind = "sum_pool", kernel = 2 }
[[network.population]]
name = "flat"
neuron = "relay"
projection = { kind = "flatten" }
[[network.population]]
name = "hidden"
neurons = 20
normalise = false
recurrent = { }
[[network.population]]
name = "out"
neuron = "leaky_integrator"
neurons = 10
)";

std::string changed(const std::string& from, const std::string& to) {
  std::string text = convolutional;
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

void expect_refused(const std::string& toml, const std::string& part) {
  const std::string message = message_of([&] { parse_recipe(toml, "x.toml"); });
  EXPECT_NE(message.find(part), std::string::npos) << "message: " << message;
}

TEST(Recipe, ShapesAndDefaultsFollow) {
  const Recipe recipe = parse_recipe(convolutional, "folder/my.toml");
  const Network& network = recipe.network;
  EXPECT_EQ(recipe.name, "my");
  EXPECT_EQ(recipe.training.batch_size, 64);
  EXPECT_EQ(network.population(1).shape, (Shape{8, 32, 32}));
  EXPECT_DOUBLE_EQ(network.population(1).beta, std::exp(-10.0 / 95.0));
  EXPECT_TRUE(network.population(1).normalise);
  EXPECT_EQ(network.population(2).shape, (Shape{8, 16, 16}));
  EXPECT_EQ(network.projection(1).stride, 2);
  EXPECT_EQ(network.population(3).shape, (Shape{2048, 1, 1}));
  EXPECT_FALSE(network.population(5).normalise);
  EXPECT_FALSE(network.projection(0).bias);
  EXPECT_TRUE(network.projection(3).bias) << "lif without normalisation";
  EXPECT_EQ(network.projection_name(4), "hidden->hidden");
  EXPECT_EQ(network.projection(4).delay_steps, 1);
  EXPECT_TRUE(network.projection(5).bias);
}

TEST(Recipe, WritingGivesBackAnEqualRecipe) {
  RandomEngine random(11);
  for (int round = 0; round < 300; ++round) {
    const Recipe recipe = random_recipe(random);
    const std::string toml = format_recipe(recipe);
    const Recipe again = parse_recipe(toml, "other.toml");
    ASSERT_EQ(again, recipe) << toml;
    ASSERT_EQ(format_recipe(again), toml);
  }
}

TEST(Recipe, UnknownKeysNameTheNearest) {
  expect_refused(changed("tau_ms", "taums"), "did you mean 'tau_ms'?");
  expect_refused(changed("epochs", "epoch"),
                 "x.toml:7:1: unknown key 'epoch' in training\n  mend: did you mean 'epochs'?");
  expect_refused(changed("[training]", "[trainning]"), "did you mean 'training'?");
  expect_refused(changed("channels = 8, ", "channels = 8, kind_ = 1, "), "did you mean 'kind'?");
  expect_refused(changed("neurons = 10", "neurons = 10\nthreshold = 1.0"),
                 "has no meaning for a leaky_integrator");
  expect_refused(changed("\"flatten\"", "\"flatten\", kernel = 2"),
                 "has no meaning for a flatten projection");
  expect_refused(changed("\"sum_pool\"", "\"sumpool\""), "did you mean 'sum_pool'?");
}

TEST(Recipe, RangesAndTypesAreChecked) {
  for (const char* line : {"beta = 1.5", "beta = -0.1", "beta = nan", "beta = \"a\"",
                           "threshold = 0", "threshold = inf", "reset = 3", "normalise = 1",
                           "quantizer = 1", "quantizer = { window = 0 }"})
    expect_refused(changed("tau_ms = 95", line), "x.toml:12:");
  expect_refused(changed("tau_ms = 95", "tau_ms = 95\nbeta = 0.5"), "beta is given too");
  expect_refused(changed("tau_ms = 95", "tau_ms = 0"), "out of range");
  expect_refused(changed("dt_ms = 10.0", "dt_ms = 0.0"), "it must be above 0");
  expect_refused(changed("epochs = 3", "epochs = 0"), "it must be within 1 and");
  expect_refused(changed("epochs = 3", "epochs = 3.5"), "is not a whole number");
  expect_refused(changed("epochs = 3", "epochs = 3\nepochs = 4"), "not TOML");
  expect_refused(changed("neurons = 20", "neurons = 1_000_000_000"), "out of range");
  expect_refused(changed("neurons = 20", "neurons = [9999, 9999, 9999]"), "67108864 neurons");
  expect_refused(changed("neurons = 20", ""), "number of neurons is missing");
  expect_refused(changed("channels = 8, ", ""), "number of channels is missing");
  expect_refused(changed("kernel = 5", "kernel = [5]"), "list of the right length");
  expect_refused(changed("kernel = 5", "kernel = 50"), "does not fit into a map of 34");
  expect_refused(changed("kernel = 5", "kernel = 5, weight_bits = 4"), "use 32 (float) or 1");
  expect_refused(changed("name = \"pool\"", "name = \"conv\""), "two populations are named");
  expect_refused(changed("kind = \"flatten\"", "kind = \"flatten\", from = \"pol\""),
                 "there are: input, conv, pool");
  expect_refused(changed("recurrent = { }", "recurrent = { delay_steps = 0 }"), "hidden -> hidden");
  expect_refused("[dataset]\nname = \"nmnist\"\n", "[network] part is missing");
  expect_refused("[network\n", "x.toml:1:9: not TOML");
  expect_refused("network = 3", "is not a table");
  expect_refused("[network]\ninput = 3\npopulation = 4\n", "begin each one with");
}

TEST(Recipe, TrainingThatDoesNotFitTheNetworkIsRefused) {
  const auto with = [](const std::string& keys) {
    return changed("epochs = 3", "epochs = 3\n" + keys);
  };
  EXPECT_EQ(parse_recipe(with("readout = \"last\""), "x.toml").training.readout,
            ReadoutScore::last);
  std::string spikes = with("readout = \"max\"");
  spikes.replace(spikes.find("leaky_integrator"), 16, "lif");
  expect_refused(spikes, "the readout 'out' is lif: its spikes are counted");
  expect_refused(with("loss = \"mse\"\nlabel_smoothing = 0.1"), "count_correct and count_wrong");
  EXPECT_EQ(parse_recipe(with("synops_target = 1e5"), "x.toml").training.synops_target, 1e5);
  std::string pooled = with("synops_target = 1e5");
  pooled.replace(pooled.find("sum_pool"), 8, "max_pool");
  expect_refused(pooled, "max pooling of 'conv->pool'");
  expect_refused(with("optimizer = \"adamW\""), "did you mean 'adamw'?");
  expect_refused(with("schedule = \"linear\""), "'linear' is not known");
  expect_refused(with("sgd_momentum = 1.0"), "out of range");
  expect_refused(with("patience = -1"), "must be within 0 and");
  expect_refused(with("schedule_factor = 0"), "must be above 0");
}

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

TEST(Recipe, TheReadmesExampleIsARecipe) {
  const std::string readme = read_file(VOLLEY_SOURCE_DIR "/models/recipes/README.md");
  const std::size_t begin = readme.find("```toml\n") + 8;
  const std::string toml = readme.substr(begin, readme.find("```", begin) - begin);
  EXPECT_EQ(parse_recipe(toml, "README.md").network.populations(), 3U);
}

// Every key that a written recipe has is explained.
TEST(Recipe, TheReadmeNamesEveryKey) {
  const std::string readme = read_file(VOLLEY_SOURCE_DIR "/models/recipes/README.md");
  std::string toml = format_recipe(parse_recipe(convolutional, "x.toml"));
  std::replace_if(
      toml.begin(), toml.end(), [](char c) { return c == '{' || c == ',' || c == '\n'; }, ';');
  std::istringstream parts(toml);
  for (std::string part; std::getline(parts, part, ';');) {
    const std::size_t equals = part.find(" = ");
    if (equals == std::string::npos) continue;
    const std::string key = part.substr(part.find_first_not_of(' '),
                                        equals - part.find_first_not_of(' '));
    EXPECT_NE(readme.find("`" + key), std::string::npos) << key;
  }
}

TEST(Recipe, FilesThatAreNoRecipes) {
  const TemporaryFolder folder;
  EXPECT_THROW(load_recipe(folder / "absent.toml"), Error);
  EXPECT_THROW(load_recipe(folder / ""), Error);
  std::ofstream(folder / "big.toml") << std::string(2 << 20, '#');
  EXPECT_NE(message_of([&] { load_recipe(folder / "big.toml"); }).find("larger"),
            std::string::npos);
  std::ofstream(folder / "good.toml") << convolutional;
  EXPECT_EQ(load_recipe(folder / "good.toml").name, "good");
}

TEST(Recipe, DamagedTextIsAnErrorAtWorst) {
  RandomEngine random(3);
  for (int round = 0; round < 5000; ++round) {
    std::string text = convolutional;
    for (int change = 0; change < 3; ++change) {
      const std::size_t at = random() % text.size();
      if (random() % 4 == 0) text.erase(at, random() % 20);
      else text[at] = static_cast<char>(random() % 256);
    }
    try {
      parse_recipe(text, "x.toml");
    } catch (const Error&) {
    }
  }
  EXPECT_THROW(parse_recipe(std::string(100'000, '['), "x.toml"), Error);
  EXPECT_THROW(parse_recipe("a = " + std::string(100'000, '['), "x.toml"), Error);
}

}  // namespace
}  // namespace volley::test
