// Graphs that the authors of NIR published, driven as in their paper (Pedersen et al., Nature
// Communications 2024), in both engines; the outputs of other simulators are beside the graphs.
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <fstream>
#include <sstream>

#include "models/hdf5_tree.hpp"
#include "models/nir.hpp"
#include "runs.hpp"

namespace volley::test {
namespace {

using std::filesystem::path;

const path published = path(VOLLEY_SHARED_DIR) / "data" / "nir";

/// Rows of input spike, membrane, output spike.
std::vector<std::array<double, 3>> read_trace(const path& file) {
  std::vector<std::array<double, 3>> rows;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    std::array<double, 3> row{};
    std::istringstream values(line);
    std::string value;
    for (double& number : row) {
      std::getline(values, value, ',');
      number = std::stod(value);
    }
    rows.push_back(row);
  }
  return rows;
}

/// @param tolerance of the membrane, until the neuron first fires
void expect_paper_trace(const std::string& reference, NirStep step, double tolerance) {
  const path graph = published / "lif_norse.nir";
  const path file = published / "reference" / reference;
  if (!std::filesystem::exists(graph) || !std::filesystem::exists(file))
    GTEST_SKIP() << "the published graphs are not here: " << file;
  const auto rows = read_trace(file);
  ASSERT_EQ(rows.size(), 1000U);
  SpikeTrain train;
  train.steps = 1000;
  train.inputs = 1;
  std::vector<std::uint32_t> expected;
  for (std::uint32_t t = 0; t < train.steps; ++t) {
    if (rows[t][0] != 0) train.indices.push_back(0);
    train.offsets.push_back(static_cast<std::uint32_t>(train.indices.size()));
    if (rows[t][2] != 0) expected.push_back(t);
  }
  ASSERT_EQ(expected, (std::vector<std::uint32_t>{460, 510, 710, 760}));
  std::vector<std::string> assumptions;
  NirReadOptions options;
  options.step = step;
  FrozenNetwork network = read_nir(graph, assumptions, options);
  const SampleTrace trace = run_both(network, train);
  std::vector<std::uint32_t> fired;
  for (std::uint32_t t = 0; t < train.steps; ++t)
    if (!trace.populations.back().spikes.step(t).empty()) fired.push_back(t);
  EXPECT_EQ(fired, expected);
  // The membrane of a neuron that spikes is not in a trace: until then an integrator has it.
  network.network.population(1).kind = NeuronKind::leaky_integrator;
  const SampleTrace membrane = run_both(network, train);
  for (std::uint32_t t = 0; t < expected.front(); ++t)
    ASSERT_NEAR(membrane.populations.back().membrane[t], rows[t][1], tolerance) << "step " << t;
}

TEST(PublishedNir, LifOfThePaperInExactSteps) {
  expect_paper_trace("01_lif__lif_exact.csv", NirStep::exact, 1e-6);
}

TEST(PublishedNir, LifOfThePaperInEulerSteps) {
  expect_paper_trace("01_lif__lif_norse.csv", NirStep::euler, 1e-6);
}

/// The network as plain loops in double over the numbers in the file.
class BrailleReference {
public:
  explicit BrailleReference(const path& file) : root_(read_hdf5(file, {})) {}

  /// Spikes of both layers, by step.
  std::array<std::vector<std::vector<bool>>, 2> run(const SpikeTrain& input) {
    std::array<std::vector<std::vector<bool>>, 2> spikes;
    const std::size_t hidden = field("lif1.lif", "r").size(), out = field("lif2", "r").size();
    std::vector<double> s1(hidden, 0.0), i1(hidden, 0.0), v1(hidden, 0.0);
    std::vector<double> i2(out, 0.0), v2(out, 0.0);
    for (std::uint32_t t = 0; t < input.steps; ++t) {
      std::vector<double> x(input.inputs, 0.0);
      for (const std::uint32_t index : input.step(t)) x[index] = 1.0;
      std::vector<double> current = affine("fc1", x);
      const std::vector<double> back = affine("lif1.w_rec", s1);
      for (std::size_t i = 0; i < hidden; ++i) current[i] += back[i];
      s1 = step("lif1.lif", current, i1, v1);
      const std::vector<double> s2 = step("lif2", affine("fc2", s1), i2, v2);
      spikes[0].push_back({s1.begin(), s1.end()});
      spikes[1].push_back({s2.begin(), s2.end()});
    }
    return spikes;
  }

private:
  const Hdf5Node& field(const std::string& node, const std::string& name) const {
    return *root_.find("node")->find("nodes")->find(node)->find(name);
  }

  std::vector<double> affine(const std::string& node, const std::vector<double>& x) const {
    const Hdf5Node &weight = field(node, "weight"), &bias = field(node, "bias");
    std::vector<double> made(bias.size());
    for (std::size_t i = 0; i < made.size(); ++i) {
      made[i] = bias.number(i);
      for (std::size_t j = 0; j < x.size(); ++j) made[i] += weight.number(i * x.size() + j) * x[j];
    }
    return made;
  }

  std::vector<double> step(const std::string& node, const std::vector<double>& x,
                           std::vector<double>& current, std::vector<double>& v) const {
    std::vector<double> spikes(v.size(), 0.0);
    for (std::size_t i = 0; i < v.size(); ++i) {
      const double w_in = field(node, "w_in").number(i), r = field(node, "r").number(i);
      current[i] += 1e-4 / field(node, "tau_syn").number(i) * (w_in * x[i] - current[i]);
      v[i] += 1e-4 / field(node, "tau_mem").number(i) *
              (field(node, "v_leak").number(i) - v[i] + r * current[i]);
      if (!(v[i] > field(node, "v_threshold").number(i))) continue;
      spikes[i] = 1.0;
      v[i] = 0.0;
    }
    return spikes;
  }

  Hdf5Node root_;
};

TEST(PublishedNir, BrailleGivesTheSpikesOfPlainLoops) {
  const path file = published / "braille_noDelay_bias_zero.nir";
  if (!std::filesystem::exists(file)) GTEST_SKIP() << "the published graphs are not here";
  std::vector<std::string> assumptions;
  const FrozenNetwork network = read_nir(file, assumptions);
  BrailleReference reference(file);
  RandomEngine random(5);
  std::size_t hidden_spikes = 0, output_spikes = 0;
  for (const double density : {0.02, 0.1, 0.3}) {
    const SpikeTrain train = random_train(random, 256, 12, density);
    const SampleTrace trace = run_both(network, train);
    const auto expected = reference.run(train);
    const char* const names[] = {"lif1.lif", "lif2"};
    for (std::size_t layer = 0; layer < 2; ++layer) {
      const SpikeTrain& found =
          trace.populations[network.network.find(names[layer])].spikes;
      for (std::uint32_t t = 0; t < train.steps; ++t) {
        std::vector<std::uint32_t> fired;
        for (std::uint32_t i = 0; i < expected[layer][t].size(); ++i)
          if (expected[layer][t][i]) fired.push_back(i);
        const auto step = found.step(t);
        ASSERT_EQ(std::vector<std::uint32_t>(step.begin(), step.end()), fired)
            << names[layer] << ", step " << t << ", density " << density;
        (layer == 0 ? hidden_spikes : output_spikes) += fired.size();
      }
    }
  }
  EXPECT_GT(hidden_spikes, 200U);
  EXPECT_GT(output_spikes, 50U);
}

}  // namespace
}  // namespace volley::test
