// Bits that weights take.
#include "models/recipe.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "models/weight_facts.hpp"

namespace volley::test {
namespace {

TEST(WeightFacts, BitsCountThePlacesOfTheKept) {
  WeightQuantizer weights;
  EXPECT_EQ(bits_per_weight(weights), 32);
  EXPECT_EQ(weight_bytes(weights, 10, 3), 120u);
  weights.bits = 1;
  EXPECT_EQ(bits_per_weight(weights), 1);
  EXPECT_EQ(weight_bytes(weights, 10, 3), 4u + 3 * 8);
  weights.bits = 32;
  weights.kept = 2;
  weights.of = 4;
  EXPECT_NEAR(bits_per_weight(weights), std::log2(6) / 4 + 16, 1e-12);
  weights.levels = WeightLevels::unipolar;
  EXPECT_NEAR(bits_per_weight(weights), 0.646, 1e-3);
  EXPECT_EQ(weight_words(weights), "2:4, 0 or 1, 0.646 bits");
  weights.levels = WeightLevels::sign;
  EXPECT_NEAR(bits_per_weight(weights), 1.146, 1e-3);
  weights.kept = 1;
  weights.levels = WeightLevels::unipolar;
  EXPECT_NEAR(bits_per_weight(weights), 0.5, 1e-12);
  weights = {};
  weights.levels = WeightLevels::ternary;
  weights.group = WeightGroup::mixed;
  EXPECT_NEAR(bits_per_weight(weights), 1.585, 1e-3);
  EXPECT_EQ(weight_bytes(weights, 100, 10), 199u + 4 + 40);
  weights = {};
  weights.bits = 4;
  weights.sparsity = 0.5;
  weights.group = WeightGroup::sub_channel;
  weights.group_size = 30;
  weights.intercept = false;
  EXPECT_NEAR(bits_per_weight(weights), 1 + 2, 1e-12);
  EXPECT_EQ(weight_bytes(weights, 100, 10), 375u + 4 * 40);
  EXPECT_EQ(weight_words(weights), "50 % zero, 3 bits");
}

}  // namespace
}  // namespace volley::test
