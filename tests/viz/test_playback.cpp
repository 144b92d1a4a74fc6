// The play head without a window and without a clock.
#include <gtest/gtest.h>

#include <cmath>

#include "viz/playback.hpp"

namespace volley {

TEST(PlayHead, MovesWithTheSpeedAndBeginsAnew) {
  Playback playback(100);
  playback.start(300, 1.0);
  playback.advance(1);
  EXPECT_DOUBLE_EQ(playback.head_ms(), 100);
  EXPECT_FALSE(playback.seen());
  playback.faster();
  playback.advance(1.05);
  EXPECT_NEAR(playback.head_ms(), 10, 1e-9);
  EXPECT_TRUE(playback.seen());
}

TEST(PlayHead, AShortRecordingStaysForASecond) {
  Playback playback(100);
  playback.start(10, 1.0);
  playback.advance(0.5);
  EXPECT_FALSE(playback.seen());
  playback.advance(0.6);
  EXPECT_TRUE(playback.seen());
  playback.start(10, 1.0);
  EXPECT_FALSE(playback.seen());
}

TEST(PlayHead, StepsOnlyWhilePausedAndWithinTheRecording) {
  Playback playback(100);
  playback.start(5, 2.0);
  playback.step(1);
  EXPECT_DOUBLE_EQ(playback.head_ms(), 0);
  playback.toggle();
  playback.advance(10);
  EXPECT_DOUBLE_EQ(playback.head_ms(), 0);
  playback.step(2);
  EXPECT_DOUBLE_EQ(playback.head_ms(), 4);
  playback.step(9);
  EXPECT_DOUBLE_EQ(playback.head_ms(), 8);
  playback.step(-20);
  EXPECT_DOUBLE_EQ(playback.head_ms(), 0);
}

TEST(PlayHead, SeeksAndIsHeld) {
  Playback playback(100);
  playback.start(100, 1.0);
  playback.seek(70);
  EXPECT_DOUBLE_EQ(playback.head_ms(), 70);
  playback.seek(1e9);
  EXPECT_DOUBLE_EQ(playback.head_ms(), 100);
  playback.seek(std::nan(""));
  EXPECT_DOUBLE_EQ(playback.head_ms(), 100);
  playback.seek(20);
  playback.hold();
  playback.advance(1);
  EXPECT_DOUBLE_EQ(playback.head_ms(), 20);
}

TEST(PlayHead, OddNumbersDoNoHarm) {
  Playback playback(std::nan(""));
  EXPECT_DOUBLE_EQ(playback.speed(), 100);
  playback.start(0, -1);
  playback.advance(2);
  EXPECT_DOUBLE_EQ(playback.head_ms(), 0);
  EXPECT_TRUE(playback.seen());
  playback.start(10, 1);
  playback.advance(std::nan(""));
  playback.advance(-3);
  EXPECT_DOUBLE_EQ(playback.head_ms(), 0);
  for (int i = 0; i < 100; ++i) playback.faster();
  EXPECT_LE(playback.speed(), 100000);
  for (int i = 0; i < 100; ++i) playback.slower();
  EXPECT_GE(playback.speed(), 0.1);
}

}  // namespace volley
