// Kernels of inference against plain loops and against the kernels they stand in for, to the bit, on
// every instruction set this machine can run and at widths that no vector divides.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <numeric>

#include "base/random.hpp"
#include "sample_networks.hpp"
#include "sim/current_kernels.hpp"
#include "sim/frozen_currents.hpp"
#include "sim/instruction_set.hpp"
#include "sim/membrane_kernels.hpp"
#include "sim/pool_bits.hpp"
#include "sim/projection_kernels.hpp"
#include "sim/relay.hpp"
#include "sim/sweep_kernel.hpp"

namespace volley {
namespace {

class InferenceKernels : public testing::TestWithParam<std::string> {
protected:
  void SetUp() override { force_instruction_set(GetParam()); }
  void TearDown() override { force_instruction_set(""); }

  std::vector<float> random(std::size_t n, double low = -1, double high = 1) {
    boost::random::uniform_real_distribution<double> uniform(low, high);
    std::vector<float> values(n);
    for (float& value : values) value = static_cast<float>(uniform(engine_));
    return values;
  }
  /// Neurons that fire with this probability, ascending.
  std::vector<std::uint32_t> spikes(std::size_t neurons, double rate) {
    boost::random::uniform_real_distribution<double> unit(0, 1);
    std::vector<std::uint32_t> fired;
    for (std::uint32_t neuron = 0; neuron < neurons; ++neuron)
      if (unit(engine_) < rate) fired.push_back(neuron);
    return fired;
  }
  std::vector<std::uint64_t> bits(std::size_t neurons, const std::vector<std::uint32_t>& fired) {
    std::vector<std::uint64_t> words((neurons + 63) / 64);
    for (const std::uint32_t n : fired) words[n / 64] |= std::uint64_t{1} << (n % 64);
    return words;
  }
  /// Weights of two values in every column.
  std::vector<float> two_valued(std::size_t rows, std::size_t columns) {
    const auto high = random(columns), low = random(columns);
    boost::random::uniform_int_distribution<int> coin(0, 1);
    std::vector<float> weights(rows * columns);
    for (std::size_t at = 0; at < weights.size(); ++at)
      weights[at] = coin(engine_) == 1 ? high[at % columns] : low[at % columns];
    return weights;
  }

  /// The first projection's spikes to spikes in one kernel for some steps, and in two for each.
  void expect_sweep(const FrozenPlan& plan, Reset reset) {
    const PlanProjection& projection = plan.plan().projections[0];
    const std::size_t n = projection.target_shape.size(), room = swept(n) + sweep_alignment;
    // A bias that repeats itself by columns, or of every neuron's own.
    const std::size_t period = std::lcm(projection.columns, sweep_alignment);
    const bool repeats = period < n;
    auto bias = random(repeats ? period : room);
    for (std::size_t i = projection.columns; repeats && i < period; ++i)
      bias[i] = bias[i - projection.columns];
    auto mine = random(room, -1, 2), plain = mine;
    const auto row = [&](float* current, std::vector<float>& v) {
      return SweepRow{0.9f, 0.7f, reset, bias.data(), bias.size(), current, v.data()};
    };
    FrozenCurrents currents;
    for (const std::vector<double>& rates :
         {std::vector{0.03}, std::vector{0.5}, std::vector{0.0, 0.004, 0.01},
          std::vector{0.0, 0.004, 0.02, 0.1, 0.3}}) {
      const std::string what = std::to_string(projection.rows) + " to " +
                               std::to_string(projection.columns) + ", " +
                               std::to_string(rates.size()) + " steps";
      std::vector<StepSpikes> fired;
      std::vector<std::vector<std::uint64_t>> words(rates.size(),
                                                    std::vector((n + 63) / 64, ~std::uint64_t{0}));
      std::vector<SweepStep> steps;
      for (const double rate : rates) {
        fired.emplace_back(projection.source_shape.size());
        fired.back().assign(spikes(fired.back().neurons(), rate));
      }
      for (std::size_t at = 0; at < rates.size(); ++at)
        steps.push_back({&fired[at], words[at].data()});
      currents.sweep(plan, projection, row(nullptr, mine), steps);
      for (std::size_t at = 0; at < rates.size(); ++at) {
        std::vector<float> current(swept(n), 0.0f);
        std::vector<std::uint64_t> plain_words(swept(n) / 64);
        EXPECT_EQ(currents.add(plan, projection, fired[at], {}, current.data()),
                  steps[at].arrivals);
        sweep_membranes(row(current.data(), plain), n, plain_words.data());
        EXPECT_EQ(words[at], plain_words) << what;
      }
      const auto behind = static_cast<std::ptrdiff_t>(n);  // as it was, and swept for nothing
      std::copy(plain.begin() + behind, plain.end(), mine.begin() + behind);
      EXPECT_EQ(mine, plain) << what;
    }
  }

  RandomEngine engine_ = random_stream(17, StreamPurpose::bench, {1});
};

TEST_P(InferenceKernels, a_sweep_is_a_membrane_step_and_a_search) {
  for (const Reset reset : {Reset::subtract, Reset::zero, Reset::none})
    for (const std::size_t n : {1u, 10u, 63u, 64u, 65u, 200u, 500u}) {
      for (const std::size_t period : {std::size_t{64}, swept(n)}) {
        auto v = random(swept(n), -1, 2), current = random(swept(n));
        const auto bias = random(period);
        std::vector<float> plain(n), offset(n);
        for (std::size_t i = 0; i < n; ++i) offset[i] = bias[i % period];
        membrane_row({0.9f, 0.7f, reset, v.data(), current.data(), nullptr, offset.data(),
                      plain.data()},
                     n);
        std::vector<std::uint32_t> fired(n);
        fired.resize(find_spikes(plain.data(), n, 0.7f, fired.data()));
        std::vector<std::uint64_t> words(swept(n) / 64, ~std::uint64_t{0});
        const std::size_t count = sweep_membranes(
            {0.9f, 0.7f, reset, bias.data(), period, current.data(), v.data()}, n, words.data());
        v.resize(n);
        EXPECT_EQ(v, plain) << n;
        EXPECT_EQ(words, bits(n, fired)) << n;
        EXPECT_EQ(count, fired.size());
        EXPECT_EQ(current, std::vector<float>(swept(n), 0.0f));
      }
    }
}

TEST_P(InferenceKernels, bits_are_listed_in_order) {
  for (const std::size_t n : {1u, 64u, 100u, 1000u})
    for (const double rate : {0.0, 0.05, 0.5, 1.0}) {
      const auto fired = spikes(n, rate);
      const auto words = bits(n, fired);
      std::vector<std::uint32_t> listed(fired.size() + 64);
      listed.resize(list_bits(words.data(), words.size(), listed.data()));
      EXPECT_EQ(listed, fired);
      EXPECT_EQ(count_bits(words.data(), words.size()), fired.size());
      StepSpikes step(n);
      step.assign(fired);
      EXPECT_EQ(std::vector<std::uint64_t>(step.bits().begin(), step.bits().end()), words);
    }
}

TEST_P(InferenceKernels, rows_are_added_in_order) {
  for (const std::size_t n : {1u, 7u, 10u, 16u, 20u, 33u, 64u, 100u, 257u, 512u})
    for (const std::size_t count : {0u, 1u, 5u, 40u}) {
      const std::size_t stride = n + n % 3;
      const auto weights = random(50 * stride);
      std::vector<std::uint32_t> rows(count);
      for (std::uint32_t& row : rows) row = static_cast<std::uint32_t>(engine_() % 50);
      auto mine = random(n), plain = mine;
      sum_rows(mine.data(), n, weights.data(), stride, rows.data(), count);
      for (const std::uint32_t row : rows)
        for (std::size_t i = 0; i < n; ++i) plain[i] += weights[row * stride + i];
      EXPECT_EQ(mine, plain) << n;
    }
}

/// A convolution of these channels and strides, and a readout that makes it a network.
Network convolution(int from, int to, int kernel, int stride, int padding) {
  return ChainBuilder({from, 11, 9}).conv(to, kernel, stride, padding).flatten().readout(3).network;
}

TEST_P(InferenceKernels, float_convolutions_add_as_spike_by_spike) {
  for (const int from : {2, 8, 16})
    for (const int to : {3, 16, 20, 32, 64})
      for (const int stride : {1, 2}) {
        const FrozenPlan plan(random_frozen(convolution(from, to, 3, stride, stride - 1), 5));
        const PlanProjection& projection = plan.plan().projections[0];
        FrozenCurrents currents;
        for (const double rate : {0.003, 0.05, 0.4}) {
          const auto fired = spikes(projection.source_shape.size(), rate);
          auto listed = random(projection.target_shape.size()), as_bits = listed, plain = listed;
          StepSpikes step(projection.source_shape.size());
          step.assign(fired);
          const std::uint64_t arrivals = currents.add(plan, projection, step, {}, listed.data());
          EXPECT_EQ(arrivals, count_arrivals(projection, fired));
          step.write_bits([&](std::uint64_t* words) {
            const auto own = bits(projection.source_shape.size(), fired);
            std::copy(own.begin(), own.end(), words);
            return fired.size();
          });
          EXPECT_EQ(currents.add(plan, projection, step, {}, as_bits.data()), arrivals);
          add_currents<float>(projection, plan.network().weights[0].data(), fired, plain.data());
          EXPECT_EQ(listed, plain) << from << " to " << to << " rate " << rate;
          EXPECT_EQ(as_bits, plain) << from << " to " << to << " rate " << rate;
        }
      }
}

TEST_P(InferenceKernels, one_bit_rows_add_as_bytes_do) {
  for (const int columns : {1, 10, 64, 130, 256, 300, 512, 700}) {
    const Plan plan = compile(ChainBuilder({90, 1, 1}).readout(columns).network);
    const PlanProjection& projection = plan.projections[0];
    const IntegerWeights as_bits = integer_weights(projection, two_valued(90, projection.columns));
    ASSERT_FALSE(as_bits.bits.empty());
    IntegerWeights as_bytes = as_bits;
    as_bytes.bits.clear();
    IntegerCurrents currents;
    for (const std::size_t count : {1u, 2u, 4u, 5u, 8u, 9u, 69u, 255u, 256u, 1000u}) {
      std::vector<std::uint32_t> rows(count);
      for (std::uint32_t& row : rows) row = static_cast<std::uint32_t>(engine_() % 90);
      auto mine = random(projection.columns), plain = mine;
      currents.add(projection, as_bits, rows, mine.data());
      currents.add(projection, as_bytes, rows, plain.data());
      EXPECT_EQ(mine, plain) << columns << " columns, " << count << " rows";
    }
  }
}

TEST_P(InferenceKernels, one_bit_convolutions_count_as_bytes_do) {
  BitMapCurrents maps;  // of maps of many shapes
  for (const int from : {1, 2, 3, 16, 20})
    for (const int to : {5, 16, 32, 40})
      for (const int kernel : {1, 3, 5})
        for (const int stride : {1, 2}) {
          const Plan plan = compile(convolution(from, to, kernel, stride, kernel / 2));
          const PlanProjection& projection = plan.projections[0];
          const IntegerWeights weights =
              integer_weights(projection, two_valued(projection.rows, projection.columns));
          ASSERT_FALSE(weights.map.empty());
          IntegerCurrents bytes;
          for (const double rate : {0.0, 0.03, 0.5, 1.0}) {
            const auto fired = spikes(projection.source_shape.size(), rate);
            auto mine = random(projection.target_shape.size()), plain = mine;
            bytes.add(projection, weights, fired, plain.data());
            const std::uint64_t arrivals =
                maps.add(projection, weights.map, bits(projection.source_shape.size(), fired),
                         mine.data());
            EXPECT_EQ(mine, plain) << from << " to " << to << ", kernel " << kernel;
            EXPECT_EQ(arrivals, count_arrivals(projection, fired));
          }
        }
}

TEST_P(InferenceKernels, convolutions_sweep_as_their_currents_do) {
  for (const bool one_bit : {false, true})
    for (const int from : {1, 2, 16})
      for (const int to : {5, 16, 17, 32, 40, 48})
        for (const auto& [kernel, stride] :
             {std::pair{1, 1}, std::pair{3, 1}, std::pair{3, 2}, std::pair{5, 1}})
          for (const Reset reset : {Reset::subtract, Reset::zero, Reset::none}) {
            FrozenNetwork network =
                random_frozen(convolution(from, to, kernel, stride, kernel / 2), 3);
            if (one_bit)
              network.weights[0] = two_valued(static_cast<std::size_t>(from * kernel * kernel),
                                              static_cast<std::size_t>(to));
            expect_sweep(FrozenPlan(network), reset);
          }
}

TEST_P(InferenceKernels, pooled_bits_are_pooled_spikes) {
  for (const int channels : {1, 3, 8, 16, 24, 32, 64})
    for (const int window : {2, 3, 4}) {  // 4: of 2 on a map of several vectors
      const Shape shape = window == 4 ? Shape{channels, 37, 46} : Shape{channels, 11, 9};
      const Plan plan = compile(ChainBuilder(shape)
                                    .pool(ProjectionKind::max_pool, window == 4 ? 2 : window)
                                    .flatten()
                                    .readout(3)
                                    .network);
      const PlanProjection& projection = plan.projections[0];
      const std::size_t neurons = projection.target_shape.size();
      const auto fired = spikes(projection.source_shape.size(), 0.1);
      std::vector<std::uint32_t> pooled;
      relay_spikes(projection, fired, pooled);
      std::vector<std::uint64_t> words((neurons + 63) / 64, 7);
      const std::size_t set =
          pool_bits(projection, transposed(projection.table, projection.target_shape.area()),
                    bits(projection.source_shape.size(), fired), words.data());
      EXPECT_EQ(words, bits(neurons, pooled)) << channels;
      EXPECT_EQ(set, pooled.size());
    }
}

INSTANTIATE_TEST_SUITE_P(InstructionSets, InferenceKernels, testing::ValuesIn(instruction_sets()),
                         [](const auto& set) { return set.param; });

}  // namespace
}  // namespace volley
