// How many threads a circuit runs on, told times that are made up: nothing here is timed.
#include <gtest/gtest.h>

#include "sim/team_choice.hpp"

namespace volley {
namespace {

/// Shares of pieces that ran on one thread, of `pieces` that take so long a step alone and together.
double alone_of(TeamChoice& choice, int pieces, double alone, double together) {
  int ones = 0;
  for (int i = 0; i < pieces; ++i) {
    const std::size_t team = choice.next();
    ones += team == 1;
    choice.note(choice.steps(), choice.steps() * (team == 1 ? alone : together));
  }
  return static_cast<double>(ones) / pieces;
}

TEST(TeamChoice, TriesBothAndKeepsTheFaster) {
  TeamChoice small(4), large(4);
  EXPECT_EQ(small.next(), 1U);
  small.note(256, 256e-6);
  EXPECT_EQ(small.next(), 4U);
  EXPECT_GT(alone_of(small, 1000, 1e-6, 3e-6), 0.98);
  EXPECT_LT(alone_of(large, 1000, 3e-4, 1e-4), 0.02);
}

TEST(TeamChoice, FollowsAChange) {
  TeamChoice choice(2);
  alone_of(choice, 2000, 2e-6, 1e-6);
  EXPECT_EQ(choice.next(), 2U);
  alone_of(choice, 3, 2e-6, 9e-6);  // another program takes a core
  EXPECT_EQ(choice.next(), 1U);
  alone_of(choice, 1100, 2e-6, 1e-6);
  EXPECT_EQ(choice.next(), 2U);
}

TEST(TeamChoice, PiecesTakeTenMilliseconds) {
  TeamChoice choice(2);
  EXPECT_EQ(choice.steps(), 256U);
  choice.note(256, 256 * 1e-6);
  EXPECT_NEAR(choice.steps(), 10'000, 1);
  choice.note(1, 1.0);
  EXPECT_EQ(choice.steps(), 256U);
}

TEST(TeamChoice, OneThreadHasNone) {
  TeamChoice choice(1);
  EXPECT_EQ(alone_of(choice, 100, 1e-6, 1e-7), 1.0);
}

}  // namespace
}  // namespace volley
