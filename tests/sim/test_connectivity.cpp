// Rules: who is joined to whom, exactly or in the mean, and how synapses are cut into tables.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <set>
#include <tuple>

#include "base/error.hpp"
#include "sim/connectivity.hpp"
#include "sim/synapse_table.hpp"

namespace volley::test {
namespace {

Circuit pair(std::uint32_t sources, std::uint32_t targets, CellProjection projection) {
  Circuit circuit;
  CellPopulation a, b;
  a.name = "a";
  a.neurons = sources;
  b.name = "b";
  b.neurons = targets;
  circuit.add_population(a);
  circuit.add_population(b);
  circuit.add_projection(0, 1, projection);
  return circuit;
}

Circuit itself(std::uint32_t neurons, CellProjection projection) {
  Circuit circuit;
  CellPopulation a;
  a.name = "a";
  a.neurons = neurons;
  circuit.add_population(a);
  circuit.add_projection(0, 0, projection);
  return circuit;
}

using Pairs = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

Pairs pairs_of(const Connectivity& drawn) {
  Pairs pairs;
  for (std::uint32_t s = 0; s + 1 < drawn.offsets.size(); ++s)
    for (std::uint64_t k = drawn.offsets[s]; k < drawn.offsets[s + 1]; ++k)
      pairs.emplace_back(s, drawn.targets[k]);
  EXPECT_TRUE(std::is_sorted(pairs.begin(), pairs.end()));
  return pairs;
}

TEST(Rules, AllToAllWithAndWithoutAutapses) {
  CellProjection projection;
  EXPECT_EQ(pairs_of(connect(pair(3, 5, projection), 0, 1)).size(), 15u);
  projection.autapses = false;
  const Pairs pairs = pairs_of(connect(itself(7, projection), 0, 1));
  EXPECT_EQ(pairs.size(), 42u);
  for (const auto& [source, target] : pairs) EXPECT_NE(source, target);
}

TEST(Rules, OneToOne) {
  CellProjection projection;
  projection.rule = ConnectionRule::one_to_one;
  const Pairs pairs = pairs_of(connect(pair(100, 100, projection), 0, 1));
  ASSERT_EQ(pairs.size(), 100u);
  for (const auto& [source, target] : pairs) EXPECT_EQ(source, target);
}

TEST(Rules, FixedProbabilityIsBinomialForEveryTarget) {
  CellProjection projection;
  projection.rule = ConnectionRule::fixed_probability;
  projection.probability = 0.05;
  const Pairs pairs = pairs_of(connect(pair(2000, 1000, projection), 0, 1));
  EXPECT_EQ(std::set(pairs.begin(), pairs.end()).size(), pairs.size());
  EXPECT_NEAR(static_cast<double>(pairs.size()), 1e5, 5 * std::sqrt(1e5 * 0.95));
  std::vector<double> in_degree(1000, 0);
  for (const auto& each : pairs) ++in_degree[each.second];
  double variance = 0;
  for (const double degree : in_degree) variance += (degree - 100) * (degree - 100) / 1000;
  EXPECT_NEAR(variance, 95, 25);
  projection.probability = 1;
  EXPECT_EQ(connect(pair(20, 30, projection), 0, 1).synapses(), 600u);
  projection.probability = 0;
  EXPECT_EQ(connect(pair(20, 30, projection), 0, 1).synapses(), 0u);
}

TEST(Rules, FixedInDegreeIsExact) {
  CellProjection projection;
  projection.rule = ConnectionRule::fixed_in_degree;
  projection.in_degree = 30;
  for (const bool multapses : {false, true}) {
    projection.multapses = multapses;
    projection.autapses = false;
    const Pairs pairs = pairs_of(connect(itself(50, projection), 0, 1));
    std::vector<int> in_degree(50, 0), out_degree(50, 0);
    for (const auto& [source, target] : pairs) {
      EXPECT_NE(source, target);
      ++in_degree[target];
      ++out_degree[source];
    }
    EXPECT_EQ(in_degree, std::vector<int>(50, 30));
    EXPECT_EQ(std::set(pairs.begin(), pairs.end()).size() == pairs.size(), !multapses);
    EXPECT_GT(*std::min_element(out_degree.begin(), out_degree.end()), 10);
  }
  projection.in_degree = 49;
  projection.multapses = false;
  EXPECT_EQ(connect(itself(50, projection), 0, 1).synapses(), 50u * 49);
}

TEST(Rules, DistanceFollowsTheBell) {
  CellProjection projection;
  projection.rule = ConnectionRule::distance;
  projection.probability = 0.8;
  projection.sigma = 0.1;
  projection.periodic = true;
  Circuit circuit = itself(1600, projection);
  circuit.population(0).rows = circuit.population(0).columns = 40;
  double near = 0, far = 0, all = 0;
  for (const auto& [source, target] : pairs_of(connect(circuit, 0, 1))) {
    const auto apart = [](std::uint32_t a, std::uint32_t b) {
      const int d = std::abs(static_cast<int>(a) - static_cast<int>(b));
      return std::min(d, 40 - d);
    };
    const int dx = apart(source % 40, target % 40), dy = apart(source / 40, target / 40);
    near += dx == 1 && dy == 0 ? 1 : 0;
    far += dx == 8 && dy == 0 ? 1 : 0;
    ++all;
  }
  const double at_one = 0.8 * std::exp(-0.5 * 0.25 * 0.25), at_eight = 0.8 * std::exp(-2.0);
  EXPECT_NEAR(near / 3200, at_one, 0.05);
  EXPECT_NEAR(far / 3200, at_eight, 0.04);
  EXPECT_NEAR(all / 1600, 1600 * 0.8 * 2 * M_PI * 0.01, 2);  // the integral of the bell
}

TEST(Rules, FileListsPairsWithWeightsAndDelays) {
  const auto file = std::filesystem::temp_directory_path() / "volley_synapses.csv";
  CellProjection projection;
  projection.rule = ConnectionRule::file;
  projection.file = file.string();
  const auto drawn = [&](const char* text) {
    std::ofstream(file) << text;
    return connect(pair(4, 5, projection), 0, 1);
  };
  const Connectivity made =
      drawn("source,target,weight,delay_ms\n3,1,0.5,1.2\n0,4,-2,0 # back\n\n0,2,1,0.1\n");
  EXPECT_EQ(pairs_of(made), (Pairs{{0, 2}, {0, 4}, {3, 1}}));
  EXPECT_EQ(made.weights, (std::vector<float>{1, -2, 0.5f}));
  EXPECT_EQ(made.delays, (std::vector<std::uint16_t>{1, 0, 12}));
  EXPECT_TRUE(drawn("1,1\n2,2\n").weights.empty());
  for (const char* bad : {"1\n", "4,0\n", "0,5\n", "0,1.5\n", "a,b\nc,d\n", "0,1,1,-1\n",
                          "0,1\n0,1,2\n", "0,1,2,3,4\n", "0,1,nan\n"})
    EXPECT_THROW(drawn(bad), Error) << bad;
  std::filesystem::remove(file);
}

TEST(Rules, DistributionsHaveTheirMoments) {
  RandomEngine engine = random_stream(1, StreamPurpose::bench, {5});
  const auto moments = [&](Distribution each) {
    double sum = 0, squares = 0;
    for (int i = 0; i < 40'000; ++i) {
      const double x = draw(each, engine);
      sum += x;
      squares += x * x;
    }
    EXPECT_NEAR(sum / 40'000, each.mean(), 0.06);
    return std::sqrt(squares / 40'000 - sum / 40'000 * sum / 40'000);
  };
  EXPECT_NEAR(moments({DistributionKind::constant, 3, 0}), 0, 1e-6);
  EXPECT_NEAR(moments({DistributionKind::normal, -1, 2}), 2, 0.05);
  EXPECT_NEAR(moments({DistributionKind::uniform, -1, 2}), 3 / std::sqrt(12), 0.02);
  EXPECT_NEAR(moments({DistributionKind::lognormal, 0, 0.5}), 0.604, 0.03);
  EXPECT_NEAR(moments({DistributionKind::exponential, 2, 0}), 2, 0.08);
  EXPECT_NEAR(moments({DistributionKind::one_bit, 2, 0.75}), std::sqrt(3), 0.03);
}

/// Every synapse of the tables as (source, target slot, weight, delay), whatever the blocks.
using Entry = std::tuple<std::uint32_t, std::size_t, float, std::uint16_t>;
std::vector<Entry> entries(const Circuit& circuit, std::size_t threads) {
  const CircuitLayout layout = circuit_layout(circuit, threads);
  std::vector<Entry> all;
  for (const SynapseTable& table : synapse_tables(circuit, layout, 1, 0))
    for (std::size_t b = 0; b < layout.blocks.size(); ++b) {
      const SynapseTable::Rows& rows = table.rows[b];
      for (std::uint32_t s = 0; s + 1 < rows.offsets.size(); ++s)
        for (std::uint64_t k = rows.offsets[s]; k < rows.offsets[s + 1]; ++k)
          all.emplace_back(s, layout.blocks[b].first_slot + rows.targets[k],
                           table.own_weights ? rows.weights[k] : table.weight,
                           table.own_delays ? rows.delays[k] : table.delay);
    }
  std::sort(all.begin(), all.end());
  return all;
}

TEST(Tables, HoldEverySynapseOnceForAnyNumberOfThreads) {
  CellProjection projection;
  projection.rule = ConnectionRule::fixed_probability;
  projection.probability = 0.2;
  projection.weight = {DistributionKind::one_bit, 0.5, 0.3};
  projection.delay_ms = {DistributionKind::uniform, 0.2, 1.5};
  const Circuit circuit = pair(90, 300, projection);
  const Connectivity drawn = connect(circuit, 0, 1);
  std::vector<Entry> expected;
  for (std::uint32_t s = 0; s < 90; ++s)
    for (std::uint64_t k = drawn.offsets[s]; k < drawn.offsets[s + 1]; ++k)
      expected.emplace_back(s, 128 + drawn.targets[k], drawn.weights[k], drawn.delays[k]);
  std::sort(expected.begin(), expected.end());
  for (const std::size_t threads : {1u, 2u, 3u, 16u})
    EXPECT_EQ(entries(circuit, threads), expected) << threads;
}

TEST(Tables, OneBitWeightsOfOneDelayAreNothingButTargets) {
  CellProjection projection;
  projection.weight = {DistributionKind::one_bit, 0.5, 0.5};
  const Circuit circuit = pair(90, 300, projection);
  const auto tables = synapse_tables(circuit, circuit_layout(circuit, 2), 1, 0);
  ASSERT_EQ(tables.size(), 2u);
  EXPECT_EQ(tables[0].weight, -tables[1].weight);
  for (const SynapseTable& table : tables)
    for (const SynapseTable::Rows& rows : table.rows) {
      EXPECT_FALSE(rows.targets.empty());
      EXPECT_TRUE(rows.weights.empty() && rows.delays.empty());
    }
}

TEST(Layout, BlocksCoverEverySlotOnce) {
  Circuit circuit;
  for (const std::uint32_t neurons : {100'000u, 1u, 65u, 40'000u}) {
    CellPopulation each;
    each.name = "p" + std::to_string(neurons);
    each.neurons = neurons;
    circuit.add_population(each);
  }
  for (const std::size_t threads : {1u, 2u, 3u, 16u}) {
    const CircuitLayout layout = circuit_layout(circuit, threads);
    EXPECT_EQ(layout.threads(), threads);
    std::size_t slot = 0, neurons = 0;
    for (const CircuitLayout::Block& block : layout.blocks) {
      EXPECT_EQ(block.first_slot, slot);
      EXPECT_LE(block.slots, 65536u);
      for (const CircuitLayout::Segment& segment : block.segments) {
        EXPECT_EQ(segment.first_slot, slot);
        slot += segment.slots;
        neurons += segment.neurons;
      }
    }
    EXPECT_EQ(slot, layout.slots);
    EXPECT_EQ(neurons, 140'066u);
  }
}

}  // namespace
}  // namespace volley::test
