// Spikes from text files: order, bins, and every kind of fault.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/error.hpp"
#include "datasets/spike_csv.hpp"

namespace volley {
namespace {

SpikeTrain from(const std::string& text, double dt_ms = 0.1) {
  const auto file = std::filesystem::temp_directory_path() / "volley_spikes.csv";
  std::ofstream(file) << text;
  return read_spike_csv(file, 5, dt_ms);
}

TEST(SpikeCsv, SortsAndBins) {
  const SpikeTrain train =
      from("time_ms,neuron\n0.3,4\n# a comment\n0,1\r\n0.3, 2\n\n0.35,2\n0.1,0 # here too");
  EXPECT_EQ(train.inputs, 5u);
  EXPECT_EQ(train.steps, 4u);
  EXPECT_EQ(train.offsets, (std::vector<std::uint32_t>{0, 1, 2, 2, 4}));
  EXPECT_EQ(train.indices, (std::vector<std::uint32_t>{1, 0, 2, 4}));
  EXPECT_EQ(from("").steps, 1u);
  EXPECT_EQ(from("7,0\n", 1).steps, 8u);
}

TEST(SpikeCsv, RefusesFaultsWithTheirLine) {
  for (const char* bad : {"0,1\n0\n", "0,1\n-1,0\n", "0,1\n0,5\n", "0,1\n0,-1\n", "0,1\n0,1.5\n",
                          "0,1\nx,1\n", "0,1\n0,1,2\n", "0,1\ninf,1\n", "0,1\n1e9,1\n"}) {
    try {
      from(bad);
      FAIL() << bad;
    } catch (const Error& error) {
      EXPECT_EQ(error.where().substr(error.where().size() - 2), ":2") << bad;
      EXPECT_FALSE(error.how().empty());
    }
  }
}

}  // namespace
}  // namespace volley
