// Shifting spike trains, compared with a plain loop over addresses.
#include "datasets/augment.hpp"

#include <algorithm>
#include <limits>

#include "base/random.hpp"
#include "datasets/binning.hpp"
#include "support.hpp"

namespace volley::test {
namespace {

SpikeTrain plain_shift(const SpikeTrain& train, const SensorSize& sensor, int dx, int dy) {
  SpikeTrain moved;
  moved.steps = train.steps;
  moved.inputs = train.inputs;
  for (std::uint32_t t = 0; t < train.steps; ++t) {
    for (const std::uint32_t index : train.step(t)) {
      const int address = static_cast<int>(index), p = address % sensor.polarities;
      const int x = address / sensor.polarities % sensor.width + dx;
      const int y = address / sensor.polarities / sensor.width + dy;
      if (x >= 0 && x < sensor.width && y >= 0 && y < sensor.height)
        moved.indices.push_back(
            static_cast<std::uint32_t>((y * sensor.width + x) * sensor.polarities + p));
    }
    moved.offsets.push_back(static_cast<std::uint32_t>(moved.indices.size()));
  }
  return moved;
}

SpikeTrain random_train(const SensorSize& sensor) {
  Recording recording;
  recording.sensor = sensor;
  RandomEngine random(5);
  boost::random::uniform_int_distribution<int> x(0, sensor.width - 1), y(0, sensor.height - 1);
  boost::random::uniform_int_distribution<int> p(0, sensor.polarities - 1);
  for (int i = 0; i < 500; ++i)
    recording.events.push_back({i * 100, static_cast<std::uint16_t>(x(random)),
                                static_cast<std::uint16_t>(y(random)),
                                static_cast<std::uint8_t>(p(random))});
  return bin_events(recording, {10, 0});
}

TEST(Shift, MovesRightAndDown) {
  const SensorSize sensor{3, 2, 2};
  SpikeTrain train;
  train.steps = 2;
  train.inputs = 12;
  train.indices = {0, 3, 5, 11};  // (0,0) OFF, (1,0) ON | (2,0) ON, (2,1) ON
  train.offsets = {0, 2, 4};
  SpikeTrain right = train;
  right.indices = {2, 5};
  right.offsets = {0, 2, 2};
  EXPECT_EQ(shift(train, sensor, 1, 0), right);
  SpikeTrain down = train;
  down.indices = {6, 9, 11};
  down.offsets = {0, 2, 3};
  EXPECT_EQ(shift(train, sensor, 0, 1), down);
  EXPECT_EQ(shift(train, sensor, 0, 0), train);
}

TEST(Shift, AgreesWithThePlainLoop) {
  for (const SensorSize sensor :
       {SensorSize{34, 34, 2}, SensorSize{7, 3, 1}, SensorSize{1, 9, 2}}) {
    const SpikeTrain train = random_train(sensor);
    for (int dx = -8; dx <= 8; ++dx)
      for (int dy = -4; dy <= 4; ++dy)
        ASSERT_EQ(shift(train, sensor, dx, dy), plain_shift(train, sensor, dx, dy))
            << dx << ", " << dy;
  }
}

TEST(Shift, FarMovesLeaveNothing) {
  const SensorSize sensor{34, 34, 2};
  const SpikeTrain train = random_train(sensor);
  for (const int far :
       {34, -34, std::numeric_limits<int>::max(), std::numeric_limits<int>::min()}) {
    EXPECT_EQ(shift(train, sensor, far, 0).spikes(), 0u);
    EXPECT_EQ(shift(train, sensor, 0, far).spikes(), 0u);
    EXPECT_EQ(shift(train, sensor, far, far).offsets.size(), train.offsets.size());
  }
}

TEST(Mirror, swaps_left_and_right_and_keeps_values) {
  const SensorSize sensor{3, 2, 2};
  SpikeTrain train;
  train.steps = 2;
  train.inputs = 12;
  train.indices = {0, 1, 4, 9, 6, 7};  // (0,0) both, (2,0) OFF, (1,1) ON | (0,1) both
  train.offsets = {0, 4, 6};
  train.values = {1, 2, 3, 4, 5, 6};
  const SpikeTrain mirrored = mirror(train, sensor);
  EXPECT_EQ(mirrored.indices, (std::vector<std::uint32_t>{0, 4, 5, 9, 10, 11}));
  EXPECT_EQ(mirrored.values, (std::vector<float>{3, 1, 2, 4, 5, 6}));
  EXPECT_EQ(mirrored.offsets, train.offsets);
  EXPECT_EQ(mirror(mirrored, sensor), train);
}

TEST(Mirror, undoes_itself_on_random_spikes) {
  for (const SensorSize& sensor : {SensorSize{7, 5, 2}, SensorSize{8, 3, 1}}) {
    const SpikeTrain train = random_train(sensor);
    const SpikeTrain mirrored = mirror(train, sensor);
    EXPECT_NE(mirrored, train);
    EXPECT_EQ(mirror(mirrored, sensor), train);
    for (std::uint32_t t = 0; t < train.steps; ++t)
      EXPECT_TRUE(std::is_sorted(mirrored.step(t).begin(), mirrored.step(t).end()));
  }
}

TEST(Shift, keeps_values_and_still_images) {
  SpikeTrain train;
  train.steps = 5;
  train.inputs = 4;
  train.constant = true;
  train.indices = {0, 1, 3};
  train.values = {0.1f, 0.2f, 0.3f};
  train.offsets = {0, 3};
  const SpikeTrain moved = shift(train, {2, 2, 1}, 1, 0);
  EXPECT_EQ(moved.indices, (std::vector<std::uint32_t>{1}));
  EXPECT_EQ(moved.values, (std::vector<float>{0.1f}));
  EXPECT_EQ(moved.spikes(), 5u);
}

}  // namespace
}  // namespace volley::test
