// Recipes: what is read, what is refused and with which words, and that writing gives back the
// same.
#include "models/recipe.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.hpp"
#include "recipe_texts.hpp"
#include "sample_networks.hpp"

namespace volley::test {
namespace {

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

TEST(Recipe, TransformsAndCochleaAreCarriedWithTheirPlaces) {
  const Recipe recipe = parse_recipe(changed("steps = 30", R"(steps = 30
binning = "counts"
events_per_step = 500
transforms = [
  { name = "denoise", filter_time_us = 10000 },
  { name = "drop_event", p = [0.0, 0.3], when = "always" },
  { name = "random_time_reversal", flip_polarities = false },
]
slices = { window_us = 500000, overlap_us = 1 }
cochlea = { channels = 700, bank = "gammatone" })"), "x.toml");
  const DatasetOptions& dataset = recipe.dataset;
  ASSERT_EQ(dataset.transforms.size(), 3U);
  EXPECT_EQ(dataset.transforms[1].name, "drop_event");
  EXPECT_EQ(dataset.transforms[1].place.rfind("x.toml:", 0), 0U);
  EXPECT_EQ(std::get<double>(dataset.transforms[0].values[0].second), 10000.0);
  EXPECT_EQ(dataset.cochlea.values.size(), 2U);
  EXPECT_EQ(dataset.slices.values.size(), 2U);
  EXPECT_EQ(dataset.binning, "counts");
  EXPECT_EQ(dataset.events_per_step, 500);
  EXPECT_EQ(parse_recipe(format_recipe(recipe), "y.toml").dataset, dataset);
  for (const char* bad : {"transforms = 3", "transforms = [ 3 ]", "transforms = [ { p = 1 } ]",
                          "transforms = [ { name = \"a\", p = [ \"b\" ] } ]", "cochlea = 3",
                          "cochlea = { channels = nan }", "binning = \"some\""})
    EXPECT_THROW(parse_recipe(changed("steps = 30", bad), "x.toml"), Error) << bad;
}

TEST(Recipe, ExtendedNeuronsAreRead) {
  const Recipe recipe = parse_recipe(
      changed("neurons = 20", "neurons = 20\nlearn_tau = \"channel\"\ntau_synapse_ms = 20\n"
                              "adaptation = 0.4\ntau_adaptation_ms = 200\nrefractory_steps = 3"),
      "x.toml");
  const Population& hidden = recipe.network.population(recipe.network.find("hidden"));
  EXPECT_EQ(hidden.learn_tau, LearnTau::channel);
  EXPECT_DOUBLE_EQ(hidden.synapse_beta, std::exp(-0.5));
  EXPECT_DOUBLE_EQ(hidden.adaptation, 0.4);
  EXPECT_DOUBLE_EQ(hidden.adaptation_beta, std::exp(-0.05));
  EXPECT_EQ(hidden.refractory_steps, 3);
  EXPECT_TRUE(hidden.extended());
  EXPECT_FALSE(recipe.network.population(1).extended());
  expect_refused(changed("neurons = 20", "neurons = 20\nlearn_tau = \"channel\"\nbeta = 1.0"),
                 "starts from beta = 1.0");
  expect_refused(changed("neurons = 20", "neurons = 20\nlearn_tau = \"chanel\""),
                 "did you mean 'channel'?");
  expect_refused(changed("neurons = 20", "neurons = 20\nsynapse_beta = 0.5\ntau_synapse_ms = 3"),
                 "synapse_beta is given too");
  expect_refused(changed("neurons = 20", "neurons = 20\nadaptation = -1"), "out of range");
  expect_refused(changed("neurons = 20", "neurons = 20\nnormalise_steps = 0"), "normalise_steps");
  expect_refused(changed("neurons = 20", "neurons = 20\nrefractory_steps = 70000"),
                 "out of range");
  expect_refused(changed("neurons = 10", "neurons = 10\nrefractory_steps = 1"),
                 "has no meaning for a leaky_integrator");
  expect_refused(changed("kernel = 2 }", "kernel = 2 }\nlearn_tau = \"channel\""),
                 "has no meaning for a relay");
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
  expect_refused(changed("kernel = 5", "kernel = 5, weight_bits = 9"), "use 32 (float) or 1 to 8");
  expect_refused(changed("tau_ms = 95", "quantizer = { levels = 256 }"), "within 1 and 255");
  expect_refused(changed("tau_ms = 95", "quantizer = { target = \"standardized\" }"),
                 "did you mean 'standardised'?");
  expect_refused(changed("tau_ms = 95", "quantizer = { estimator = \"atan\", levels = 3 }"),
                 "the estimator atan is for one level");
  expect_refused(changed("name = \"pool\"", "name = \"conv\""), "two populations are named");
  expect_refused(changed("kind = \"flatten\"", "kind = \"flatten\", from = \"pol\""),
                 "there are: input, conv, pool");
  expect_refused(changed("recurrent = { }", "recurrent = { delay_steps = 0 }"), "hidden -> hidden");
  expect_refused("[dataset]\nname = \"nmnist\"\n", "[network] part is missing");
  expect_refused("[network\n", "x.toml:1:9: not TOML");
  expect_refused("network = 3", "is not a table");
  expect_refused("[network]\ninput = 3\npopulation = 4\n", "begin each one with");
}

TEST(Recipe, WeightKeysMustBelongTogether) {
  const auto refused = [](const std::string& keys, const std::string& part) {
    expect_refused(changed("kernel = 5", "kernel = 5, " + keys), part);
  };
  refused("weight_group = \"tensor\"", "weight_group: has no meaning for float weights");
  refused("weight_bits = 1, weight_range = \"std\"", "weight_range: has no meaning but for");
  refused("weight_bits = 4, weight_range = \"absmax\", weight_deviations = 2.0",
          "has no meaning without weight_range = \"std\"");
  refused("weight_bits = 4, weight_range = \"minmax\"", "minmax has no meaning for it");
  refused("weight_bits = 4, weight_range = \"absmax\", weight_grid = \"asymmetric\"",
          "absmax reaches as far below 0 as above");
  refused("weight_bits = 1, weight_levels = \"ternary\"", "weight_bits: has no meaning beside");
  refused("weight_levels = \"ternary\", weight_sparsity = 0.5", "choose their zeros themselves");
  refused("weight_levels = \"unipolar\"", "needs a weight_pattern");
  refused("weight_levels = \"sign\"", "needs weight_sparsity or weight_pattern");
  refused("weight_bits = 1, weight_pattern = \"2:4\"", "has no value 0 to leave out");
  refused("weight_bits = 2, weight_pattern = \"2:4\", weight_grid = \"asymmetric\"",
          "an asymmetric grid need not hold 0");
  refused("weight_sparsity = 0.5, weight_pattern = \"2:4\"", "both choose the zeros");
  refused("weight_sparsity = 1.0", "out of range");
  refused("weight_sparsity_ramp = 0.5", "has no meaning without weight_sparsity");
  refused("weight_interleaved = false", "has no meaning without weight_pattern");
  for (const char* pattern : {"4:2", "0:4", "2", "2:4:8", "2:100", "a:b", "", "2:4 ", "-1:4"})
    refused("weight_pattern = \"" + std::string(pattern) + "\"", "is not \"N:M\"");
  refused("weight_bits = 1, weight_group = \"sub_channel\"", "weight_group_size is missing");
  refused("weight_bits = 1, weight_group_size = 4", "has no meaning without weight_group");
  refused("weight_bits = 1, weight_group = \"mixed\", weight_intercept = false",
          "mixed is about intercepts");
  refused("weight_bits = 1, weight_estimater = \"constant\"", "did you mean 'weight_estimator'?");
}

TEST(Recipe, StraightThroughWeightsHaveNoInterceptUnlessAsked) {
  const auto weights = [](const std::string& keys) {
    return parse_recipe(changed("kernel = 5", "kernel = 5, weight_bits = 1" + keys), "x.toml")
        .network.projection(0)
        .weights;
  };
  EXPECT_TRUE(weights("").intercept);
  EXPECT_FALSE(weights(", weight_estimator = \"straight_through\"").intercept);
  EXPECT_TRUE(
      weights(", weight_estimator = \"straight_through\", weight_intercept = true").intercept);
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

}  // namespace
}  // namespace volley::test
