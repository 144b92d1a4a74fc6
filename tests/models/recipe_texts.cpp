// A recipe that the tests of recipes change.
#include "recipe_texts.hpp"

#include <gtest/gtest.h>

#include "models/recipe.hpp"
#include "sample_networks.hpp"

namespace volley::test {

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

}  // namespace volley::test
