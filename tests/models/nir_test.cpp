// Our own networks as NIR and back: the same to the bit, the same spikes without our metadata.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>

#include "base/atomic_file.hpp"
#include "base/error.hpp"
#include "models/hdf5_tree.hpp"
#include "nir_graphs.hpp"
#include "reference_run.hpp"

namespace volley::test {
namespace {

TEST(Nir, OwnFilesComeBackToTheBit) {
  const TemporaryFolder folder;
  RandomEngine random(21);
  for (int round = 0; round < 60; ++round) {
    SCOPED_TRACE(round);
    expect_back_to_the_bit(random_frozen(random, random_network(random, true)), folder / "a.nir");
  }
}

TEST(Nir, EveryLeakComesBackToTheBit) {
  const TemporaryFolder folder;
  RandomEngine random(22);
  for (const double beta : {0.0, 1e-9, 0.1, 0.9, 0.999, 1.0 - 1e-12, 1.0}) {
    SCOPED_TRACE(beta);
    FrozenNetwork frozen = random_frozen(random, small_network());
    for (const PopulationId id : {1U, 4U, 5U}) frozen.network.population(id).beta = beta;
    frozen.weights[4][0] = -0.0F;
    frozen.weights[4][1] = 1e-42F;
    frozen.bias[5][0] = -0.0F;
    expect_back_to_the_bit(frozen, folder / "a.nir");
  }
}

TEST(Nir, SameNetworkSameBytes) {
  const TemporaryFolder folder;
  RandomEngine random(23);
  const FrozenNetwork frozen = random_frozen(random, small_network());
  write_nir(frozen, folder / "a.nir");
  write_nir(frozen, folder / "b.nir");
  EXPECT_EQ(read_file(folder / "a.nir"), read_file(folder / "b.nir"));
}

TEST(Nir, ThresholdsAgreeThoughOneIsStrict) {
  RandomEngine random(1);
  const FrozenNetwork frozen = random_frozen(random, small_network());
  const NirNode graph = make_nir_graph(frozen, plan_nir(frozen.network));
  for (const NirNode& node : graph.nodes)
    for (const NirField& field : node.fields)
      if (field.name == "v_threshold") {
        const float stored = std::get<std::vector<float>>(field.values).front();
        EXPECT_LT(stored, 1.0F);
        EXPECT_EQ(std::nextafter(stored, 2.0F), 1.0F);
      }
}

TEST(Nir, WithoutMetadataTheSpikesStayTheSame) {
  const TemporaryFolder folder;
  RandomEngine random(24);
  for (int round = 0; round < 60; ++round) {
    SCOPED_TRACE(round);
    const FrozenNetwork frozen = random_frozen(random, portable_network(random));
    write_without_metadata(frozen, folder / "a.nir");
    const FrozenNetwork again = read_graph(folder / "a.nir");
    const Steps input =
        random_spikes(random, 20, frozen.network.population(0).shape.size());
    const Steps expected = reference_run(frozen, input), found = reference_run(again, input);
    ASSERT_EQ(found.size(), expected.size());
    for (std::size_t step = 0; step < found.size(); ++step)
      for (std::size_t i = 0; i < expected[step].size(); ++i)
        ASSERT_NEAR(found[step][i], expected[step][i], 1e-4) << "step " << step;
  }
}

TEST(Nir, AnIndependentReaderFindsTheSameSpikes) {
  if (std::system("/usr/bin/python3 -c 'import h5py, numpy' 2>/dev/null") != 0)
    GTEST_SKIP() << "python3 with h5py and numpy is not installed";
  const TemporaryFolder folder;
  RandomEngine random(25);
  for (int round = 0; round < 10; ++round) {
    SCOPED_TRACE(round);
    Network network = round == 0 ? small_network() : portable_network(random, true);
    for (PopulationId id = 0; id < network.populations(); ++id)
      if (network.population(id).kind == NeuronKind::lif)
        network.population(id).reset = Reset::zero;
    const FrozenNetwork frozen = random_frozen(random, network);
    write_nir(frozen, folder / "a.nir");
    const Shape shape = network.population(0).shape;
    const Steps input = random_spikes(random, 12, shape.size());
    const Steps output = reference_run(frozen, input);
    std::ofstream run(folder / "run.txt");
    run << input.size() << "\n" << shape.size() << "\n" << output[0].size() << "\n";
    for (const auto& step : input)
      for (int c = 0; c < shape.channels; ++c)
        for (int y = 0; y < shape.height; ++y)
          for (int x = 0; x < shape.width; ++x)
            run << step[static_cast<std::size_t>((y * shape.width + x) * shape.channels + c)]
                << "\n";
    for (const auto& step : output)
      for (const float value : step) run << value << "\n";
    run.close();
    const std::string script = VOLLEY_SOURCE_DIR "/tests/models/nir_layout.py ";
    const std::string command = "/usr/bin/python3 " + script + (folder / "a.nir").string() + " " +
                                (folder / "run.txt").string();
    EXPECT_EQ(std::system(command.c_str()), 0);
  }
}

TEST(Nir, FilesForSinabsComeBackToTheBit) {
  const TemporaryFolder folder;
  RandomEngine random(34);
  FrozenNetwork frozen = random_frozen(random, small_network());
  NirWriteOptions options;
  options.profile = NirProfile::sinabs;
  std::vector<std::string> kinds;
  for (const NirLoss& loss : nir_losses(frozen, options)) kinds.push_back(loss.kind);
  EXPECT_EQ(kinds, (std::vector<std::string>{"levels", "levels"}));
  for (const PopulationId id : {1U, 4U}) {
    frozen.network.population(id).quantizer.levels = most_levels;
    frozen.network.population(id).reset = Reset::subtract;
  }
  EXPECT_TRUE(nir_losses(frozen, options).empty());
  write_nir(frozen, folder / "a.nir", options);
  std::vector<std::string> assumptions;
  const FrozenNetwork again = read_nir(folder / "a.nir", assumptions);
  EXPECT_TRUE(assumptions.empty());
  EXPECT_EQ(again.network, frozen.network);
  EXPECT_TRUE(same_bits(again.weights, frozen.weights));
  const Hdf5Node root = read_hdf5(folder / "a.nir", {});
  const Hdf5Node* lif = root.find("node")->find("nodes")->find("hidden");
  const double beta = frozen.network.population(4).beta;
  EXPECT_NEAR(lif->find("tau")->number(0), -1.0 / std::log(beta), 1e-4);
  EXPECT_EQ(lif->find("v_threshold")->number(0), 1.0);
}

}  // namespace
}  // namespace volley::test
