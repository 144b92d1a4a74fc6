// Weights as .npz and .safetensors, topology as GraphViz and GraphML: there and back.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include "base/atomic_file.hpp"
#include "base/error.hpp"
#include "models/graph_files.hpp"
#include "models/tensor_files.hpp"
#include "runs.hpp"

namespace volley::test {
namespace {

FrozenNetwork emptied(FrozenNetwork network) {
  for (auto& weights : network.weights) std::fill(weights.begin(), weights.end(), 0.0F);
  for (auto& bias : network.bias) std::fill(bias.begin(), bias.end(), 0.0F);
  return network;
}

TEST(TensorFiles, ThereAndBack) {
  const ScratchFolder folder;
  RandomEngine random(81);
  for (const char* kind : {"dense", "conv", "recurrent"}) {
    const FrozenNetwork network = random_portable_network(random, kind);
    const std::vector<NamedTensor> tensors = tensors_of(network);
    write_npz(tensors, folder / "a.npz");
    write_npz(tensors, folder / "b.npz");
    EXPECT_EQ(read_file(folder / "a.npz"), read_file(folder / "b.npz"));
    EXPECT_EQ(read_npz(folder / "a.npz"), tensors);
    write_safetensors(tensors, {{"format", "volley"}}, folder / "a.safetensors");
    EXPECT_EQ(read_safetensors(folder / "a.safetensors"), tensors);
    FrozenNetwork again = emptied(network);
    put_tensors(read_npz(folder / "a.npz"), again);
    EXPECT_EQ(again.weights, network.weights);
    EXPECT_EQ(again.bias, network.bias);
    EXPECT_EQ(again.network, network.network);
  }
}

TEST(TensorFiles, ChannelsComeFirstBehindAFlatten) {
  RandomEngine random(82);
  const FrozenNetwork network = random_portable_network(random, "conv");
  const std::vector<NamedTensor> tensors = tensors_of(network);
  const auto find = [&](const std::string& name) {
    return *std::find_if(tensors.begin(), tensors.end(),
                         [&](const NamedTensor& tensor) { return tensor.name == name; });
  };
  EXPECT_EQ(find("input->conv/weight").shape, (std::vector<std::size_t>{4, 2, 3, 3}));
  EXPECT_EQ(find("conv/bias").shape, (std::vector<std::size_t>{4, 8, 8}));
  const NamedTensor dense = find("flat->hidden/weight");
  EXPECT_EQ(dense.shape, (std::vector<std::size_t>{32, 64}));
  // neuron 6 of the flat population is channel 2 at place 1 of the 4 x 4: NIR's 2 * 16 + 1
  const std::size_t id = network.network.incoming(network.network.find("hidden")).front();
  EXPECT_EQ(dense.values[5 * 64 + 33], network.weights[id][6 * 32 + 5]);
}

TEST(TensorFiles, NumPyReadsThem) {
  if (std::system("/usr/bin/python3 -c 'import numpy' 2>/dev/null") != 0)
    GTEST_SKIP() << "python3 with numpy is not installed";
  const ScratchFolder folder;
  write_npz({{"a->b/weight", {2, 3}, {1, 2, 3, 4, 5, 6}}, {"b/threshold", {}, {0.5F}}},
            folder / "a.npz");
  const std::string command =
      "/usr/bin/python3 -c \"import numpy as n; f = n.load('" + (folder / "a.npz").string() +
      "'); assert f['a->b/weight'].tolist() == [[1, 2, 3], [4, 5, 6]]; "
      "assert f['b/threshold'].shape == () and f['b/threshold'] == 0.5\"";
  EXPECT_EQ(std::system(command.c_str()), 0);
}

TEST(TensorFiles, DamagedFilesAreNamed) {
  const ScratchFolder folder;
  const std::vector<NamedTensor> tensors{{"a", {4}, {1, 2, 3, 4}}};
  write_safetensors(tensors, {}, folder / "a.safetensors");
  write_npz(tensors, folder / "a.npz");
  const auto damaged = [&](const std::string& name, const auto& change) {
    std::string bytes = read_file(folder / name);
    change(bytes);
    std::ofstream(folder / ("b-" + name), std::ios::binary) << bytes;
    return message_of([&] {
      if (name == "a.npz")
        read_npz(folder / "b-a.npz");
      else
        read_safetensors(folder / "b-a.safetensors");
    });
  };
  EXPECT_NE(damaged("a.safetensors", [](std::string& b) { b.resize(5); }).find("byte 0"),
            std::string::npos);
  EXPECT_NE(damaged("a.safetensors", [](std::string& b) { b[6] = '\x7f'; }).find("longer than"),
            std::string::npos);
  EXPECT_NE(damaged("a.safetensors", [](std::string& b) { b[9] = '['; }).find("JSON"),
            std::string::npos);
  EXPECT_NE(damaged("a.safetensors", [](std::string& b) { b.resize(b.size() - 4); })
                .find("outside the file"),
            std::string::npos);
  EXPECT_NE(damaged("a.npz", [](std::string& b) { b = "hello"; }), "");
  RandomEngine random(83);
  for (int round = 0; round < 300; ++round)
    for (const char* name : {"a.npz", "a.safetensors"})
      damaged(name, [&](std::string& b) {
        b[random() % b.size()] = static_cast<char>(random() % 256);
      });
}

TEST(TensorFiles, TensorsThatDoNotFitAreNamed) {
  RandomEngine random(84);
  FrozenNetwork network = random_portable_network(random, "dense");
  std::vector<NamedTensor> tensors = tensors_of(network);
  tensors.push_back({"ghost", {}, {1}});
  EXPECT_NE(message_of([&] { put_tensors(tensors, network); }).find("'ghost'"), std::string::npos);
  tensors.pop_back();
  tensors[0].shape = {24, 32};
  EXPECT_NE(message_of([&] { put_tensors(tensors, network); }).find("another shape"),
            std::string::npos);
  tensors.erase(tensors.begin());
  EXPECT_NE(message_of([&] { put_tensors(tensors, network); }).find("is missing"),
            std::string::npos);
}

TEST(GraphFiles, SayTheNetwork) {
  const ScratchFolder folder;
  RandomEngine random(85);
  for (const char* kind : {"dense", "conv", "recurrent"}) {
    const Network network = random_portable_network(random, kind).network;
    write_graphviz_file(network, folder / "a.dot");
    write_graphml_file(network, folder / "a.graphml");
    EXPECT_TRUE(says_graphviz(network, folder / "a.dot")) << read_file(folder / "a.dot");
    EXPECT_TRUE(says_graphml(network, folder / "a.graphml")) << read_file(folder / "a.graphml");
    Network other = network;
    other.projection(0).delay_steps = 3;
    EXPECT_FALSE(says_graphviz(other, folder / "a.dot"));
    EXPECT_FALSE(says_graphml(other, folder / "a.graphml"));
  }
}

}  // namespace
}  // namespace volley::test
