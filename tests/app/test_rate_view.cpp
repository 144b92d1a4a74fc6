// The rate view from outside: train in one step, run and compare and export over several.
#include <gtest/gtest.h>

#include "program.hpp"

namespace volley::test {
namespace {

std::string word(std::size_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16),
          static_cast<char>(value >> 8), static_cast<char>(value)};
}

std::string idx(const std::vector<std::size_t>& sizes, const std::string& values) {
  std::string bytes{'\0', '\0', '\x08', static_cast<char>(sizes.size())};
  for (const std::size_t size : sizes) bytes += word(size);
  return bytes + values;
}

/// Images of 10 classes: class c is a bright bar at row 2 c + 4, of a brightness of its own.
void write_images(const TempFolder& folder, const std::string& stem, std::size_t images) {
  std::string pixels, labels;
  for (std::size_t i = 0; i < images; ++i) {
    std::string image(784, '\x05');
    const std::size_t bar = 2 * (i % 10) + 4;
    for (std::size_t x = 4; x < 24; ++x)
      image[bar * 28 + x] = static_cast<char>(90 + (i * 37 + x * 11) % 160);
    pixels += image;
    labels += static_cast<char>(i % 10);
  }
  write(folder / ("images/" + stem + "-images-idx3-ubyte"), idx({images, 28, 28}, pixels));
  write(folder / ("images/" + stem + "-labels-idx1-ubyte"), idx({images}, labels));
}

void write_rate_recipe(const TempFolder& folder, const std::string& view = "rate") {
  write(folder / "recipe.toml", R"([dataset]
name = "fashion-mnist"
steps = 4
encoding = "direct"
[training]
view = ")" + view + R"("
epochs = 12
batch_size = 20
learning_rate = 1e-2
[network]
input = [1, 28, 28]
[[network.population]]
name = "conv"
threshold = 0.4
quantizer = { form = "scale" }
projection = { kind = "conv2d", channels = 4, kernel = 4, stride = 4 }
[[network.population]]
name = "hidden"
neurons = 20
threshold = 0.4
projection = { kind = "dense" }
[[network.population]]
name = "readout"
neuron = "leaky_integrator"
neurons = 10
)");
}

void train_rate(const TempFolder& folder, const std::string& view = "rate") {
  write_images(folder, "train", 200);
  write_images(folder, "t10k", 50);
  write_rate_recipe(folder, view);
  const Result result = volley(folder, "train recipe.toml --data images --out run");
  ASSERT_EQ(result.exit_code, 0) << result.err;
}

TEST(RateView, RunReportsTheAgreementAtEachNumberOfSteps) {
  const TempFolder folder;
  train_rate(folder);
  EXPECT_NE(read(folder / "run/recipe.toml").find("levels = 4"), std::string::npos);
  const Result result = volley(folder, "run run/model.volley --data images --json");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Json json = json_of(result);
  EXPECT_GT(json["accuracy"].get<double>(), 0.7);
  const Json& rows = json["rate_view"]["integrate_and_fire"];
  ASSERT_EQ(rows.size(), 5u);
  int power = 1;
  for (const Json& row : rows) {
    EXPECT_EQ(row["steps"], power);
    EXPECT_GT(row["spikes_per_recording"].get<double>(), 0.0);
    EXPECT_GT(row["synaptic_operations_per_recording"].get<double>(), 0.0);
    power *= 2;
  }
  EXPECT_GE(rows[2]["agreement"].get<double>(), 0.9);
  EXPECT_GE(rows[4]["agreement"].get<double>(), rows[0]["agreement"].get<double>());
  EXPECT_GT(rows[4]["spikes_per_recording"].get<double>(),
            3 * rows[2]["spikes_per_recording"].get<double>());
  // The engines count the same, and the table says what the JSON does.
  const Result clocked = volley(folder, "run run --data images --engine clocked --agreement 2,4");
  ASSERT_EQ(clocked.exit_code, 0) << clocked.err;
  EXPECT_NE(clocked.out.find("agreement"), std::string::npos) << clocked.out;
  const Json twice =
      json_of(volley(folder, "run run --data images --engine clocked --agreement 2,4 --json"));
  const Json& two = twice["rate_view"]["integrate_and_fire"];
  ASSERT_EQ(two.size(), 2u);
  EXPECT_EQ(two[0]["agreeing"], rows[1]["agreeing"]);
  EXPECT_EQ(two[1]["accuracy"], rows[2]["accuracy"]);
}

TEST(RateView, TheIntegrateAndFireNetworkIsRunComparedAndExported) {
  const TempFolder folder;
  train_rate(folder);
  const Result run = volley(folder, "run run --data images --rate-steps 4 --json");
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_FALSE(json_of(run).contains("rate_view"));
  const Result compared = volley(folder, "compare run --data images --rate-steps 4 --json");
  ASSERT_EQ(compared.exit_code, 0) << compared.err;
  EXPECT_EQ(json_of(compared)["differing_spikes"], 0);
  EXPECT_EQ(json_of(compared)["steps"], 200);
  EXPECT_GT(json_of(compared)["spikes"].get<int>(), 0);
  const Result written =
      volley(folder, "export run -o net.nir --rate-steps 4 --data images --accept reset --json");
  ASSERT_EQ(written.exit_code, 0) << written.err;
  EXPECT_EQ(json_of(written)["identical"], true);
  const Result read_back = volley(folder, "run net.nir --data images --json");
  ASSERT_EQ(read_back.exit_code, 0) << read_back.err;
  EXPECT_EQ(json_of(read_back)["predicted"], json_of(run)["predicted"]);
  EXPECT_EQ(volley(folder, "view run --data images --rate-steps 4 --out seen").exit_code, 0);
}

TEST(RateView, StepsThatDoNotFitTheViewAreRefused) {
  const TempFolder folder;
  train_rate(folder);
  const auto refused = [&](const std::string& arguments, const std::string& part) {
    const Result result = volley(folder, arguments + " --data images");
    EXPECT_EQ(result.exit_code, 2) << arguments;
    EXPECT_NE(result.err.find(part), std::string::npos) << result.err;
  };
  refused("run run --steps 4", "--rate-steps N in place of --steps");
  refused("run run --rate-steps 4 --agreement 2", "leave out --agreement");
  refused("run run --agreement 0", "--agreement");
  refused("export run -o net.nir", "give --rate-steps N");
  train_rate(folder, "temporal");
  refused("run run --rate-steps 4", "was not trained with the rate view");
  refused("run run --agreement 4", "leave out --agreement");
}

}  // namespace
}  // namespace volley::test
