// `volley bench`: limits of this machine.
#include <gtest/gtest.h>

#include <thread>

#include "program.hpp"

namespace volley::test {
namespace {

TEST(BenchLimits, MeasuresEachOnOneAndOnAllThreads) {
  const TempFolder folder;
  const Result result = volley(
      folder, "bench limits --repetitions 1 --seconds 0.001 --memory-mib 8 --threads 2 --json");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Json results = json_of(result)["results"];
  const int counts = std::thread::hardware_concurrency() > 1 ? 2 : 1;
  const char* const names[] = {"memory_triad",  "cache_read",   "multiply_add",
                               "dense_product", "and_popcount", "sparse_rows"};
  ASSERT_EQ(results.size(), 6u * static_cast<std::size_t>(counts));
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

}  // namespace
}  // namespace volley::test
