// Changes to recipes by dotted paths: where they land, and what is refused with which words.
#include "models/recipe_override.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"
#include "models/recipe.hpp"
#include "sample_networks.hpp"

namespace volley::test {
namespace {

const std::string base = R"(
[training]
epochs = 3
[network]
input = [2, 6, 6]
[[network.population]]
name = "conv"
projection = { kind = "conv2d", channels = 4, kernel = 3 }
quantizer = { form = "scale" }
[[network.population]]
name = "pool"
neuron = "relay"
projection = { kind = "sum_pool", kernel = 2 }
[[network.population]]
name = "hidden"
neurons = 8
[[network.population]]
name = "out"
neuron = "leaky_integrator"
neurons = 3
[[network.projection]]
from = "pool"
to = "hidden"
)";

Recipe with(const std::vector<RecipeOverride>& changes) {
  return parse_recipe(base, "base.toml", changes);
}

Recipe with(const std::string& path, const std::string& value) {
  return with({{path, value, "study.toml:4:7"}});
}

std::string refusal(const std::string& path, const std::string& value) {
  return message_of([&] { with(path, value); });
}

TEST(RecipeOverride, SetsWhatIsThereAndWhatIsNot) {
  EXPECT_EQ(with("training.epochs", "7").training.epochs, 7);
  EXPECT_EQ(with("training.learning_rate", "0.5").training.learning_rate, 0.5);
  EXPECT_EQ(with("dataset.steps", "12").dataset.steps, 12);
  EXPECT_EQ(with("name", "'other'").name, "other");
  const Recipe recipe = with({{"network.population.conv.quantizer.lambda", "0.25", ""},
                              {"network.population.3.threshold", "2.0", ""},
                              {"network.population.out.projection.gain", "0.5", ""},
                              {"network.projection.pool->hidden.gain", "3", ""}});
  EXPECT_EQ(recipe.network.population(1).quantizer.lambda, 0.25);
  EXPECT_EQ(recipe.network.population(1).quantizer.form, AffineForm::scale) << "the rest stays";
  EXPECT_EQ(recipe.network.population(3).threshold, 2.0);
  EXPECT_EQ(recipe.network.projection(2).gain, 0.5);
  EXPECT_EQ(recipe.network.projection(3).gain, 3.0);
}

TEST(RecipeOverride, LaterChangesWin) {
  EXPECT_EQ(with({{"training.epochs", "7", ""}, {"training.epochs", "9", ""}}).training.epochs, 9);
}

TEST(RecipeOverride, StarIsEveryPopulationThatFires) {
  const Recipe recipe = with({{"network.population.*.quantizer.estimator", "\"atan\"", ""},
                              {"network.population.*.beta", "0.5", ""}});
  for (const PopulationId id : {1u, 3u}) {
    EXPECT_EQ(recipe.network.population(id).quantizer.estimator, Estimator::atan);
    EXPECT_EQ(recipe.network.population(id).beta, 0.5);
  }
  EXPECT_EQ(recipe.network.population(4).beta, 0.9) << "a leaky integrator does not fire";
}

TEST(RecipeOverride, WholeTablesAndListsCanBeSet) {
  const Recipe recipe = with({{"network.projection", "[]", ""},
                              {"network.population",
                               "[{ name = \"a\", neurons = 5 }, { name = \"b\", neurons = 6 }, "
                               "{ name = \"out\", neuron = \"leaky_integrator\", neurons = 3 }]",
                               ""},
                              {"network.population.b.recurrent", "{ delay_steps = 2 }", ""},
                              {"network.population.*.shift", "-1", ""}});
  EXPECT_EQ(recipe.network.populations(), 4u);
  EXPECT_EQ(recipe.network.population(2).shape.size(), 6u);
  EXPECT_EQ(recipe.network.population(2).shift, -1.0);
  EXPECT_EQ(recipe.network.projection(2).delay_steps, 2);
}

TEST(RecipeOverride, FaultsNameThePlaceAndThePath) {
  const auto expect = [](const std::string& path, const std::string& value,
                         const std::string& words) {
    const std::string message = refusal(path, value);
    EXPECT_NE(message.find("study.toml:4:7"), std::string::npos) << message;
    EXPECT_NE(message.find(words), std::string::npos) << message;
  };
  expect("training.epohcs", "7", "did you mean 'epochs'");
  expect("trainin.epochs", "7", "did you mean 'training'");
  expect("training.epochs", "0", "training.epochs: 0 is out of range");
  expect("training.epochs", "\"x\"", "is not a whole number");
  expect("training.epochs", "7 7", "is not a TOML value");
  expect("training.epochs", "7\nmore = 1", "more than one value");
  expect("training.epochs.x", "7", "'training.epochs' is a value and has no keys");
  expect("network.population.hiden.beta", "0.5", "there are: conv, pool, hidden, out");
  expect("network.population.9.beta", "0.5", "there is no 'network.population.9'");
  expect("network.population.hidden", "{}", "is a whole table");
  expect("network.population.hidden.beta", "1.5", "out of range");
  expect("network.population.hidden.quantizer.lamda", "1", "did you mean 'lambda'");
  expect("network.population.out.threshold", "1.0", "has no meaning for a leaky_integrator");
  expect("network.population.hidden.projection.weight_bits", "1",
         "write network.projection.pool->hidden");
  expect("training..epochs", "7", "is not a path");
  expect("training.\"epochs", "7", "is not a path");
  expect("", "7", "is not a path");
}

TEST(RecipeOverride, NamesWithPointsAreQuoted) {
  std::string toml = base;
  for (std::size_t at = 0; (at = toml.find("\"hidden\"", at)) != std::string::npos;)
    toml.replace(at, 8, "\"hid.den\"");
  const Recipe recipe =
      parse_recipe(toml, "x.toml", {{"network.population.\"hid.den\".beta", "0.25", ""}});
  EXPECT_EQ(recipe.network.population(3).beta, 0.25);
}

TEST(RecipeOverride, CommandLineWordsNeedNoQuotes) {
  EXPECT_EQ(parse_override("a.b=atan"), (RecipeOverride{"a.b", "\"atan\"", "--set a.b=atan"}));
  EXPECT_EQ(parse_override("a=multi_gaussian").value, "\"multi_gaussian\"");
  for (const char* value : {"0.5", "true", "false", "inf", "\"x\"", "[1, 2]", "{ a = 1 }", "-3"})
    EXPECT_EQ(parse_override(std::string("a=") + value).value, value);
  EXPECT_EQ(parse_override("a->b.c=1e-3").value, "1e-3");
  for (const char* text : {"", "a", "=1"}) EXPECT_THROW(parse_override(text), Error) << text;
}

}  // namespace
}  // namespace volley::test
