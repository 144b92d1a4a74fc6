// Exports in the tools they are written for, where those are installed (PYTHONPATH is theirs).
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>
#include <tuple>
#include <fstream>

#include "models/nir.hpp"
#include "runs.hpp"

namespace volley::test {
namespace {

constexpr std::uint32_t steps = 60;
constexpr int not_installed = 77;

int run_tool(const std::string& tool, const std::filesystem::path& file,
             const std::filesystem::path& run) {
  const std::string command = "/usr/bin/python3 " VOLLEY_SOURCE_DIR
                              "/tests/interchange/other_tools.py " +
                              tool + " " + file.string() + " " + run.string();
  const int status = std::system(command.c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void write_run(const FrozenNetwork& network, const SpikeTrain& train,
               const std::filesystem::path& file) {
  const Shape shape = network.network.population(network.network.input()).shape;
  const SpikeTrain output = run_both(network, train).populations.back().spikes;
  std::ofstream out(file);
  out << train.steps << "\n" << train.inputs << "\n" << output.inputs << "\n";
  const auto write = [&](const SpikeTrain& spikes, const Shape& map) {
    const auto channels = static_cast<std::size_t>(map.channels);
    for (std::uint32_t t = 0; t < spikes.steps; ++t) {
      std::vector<int> row(map.size(), 0);
      for (const std::uint32_t index : spikes.step(t))
        row[index % channels * map.area() + index / channels] = 1;
      for (const int spike : row) out << spike << "\n";
    }
  };
  write(train, shape);
  write(output, {static_cast<int>(output.inputs), 1, 1});
}

class OtherTools : public testing::TestWithParam<std::tuple<const char*, const char*>> {};

TEST_P(OtherTools, RunPortableExportsWithoutADifferingSpike) {
  const auto [tool, kind] = GetParam();
  const ScratchFolder folder;
  RandomEngine random(71);
  for (int round = 0; round < 3; ++round) {
    const FrozenNetwork network = random_portable_network(random, kind);
    const NirReport report = write_nir(network, folder / "a.nir");
    EXPECT_TRUE(report.losses.empty());
    const Shape shape = network.network.population(0).shape;
    const SpikeTrain train =
        random_train(random, steps, static_cast<std::uint32_t>(shape.size()), 0.2);
    write_run(network, train, folder / "run.txt");
    const int code = run_tool(tool, folder / "a.nir", folder / "run.txt");
    if (code == not_installed) GTEST_SKIP() << "the Python package " << tool << " is not installed";
    ASSERT_EQ(code, 0) << tool << ", " << kind << ", round " << round;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Nir, OtherTools,
    testing::Combine(testing::Values("nir", "snntorch", "norse"),
                     testing::Values("dense", "conv", "recurrent")),
    [](const auto& one) {
      return std::string(std::get<0>(one.param)) + "_" + std::get<1>(one.param);
    });

}  // namespace
}  // namespace volley::test
