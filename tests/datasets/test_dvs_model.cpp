// One pixel of the event camera model, step by step.
#include "datasets/dvs_model.hpp"

#include <cmath>

#include "support.hpp"

namespace volley::test {
namespace {

/// One pixel, no mismatch, no noise. Its memory starts within half a threshold of the first image.
DvsOptions quiet(double refractory_us = 0) { return {0.5, 0.0, refractory_us, 0.0}; }

std::vector<Event> ramp(DvsModel& camera, float to, std::int64_t t_us) {
  std::vector<Event> events;
  const std::vector<float> image{to};
  camera.expose(image, t_us, events);
  return events;
}

TEST(DvsModel, OneEventPerThresholdAtTheInterpolatedTime) {
  RandomEngine random(1);
  const std::vector<float> dark{0.0f};
  DvsModel camera({1, 1, 2}, quiet(), dark, random);
  const auto events = ramp(camera, 10, 20000);  // one threshold every 1000 us
  ASSERT_GE(events.size(), 19u);
  ASSERT_LE(events.size(), 20u);
  EXPECT_GE(events[0].t, 500);
  EXPECT_LE(events[0].t, 1500);
  for (std::size_t i = 1; i < events.size(); ++i)
    EXPECT_NEAR(static_cast<double>(events[i].t - events[i - 1].t), 1000, 1);
  for (const Event& event : events) EXPECT_EQ(event.p, 1);

  for (const Event& event : ramp(camera, 5, 30000)) {
    EXPECT_EQ(event.p, 0);
    EXPECT_GE(event.t, 20000);
    EXPECT_LT(event.t, 30000);
  }
}

TEST(DvsModel, SilentWithoutChange) {
  RandomEngine random(1);
  const std::vector<float> image(64, 0.3f);
  DvsModel camera({8, 8, 2}, quiet(), image, random);
  std::vector<Event> events;
  for (int i = 1; i < 100; ++i) camera.expose(image, i * 1000, events);
  EXPECT_TRUE(events.empty());
}

TEST(DvsModel, EventsWithinTheRefractoryTimeAreLost) {
  RandomEngine random(1);
  const std::vector<float> dark{0.0f};
  DvsModel camera({1, 1, 2}, quiet(2500), dark, random);
  const auto events = ramp(camera, 10, 20000);
  ASSERT_GE(events.size(), 6u);
  ASSERT_LE(events.size(), 7u);
  for (std::size_t i = 1; i < events.size(); ++i) EXPECT_GE(events[i].t - events[i - 1].t, 2500);
}

TEST(DvsModel, NoiseHasItsRateAndCoversTheSensor) {
  RandomEngine random(1);
  const std::vector<float> image(100, 0.0f);
  DvsModel camera({10, 10, 2}, {0.5, 0.0, 0.0, 20.0}, image, random);
  std::vector<Event> events;
  camera.add_noise(1'000'000, random, events);
  EXPECT_NEAR(static_cast<double>(events.size()), 2000, 5 * std::sqrt(2000.0));
  std::vector<int> seen(100);
  for (const Event& event : events) {
    ASSERT_LT(event.t, 1'000'000);
    ++seen.at(event.y * std::size_t{10} + event.x);
  }
  for (const int count : seen) EXPECT_GT(count, 0);
}

}  // namespace
}  // namespace volley::test
