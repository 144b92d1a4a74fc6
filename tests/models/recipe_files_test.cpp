// Recipes beside their documents, of the rate view, and damaged.
#include "models/recipe.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "base/atomic_file.hpp"
#include "base/error.hpp"
#include "models/rate_view.hpp"
#include "recipe_texts.hpp"
#include "sample_networks.hpp"

namespace volley::test {
namespace {

TEST(Recipe, TheReadmesExampleIsARecipe) {
  const std::string readme = read_file(VOLLEY_SOURCE_DIR "/models/recipes/README.md");
  const std::size_t begin = readme.rfind("```toml\n") + 8;
  const std::string toml = readme.substr(begin, readme.find("```", begin) - begin);
  EXPECT_EQ(parse_recipe(toml, "README.md").network.populations(), 3U);
}

const std::string images = R"([dataset]
name = "fashion-mnist"
steps = 8
encoding = "direct"
[training]
view = "rate"
[network]
input = [1, 28, 28]
[[network.population]]
name = "conv"
quantizer = { levels = 3 }
projection = { kind = "conv2d", channels = 8, kernel = 4, stride = 4 }
[[network.population]]
name = "hidden"
neurons = 20
projection = { kind = "dense" }
[[network.population]]
name = "out"
neuron = "leaky_integrator"
neurons = 10
)";

TEST(Recipe, TheRateViewTrainsInOneStepWithLevelsForItsSteps) {
  const Recipe recipe = parse_recipe(images, "x.toml");
  EXPECT_EQ(recipe.training.view, TimeView::rate);
  EXPECT_EQ(recipe.network.population(1).quantizer.levels, 3) << "said";
  EXPECT_EQ(recipe.network.population(2).quantizer.levels, 8) << "as many as steps";
  EXPECT_EQ(recipe.dataset.steps, 8);
  EXPECT_EQ(trained_dataset(recipe).steps, 1);
  EXPECT_EQ(parse_recipe(format_recipe(recipe), "x.toml"), recipe);
  const RecipeOverride steps{"dataset.steps", "16", "--set"};
  EXPECT_EQ(parse_recipe(images, "x.toml", {steps}).network.population(2).quantizer.levels, 16);
  const RecipeOverride temporal{"training.view", "\"temporal\"", "--set"};
  const Recipe other = parse_recipe(images, "x.toml", {temporal});
  EXPECT_EQ(other.network.population(2).quantizer.levels, 1);
  EXPECT_EQ(trained_dataset(other).steps, 8);
}

TEST(Recipe, TheRateViewRefusesWhatHasNoRate) {
  const auto refused = [](const std::string& from, const std::string& to, const std::string& part) {
    std::string text = images;
    const std::size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    expect_refused(text.replace(at, from.size(), to), part);
  };
  refused("encoding = \"direct\"", "", "dataset.encoding is \"auto\"");
  refused("steps = 8", "steps = 0", "1 to 255 steps, dataset.steps is 0");
  refused("steps = 8", "steps = 256", "dataset.steps is 256");
  refused("view = \"rate\"", "view = \"rate\"\ntruncate_steps = 2", "training.truncate_steps");
  refused("view = \"rate\"", "view = \"both\"", "view");
  refused("neurons = 20\n", "neurons = 20\nrecurrent = { }\n", "'hidden->hidden' is recurrent");
  refused("neurons = 20\n", "neurons = 20\nadaptation = 0.1\nquantizer = { levels = 1 }\n",
          "'hidden' has more");
  refused("{ kind = \"dense\" }", "{ kind = \"dense\", delay_steps = 2 }",
          "no delays, 'conv->hidden'");
  refused("levels = 3", "levels = 3, estimator = \"atan\"", "is for one level");
  refused("[[network.population]]\nname = \"hidden\"",
          "[[network.population]]\nname = \"pool\"\nneuron = \"relay\"\n"
          "projection = { kind = \"max_pool\", kernel = 7 }\n"
          "[[network.population]]\nname = \"hidden\"",
          "maximum pooling is for spikes of one level");
}

// Every key that a written recipe has is explained.
TEST(Recipe, TheReadmeNamesEveryKey) {
  const std::string readme = read_file(VOLLEY_SOURCE_DIR "/models/recipes/README.md");
  const std::string all = changed(
      "recurrent = { }", "recurrent = { delays = \"synapse\", max_delay_steps = 3 }");
  std::string toml = format_recipe(parse_recipe(all, "x.toml"));
  for (const char* keys :
       {"weight_bits = 4, weight_group = \"sub_channel\", weight_group_size = 8, "
        "weight_sparsity = 0.5",
        "weight_levels = \"sign\", weight_pattern = \"2:4\""})
    toml += format_recipe(
        parse_recipe(changed("kernel = 5", "kernel = 5, " + std::string(keys)), "x.toml"));
  ASSERT_NE(toml.find("dilation"), std::string::npos);
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
