// Help that teaches, the version, and the reference networks of the benchmark.
#include <gtest/gtest.h>

#include <sstream>

#include "program.hpp"

namespace volley::test {
namespace {

const char* const commands[] = {"train",   "study",    "run",      "compare",      "view",
                                "plot",    "export",   "nir",      "inspect",      "convert",
                                "describe", "datasets", "make-dataset", "simulate",
                                "bench"};

TEST(Help, ListsEveryCommandWithExamples) {
  const TempFolder folder;
  const Result result = volley(folder, "--help");
  EXPECT_EQ(result.exit_code, 0);
  for (const char* command : commands)
    EXPECT_NE(result.out.find("  " + std::string(command) + " "), std::string::npos) << command;
  EXPECT_NE(result.out.find("Examples:"), std::string::npos);
}

TEST(Help, EveryCommandEndsWithExamplesInAHundredColumns) {
  const TempFolder folder;
  for (const char* command : commands) {
    const Result result = volley(folder, std::string(command) + " --help");
    EXPECT_EQ(result.exit_code, 0);
    EXPECT_NE(result.out.find("Examples:\n  volley " + std::string(command)), std::string::npos)
        << result.out;
    std::istringstream lines(result.out);
    for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 100u) << line;
  }
}

TEST(Version, IsSaid) {
  const TempFolder folder;
  const Result result = volley(folder, "--version");
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.out.rfind("volley ", 0), 0u);
}

TEST(Bench, MeasuresTheThreeNetworks) {
  const TempFolder folder;
  const Result result =
      volley(folder, "bench train --batch 2 --repetitions 1 --seconds 0.001 --json");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Json results = json_of(result)["results"];
  ASSERT_EQ(results.size(), 3u);
  for (const Json& one : results) {
    EXPECT_GT(one["samples_per_second"]["median"].get<double>(), 0);
    EXPECT_GT(one["peak_memory_mib"].get<double>(), 1);
    EXPECT_FALSE(one["instruction_set"].get<std::string>().empty());
    // The rates that the reference inputs and gains are made for.
    for (const auto& [name, rate] : one["firing_rates"].items()) {
      EXPECT_GT(rate.get<double>(), 0.01) << one["network"] << name;
      EXPECT_LT(rate.get<double>(), 0.25) << one["network"] << name;
    }
  }
  const Result infer =
      volley(folder, "bench infer --network mlp --batch 2 --repetitions 1 --seconds 0.001 --json");
  EXPECT_GT(json_of(infer)["results"][0]["event"]["samples_per_second"]["median"].get<double>(),
            0);
}

TEST(Bench, MeasuresTrainingByTheMethodToo) {
  const TempFolder folder;
  const std::string bench = "bench train --network mlp --batch 2 --repetitions 1 --seconds 0.001";
  for (const std::string method : {"atan", "denoise"}) {
    const Result result = volley(folder, bench + " --json --method " + method);
    ASSERT_EQ(result.exit_code, 0) << result.err;
    const Json one = json_of(result)["results"].at(0);
    EXPECT_EQ(one["method"], method);
    EXPECT_GT(one["samples_per_second"]["median"].get<double>(), 0);
    EXPECT_GT(one["firing_rates"]["hidden"].get<double>(), 0.01);
  }
  expect_mendable(volley(folder, bench + " --method none"), "--method");
}

}  // namespace
}  // namespace volley::test
