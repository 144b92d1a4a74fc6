// volley run --stream, --time-resolution us, and volley bench event.
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "program.hpp"

namespace volley::test {
namespace {

/// One small model and a few recordings for all tests of this file.
class Streams : public testing::Test {
protected:
  static void SetUpTestSuite() {
    folder_ = new TempFolder;
    train_tiny(*folder_);
    ASSERT_EQ(volley(*folder_, "make-dataset synthetic-digits --out digits --train 10 --test 20 "
                               "--seed 4")
                  .exit_code,
              0);
  }
  static void TearDownTestSuite() {
    delete folder_;
    folder_ = nullptr;
  }
  static const TempFolder& folder() { return *folder_; }

private:
  static TempFolder* folder_;
};
TempFolder* Streams::folder_ = nullptr;

const std::string recording = "digits/Test/3/00004.bin";

/// Every line of standard output.
std::vector<Json> lines_of(const Result& result) {
  std::vector<Json> lines;
  std::istringstream text(result.out);
  for (std::string line; std::getline(text, line);)
    lines.push_back(Json::parse(line, nullptr, false));
  return lines;
}

TEST_F(Streams, AWindowIsTheRecordingOfASplit) {
  for (const std::string resolution : {"step", "us"}) {
    const std::string how = "run run " + recording + " --json --time-resolution " + resolution;
    const Json whole = json_of(volley(folder(), how));
    const Result result = volley(folder(), how + " --stream --reset window");
    ASSERT_EQ(result.exit_code, 0) << result.err;
    const std::vector<Json> lines = lines_of(result);
    ASSERT_GE(lines.size(), 2u);
    EXPECT_EQ(lines[0]["scores"], whole["scores"]) << resolution;
    EXPECT_EQ(lines[0]["predicted"], whole["predicted"]);
    EXPECT_EQ(lines[0]["length_ms"], 300.0);
    EXPECT_GT(whole["synaptic_operations"].get<int>(), 0);
    const Json& end = lines.back();
    EXPECT_EQ(end["intervals"], lines.size() - 1);
    EXPECT_EQ(end["time_resolution"], resolution);
    EXPECT_EQ(end["events"], whole["events"]);
    for (const char* key : {"median", "p99", "max"})
      EXPECT_GT(end["latency_microseconds"][key].get<double>(), 0) << key;
    EXPECT_GT(end["peak_memory_mib"].get<double>(), 0);
  }
}

TEST_F(Streams, ScoresComeInIntervalsAndGoToAFile) {
  const Result result = volley(
      folder(), "run run " + recording + " --stream --interval-ms 40 --out scores --json --quiet");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const std::vector<Json> lines = lines_of(result);
  ASSERT_GE(lines.size(), 5u);
  for (std::size_t k = 0; k + 1 < lines.size(); ++k) {
    EXPECT_EQ(lines[k]["interval"], k);
    EXPECT_EQ(lines[k]["window"], 0);
    EXPECT_EQ(lines[k]["time_ms"], 40.0 * static_cast<double>(k));
    EXPECT_EQ(lines[k]["scores"].size(), 10u);
  }
  std::istringstream csv(read(folder() / "scores/scores.csv"));
  std::string line;
  std::getline(csv, line);
  EXPECT_EQ(line.rfind("time_ms,length_ms,window,predicted,score_0,", 0), 0u) << line;
  std::size_t rows = 0;
  for (; std::getline(csv, line); ++rows) EXPECT_EQ(std::count(line.begin(), line.end(), ','), 13);
  EXPECT_EQ(rows, lines.size() - 1);

  const Result words = volley(folder(), "run run " + recording + " --stream");
  EXPECT_EQ(words.exit_code, 0) << words.err;
  EXPECT_NE(words.out.find("events/s"), std::string::npos) << words.out;
}

TEST_F(Streams, DamageEndsAStreamAfterWhatCameBefore) {
  write(folder() / "cut.bin", read(folder() / recording).substr(0, 5 * 800 + 3));
  const Result result =
      volley(folder(), "run run cut.bin --stream --interval-ms 20 --json --out damaged");
  expect_mendable(result, "byte 4000");
  EXPECT_GE(lines_of(result).size(), 1u);
  EXPECT_FALSE(fs::exists(folder() / "damaged/scores.csv"));
}

TEST_F(Streams, SplitsRunInMicroseconds) {
  const Result result = volley(folder(),
                               "run run --dataset nmnist --data digits --time-resolution us "
                               "--json --threads 2");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Json json = json_of(result);
  EXPECT_EQ(json["recordings"], 20);
  EXPECT_EQ(json["time_resolution"], "us");
  EXPECT_GT(json["firing_rates"]["hidden"].get<double>(), 0);
  const Json one =
      json_of(volley(folder(), "run run " + recording + " --time-resolution us --json"));
  EXPECT_EQ(json["predicted"][6], one["predicted"]) << "the first of class 3";
  const Json alone = json_of(volley(folder(),
                                    "run run --dataset nmnist --data digits --time-resolution us "
                                    "--json --threads 1"));
  EXPECT_EQ(alone["predicted"], json["predicted"]);
  EXPECT_EQ(alone["firing_rates"], json["firing_rates"]);
}

TEST_F(Streams, OptionsThatDoNotGoTogetherAreNamed) {
  expect_mendable(volley(folder(), "run run --stream"), "none is named");
  expect_mendable(volley(folder(), "run run " + recording + " --reset window"), "--stream");
  expect_mendable(volley(folder(), "run run " + recording + " --interval-ms 5"), "--stream");
  expect_mendable(volley(folder(), "run run " + recording + " --stream --metrics"), "--metrics");
  expect_mendable(volley(folder(), "run run --time-resolution us --engine clocked"),
                  "--engine clocked");
  expect_mendable(volley(folder(), "run run " + recording + " --time-resolution us --out answers"),
                  "--out");
  expect_mendable(volley(folder(), "run run " + recording + " --stream --reset window --steps 0"),
                  "how many steps");
  expect_mendable(volley(folder(), "run run nothing.bin --stream"), "nothing.bin");
}

const std::string shortest = " --repetitions 1 --seconds 0.001 --json";

void expect_figures(const Json& one) {
  for (const char* rate : {"events_per_second", "synaptic_operations_per_second",
                           "times_real_time"}) {
    EXPECT_GT(one[rate]["min"].get<double>(), 0) << rate;
    EXPECT_LE(one[rate]["min"], one[rate]["median"]) << rate;
    EXPECT_LE(one[rate]["median"], one[rate]["max"]) << rate;
  }
  const Json& latency = one["latency_microseconds"];
  EXPECT_GT(latency["median"].get<double>(), 0);
  EXPECT_LE(latency["median"], latency["p99"]);
  EXPECT_LE(latency["p99"], latency["max"]);
  EXPECT_EQ(one["latency_events"], one["events"]);
  EXPECT_EQ(one["threads"], 1);
  EXPECT_EQ(one["repetitions"], 1);
  EXPECT_FALSE(one["instruction_set"].get<std::string>().empty());
  EXPECT_GT(one["density"].get<double>(), 0);
  EXPECT_GT(one["peak_memory_mib"].get<double>(), 0);
  EXPECT_GT(one["sparse_row_additions_per_second"].get<double>(), 0);
  EXPECT_NEAR(one["share_of_sparse_rows"].get<double>(),
              one["synaptic_operations_per_second"]["median"].get<double>() /
                  one["sparse_row_additions_per_second"].get<double>(),
              1e-9);
}

TEST(BenchEvent, MeasuresEachNetworkInStepsAndMicroseconds) {
  const TempFolder folder;
  const Result result = volley(folder, "bench event --quiet" + shortest);
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Json results = json_of(result)["results"];
  ASSERT_EQ(results.size(), 6u);
  const char* const networks[] = {"mlp", "mlp", "conv", "conv", "rsnn", "rsnn"};
  const double densities[] = {0.03, 0.03, 0.03, 0.03, 0.015, 0.015};
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(results[i]["network"], networks[i]);
    EXPECT_EQ(results[i]["time_resolution"], i % 2 == 0 ? "step" : "us");
    EXPECT_NEAR(results[i]["density"].get<double>(), densities[i], 0.001);
    expect_figures(results[i]);
  }
  // Of the first layer alone an event does 512 operations.
  EXPECT_GT(results[0]["synaptic_operations_per_event"].get<double>(), 512);
}

TEST_F(Streams, BenchEventTakesARecording) {
  const Result result = volley(folder(), "bench event --network conv --recording " + recording +
                                             " --dt-ms 5" + shortest);
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Json results = json_of(result)["results"];
  ASSERT_EQ(results.size(), 2u);
  for (const Json& one : results) {
    expect_figures(one);
    EXPECT_EQ(one["recording"], recording);
    EXPECT_EQ(one["events"], fs::file_size(folder() / recording) / 5);
  }
  expect_mendable(volley(folder(), "bench event --recording " + recording + " --sensor 20x20" +
                                       " --network mlp --time-resolution us" + shortest),
                  "outside the 20 x 20 sensor");
  expect_mendable(volley(folder(), "bench event --recording none.bin" + shortest), "none.bin");
  expect_mendable(volley(folder(), "bench event --recording " + recording + " --sensor big"),
                  "WIDTHxHEIGHT");
}

}  // namespace
}  // namespace volley::test
