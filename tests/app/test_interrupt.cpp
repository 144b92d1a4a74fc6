// Ctrl-C in the middle of training: a model is there, it can be used, and going on from it ends at
// the same bytes as a run without the break.
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "program.hpp"

namespace volley::test {
namespace {

/// Enough epochs that no machine is through before the signal comes.
const std::string endless = "epochs = 100000";

std::ptrdiff_t lines_in(const fs::path& file) {
  const std::string text = read(file);
  return std::count(text.begin(), text.end(), '\n');
}

/// Waits until so many metrics lines are written; false after a minute.
bool wait_for_lines(const fs::path& file, std::ptrdiff_t lines) {
  for (int tries = 0; tries < 6000; ++tries) {
    if (lines_in(file) >= lines) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

TEST(Interrupt, SavesAndGoesOn) {
  const TempFolder folder;
  write_recipe(folder, endless);
  int code = 0;
  {
    Running training(folder, "train recipe.toml --out run");
    ASSERT_TRUE(wait_for_lines(folder / "run/metrics.jsonl", 15));
    training.send(SIGINT);
    code = training.wait();
  }
  EXPECT_EQ(code, 130);
  const Json position =
      json_of(volley(folder, "inspect run/model.volley --json --quiet"))["position"];
  const int epoch = position["epoch"].get<int>();
  EXPECT_EQ(position["finished"], false);
  EXPECT_EQ(volley(folder, "run run/model.volley --limit 10").exit_code, 0);

  // Going on adds to the same metrics, and can be stopped again.
  const std::ptrdiff_t target = lines_in(folder / "run/metrics.jsonl") + 15;
  {
    Running resumed(folder, "train --resume run/model.volley --out run");
    ASSERT_TRUE(wait_for_lines(folder / "run/metrics.jsonl", target));
    resumed.send(SIGINT);
    EXPECT_EQ(resumed.wait(), 130);
  }
  const Json later =
      json_of(volley(folder, "inspect run/model.volley --json --quiet"))["position"];
  EXPECT_GT(later["step"].get<int>(), position["step"].get<int>());
  EXPECT_GE(later["epoch"].get<int>(), epoch);
}

TEST(Interrupt, ResumedRunEndsAtTheSameBytes) {
  const TempFolder folder;
  // Long enough to be caught before its end, short enough to be run twice.
  write_recipe(folder, "epochs = 60");
  ASSERT_EQ(volley(folder, "train recipe.toml --out whole --quiet").exit_code, 0);
  {
    Running training(folder, "train recipe.toml --out broken");
    ASSERT_TRUE(wait_for_lines(folder / "broken/metrics.jsonl", 25));
    training.send(SIGINT);
    const int code = training.wait();
    ASSERT_EQ(code, 130) << "the run was over before the signal: give it more epochs";
  }
  EXPECT_NE(read(folder / "broken/model.volley"), read(folder / "whole/model.volley"));
  const Result resumed =
      volley(folder, "train --resume broken/model.volley --out broken --json --quiet");
  ASSERT_EQ(resumed.exit_code, 0) << resumed.err;
  EXPECT_EQ(read(folder / "broken/model.volley"), read(folder / "whole/model.volley"));
  // The metrics of both parts stand in one file, each step once.
  EXPECT_EQ(lines_in(folder / "broken/metrics.jsonl"), lines_in(folder / "whole/metrics.jsonl"));
}

TEST(Interrupt, ResumeRefusesAnotherRun) {
  const TempFolder folder;
  train_tiny(folder);
  const std::string model = read(folder / "run/model.volley");
  for (const char* options : {"--seed 9", "--learning-rate 0.1", "--limit 50", "--epochs 1"}) {
    const Result result =
        volley(folder, "train --resume run/model.volley --out run " + std::string(options));
    EXPECT_EQ(result.exit_code, 2) << options << result.err;
    EXPECT_NE(result.err.find("mend"), std::string::npos) << result.err;
  }
  EXPECT_EQ(read(folder / "run/model.volley"), model);
  // A finished run has nothing left, and stays as it is.
  EXPECT_EQ(volley(folder, "train --resume run/model.volley --out run").exit_code, 0);
  EXPECT_EQ(read(folder / "run/model.volley"), model);
  // Its end can be moved.
  const Result longer = volley(folder, "train --resume run/model.volley --epochs 3 --json");
  EXPECT_EQ(longer.exit_code, 0) << longer.err;
  EXPECT_EQ(json_of(longer)["epochs"], 3);
}

}  // namespace
}  // namespace volley::test
