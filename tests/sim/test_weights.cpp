// Weight quantisers alone: against the plain-loop twin and finite differences, and what they
// promise: how many values, how many zeros, the same bytes for any number of threads.
#include <gtest/gtest.h>
#include <tbb/global_control.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <ostream>
#include <set>

#include "base/random.hpp"
#include "reference_weights.hpp"
#include "sim/weight_quantizer.hpp"
#include "weight_cases.hpp"

namespace volley {

void PrintTo(const WeightCase& each, std::ostream* out) { *out << each.name; }

namespace {

template <class Real>
std::vector<Real> random_weights(std::size_t count, std::uint64_t seed) {
  RandomEngine engine = random_stream(seed, StreamPurpose::bench, {count});
  boost::random::normal_distribution<double> normal(0.02, 0.3);
  std::vector<Real> weights;
  for (std::size_t k = 0; k < count; ++k) weights.push_back(static_cast<Real>(normal(engine)));
  return weights;
}

class WeightQuantisers : public testing::TestWithParam<WeightCase> {};

TEST_P(WeightQuantisers, equal_finite_differences) {
  for (const double lambda : {0.0, 0.02}) {
    WeightQuantizer quantizer = GetParam().quantizer;
    quantizer.lambda = lambda;
    // A small group may have equal q, whose regression without ridge bends within a difference.
    if (lambda == 0 && quantizer.group == WeightGroup::sub_channel) continue;
    const std::size_t rows = 18, columns = 5;
    std::vector<double> weights = random_weights<double>(rows * columns, 3);
    const std::vector<double> g = random_weights<double>(rows * columns, 4);
    WeightNoise noise;
    const auto wanted = reference_weights(quantizer, weights, rows, columns, noise, false);
    std::vector<double> quantised, gradient = g;
    WeightStatistics statistics;
    quantise_weights(quantizer, weights, columns, quantised, statistics);
    quantise_weights_backward(quantizer, weights, columns, statistics, gradient);
    double difference = 0, size = 0;
    for (std::size_t k = 0; k < weights.size(); ++k) {
      ASSERT_NEAR(quantised[k], wanted[k], 1e-12) << k;
      const double kept = weights[k], step = 1e-4;
      const auto loss_at = [&](double w) {
        weights[k] = w;
        const auto hat = reference_weights(quantizer, weights, rows, columns, noise, true);
        double loss = 0;
        for (std::size_t at = 0; at < g.size(); ++at) loss += g[at] * hat[at];
        return loss;
      };
      const double numeric = (8 * (loss_at(kept + step) - loss_at(kept - step)) -
                              (loss_at(kept + 2 * step) - loss_at(kept - 2 * step))) /
                             (12 * step);
      weights[k] = kept;
      difference += (numeric - gradient[k]) * (numeric - gradient[k]);
      size += numeric * numeric;
    }
    EXPECT_GT(size, 1e-3);
    EXPECT_LE(std::sqrt(difference / size), 1e-8) << lambda;
  }
}

/// The most values of q but for the 0 of sparsity and pattern, and whether q can be that 0.
std::pair<std::size_t, bool> promised_values(const WeightQuantizer& quantizer) {
  const bool zeros = quantizer.sparsity > 0 || quantizer.of > 0;
  switch (quantizer.levels) {
    case WeightLevels::ternary: return {3, false};
    case WeightLevels::sign: return {2, true};
    case WeightLevels::unipolar: return {1, true};
    case WeightLevels::uniform: break;
  }
  if (quantizer.bits == 32) return {std::numeric_limits<std::size_t>::max() - 1, zeros};
  const std::size_t all = std::size_t{1} << quantizer.bits;
  // A symmetric grid has its 0 anyway.
  return {quantizer.bits > 1 && quantizer.grid == WeightGrid::symmetric ? all - 1 : all, false};
}

template <class Real>
void check_promises(const WeightQuantizer& quantizer) {
  const std::size_t rows = 330, columns = 45;
  std::vector<Real> weights = random_weights<Real>(rows * columns, 5);
  for (std::size_t k = 0; k < weights.size(); k += 7) weights[k] = weights[k / 7];  // equal ones
  std::vector<Real> quantised;
  WeightStatistics statistics;
  quantise_weights(quantizer, weights, columns, quantised, statistics);

  const bool shared = quantizer.group == WeightGroup::tensor;
  const std::size_t piece = quantizer.group == WeightGroup::sub_channel
                                ? static_cast<std::size_t>(quantizer.group_size)
                                : rows;
  std::map<std::size_t, std::set<Real>> values;  // by group that shares slope and intercept
  for (std::size_t row = 0; row < rows; ++row)
    for (std::size_t c = 0; c < columns; ++c)
      values[shared ? 0 : row / piece * columns + c].insert(quantised[row * columns + c]);
  const auto [most, zero] = promised_values(quantizer);
  std::size_t largest = 0;
  for (const auto& [group, own] : values) {
    EXPECT_LE(own.size(), most + (zero ? 1 : 0)) << group;
    largest = std::max(largest, own.size());
  }
  EXPECT_GE(largest, 2u);

  if (quantizer.sparsity == 0 && quantizer.of == 0) return;
  // Without intercept q = 0 is w_hat = 0; a grid rounds some of the kept to 0 too.
  WeightQuantizer plain = quantizer;
  plain.intercept = false;
  if (plain.group == WeightGroup::mixed) plain.group = WeightGroup::tensor;
  quantise_weights(plain, weights, columns, quantised, statistics);
  const auto not_zero = [&](std::size_t row, std::size_t column) {
    return quantised[row * columns + column] != Real(0) ? 1u : 0u;
  };
  const auto expect_kept = [&](std::size_t found, std::size_t wanted) {
    if (quantizer.on_grid()) EXPECT_LE(found, wanted);
    else EXPECT_EQ(found, wanted);
  };
  for (std::size_t c = 0; c < columns; ++c) {
    if (quantizer.sparsity > 0) {
      std::size_t found = 0;
      for (std::size_t row = 0; row < rows; ++row) found += not_zero(row, c);
      expect_kept(found, rows - static_cast<std::size_t>(
                                    std::lround(quantizer.sparsity * static_cast<double>(rows))));
      continue;
    }
    const auto of = static_cast<std::size_t>(quantizer.of);
    const auto kept = static_cast<std::size_t>(quantizer.kept);
    const std::size_t groups = (rows + of - 1) / of;
    for (std::size_t group = 0; group < groups; ++group) {
      std::size_t found = 0, members = 0;
      for (std::size_t row = 0; row < rows; ++row)
        if ((quantizer.interleaved ? row % groups : row / of) == group) {
          found += not_zero(row, c);
          ++members;
        }
      EXPECT_GE(members, of - 2);
      expect_kept(found, std::min(kept, members));
    }
  }
}

TEST_P(WeightQuantisers, keep_their_promises) {
  check_promises<double>(GetParam().quantizer);
  check_promises<float>(GetParam().quantizer);
}

TEST_P(WeightQuantisers, give_the_same_bytes_for_any_number_of_threads) {
  const WeightQuantizer& quantizer = GetParam().quantizer;
  const std::size_t columns = 75;
  const std::vector<float> weights = random_weights<float>(210 * columns, 6);
  std::vector<float> quantised[3], gradient[3];
  const std::size_t threads[] = {1, 2, 7};
  for (int k = 0; k < 3; ++k) {
    const tbb::global_control control(tbb::global_control::max_allowed_parallelism, threads[k]);
    WeightStatistics statistics;
    gradient[k] = random_weights<float>(weights.size(), 7);
    quantise_weights(quantizer, weights, columns, quantised[k], statistics);
    quantise_weights_backward(quantizer, weights, columns, statistics, gradient[k]);
    const std::size_t bytes = weights.size() * sizeof(float);
    EXPECT_EQ(std::memcmp(quantised[k].data(), quantised[0].data(), bytes), 0) << threads[k];
    EXPECT_EQ(std::memcmp(gradient[k].data(), gradient[0].data(), bytes), 0) << threads[k];
  }
}

// a K about 1: the straight path has unit gain, so that no scale of the weights matters.
TEST_P(WeightQuantisers, straight_path_has_about_unit_gain) {
  WeightQuantizer quantizer = GetParam().quantizer;
  quantizer.lambda = 0;
  if (quantizer.deviations > 0) return;  // a range of one's own is one's own affair
  const std::vector<double> weights = random_weights<double>(400 * 12, 8);
  std::vector<double> quantised;
  WeightStatistics statistics;
  quantise_weights(quantizer, weights, 12, quantised, statistics);
  double gain = 0;
  for (std::size_t cell = 0; cell < statistics.slope.size(); ++cell)
    gain += statistics.slope[cell] * statistics.gradient_scale[cell] /
            static_cast<double>(statistics.slope.size());
  EXPECT_GT(gain, 0.6);
  EXPECT_LT(gain, 1.6);
}

INSTANTIATE_TEST_SUITE_P(All, WeightQuantisers, testing::ValuesIn(weight_cases()),
                         [](const auto& each) { return each.param.name; });

// Equal weights, and weights that are no numbers, must not give what is no number or run astray.
TEST(WeightQuantisersAtTheEdge, equal_weights_stay_finite_without_ridge) {
  for (const WeightCase& each : weight_cases()) {
    WeightQuantizer quantizer = each.quantizer;
    quantizer.lambda = 0;
    for (const float value : {0.0f, 0.25f}) {
      const std::vector<float> weights(18 * 5, value);
      std::vector<float> quantised, gradient(weights.size(), 1.0f);
      WeightStatistics statistics;
      quantise_weights(quantizer, weights, 5, quantised, statistics);
      quantise_weights_backward(quantizer, weights, 5, statistics, gradient);
      for (std::size_t k = 0; k < weights.size(); ++k)
        ASSERT_TRUE(std::isfinite(quantised[k]) && std::isfinite(gradient[k])) << each.name;
    }
    std::vector<float> broken = random_weights<float>(18 * 5, 9), quantised;
    for (std::size_t k = 0; k < broken.size(); k += 4)
      broken[k] = std::numeric_limits<float>::quiet_NaN();
    WeightStatistics statistics;
    quantise_weights(quantizer, broken, 5, quantised, statistics);
    EXPECT_EQ(quantised.size(), broken.size());
  }
}

TEST(WeightQuantisersAtTheEdge, one_row_is_itself) {
  for (const WeightCase& each : weight_cases()) {
    if (!each.quantizer.intercept) continue;
    if (each.quantizer.group == WeightGroup::tensor) continue;
    const std::vector<double> weights = random_weights<double>(6, 10);
    std::vector<double> quantised;
    WeightStatistics statistics;
    quantise_weights(each.quantizer, weights, 6, quantised, statistics);
    for (std::size_t k = 0; k < 6; ++k) EXPECT_NEAR(quantised[k], weights[k], 1e-12) << each.name;
  }
}

TEST(WeightQuantisersAtTheEdge, general_loops_equal_the_quick_ones_for_one_bit) {
  WeightQuantizer quantizer;
  quantizer.bits = 1;
  const std::size_t columns = 37;
  const std::vector<double> weights = random_weights<double>(50 * columns, 11);
  std::vector<double> quick, general, quick_gradient = random_weights<double>(50 * columns, 12);
  std::vector<double> general_gradient = quick_gradient;
  WeightStatistics first, second;
  quantise_weights(quantizer, weights, columns, quick, first);
  EXPECT_TRUE(first.level.empty()) << "not the quick loops";
  quantise_weights_backward(quantizer, weights, columns, first, quick_gradient);
  regress_weights(quantizer, weights, columns, general, second);
  regress_weights_backward(quantizer, weights, columns, second, general_gradient);
  for (std::size_t k = 0; k < weights.size(); ++k) {
    ASSERT_NEAR(quick[k], general[k], 1e-13);
    ASSERT_NEAR(quick_gradient[k], general_gradient[k], 1e-13);
  }
}

// More bits, less error; and what has few bits still keeps most of the weights' variance.
TEST(WeightQuantisersAtTheEdge, error_falls_with_the_bits) {
  const std::vector<double> weights = random_weights<double>(500 * 8, 13);
  double before = 1e300;
  for (int bits = 1; bits <= 8; ++bits) {
    WeightQuantizer quantizer;
    quantizer.bits = bits;
    quantizer.lambda = 0;
    std::vector<double> quantised;
    WeightStatistics statistics;
    quantise_weights(quantizer, weights, 8, quantised, statistics);
    double error = 0;
    for (std::size_t k = 0; k < weights.size(); ++k)
      error += std::pow(quantised[k] - weights[k], 2) / static_cast<double>(weights.size());
    EXPECT_LT(error, bits <= 2 ? before : 0.5 * before) << bits;
    before = error;
  }
  EXPECT_LT(before, 2e-4 * 0.3 * 0.3);
}

TEST(SparsitySchedule, rises_as_a_cubic) {
  WeightQuantizer quantizer;
  quantizer.sparsity = 0.8;
  EXPECT_DOUBLE_EQ(quantizer.sparsity_at(0), 0.8);
  quantizer.sparsity_ramp = 0.5;
  EXPECT_DOUBLE_EQ(quantizer.sparsity_at(0), 0);
  EXPECT_DOUBLE_EQ(quantizer.sparsity_at(0.25), 0.8 * (1 - 0.125));
  EXPECT_DOUBLE_EQ(quantizer.sparsity_at(0.5), 0.8);
  EXPECT_DOUBLE_EQ(quantizer.sparsity_at(1), 0.8);
}

}  // namespace
}  // namespace volley
