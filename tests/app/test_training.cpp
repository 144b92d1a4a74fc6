// volley train: what it leaves, and that neither threads nor a break change a byte of the model.
#include <gtest/gtest.h>

#include <sstream>

#include "program.hpp"

namespace volley::test {
namespace {

TEST(Train, LeavesModelMetricsAndPictures) {
  const TempFolder folder;
  write_recipe(folder);
  const Result result = volley(folder, "train recipe.toml --out out --seed 3 --epochs 1 --json");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(files_in(folder / "out"),
            (std::vector<std::string>{"best.volley", "confusion.png", "curves.png", "events.png",
                                      "metrics.jsonl", "model.volley", "raster.png", "recipe.toml"}));
  for (const char* picture : {"confusion.png", "curves.png", "events.png", "raster.png"})
    EXPECT_EQ(read(folder / "out" / picture).substr(1, 3), "PNG");
  const Json json = json_of(result);
  ASSERT_TRUE(json.is_object()) << result.out;
  EXPECT_EQ(json["epochs"], 1);
  EXPECT_EQ(json["seed"], 3);
  EXPECT_EQ(json["finished"], true);
  EXPECT_GT(json["test_accuracy"].get<double>(), 0.1);
  EXPECT_TRUE(fs::exists(folder / json["files"]["model"].get<std::string>()));
  // The resolved recipe holds what the command line said, and can be trained again.
  EXPECT_NE(read(folder / "out/recipe.toml").find("seed = 3"), std::string::npos);
  EXPECT_EQ(volley(folder, "describe out/recipe.toml").exit_code, 0);
}

TEST(Train, PrintsResolvedOptionsAndAnEpochLine) {
  const TempFolder folder;
  write_recipe(folder);
  const Result result = volley(folder, "train recipe.toml --learning-rate 0.003 --limit 60");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  for (const char* words : {"learning_rate 0.003", "weight_decay 0.01", "epoch 1/2", "test ",
                            "samples/s", "hidden", "60 recordings", "run/model.volley"})
    EXPECT_NE(result.out.find(words), std::string::npos) << words << "\n" << result.out;
  EXPECT_EQ(result.out.find('\033'), std::string::npos) << "no colours outside a terminal";
  const Result quiet = volley(folder, "train recipe.toml --out quiet --quiet --limit 60");
  EXPECT_EQ(quiet.out.find("epoch"), std::string::npos);
}

TEST(Train, MetricsAreJsonLineByLine) {
  const TempFolder folder;
  train_tiny(folder);
  std::istringstream lines(read(folder / "run/metrics.jsonl"));
  int batches = 0, epochs = 0;
  for (std::string text; std::getline(lines, text);) {
    const Json line = Json::parse(text);
    if (line["type"] == "batch") {
      ++batches;
      EXPECT_EQ(line["step"], batches);
      EXPECT_TRUE(line["loss"].is_number());
    } else {
      ++epochs;
      EXPECT_EQ(line["epoch"], epochs);
      EXPECT_TRUE(line["firing_rates"]["hidden"].is_number());
      EXPECT_TRUE(line["test_accuracy"].is_number());
    }
  }
  EXPECT_EQ(batches, 20);
  EXPECT_EQ(epochs, 2);
}

TEST(Train, ThreadsDoNotChangeAByte) {
  const TempFolder folder;
  write_recipe(folder);
  for (const char* threads : {"1", "2"})
    ASSERT_EQ(volley(folder, "train recipe.toml --epochs 1 --threads " + std::string(threads) +
                                 " --out threads-" + threads)
                  .exit_code,
              0);
  EXPECT_EQ(read(folder / "threads-1/model.volley"), read(folder / "threads-2/model.volley"));
}

TEST(Train, SeedsDiffer) {
  const TempFolder folder;
  write_recipe(folder);
  for (const char* seed : {"1", "2"})
    ASSERT_EQ(volley(folder, "train recipe.toml --epochs 1 --limit 40 --seed " +
                                 std::string(seed) + " --out seed-" + seed)
                  .exit_code,
              0);
  EXPECT_NE(read(folder / "seed-1/model.volley"), read(folder / "seed-2/model.volley"));
}

TEST(Train, WithoutATestSplit) {
  const TempFolder folder;
  write_recipe(folder);
  const Result result =
      volley(folder, "train recipe.toml --test-split none --epochs 1 --limit 40 --json");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_TRUE(json_of(result)["test_accuracy"].is_null());
}

TEST(Train, LiveWithoutADisplayGoesOn) {
  const TempFolder folder;
  write_recipe(folder);
  const Result result = volley(folder, "train recipe.toml --epochs 1 --limit 40 --live");
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_NE(result.err.find("no live window"), std::string::npos) << result.err;
}

TEST(Train, WarnsAboutDeadLayers) {
  const TempFolder folder;
  write_recipe(folder);
  std::string recipe = read(folder / "recipe.toml");
  recipe.insert(recipe.find("neurons = 24"), "shift = -60.0\n");
  write(folder / "dead.toml", recipe);
  const Result result = volley(folder, "train dead.toml --epochs 1 --limit 40");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(result.err.find("hidden is silent"), std::string::npos) << result.err;
}

TEST(Train, KeepsTheBestEpochAndEndsEarly) {
  const TempFolder folder;
  write_recipe(folder, "epochs = 9\npatience = 2\nweight_decay = 0.0\nschedule = \"constant\"\n"
                       "momentum = 1e-9\noptimizer = \"sgd\"\nwarm_up = 0.0");
  // A rate so small that no epoch is better than the first.
  const Result result =
      volley(folder, "train recipe.toml --learning-rate 1e-12 --json --out run");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Json json = json_of(result);
  EXPECT_EQ(json["stopped_early"], true);
  EXPECT_EQ(json["finished"], true);
  EXPECT_EQ(json["epochs"], 3);
  EXPECT_EQ(json["best_epoch"], 1);
  EXPECT_EQ(json["early_stop_metric"], "balanced_accuracy");
  EXPECT_NE(result.err.find("ended after epoch 3 of 9: none better in 2 epochs"),
            std::string::npos)
      << result.err;
  EXPECT_TRUE(fs::exists(folder / json["files"]["best"].get<std::string>()));
  EXPECT_EQ(volley(folder, "run run/best.volley").exit_code, 0);
  std::istringstream lines(read(folder / "run/metrics.jsonl"));
  for (std::string text; std::getline(lines, text);) {
    const Json line = Json::parse(text);
    EXPECT_TRUE(line["gradient_norm"].is_number());
    if (line["type"] == "epoch") {
      EXPECT_EQ(line["best"], line["epoch"] == 1);
    }
  }
  EXPECT_NE(volley(folder, "train recipe.toml --test-split none").exit_code, 0);
}

TEST(Train, PrintsThePredictedMemoryAndCutsBatches) {
  const TempFolder folder;
  write_recipe(folder, "epochs = 1\nmemory_budget_mib = 2.0");
  const Result result = volley(folder, "train recipe.toml --limit 40");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(result.out.find("predicted for a batch of 20"), std::string::npos) << result.out;
  write_recipe(folder, "epochs = 1\nmemory_budget_mib = 0.001");
  const Result refused = volley(folder, "train recipe.toml --limit 40");
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_NE(refused.err.find("memory_budget_mib"), std::string::npos) << refused.err;
}

TEST(Train, ANirFileIsReadWithTheScoresOfItsModel) {
  const TempFolder folder;
  for (const char* score : {"max", "last"}) {
    write_recipe(folder, "epochs = 1\nreadout = \"" + std::string(score) + "\"");
    ASSERT_EQ(volley(folder, "train recipe.toml --out run").exit_code, 0);
    ASSERT_EQ(volley(folder, "export run/model.volley -o net.nir --accept reset").exit_code, 0);
    ASSERT_EQ(volley(folder, "run run/model.volley --limit 5 --out a").exit_code, 0);
    const Result result = volley(folder, "run net.nir --limit 5 --seed 1 --out b");
    ASSERT_EQ(result.exit_code, 0) << result.err;
    const std::string own = read(folder / "a/predictions.csv");
    EXPECT_NE(own, "");
    EXPECT_EQ(own, read(folder / "b/predictions.csv"));
    EXPECT_NE(volley(folder, "describe net.nir").out.find(score == std::string("max")
                                                             ? "the largest v of the steps"
                                                             : "v after the last step"),
              std::string::npos);
  }
}

TEST(Train, ShippedRecipesAreFoundByName) {
  const TempFolder folder;
  const Result result = volley(folder, "train no-such-recipe");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_NE(result.err.find("nmnist-mlp"), std::string::npos) << result.err;
  EXPECT_EQ(volley(folder, "describe nmnist-mlp").exit_code, 0);
}

}  // namespace
}  // namespace volley::test
