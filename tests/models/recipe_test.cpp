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
#include "models/rate_view.hpp"
#include "models/weight_facts.hpp"
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

TEST(WeightFacts, BitsCountThePlacesOfTheKept) {
  WeightQuantizer weights;
  EXPECT_EQ(bits_per_weight(weights), 32);
  EXPECT_EQ(weight_bytes(weights, 10, 3), 120u);
  weights.bits = 1;
  EXPECT_EQ(bits_per_weight(weights), 1);
  EXPECT_EQ(weight_bytes(weights, 10, 3), 4u + 3 * 8);
  weights.bits = 32;
  weights.kept = 2;
  weights.of = 4;
  EXPECT_NEAR(bits_per_weight(weights), std::log2(6) / 4 + 16, 1e-12);
  weights.levels = WeightLevels::unipolar;
  EXPECT_NEAR(bits_per_weight(weights), 0.646, 1e-3);
  EXPECT_EQ(weight_words(weights), "2:4, 0 or 1, 0.646 bits");
  weights.levels = WeightLevels::sign;
  EXPECT_NEAR(bits_per_weight(weights), 1.146, 1e-3);
  weights.kept = 1;
  weights.levels = WeightLevels::unipolar;
  EXPECT_NEAR(bits_per_weight(weights), 0.5, 1e-12);
  weights = {};
  weights.levels = WeightLevels::ternary;
  weights.group = WeightGroup::mixed;
  EXPECT_NEAR(bits_per_weight(weights), 1.585, 1e-3);
  EXPECT_EQ(weight_bytes(weights, 100, 10), 199u + 4 + 40);
  weights = {};
  weights.bits = 4;
  weights.sparsity = 0.5;
  weights.group = WeightGroup::sub_channel;
  weights.group_size = 30;
  weights.intercept = false;
  EXPECT_NEAR(bits_per_weight(weights), 1 + 2, 1e-12);
  EXPECT_EQ(weight_bytes(weights, 100, 10), 375u + 4 * 40);
  EXPECT_EQ(weight_words(weights), "50 % zero, 3 bits");
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
