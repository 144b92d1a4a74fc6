// --live, --record and view from outside: on an X server without a screen, and without one.
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <thread>

#include "../viz/x_server.hpp"
#include "program.hpp"

namespace volley::test {

namespace {
using namespace std::chrono_literals;

bool await(const std::function<bool()>& condition) {
  for (int i = 0; i < 600; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(50ms);
  }
  return false;
}

std::size_t lines_in(const fs::path& file) {
  std::ifstream in(file);
  std::size_t lines = 0;
  for (std::string line; std::getline(in, line);) ++lines;
  return lines;
}

bool xdotool(const std::string& words) {
  return std::system(("xdotool " + words + " >/dev/null 2>&1").c_str()) == 0;
}

std::string on_display() { return std::string("env DISPLAY=") + std::getenv("DISPLAY"); }

bool has_display_programs() { return fake::installed("Xvfb") && fake::installed("xdotool"); }

/// Trains with a window, takes the window away, and expects training to go on until Ctrl-C.
void train_beyond(const std::function<void(fake::XServer&)>& take_away) {
  fake::XServer server;
  ASSERT_TRUE(server.started());
  const TempFolder folder;
  write_recipe(folder, "epochs = 100000");
  Running training(folder, "train recipe.toml --live --test-split none --out run", on_display());
  ASSERT_TRUE(await([] { return xdotool("search --name '^volley train'"); })) << "a window opens";
  const fs::path metrics = folder / "run/metrics.jsonl";
  ASSERT_TRUE(await([&] { return lines_in(metrics) > 2; }));
  take_away(server);
  std::this_thread::sleep_for(300ms);
  const std::size_t before = lines_in(metrics);
  EXPECT_TRUE(await([&] { return lines_in(metrics) > before + 20; })) << "training goes on";
  training.send(SIGINT);
  EXPECT_EQ(training.wait(), 130);
  EXPECT_TRUE(fs::exists(folder / "run/model.volley"));
}
}  // namespace

TEST(Live, TrainingOutlivesAClosedWindow) {
  if (!has_display_programs()) GTEST_SKIP() << "Xvfb or xdotool is not installed";
  train_beyond([](fake::XServer&) {
    ASSERT_TRUE(xdotool("search --name '^volley train' windowfocus --sync keydown q"));
    EXPECT_TRUE(await([] { return !xdotool("search --name '^volley train'"); }));
  });
}

TEST(Live, TrainingOutlivesAKilledDisplay) {
  if (!has_display_programs()) GTEST_SKIP() << "Xvfb or xdotool is not installed";
  train_beyond([](fake::XServer& server) { server.kill(); });
}

TEST(Live, ViewIsDrivenByKeys) {
  if (!has_display_programs()) GTEST_SKIP() << "Xvfb or xdotool is not installed";
  fake::XServer server;
  ASSERT_TRUE(server.started());
  const TempFolder folder;
  Running viewing(folder, "view --speed 50", on_display());
  ASSERT_TRUE(await([] { return xdotool("search --name '^volley view'"); }));
  std::this_thread::sleep_for(500ms);
  EXPECT_TRUE(xdotool("search --name '^volley view' windowfocus --sync key --delay 60 space n n s"));
  EXPECT_TRUE(await([&] { return fs::exists(folder / "volley-1.png"); }));
  EXPECT_TRUE(xdotool("search --name '^volley view' windowfocus --sync keydown q"));
  EXPECT_EQ(viewing.wait(), 0);
}

TEST(Live, RecordsWithoutADisplay) {
  const TempFolder folder;
  write_recipe(folder);
  const Result trained =
      volley(folder, "train recipe.toml --epochs 1 --live --record seen/frames.png --json");
  ASSERT_EQ(trained.exit_code, 0) << trained.err;
  EXPECT_TRUE(fs::exists(folder / "seen/frames-00001.png"));
  EXPECT_GT(json_of(trained)["window"]["frames"].get<int>(), 0);
  const Result viewed = volley(folder, "view --record strip.png --speed 1000 --json");
  ASSERT_EQ(viewed.exit_code, 0) << viewed.err;
  EXPECT_TRUE(fs::exists(folder / "strip-00002.png"));
  EXPECT_EQ(volley(folder, "view --record film.doc").exit_code, 2);
}

TEST(Live, SpikesOfASimulationAreLookedAt) {
  const TempFolder folder;
  ASSERT_EQ(volley(folder, "simulate cuba-4000 --duration 60 --out sim --record sim.png").exit_code,
            0);
  EXPECT_TRUE(fs::exists(folder / "sim-00001.png"));
  ASSERT_EQ(volley(folder, "view sim/spikes.csv --out seen").exit_code, 0);
  EXPECT_TRUE(fs::exists(folder / "seen/window.png"));
  write(folder / "bad.csv", "time_ms,population,neuron\n1.5,a,3\n2,a,x\n");
  const Result refused = volley(folder, "view bad.csv --out seen");
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_NE(refused.err.find("line 3"), std::string::npos) << refused.err;
}

TEST(Live, TheBenchWantsADisplay) {
  const TempFolder folder;
  const Result result = volley(folder, "bench live --json");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_NE(result.err.find("xvfb-run"), std::string::npos) << result.err;
}

}  // namespace volley::test
