// volley study and train --set: what is written, that a finished run is never repeated, and that
// the number of jobs changes no byte of a table.
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <thread>

#include "program.hpp"

namespace volley::test {
namespace {

void write_study(const TempFolder& folder, const std::string& more = {}) {
  write_recipe(folder);
  write(folder / "study.toml", R"(
description = "Two axes on tiny networks."
recipe = "recipe.toml"
seeds = [1, 2]
metrics = ["test_accuracy", "synops"]
baseline = { estimator = "atan" }
[set]
"training.epochs" = 1
"dataset.synthetic_train" = 60
"dataset.synthetic_test" = 20
[[axis]]
name = "rate"
path = "training.learning_rate"
values = [0.001, 0.01]
scale = "log"
[[axis]]
name = "estimator"
path = "network.population.*.quantizer.estimator"
values = ["denoise", "atan"]
)" + more);
}

TEST(Study, WritesRunsTablesAndPictures) {
  const TempFolder folder;
  write_study(folder);
  const Result result = volley(folder, "study study.toml --out out --json");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const std::vector<std::string> files = files_in(folder / "out");
  EXPECT_EQ(std::vector<std::string>(files.begin() + 8, files.end()),
            (std::vector<std::string>{"study.toml", "synops.png", "table.csv", "table.md",
                                      "test_accuracy.png"}));
  for (std::size_t i = 0; i < 8; ++i) EXPECT_EQ(files[i].rfind("runs/", 0), 0u) << files[i];
  EXPECT_EQ(read(folder / "out/test_accuracy.png").substr(1, 3), "PNG");
  const std::string table = read(folder / "out/table.md");
  for (const char* words :
       {"# study\n", "Two axes on tiny networks.", "`volley study study.toml`",
        "60 training and 20 test recordings", "- epochs: 1; seeds: 2 (1, 2)", "8 of 8 finished",
        "| rate | estimator | test accuracy (%) | difference | p |", "| 0.01 | denoise | ",
        "baseline", "paired t test"})
    EXPECT_NE(table.find(words), std::string::npos) << words << "\n" << table;
  const Json json = json_of(result);
  EXPECT_EQ(json["trained"], 8);
  ASSERT_EQ(json["cells"].size(), 4u);
  EXPECT_EQ(json["cells"][0]["values"]["estimator"], "denoise");
  EXPECT_EQ(json["cells"][1]["baseline"], true);
  EXPECT_GT(json["cells"][0]["metrics"]["synops"]["mean"].get<double>(), 0);
  // A run of the study is the same run as one by hand.
  const Result by_hand = volley(
      folder, "train recipe.toml --epochs 1 --set dataset.synthetic_train=60 --set "
              "dataset.synthetic_test=20 --set training.learning_rate=0.01 --set "
              "'network.population.*.quantizer.estimator=atan' --seed 2 --json");
  ASSERT_EQ(by_hand.exit_code, 0) << by_hand.err;
  bool found = false;
  for (std::size_t i = 0; i < 8; ++i) {
    const Json run = Json::parse(read(folder / "out" / files[i]));
    if (run["cell"] != "rate 0.01, estimator atan" || run["seed"] != 2) continue;
    found = true;
    EXPECT_EQ(run["metrics"]["test_accuracy"], json_of(by_hand)["test_accuracy"]);
    EXPECT_EQ(run["metrics"]["train_loss"], json_of(by_hand)["loss"]);
  }
  EXPECT_TRUE(found);
}

TEST(Study, FinishedRunsAreNotRepeated) {
  const TempFolder folder;
  write_study(folder);
  ASSERT_EQ(volley(folder, "study study.toml --out out").exit_code, 0);
  const std::string table = read(folder / "out/table.md");
  // One result is lost: only that run is trained again.
  const std::vector<std::string> files = files_in(folder / "out/runs");
  fs::remove(folder / "out/runs" / files[3]);
  const Json again = json_of(volley(folder, "study study.toml --out out --json"));
  EXPECT_EQ(again["trained"], 1);
  EXPECT_EQ(again["finished_before"], 7);
  EXPECT_EQ(read(folder / "out/table.md"), table);
  // A changed study trains only what it adds.
  std::string study = read(folder / "study.toml");
  study.replace(study.find("[0.001, 0.01]"), 13, "[0.001, 0.01, 0.1]");
  write(folder / "study.toml", study);
  EXPECT_EQ(json_of(volley(folder, "study study.toml --out out --json"))["trained"], 4);
}

TEST(Study, JobsAndThreadsDoNotChangeAByte) {
  const TempFolder folder;
  write_study(folder);
  ASSERT_EQ(volley(folder, "study study.toml --out one --jobs 1 --threads 1").exit_code, 0);
  ASSERT_EQ(volley(folder, "study study.toml --out two --jobs 2 --threads 2").exit_code, 0);
  ASSERT_EQ(volley(folder, "study study.toml --out wide --jobs 1 --threads 2").exit_code, 0);
  for (const char* file : {"table.md", "table.csv", "test_accuracy.png", "synops.png"}) {
    EXPECT_EQ(read(folder / "one" / file), read(folder / "two" / file)) << file;
    EXPECT_EQ(read(folder / "one" / file), read(folder / "wide" / file)) << file;
  }
}

TEST(Study, StopsAndGoesOn) {
  const TempFolder folder;
  write_study(folder);
  std::string study = read(folder / "study.toml");
  study.replace(study.find("\"training.epochs\" = 1"), 21, "\"training.epochs\" = 60");
  write(folder / "study.toml", study);
  {
    Running running(folder, "study study.toml --out out");
    for (int tries = 0; tries < 6000 && !fs::exists(folder / "out/runs"); ++tries)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    running.send(SIGINT);
    ASSERT_EQ(running.wait(), 130) << "the study was over before the signal: give it more epochs";
  }
  const std::string part = read(folder / "out/table.md");
  EXPECT_EQ(part.find("8 of 8 finished"), std::string::npos);
  const Json json = json_of(volley(folder, "study study.toml --out out --json"));
  EXPECT_GT(json["finished_before"].get<int>(), 0);
  EXPECT_EQ(json["finished_before"].get<int>() + json["trained"].get<int>(), 8);
  EXPECT_NE(read(folder / "out/table.md").find("8 of 8 finished"), std::string::npos);
}

TEST(Study, BadInputIsSaidBeforeAnythingIsTrained) {
  const TempFolder folder;
  expect_mendable(volley(folder, "study nothing"), "lambda");
  expect_mendable(volley(folder, "study no/study.toml"), "no/study.toml");
  write_study(folder, "colour = 3\n");
  expect_mendable(volley(folder, "study study.toml --out out"), "study.toml:20:1: unknown key");
  write_study(folder, "[[axis]]\nname = \"z\"\npath = \"training.epohcs\"\nvalues = [1]\n");
  expect_mendable(volley(folder, "study study.toml --out out"), "did you mean 'epochs'");
  write_study(folder, "[[axis]]\nname = \"z\"\npath = \"network.population.nobody.beta\"\n"
                      "values = [0.5]\n");
  expect_mendable(volley(folder, "study study.toml --out out"), "there are: hidden, readout");
  write_study(folder);
  fs::remove(folder / "recipe.toml");
  expect_mendable(volley(folder, "study study.toml --out out"), "recipe.toml");
  EXPECT_FALSE(fs::exists(folder / "out"));
  // A network that can be written but not run is found before the first training.
  write_study(folder, "[[axis]]\nname = \"z\"\npath = \"network.population.readout.neuron\"\n"
                      "values = [\"leaky_integrator\", \"lif\"]\n");
  expect_mendable(volley(folder, "study study.toml --out out"), "estimator denoise, z lif");
  EXPECT_FALSE(fs::exists(folder / "out"));
}

TEST(Study, DamagedRunFilesAreSaid) {
  const TempFolder folder;
  write_study(folder);
  ASSERT_EQ(volley(folder, "study study.toml --out out").exit_code, 0);
  const fs::path file = folder / "out/runs" / files_in(folder / "out/runs").front();
  write(file, "{ \"recipe\": 3");
  expect_mendable(volley(folder, "study study.toml --out out"),
                  "is not the file of a finished run");
  write(file, "{ \"recipe\": \"another\" }");
  expect_mendable(volley(folder, "study study.toml --out out"), "is the result of another recipe");
}

TEST(Study, DivergedRunsCountInNoMean) {
  const TempFolder folder;
  write_recipe(folder);
  write(folder / "study.toml", R"(
recipe = "recipe.toml"
seeds = [1]
[set]
"training.epochs" = 3
"dataset.synthetic_train" = 60
"dataset.synthetic_test" = 20
"network.population.readout.projection.gain" = 1e6
[[axis]]
name = "scale"
path = "training.logit_scale"
values = [1e-6, 1e6]
)");
  const Result result = volley(folder, "study study.toml --out out --json");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Json cells = json_of(result)["cells"];
  for (const Json& cell : cells)
    EXPECT_EQ(cell["runs"].get<int>() + cell["diverged"].get<int>(), 1);
}

TEST(TrainSet, ChangesTheRecipeAndRefusesWhatItDoesNotKnow) {
  const TempFolder folder;
  write_recipe(folder);
  const Result result =
      volley(folder, "train recipe.toml --epochs 1 --set training.batch_size=30 --set "
                     "dataset.train_limit=60 --set network.population.hidden.beta=0.5");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const std::string recipe = read(folder / "run/recipe.toml");
  for (const char* line : {"batch_size = 30", "train_limit = 60", "beta = 0.5"})
    EXPECT_NE(recipe.find(line), std::string::npos) << line;
  EXPECT_NE(result.out.find("60 recordings"), std::string::npos) << result.out;
  expect_mendable(volley(folder, "train recipe.toml --set training.bach_size=30"), "batch_size");
  expect_mendable(volley(folder, "train recipe.toml --set training.bach_size"), "path=value");
  // Going on refuses another recipe, by --set as by any other option.
  expect_mendable(volley(folder, "train --resume run/model.volley --set training.batch_size=20"),
                  "cannot go on");
  EXPECT_EQ(volley(folder, "train --resume run/model.volley --set training.batch_size=30")
                .exit_code,
            0);
}

TEST(DatasetLimits, HoldUnlessTheCommandLineSaysOtherwise) {
  const TempFolder folder;
  write_recipe(folder);
  ASSERT_EQ(volley(folder, "train recipe.toml --epochs 1 --set dataset.test_limit=30").exit_code,
            0);
  EXPECT_EQ(json_of(volley(folder, "run run --json"))["recordings"], 30);
  EXPECT_EQ(json_of(volley(folder, "run run --limit 40 --json"))["recordings"], 40);
}

TEST(RunMetrics, AreNeurobenchs) {
  const TempFolder folder;
  train_tiny(folder);
  const Result text = volley(folder, "run run --limit 5 --metrics");
  ASSERT_EQ(text.exit_code, 0) << text.err;
  for (const char* words : {"Footprint", "ParameterCount", "ConnectionSparsity",
                            "ActivationSparsity", "MembraneUpdates", "Effective_MACs",
                            "Effective_ACs", "Dense", "45 nm", "Memory traffic", "4.6"})
    EXPECT_NE(text.out.find(words), std::string::npos) << words;
  const Json run = json_of(volley(folder, "run run --limit 5 --metrics --json"));
  const Json& metrics = run["neurobench"];
  const Json& operations = metrics["SynapticOperations"];
  // 15 steps of 2312 x 24 and 24 x 10 connections.
  EXPECT_EQ(operations["Dense"], 15.0 * (2312 * 24 + 240));
  EXPECT_EQ(operations["Effective_MACs"], 0.0);
  EXPECT_EQ(operations["Effective_ACs"], run["synaptic_operations_per_recording"])
      << "no weight is exactly zero here";
  EXPECT_EQ(metrics["ParameterCount"], 2312 * 24 + 240 + 24 + 10);
  EXPECT_NEAR(metrics["ActivationSparsity"].get<double>(),
              1 - run["firing_rates"]["hidden"].get<double>(), 1e-9);
}

}  // namespace
}  // namespace volley::test
