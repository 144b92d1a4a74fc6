// `volley bench`: limits of this machine, and comparison with another program.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <thread>
#include <vector>

#include "program.hpp"

namespace volley::test {
namespace {

TEST(BenchDecode, MeasuresEveryFormatAndTheRoof) {
  const TempFolder folder;
  const Result result = volley(
      folder, "bench decode --events 20000 --repetitions 1 --seconds 0.001 --folder . --json");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Json results = json_of(result)["results"];
  EXPECT_EQ(results.size(), 14u);
  for (const Json& one : results) {
    EXPECT_GT(one["gigabytes_per_second"]["median"].get<double>(), 0) << one;
    EXPECT_EQ(one["threads"], 1);
    EXPECT_FALSE(one["instruction_set"].get<std::string>().empty());
    if (one["format"] == "memory") continue;
    EXPECT_EQ(one["events"], 20000);
    EXPECT_GT(one["events_per_second"]["min"].get<double>(), 0);
    EXPECT_GT(one["peak_memory_mib"].get<double>(), 1);
  }
  EXPECT_TRUE(files_in(folder.path()).empty()) << "the files made are gone";
}

TEST(BenchLimits, MeasuresEachOnOneAndOnAllThreads) {
  const TempFolder folder;
  const Result result = volley(
      folder, "bench limits --repetitions 1 --seconds 0.001 --memory-mib 8 --threads 2 --json");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Json results = json_of(result)["results"];
  const int counts = std::thread::hardware_concurrency() > 1 ? 2 : 1;
  const char* const names[] = {"memory_triad", "cache_read",  "multiply_add",     "dense_product",
                               "and_popcount", "sparse_rows", "scattered_events", "neuron_updates"};
  ASSERT_EQ(results.size(), 8u * static_cast<std::size_t>(counts));
  for (std::size_t i = 0; i < results.size(); ++i) {
    const Json& one = results[i];
    EXPECT_EQ(one["limit"], names[i / static_cast<std::size_t>(counts)]);
    EXPECT_EQ(one["threads"], 1 + static_cast<int>(i) % counts);
    // Above what any machine that runs this does not reach, below what none does.
    EXPECT_GT(one["value"]["median"].get<double>(), 0.01) << one;
    EXPECT_LT(one["value"]["median"].get<double>(), 1e6) << one;
    EXPECT_LE(one["value"]["min"], one["value"]["median"]);
    EXPECT_FALSE(one["unit"].get<std::string>().empty());
    EXPECT_FALSE(one["instruction_set"].get<std::string>().empty());
  }
}

const std::string ours = " -- bench train --network mlp --batch 1 --repetitions 1 --seconds 0.001";

TEST(BenchCompare, PairsAndTheirRatios) {
  const TempFolder folder;
  // A rival that gets faster with each run, and talks before and after its figure.
  write(folder / "rival.sh",
        "echo run >> runs\n"
        "echo '{\"samples_per_s\": 1}'\n"
        "echo \"{\\\"samples_per_s\\\": {\\\"median\\\": $(wc -l < runs)0, \\\"min\\\": 2}}\"\n"
        "echo done\n");
  const Result result = volley(folder, "bench compare --peer 'sh rival.sh | cat' --repetitions 3 "
                                       "--json" + ours);
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Json one = json_of(result)["results"][0];
  ASSERT_EQ(one["pairs"].size(), 3u);
  std::vector<double> ratios;
  for (std::size_t i = 0; i < 3; ++i) {
    const Json& pair = one["pairs"][i];
    EXPECT_EQ(pair["peer"], 10.0 * static_cast<double>(i + 1));
    EXPECT_GT(pair["ours"].get<double>(), 0);
    EXPECT_DOUBLE_EQ(pair["ratio"].get<double>(),
                     pair["ours"].get<double>() / pair["peer"].get<double>());
    ratios.push_back(pair["ratio"]);
  }
  std::sort(ratios.begin(), ratios.end());
  EXPECT_EQ(one["ratio"]["min"], ratios[0]);
  EXPECT_EQ(one["ratio"]["median"], ratios[1]);
  EXPECT_EQ(one["ratio"]["max"], ratios[2]);
  EXPECT_EQ(one["peer"]["median"], 20.0);
}

TEST(BenchCompare, FiguresByPathAndTimesTheOtherWayRound) {
  const TempFolder folder;
  const Result result =
      volley(folder,
             "bench compare --peer 'echo \"{\\\"runs\\\": [{\\\"seconds\\\": 4}]}\"' "
             "--peer-figure runs.0.seconds --figure results.0.batch --lower-is-better "
             "--repetitions 2 --json --quiet" + ours);
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(json_of(result)["results"][0]["ratio"]["median"], 4.0);
  const Result words = volley(
      folder, "bench compare --peer 'echo \"{\\\"samples_per_s\\\": 5}\"' --repetitions 2" + ours);
  EXPECT_NE(words.out.find("pair 2 of 2  ours "), std::string::npos) << words.out;
  EXPECT_NE(words.out.find("\nratio "), std::string::npos) << words.out;
}

TEST(BenchCompare, NamesWhatIsWrongWithThePeer) {
  const TempFolder folder;
  const auto peer = [&](const std::string& command) {
    return volley(folder, "bench compare --peer '" + command + "' --timeout 60" + ours);
  };
  expect_mendable(peer("exit 3"), "failed with exit code 3");
  expect_mendable(peer("kill -9 $$"), "failed with exit code 137");
  expect_mendable(peer("no-such-program-anywhere"), "failed with exit code 127");
  expect_mendable(peer("true"), "JSON object");
  expect_mendable(peer("echo {} | tr a b"), "prints no figure samples_per_s");
  expect_mendable(peer("echo \"{\\\"speed\\\": 3}\""), "its last JSON line has speed");
  expect_mendable(peer("echo \"{\\\"samples_per_s\\\": 0}\""), "samples_per_s is 0");
  expect_mendable(peer("echo \"{\\\"samples_per_s\\\": \\\"fast\\\"}\""), "prints no figure");
}

TEST(BenchCompare, EndsAPeerThatTakesTooLong) {
  const TempFolder folder;
  const auto start = std::chrono::steady_clock::now();
  const Result result = volley(
      folder, "bench compare --peer '(sleep 50; touch late) | cat; true' --timeout 0.5" + ours);
  expect_mendable(result, "did not end within 0.5 s");
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(30));
  // One that has closed its output and still sleeps.
  expect_mendable(volley(folder, "bench compare --peer 'exec >&-; sleep 50; true' --timeout 0.5" +
                                     ours),
                  "did not end within 0.5 s");
}

TEST(BenchCompare, NamesWhatIsWrongWithOurs) {
  const TempFolder folder;
  const std::string compare = "bench compare --peer 'echo \"{\\\"samples_per_s\\\": 5}\"' ";
  expect_mendable(volley(folder, compare + "-- bench train --network none"),
                  "volley bench train --network none: failed");
  expect_mendable(volley(folder, compare + "--figure speed" + ours), "prints no figure speed");
  expect_mendable(
      volley(folder, compare + "-- bench train --batch 1 --repetitions 1 --seconds 0.001"),
      "measured 3 things");
  EXPECT_EQ(volley(folder, "bench compare -- bench train").exit_code, 2);
  EXPECT_EQ(volley(folder, compare).exit_code, 2);
}

}  // namespace
}  // namespace volley::test
