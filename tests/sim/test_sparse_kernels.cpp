// Kernels that follow spikes, against plain loops, on every instruction set this machine can run:
// sparse products by tiles, runs of convolutions, pooling, membrane and spikes in one pass.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "base/random.hpp"
#include "sim/channel_division.hpp"
#include "sim/conv_runs.hpp"
#include "sim/conv_windows.hpp"
#include "sim/instruction_set.hpp"
#include "sim/membrane_kernels.hpp"
#include "sim/pool_kernels.hpp"
#include "sim/receptive_fields.hpp"
#include "sim/row_product.hpp"
#include "sim/sparse_product.hpp"
#include "sim/spike_transpose.hpp"
#include "sim/spike_rows.hpp"

namespace volley {
namespace {

using Spikes = std::vector<std::uint32_t>;

class SparseKernels : public testing::TestWithParam<std::string> {
protected:
  void SetUp() override { force_instruction_set(GetParam()); }
  void TearDown() override { force_instruction_set(""); }

  template <class Real = float>
  std::vector<Real> random(std::size_t n, double low = -1, double high = 1) {
    boost::random::uniform_real_distribution<double> uniform(low, high);
    std::vector<Real> values(n);
    for (Real& value : values) value = static_cast<Real>(uniform(engine_));
    return values;
  }
  Spikes spikes(std::uint32_t neurons, double density) {
    boost::random::uniform_real_distribution<double> uniform(0, 1);
    Spikes fired;
    for (std::uint32_t n = 0; n < neurons; ++n)
      if (uniform(engine_) < density) fired.push_back(n);
    return fired;
  }
  RandomEngine engine_ = random_stream(4, StreamPurpose::bench, {1});
};

template <class Real>
void expect_product(const std::vector<Real>& matrix, std::size_t rows, std::size_t columns,
                    const std::vector<Spikes>& lists, const std::vector<Real>& start,
                    const std::vector<Real>& slopes) {
  const SlopedMatrix<Real> sloped{matrix.data(), rows, columns, slopes};
  std::vector<std::span<const std::uint32_t>> spans(lists.begin(), lists.end());
  std::vector<Real> mine(lists.size() * columns);
  sparse_product<Real>(sloped, spans, start.data(), 0, mine.data());
  for (std::size_t r = 0; r < lists.size(); ++r)
    for (std::size_t c = 0; c < columns; ++c) {
      Real sum = start[c];
      for (const std::uint32_t row : lists[r])
        sum += slopes[row % slopes.size()] * matrix[row * columns + c];
      ASSERT_EQ(mine[r * columns + c], sum) << columns << " columns, row " << r << ", " << c;
    }
  // Once more on top of itself, then from nothing.
  std::vector<Real> twice = mine, bare(mine.size());
  sparse_product<Real>(sloped, spans, twice.data(), columns, twice.data());
  sparse_product<Real>(sloped, spans, nullptr, 0, bare.data());
  for (std::size_t at = 0; at < mine.size(); ++at) {
    EXPECT_NEAR(static_cast<double>(twice[at]), static_cast<double>(mine[at] + bare[at]), 1e-4);
    EXPECT_NEAR(static_cast<double>(bare[at]),
                static_cast<double>(mine[at] - start[at % columns]), 1e-4);
  }
}

TEST_P(SparseKernels, product_adds_in_order_for_every_width) {
  for (const std::size_t columns : {1u, 10u, 16u, 64u, 100u, 128u, 129u, 300u}) {
    std::vector<Spikes> lists;
    for (int r = 0; r < 70; ++r) lists.push_back(spikes(40, r % 3 == 0 ? 0.0 : 0.3));
    // Rows of different slopes are copied; rows of slope 1 may be read where they are.
    expect_product(random(40 * columns), 40, columns, lists, random(columns), {1, 0.5f, -2});
    expect_product(random(40 * columns), 40, columns, lists, random(columns), {1});
    expect_product(random<double>(40 * columns), 40, columns, lists, random<double>(columns),
                   {1, 0.5, -2});
  }
}

TEST_P(SparseKernels, product_with_tiles_narrower_than_the_matrix) {
  const std::size_t rows = 3000, columns = 70;  // 70 columns of all rows would not fit a tile
  std::vector<Spikes> lists;
  for (int r = 0; r < 3; ++r) lists.push_back(spikes(rows, 0.01));
  expect_product(random(rows * columns), rows, columns, lists, random(columns), {1, 0.5f, -2});
  expect_product(random(rows * columns), rows, columns, lists, random(columns), {1});
}

/// Convolutions whose runs differ: strides, padding, dilation, kernels wider than the map's edge.
std::vector<std::pair<Projection, Shape>> convolutions() {
  std::vector<std::pair<Projection, Shape>> cases;
  for (const int stride : {1, 2, 3})
    for (const int padding : {0, 2})
      for (const int dilation : {1, 2}) {
        Projection projection;
        projection.kind = ProjectionKind::conv2d;
        projection.kernel_height = 3;
        projection.kernel_width = 5;
        projection.stride = stride;
        projection.padding = padding;
        projection.dilation = dilation;
        cases.emplace_back(projection, Shape{3, 11, 13});
      }
  return cases;
}

TEST_P(SparseKernels, runs_are_the_convolution) {
  for (const auto& [projection, source] : convolutions()) {
    for (const std::size_t columns : {1u, 7u, 16u}) {
      const Shape target = projected_shape(projection, source, {static_cast<int>(columns), 1, 1},
                                           "conv");
      const ConvTable table = make_conv_table(projection, source, target);
      const ConvRuns runs = make_conv_runs(projection, table);
      const std::size_t taps = 15, channels = 3;
      const auto weights = random(channels * taps * columns);
      const Spikes fired = spikes(static_cast<std::uint32_t>(source.size()), 0.3);
      std::vector<float> placed, mine(target.size(), 0.25f), plain = mine;
      const std::vector<float> slopes = {0.5f, 2.0f, -1.0f};
      place_taps<float>(runs, weights, columns, slopes, placed);
      scatter_runs(runs, channels, columns, fired, placed.data(), mine.data());
      const auto map = random(target.size());
      std::vector<float> gathered(weights.size(), 0.0f), wanted(weights.size(), 0.0f);
      gather_runs(runs, channels, columns, fired, map.data(), gathered.data());
      for (const std::uint32_t spike : fired)
        for (const ConvReach reach : table.from(spike / channels))
          for (std::size_t c = 0; c < columns; ++c) {
            const std::size_t channel = spike % channels;
            const std::size_t weight = (channel * taps + reach.tap) * columns + c;
            const std::size_t at = (channel * taps + runs.place[reach.tap]) * columns + c;
            plain[reach.target * columns + c] += slopes[channel] * weights[weight];
            wanted[at] += map[reach.target * columns + c];
          }
      EXPECT_EQ(mine, plain);
      EXPECT_EQ(gathered, wanted);
      const ConvWindows windows = make_conv_windows(projection, source, target, runs);
      if (windows.empty()) continue;
      std::vector<float> bordered(windows.map_size(), 7.0f);
      std::vector<float> seen(weights.size(), 0.0f), placed_sources;
      add_border(windows, map.data(), bordered.data());
      gather_windows(windows, fired, bordered.data(), seen.data());
      EXPECT_EQ(seen, wanted);
      place_sources<float>(runs, weights, columns, placed_sources);
      auto back = random(source.size()), back_plain = back;
      add_source_gradient(windows, placed_sources.data(), bordered.data(), back.data());
      for (std::size_t from = 0; from < source.size(); ++from)
        for (const ConvReach reach : table.from(from / channels))
          for (std::size_t c = 0; c < columns; ++c)
            back_plain[from] += map[reach.target * columns + c] *
                                weights[(from % channels * taps + reach.tap) * columns + c];
      for (std::size_t from = 0; from < source.size(); ++from)
        EXPECT_NEAR(back[from], back_plain[from], 1e-4f);
    }
  }
}

TEST_P(SparseKernels, receptive_fields_take_few_gradients_back) {
  for (const auto& [projection, source] : convolutions())
    for (const std::size_t columns : {1u, 7u, 16u}) {
      const Shape target = projected_shape(projection, source, {static_cast<int>(columns), 1, 1},
                                           "conv");
      const ReceptiveFields fields = make_receptive_fields(projection, source, target);
      EXPECT_EQ(fields.empty(), projection.dilation.width > 1);
      if (fields.empty()) continue;
      const ConvTable table = make_conv_table(projection, source, target);
      const std::size_t taps = 15, channels = 3;
      const auto weights = random(channels * taps * columns);
      std::vector<float> placed, sent(target.size(), 0.0f);
      place_fields<float>(fields, weights, placed);
      for (const std::uint32_t neuron : spikes(static_cast<std::uint32_t>(sent.size()), 0.2))
        sent[neuron] = random(1).front();
      SparseRows<float> rows;
      append_nonzeros(std::vector<float>(sent.size(), 0.0f).data(), sent.size(), rows);
      append_nonzeros(sent.data(), sent.size(), rows);
      ASSERT_EQ(rows.ends.size(), 2u);
      EXPECT_EQ(rows.ends[0], 0u);
      for (std::size_t k = 0, at = rows.begin(1); k < sent.size(); ++k)
        if (sent[k] != 0) {
          ASSERT_LT(at, rows.ends[1]);
          EXPECT_EQ(rows.indices[at], k);
          EXPECT_EQ(rows.values[at++], sent[k]);
        }
      auto map = random(fields.map_size());
      const auto before = map;
      scatter_fields(fields, placed.data(), {rows.indices.data(), rows.ends[1]},
                     rows.values.data(), 0.5f, map.data());
      for (std::size_t y = 0; y < fields.source_height; ++y)
        for (std::size_t k = 0; k < fields.source_width * channels; ++k) {
          const std::size_t from = y * fields.source_width * channels + k;
          float wanted = 0.5f * before[fields.line(y) + k];
          for (const ConvReach reach : table.from(from / channels))
            for (std::size_t c = 0; c < columns; ++c)
              wanted += sent[reach.target * columns + c] *
                        weights[(from % channels * taps + reach.tap) * columns + c];
          EXPECT_NEAR(map[fields.line(y) + k], wanted, 1e-4f);
        }
    }
}

TEST_P(SparseKernels, constants_of_the_transform_may_repeat_themselves) {
  const std::size_t n = 133, period = 20;
  std::vector<float> constants[6], spread[6];
  for (std::size_t k = 0; k < 6; ++k) {
    constants[k] = random(period);
    for (std::size_t i = 0; i < n; ++i) spread[k].push_back(constants[k][i % period]);
  }
  const auto v = random(n, -1, 3), next = random(n), gradient = random(n);
  for (const bool clip : {true, false}) {
    BackwardRow<float> row{};
    row.estimator = Estimator::denoise;
    row.beta = 0.9f;
    row.threshold = 1.0f;
    row.window = 1.5f;
    row.reset = Reset::subtract;
    row.attached = true;
    row.clip = clip;
    row.v = v.data();
    row.next = next.data();
    auto repeated = gradient, whole = gradient;
    row.gradient = repeated.data();
    row.constants = {constants[0].data(), constants[1].data(), constants[2].data(),
                     constants[3].data(), constants[4].data(), constants[5].data(), period};
    backward_row(row, n);
    row.gradient = whole.data();
    row.constants = {spread[0].data(), spread[1].data(), spread[2].data(),
                     spread[3].data(), spread[4].data(), spread[5].data()};
    backward_row(row, n);
    EXPECT_EQ(repeated, whole);
    for (std::size_t i = 0; i < n; ++i) {
      const bool inside = std::abs(v[i] - 1.0f) < 0.75f;
      const float s = v[i] >= 1.0f ? 1.0f : 0.0f;
      const float x = clip ? std::clamp(v[i], 0.25f, 1.75f) : v[i];
      const float to_spike = spread[0][i] * gradient[i] + spread[1][i] + spread[2][i] * x +
                             spread[3][i] * s;
      const float slope = inside ? 1 / 1.5f : 0.0f;
      const float wanted = slope * to_spike +
                           (inside || !clip ? spread[4][i] + spread[5][i] * s : 0.0f) +
                           0.9f * (1 - slope) * next[i];
      EXPECT_NEAR(whole[i], wanted, 1e-5f) << i;
    }
  }
}

TEST_P(SparseKernels, runs_of_a_plain_convolution_are_a_kernel_row_long) {
  const auto cases = convolutions();
  const auto& [projection, source] = cases.front();
  const Shape target = projected_shape(projection, source, {1, 1, 1}, "conv");
  const ConvRuns runs = make_conv_runs(projection, make_conv_table(projection, source, target));
  const auto inside = runs.from(5 * 13 + 6);
  ASSERT_EQ(inside.size(), 3u);
  for (const ConvRun run : inside) EXPECT_EQ(run.length, 5u);
}

TEST_P(SparseKernels, pooling_and_its_gradient) {
  for (const int stride : {1, 2, 3})
    for (const std::size_t channels : {1u, 5u, 16u, 20u}) {
      Projection projection;
      projection.kind = ProjectionKind::max_pool;
      projection.kernel_height = projection.kernel_width = 2;
      projection.stride = stride;
      const Shape source{static_cast<int>(channels), 7, 9};
      const Shape target = projected_shape(projection, source, {}, "pool");
      const ConvTable table = make_conv_table(projection, source, target);
      const ConvTable members = transposed(table, target.area());
      const Spikes fired = spikes(static_cast<std::uint32_t>(source.size()), 0.3);
      std::map<std::uint32_t, int> counts;
      std::vector<std::uint32_t> first(target.size(), 0);
      std::vector<bool> claimed(target.size(), false);
      for (const std::uint32_t spike : fired)
        for (const ConvReach reach : table.from(spike / channels)) {
          const std::size_t at = reach.target * channels + spike % channels;
          ++counts[static_cast<std::uint32_t>(at)];
          if (!claimed[at]) first[at] = reach.tap;
          claimed[at] = true;
        }
      Spikes each, all, once = {7}, sum = {7};
      for (const auto& [at, count] : counts) {
        each.push_back(at);
        all.insert(all.end(), static_cast<std::size_t>(count), at);
      }
      pool_spikes(table, channels, target.size(), fired, true, once);
      pool_spikes(table, channels, target.size(), fired, false, sum);
      EXPECT_EQ(Spikes(once.begin() + 1, once.end()), each);
      EXPECT_EQ(Spikes(sum.begin() + 1, sum.end()), all);
      const auto gradient = random(target.size());
      auto mine = random(source.size()), plain = mine;
      auto written = random(source.size()), zeros = std::vector<float>(source.size(), 0.0f);
      pool_gradient(table, members, channels, fired, gradient.data(), false, mine.data());
      pool_gradient(table, members, channels, fired, gradient.data(), false, zeros.data());
      pool_gradient(table, members, channels, fired, gradient.data(), true, written.data());
      EXPECT_EQ(written, zeros);
      for (std::size_t position = 0; position < source.area(); ++position)
        for (const ConvReach reach : table.from(position))
          for (std::size_t c = 0; c < channels; ++c)
            if (first[reach.target * channels + c] == reach.tap)
              plain[position * channels + c] += gradient[reach.target * channels + c];
      for (std::size_t at = 0; at < plain.size(); ++at) EXPECT_NEAR(mine[at], plain[at], 1e-6f);
    }
}

TEST_P(SparseKernels, membrane_and_spikes_in_one_pass) {
  const std::size_t n = 133;
  for (const Reset reset : {Reset::subtract, Reset::zero, Reset::none})
    for (int given = 0; given < 8; ++given) {
      const auto previous = random(n, 0, 2), current = random(n, -1, 2), scale = random(n);
      const auto offset = random(n);
      std::vector<float> v = current, plain(n);
      MembraneRow<float> row{0.9f, 0.7f, reset, (given & 1) != 0 ? previous.data() : nullptr,
                             v.data(), (given & 2) != 0 ? scale.data() : nullptr,
                             (given & 2) != 0 || (given & 4) != 0 ? offset.data() : nullptr,
                             v.data()};
      Spikes mine(n), wanted(n);
      mine.resize(spiking_row(row, n, mine.data()));
      row.current = current.data();
      row.v = plain.data();
      membrane_row(row, n);
      wanted.resize(find_spikes(plain.data(), n, 0.7f, wanted.data()));
      EXPECT_EQ(v, plain);
      EXPECT_EQ(mine, wanted);
      EXPECT_FALSE(mine.empty());
    }
}

TEST_P(SparseKernels, row_product) {
  const std::size_t k = 33, apart = 5;  // rows of a overlap
  for (const std::size_t n : {1u, 16u, 17u, 32u, 64u, 150u})
    for (const std::size_t m : {1u, 4u, 7u, 15u, 29u})
      for (const std::size_t a_stride : {k, apart}) {
        const RowProduct shape{m, n, k, a_stride, n + 3};
        const auto a = random(m * k), weights = random(n * k), start = random(m * (n + 3));
        std::vector<float> b, mine = start;
        transpose_matrix(weights.data(), n, k, b);
        add_row_product(shape, a.data(), b.data(), mine.data());
        for (std::size_t r = 0; r < m; ++r)
          for (std::size_t i = 0; i < n + 3; ++i) {
            double sum = static_cast<double>(start[r * (n + 3) + i]);
            for (std::size_t j = 0; j < k && i < n; ++j)
              sum += static_cast<double>(a[r * a_stride + j]) *
                     static_cast<double>(weights[i * k + j]);
            EXPECT_NEAR(static_cast<double>(mine[r * (n + 3) + i]), sum, 1e-5) << n << " " << m;
          }
      }
}

INSTANTIATE_TEST_SUITE_P(InstructionSets, SparseKernels, testing::ValuesIn(instruction_sets()),
                         [](const auto& test) { return test.param; });

/// The rows of each neuron, looked for one by one.
void expect_transposed(const SpikeTrain& train) {
  const SpikeTrain* samples[] = {&train};
  SpikeRows rows;
  rows.view(samples);
  SpikesByNeuron mine;
  for (int again = 0; again < 2; ++again) {  // the second time into the room of the first
    transpose(rows, train.inputs, mine);
    ASSERT_EQ(mine.lists.size(), train.inputs);
    for (std::uint32_t n = 0; n < train.inputs; ++n) {
      Spikes wanted;
      for (std::uint32_t t = 0; t < train.steps; ++t)
        for (const std::uint32_t spike : train.step(t))
          if (spike == n) wanted.push_back(t);
      ASSERT_EQ(Spikes(mine.lists[n].begin(), mine.lists[n].end()), wanted) << n;
    }
  }
}

TEST(SparseRows, transposed_spikes_are_the_rows_of_each_neuron) {
  // Dense and sparse, one word of rows and several, neurons that never fire.
  for (const std::uint32_t steps : {1u, 64u, 700u})
    for (const std::uint32_t apart : {2u, 5u, 300u}) {
      SpikeTrain train;
      train.inputs = 300;
      train.steps = steps;
      for (std::uint32_t t = 0; t < steps; ++t) {
        for (std::uint32_t n = 0; n < 299; ++n)
          if ((t * 7 + n * 3) % apart == 0) train.indices.push_back(n);
        train.offsets.push_back(static_cast<std::uint32_t>(train.indices.size()));
      }
      expect_transposed(train);
      // A sum over a window names a neuron as often as it counts.
      train.indices.push_back(298);
      train.indices.push_back(298);
      train.offsets.back() += 2;
      expect_transposed(train);
    }
}

TEST(ChannelDivision, is_exact) {
  for (const std::size_t channels : {1u, 2u, 3u, 7u, 10u, 16u, 100u, 1000u, 65537u})
    for (const std::uint32_t index :
         {0u, 1u, 6u, 7u, 99u, 65535u, 65536u, 65537u, 999999u, (1u << 20) - 1, 1u << 20,
          4294967295u})
      EXPECT_EQ(ChannelDivision(channels).quotient(index), index / channels) << channels;
}

}  // namespace
}  // namespace volley
