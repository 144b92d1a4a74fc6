// `volley simulate` and its benchmark from outside: files, figures, errors, Ctrl-C.
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <sstream>
#include <thread>
#include <utility>

#include "program.hpp"

namespace volley::test {
namespace {

double rate_of(const Json& json, const std::string& population) {
  for (const Json& each : json["populations"])
    if (each["name"] == population) return each["rate_hz"].get<double>();
  return -1;
}

TEST(Simulate, WritesSpikesRatesAndRaster) {
  const TempFolder folder;
  const Result result =
      volley(folder, "simulate cuba-4000 --duration 300 --threads 2 --out seen --json");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Json json = json_of(result);
  EXPECT_EQ(json["simulated_ms"].get<double>(), 300);
  EXPECT_NEAR(rate_of(json, "excitatory"), 5.5, 2);
  EXPECT_EQ(files_in(folder / "seen"),
            (std::vector<std::string>{"raster.png", "rates.csv", "spikes.csv"}));
  const std::string spikes = read(folder / "seen/spikes.csv");
  std::size_t lines = 0, counted = 0;
  for (const char c : spikes) lines += c == '\n' ? 1 : 0;
  for (const Json& each : json["populations"]) counted += each["spikes"].get<std::size_t>();
  EXPECT_EQ(lines, counted + 1);
  EXPECT_EQ(spikes.rfind("time_ms,population,neuron\n", 0), 0u);
  EXPECT_EQ(read(folder / "seen/rates.csv").rfind("time_ms,excitatory,inhibitory\n0,", 0), 0u);
  EXPECT_EQ(read(folder / "seen/raster.png").substr(1, 3), "PNG");
}

TEST(Simulate, OptionsStandAboveTheFile) {
  const TempFolder folder;
  const auto spikes = [&](const std::string& options) {
    const Result result =
        volley(folder, "simulate cuba-4000 --duration 100 --out run " + options);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return read(folder / "run/spikes.csv");
  };
  const std::string one = spikes("--threads 1");
  EXPECT_EQ(spikes("--threads 3"), one);
  EXPECT_NE(spikes("--seed 2"), one);
  EXPECT_NE(spikes("--dt 0.2"), one);
}

TEST(Simulate, NumpyFilesHoldTheSameSpikes) {
  const TempFolder folder;
  const Result result =
      volley(folder, "simulate layered-classifier --format npy --out run --json");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const std::string bytes = read(folder / "run/spikes-pixels.npy");
  ASSERT_GT(bytes.size(), 64u);
  EXPECT_EQ(bytes.substr(1, 5), "NUMPY");
  const std::size_t header = 10 + static_cast<unsigned char>(bytes[8]);
  EXPECT_EQ(header % 64, 0u);
  EXPECT_EQ(bytes.size() - header, 16 * json_of(result)["populations"][0]["spikes"].get<std::size_t>());
  EXPECT_FALSE(read(folder / "run/membrane.csv").empty());
}

TEST(Simulate, ClassifierSeesAThree) {
  const TempFolder folder;
  ASSERT_EQ(volley(folder, "simulate layered-classifier --out run").exit_code, 0);
  std::istringstream lines(read(folder / "run/spikes.csv"));
  std::vector<int> votes(10, 0);
  for (std::string line; std::getline(lines, line);)
    if (const std::size_t at = line.find(",classes,"); at != std::string::npos)
      ++votes[static_cast<std::size_t>(std::stoi(line.substr(at + 9)))];
  const int threes = std::exchange(votes[3], 0);
  for (const int others : votes) EXPECT_GT(threes, others + 5);
}

TEST(Simulate, ReservoirOfOneBitStaysAlive) {
  const TempFolder folder;
  const Json json = json_of(volley(folder, "simulate reservoir-1bit --duration 500 --json"));
  EXPECT_NEAR(rate_of(json, "input"), 20, 3);
  EXPECT_GT(rate_of(json, "reservoir"), 10);
  EXPECT_LT(rate_of(json, "reservoir"), 60);
}

TEST(Simulate, SaysWhatIsWrongAndHowToMendIt) {
  const TempFolder folder;
  const auto error = [&](const std::string& text) {
    write(folder / "bad.toml", text);
    const Result result = volley(folder, "simulate bad.toml");
    EXPECT_EQ(result.exit_code, 2) << text;
    EXPECT_NE(result.err.find("mend:"), std::string::npos) << result.err;
    return result.err;
  };
  EXPECT_NE(error("[[population]]\nname = \"a\"\nneuron = 3\n").find("neurons"),
            std::string::npos);
  EXPECT_NE(error("").find("no populations"), std::string::npos);
  EXPECT_NE(error("[[population]]\nname = \"a\"\nmodel = \"recorded\"\nneurons = 2\n"
                  "file = \"none.csv\"\n").find("none.csv"), std::string::npos);
  const std::string huge = error(
      "[[population]]\nname = \"a\"\nneurons = 10000000\n[[projection]]\nfrom = \"a\"\n"
      "to = \"a\"\nrule = \"all_to_all\"\n");
  EXPECT_NE(huge.find("memory"), std::string::npos) << huge;
  const Result unknown = volley(folder, "simulate cuba-4001");
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_NE(unknown.err.find("cuba-4000"), std::string::npos);
}

TEST(Simulate, CtrlCStopsInGoodOrder) {
  const TempFolder folder;
  Running running(folder, "simulate cuba-4000 --duration 1000000 --out run");
  std::this_thread::sleep_for(std::chrono::milliseconds(1200));
  running.send(SIGINT);
  EXPECT_EQ(running.wait(), 130);
  EXPECT_FALSE(read(folder / "run/rates.csv").empty());
}

TEST(Simulate, BenchPrintsWhatItMeasured) {
  const TempFolder folder;
  const Result result = volley(
      folder, "bench simulate --neurons 500 --in-degree 50 --duration 0.05 --repetitions 2 --json");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Json one = json_of(result)["results"][0];
  EXPECT_EQ(one["neurons"].get<int>(), 500);
  EXPECT_NEAR(one["synapses"].get<double>(), 25'000, 1000);
  EXPECT_GT(one["wall_seconds_per_simulated_second"]["median"].get<double>(), 0);
  EXPECT_GT(one["rate_hz"].get<double>(), 0);
  const double events = one["synaptic_events_per_second"].get<double>();
  EXPECT_NEAR(one["nanoseconds_per_synaptic_event"].get<double>() * events, 1e9, 1);
  const Json& roof = one["roof"];
  EXPECT_NEAR(one["share_of_scattered_events"].get<double>() *
                  roof["scattered_events_per_second"].get<double>(),
              events, 1e-6 * events);
  EXPECT_GT(roof["neuron_updates_per_second"].get<double>(), 0);
  EXPECT_GT(one["share_of_roof"].get<double>(), one["share_of_scattered_events"].get<double>());
}

}  // namespace
}  // namespace volley::test
