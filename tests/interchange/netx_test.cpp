// Networks that lava-dl trained, in both engines against plain loops; damaged ones by their names.
#include "models/netx.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

#include "base/atomic_file.hpp"
#include "base/error.hpp"
#include "models/hdf5_tree.hpp"
#include "models/hdf5_writer.hpp"
#include "runs.hpp"

namespace volley::test {
namespace {

using std::filesystem::path;

const path networks = path(VOLLEY_SHARED_DIR) / "data" / "lava_netx";

/// Dense layers of CUBA neurons over the numbers in the file; spikes of the last one by step.
std::vector<std::vector<std::uint32_t>> plain_loops(const path& file, const SpikeTrain& input) {
  const Hdf5Node root = read_hdf5(file, {});
  const Hdf5Node& layers = *root.find("layer");
  std::vector<std::vector<double>> current(layers.children.size()), membrane(current.size());
  std::vector<std::vector<std::uint32_t>> spikes;
  for (std::uint32_t t = 0; t < input.steps; ++t) {
    std::vector<std::uint32_t> fired(input.step(t).begin(), input.step(t).end());
    for (std::size_t l = 0; l < layers.children.size(); ++l) {
      const Hdf5Node& layer = *layers.find(std::to_string(l));
      const Hdf5Node &weight = *layer.find("weight"), &neuron = *layer.find("neuron");
      const std::size_t columns = weight.shape[0], rows = weight.shape[1];
      current[l].resize(columns, 0.0);
      membrane[l].resize(columns, 0.0);
      std::vector<std::uint32_t> next;
      for (std::size_t j = 0; j < columns; ++j) {
        double sum = 0;
        for (const std::uint32_t i : fired) sum += weight.number(j * rows + i);
        double &i = current[l][j], &v = membrane[l][j];
        i = i * (1 - neuron.find("iDecay")->number(0) / 4096) + sum;
        v = v * (1 - neuron.find("vDecay")->number(0) / 4096) + i;
        if (v < neuron.find("vThMant")->number(0)) continue;
        v = 0;
        next.push_back(static_cast<std::uint32_t>(j));
      }
      fired = std::move(next);
    }
    spikes.push_back(std::move(fired));
  }
  return spikes;
}

TEST(Netx, DenseNetworksGiveTheSpikesOfPlainLoops) {
  if (!std::filesystem::exists(networks)) GTEST_SKIP() << "the networks of lava-dl are not here";
  RandomEngine random(3);
  for (const char* name : {"trained_mnist_network.net", "oxford/network.net"}) {
    std::vector<std::string> assumptions;
    ASSERT_TRUE(is_netx(networks / name));
    const FrozenNetwork network = read_netx(networks / name, assumptions);
    EXPECT_FALSE(assumptions.empty());
    const auto inputs = static_cast<std::uint32_t>(network.network.population(0).shape.size());
    const SpikeTrain train = random_train(random, 100, inputs, 0.05);
    const SpikeTrain found = run_both(network, train).populations.back().spikes;
    const auto expected = plain_loops(networks / name, train);
    std::size_t count = 0;
    for (std::uint32_t t = 0; t < train.steps; ++t) {
      const auto step = found.step(t);
      ASSERT_EQ(std::vector<std::uint32_t>(step.begin(), step.end()), expected[t])
          << name << ", step " << t;
      count += step.size();
    }
    EXPECT_GT(count, 20U) << name;
  }
}

TEST(Netx, ConvolutionalNetworksRun) {
  if (!std::filesystem::exists(networks)) GTEST_SKIP() << "the networks of lava-dl are not here";
  std::vector<std::string> assumptions;
  const FrozenNetwork network = read_netx(networks / "tiny.net", assumptions);
  EXPECT_EQ(network.network.population(network.network.readout()).shape, (Shape{36, 1, 1}));
  EXPECT_EQ(network.network.population(1).name, "encoder");
  RandomEngine random(4);
  const SampleTrace trace = run_both(network, random_train(random, 64, 3 * 16 * 16, 0.3));
  EXPECT_GT(trace.populations[1].spikes.spikes(), 1000U);
  EXPECT_GT(trace.populations.back().spikes.spikes(), 0U);
}

struct Layer {
  std::string type = "dense", neuron = "CUBA";
  std::vector<double> weight = std::vector<double>(6, 1.0);
  std::vector<std::size_t> sides{2, 3};
  std::int64_t inputs = 3, threshold = 4, decay = 410, delay = 0;
};

void write_layer(const Layer& layer, const path& file) {
  Hdf5Writer out(file);
  out.group("/layer");
  out.group("/layer/0");
  out.text("/layer/0/type", layer.type);
  out.integers("/layer/0/shape", {1}, std::vector<std::int64_t>{2});
  out.integer("/layer/0/inFeatures", layer.inputs);
  out.integer("/layer/0/delay", layer.delay);
  out.doubles("/layer/0/weight", layer.sides, layer.weight);
  out.group("/layer/0/neuron");
  out.text("/layer/0/neuron/type", layer.neuron);
  out.integer("/layer/0/neuron/iDecay", layer.decay);
  out.integer("/layer/0/neuron/vDecay", layer.decay);
  out.integer("/layer/0/neuron/vThMant", layer.threshold);
  out.close();
}

TEST(Netx, FaultsAreNamedByTheirPath) {
  const ScratchFolder folder;
  const auto fault = [&](const auto& change) {
    Layer layer;
    change(layer);
    write_layer(layer, folder / "a.net");
    return message_of([&] {
      std::vector<std::string> assumptions;
      read_netx(folder / "a.net", assumptions);
    });
  };
  EXPECT_EQ(fault([](Layer&) {}), "");
  const std::pair<std::string, std::string> cases[] = {
      {fault([](Layer& l) { l.type = "attention"; }), "/layer/0/type is attention"},
      {fault([](Layer& l) { l.type = "conv"; }), "/layer/0 is the first layer"},
      {fault([](Layer& l) { l.neuron = "SigmaDelta"; }), "/layer/0/neuron/type is SigmaDelta"},
      {fault([](Layer& l) { l.sides = {3, 2}; }), "/layer/0/weight does not lead"},
      {fault([](Layer& l) { l.weight[2] = std::nan(""); }), "/layer/0/weight holds a value"},
      {fault([](Layer& l) { l.inputs = std::int64_t{1} << 40; }), "/layer/0/inFeatures is not"},
      {fault([](Layer& l) { l.threshold = 0; }), "/layer/0/neuron/vThMant is not within"},
      {fault([](Layer& l) { l.decay = 5000; }), "/layer/0/neuron/vDecay is not within"},
      {fault([](Layer& l) { l.delay = 3; }), "/layer/0/delay is not 0"},
  };
  for (const auto& [message, part] : cases)
    EXPECT_NE(message.find(part), std::string::npos) << message;
}

TEST(Netx, DamagedFilesAreAnErrorAtWorst) {
  const ScratchFolder folder;
  write_layer({}, folder / "a.net");
  const std::string bytes = read_file(folder / "a.net");
  RandomEngine random(9);
  int refused = 0;
  for (int round = 0; round < 100; ++round) {
    std::string damaged = bytes;
    for (int change = 0; change < 1 + round % 6; ++change)
      damaged[random() % damaged.size()] = static_cast<char>(random() % 256);
    std::ofstream(folder / "b.net", std::ios::binary) << damaged;
    try {
      std::vector<std::string> assumptions;
      read_netx(folder / "b.net", assumptions);
    } catch (const Error&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 10);
}

}  // namespace
}  // namespace volley::test
