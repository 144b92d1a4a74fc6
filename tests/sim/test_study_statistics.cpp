// Statistics of repeated runs against numbers worked out by hand.
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "sim/study_statistics.hpp"

namespace volley {
namespace {

TEST(StudyStatistics, mean_and_sample_deviation) {
  const std::vector<double> values{2, 4, 4, 4, 5, 5, 7, 9};
  const SpreadSummary summary = summarise(values);
  EXPECT_EQ(summary.count, 8u);
  EXPECT_DOUBLE_EQ(summary.mean, 5.0);
  EXPECT_DOUBLE_EQ(summary.deviation, std::sqrt(32.0 / 7));
  EXPECT_EQ(summarise(std::vector<double>{3}).deviation, 0.0);
  EXPECT_EQ(summarise({}).count, 0u);
}

// Differences 1, 2, 3: mean 2, standard error 1 / sqrt(3), t = 2 sqrt(3) with 2 degrees of freedom,
// where P(|T| > t) = 1 - t / sqrt(2 + t^2) and the 97.5 % quantile is 4.302652729911275.
TEST(StudyStatistics, paired_difference_by_hand) {
  const std::vector<double> first{11, 22, 33}, second{10, 20, 30};
  const PairedDifference difference = paired_difference(first, second);
  const double t = 2 * std::sqrt(3.0), reach = 4.302652729911275 / std::sqrt(3.0);
  EXPECT_EQ(difference.count, 3u);
  EXPECT_DOUBLE_EQ(difference.mean, 2.0);
  EXPECT_TRUE(difference.tested);
  EXPECT_NEAR(difference.low, 2 - reach, 1e-9);
  EXPECT_NEAR(difference.high, 2 + reach, 1e-9);
  EXPECT_NEAR(difference.p, 1 - t / std::sqrt(2 + t * t), 1e-12);
  const PairedDifference turned = paired_difference(second, first);
  EXPECT_DOUBLE_EQ(turned.mean, -2.0);
  EXPECT_DOUBLE_EQ(turned.p, difference.p);
}

TEST(StudyStatistics, too_few_or_equal_differences_are_not_tested) {
  EXPECT_FALSE(paired_difference({}, {}).tested);
  EXPECT_FALSE(paired_difference(std::vector<double>{1}, std::vector<double>{3}).tested);
  // The differences are equal but for rounding.
  const std::vector<double> first{0.8, 0.9, 0.7}, second{0.7, 0.8, 0.6};
  EXPECT_FALSE(paired_difference(first, first).tested);
  EXPECT_FALSE(paired_difference(first, second).tested);
  EXPECT_NEAR(paired_difference(first, second).mean, 0.1, 1e-12);
}

}  // namespace
}  // namespace volley
