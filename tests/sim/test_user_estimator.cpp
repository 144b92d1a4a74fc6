// An estimator of one's own, start to end; this file is the example that sim/user_estimator.hpp
// names. What a program needs is between the two lines: a slope, its registration, and a recipe (or
// a quantizer) that names it. test_gradients.cpp checks the gradients of networks that use it.
#include "sim/user_estimator.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.hpp"
#include "sample_networks.hpp"
#include "sim/trainer.hpp"

namespace volley {
namespace {

// ------------------------------------------------------------------------------------------------

/// ds/dv of the smooth step 1/2 + k d / (2 sqrt(1 + (k d)^2)); it has no use for the window.
double algebraic_slope(double distance, double /*window*/, double sharpness) {
  const double t = sharpness * distance;
  return sharpness / (2 * std::pow(1 + t * t, 1.5));
}

/// Before main, so that every recipe this program reads may use it.
const bool registered = (register_estimator({"algebraic", algebraic_slope, 3.0}), true);

const char* const recipe_text = R"(
[training]
epochs = 4
batch_size = 16
learning_rate = 0.01
[network]
input = [2, 4, 6]
[[network.population]]
name = "hidden"
neurons = 16
quantizer = { estimator = "custom", custom = "algebraic", sharpness = 2.0 }
[[network.population]]
name = "readout"
neuron = "leaky_integrator"
neurons = 3
)";

// ------------------------------------------------------------------------------------------------

Recipe renamed(const std::string& name) {
  Recipe recipe = parse_recipe(recipe_text, "example.toml");
  recipe.network.population(1).quantizer.custom = name;
  return recipe;
}

TEST(UserEstimator, trains_a_network) {
  ASSERT_TRUE(registered);
  const LabelledSpikes train = toy_data(300, 1), test = toy_data(90, 2);
  Trainer trainer(parse_recipe(recipe_text, "example.toml"), train, &test);
  TrainingObserver observer;
  trainer.run(observer);
  EXPECT_GE(trainer.history().epochs.back().test_accuracy, 0.95);
}

TEST(UserEstimator, slope_is_the_derivative_of_its_step) {
  const auto step = [](double d) { return 0.5 + 3 * d / (2 * std::sqrt(1 + 9 * d * d)); };
  for (double d = -2; d <= 2; d += 0.1)
    EXPECT_NEAR((step(d + 1e-5) - step(d - 1e-5)) / 2e-5, algebraic_slope(d, 1, 3), 1e-8) << d;
}

/// One gradient of the hidden weights, with the given sharpness.
std::vector<float> gradient_of(double sharpness) {
  Recipe recipe = renamed("algebraic");
  recipe.network.population(1).quantizer.sharpness = sharpness;
  ClockedEngine<float> engine(compile(recipe.network));
  const Parameters<float> parameters = initial_parameters<float>(engine.plan(), 1);
  Parameters<float> gradient = zero_parameters<float>(engine.plan());
  const SpikeTrain sample = random_train(6, 48, 0.2, 4);
  const SpikeTrain* const batch[] = {&sample};
  engine.forward(batch, parameters);
  engine.backward(std::vector<float>{1, -2, 1}, parameters, gradient);
  return gradient.weight[0];
}

TEST(UserEstimator, sharpness_falls_back_to_the_registered_default) {
  EXPECT_EQ(gradient_of(0), gradient_of(3));
  EXPECT_NE(gradient_of(0), gradient_of(2));
}

TEST(UserEstimator, must_be_registered_to_train_but_not_to_run) {
  const LabelledSpikes train = toy_data(30, 1);
  const Recipe recipe = renamed("nobody");
  try {
    Trainer(recipe, train, nullptr);
    FAIL() << "trained without a slope";
  } catch (const Error& error) {
    EXPECT_EQ(error.where(), "nobody");
    EXPECT_NE(error.how().find("algebraic"), std::string::npos) << error.how();
  }
  EXPECT_NO_THROW(FrozenPlan(random_frozen(recipe.network, 1)));
}

TEST(UserEstimator, registration_is_checked) {
  EXPECT_THROW(register_estimator({"algebraic", algebraic_slope, 1.0}), Error);
  EXPECT_THROW(register_estimator({"two words", algebraic_slope, 1.0}), Error);
  EXPECT_THROW(register_estimator({"nothing", nullptr, 1.0}), Error);
  EXPECT_EQ(user_estimators(), std::vector<std::string>{"algebraic"});
}

}  // namespace
}  // namespace volley
