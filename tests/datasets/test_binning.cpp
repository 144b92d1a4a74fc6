// Where bins begin and end, what they hold, and what is refused.
#include "datasets/binning.hpp"

#include <cmath>
#include <limits>
#include <set>

#include "base/random.hpp"
#include "support.hpp"

namespace volley::test {
namespace {

Recording recording_of(std::vector<Event> events, SensorSize sensor = {34, 34, 2}) {
  Recording recording;
  recording.name = "some.bin";
  recording.sensor = sensor;
  recording.events = std::move(events);
  return recording;
}

std::vector<std::uint32_t> step(const SpikeTrain& train, std::uint32_t t) {
  return {train.step(t).begin(), train.step(t).end()};
}

using Indices = std::vector<std::uint32_t>;

TEST(Binning, AnEventOnAnEdgeGoesToTheLaterBin) {
  const auto train = bin_events(
      recording_of({{0, 1, 0, 0}, {9999, 2, 0, 0}, {10000, 3, 0, 0}, {20000, 4, 0, 0}}), {10, 0});
  ASSERT_EQ(train.steps, 3u);
  EXPECT_EQ(step(train, 0), (Indices{2, 4}));
  EXPECT_EQ(step(train, 1), (Indices{6}));
  EXPECT_EQ(step(train, 2), (Indices{8}));
}

TEST(Binning, BinsAreAnchoredAtTheStartNotAtTheFirstEvent) {
  Recording recording = recording_of({{25000, 0, 0, 0}, {30000, 0, 0, 1}});
  EXPECT_EQ(bin_events(recording, {10, 0}).offsets, (Indices{0, 0, 0, 1, 2}));
  recording.start_us = 24000;
  EXPECT_EQ(bin_events(recording, {10, 0}).offsets, (Indices{0, 2}));
  recording.start_us = -5000;
  EXPECT_EQ(bin_events(recording, {10, 0}).offsets, (Indices{0, 0, 0, 0, 2}));
}

TEST(Binning, StepsAreAsManyAsTheRecordingNeeds) {
  EXPECT_EQ(bin_events(recording_of({{9999, 0, 0, 0}}), {10, 0}).steps, 1u);
  EXPECT_EQ(bin_events(recording_of({{10000, 0, 0, 0}}), {10, 0}).steps, 2u);
  EXPECT_EQ(bin_events(recording_of({{0, 0, 0, 0}}), {0.001, 0}).steps, 1u);
  const SpikeTrain empty = bin_events(recording_of({}), {10, 0});
  EXPECT_EQ(empty.steps, 1u);
  EXPECT_EQ(empty.inputs, 2312u);
  EXPECT_EQ(empty.offsets, (Indices{0, 0}));
  EXPECT_EQ(bin_events(recording_of({}), {10, 3}).offsets, (Indices{0, 0, 0, 0}));
}

TEST(Binning, FixedStepsCutOrPad) {
  const Recording recording = recording_of({{0, 0, 0, 0}, {10000, 1, 0, 0}, {99999, 2, 0, 0}});
  EXPECT_EQ(bin_events(recording, {10, 1}).offsets, (Indices{0, 1}));
  EXPECT_EQ(bin_events(recording, {10, 2}).offsets, (Indices{0, 1, 2}));
  const SpikeTrain longer = bin_events(recording, {10, 12});
  EXPECT_EQ(longer.steps, 12u);
  EXPECT_EQ(longer.offsets, (Indices{0, 1, 2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3}));
}

TEST(Binning, RepeatedAddressesSpikeOnceAndIndicesAscend) {
  const auto train = bin_events(
      recording_of({{1, 5, 3, 1}, {2, 4, 3, 0}, {3, 5, 3, 1}, {4, 5, 3, 0}, {5, 0, 0, 1}}), {1, 0});
  const std::uint32_t row = 3 * 34;
  EXPECT_EQ(train.indices, (Indices{1, (row + 4) * 2, (row + 5) * 2, (row + 5) * 2 + 1}));
}

TEST(Binning, StepsAreRoundedToWholeMicroseconds) {
  const Recording recording = recording_of({{2, 0, 0, 0}, {3, 1, 0, 0}});
  EXPECT_EQ(bin_events(recording, {0.0029, 0}).offsets, (Indices{0, 1, 2}));  // 3 us
}

TEST(Binning, AgreesWithSetsOnDenseAndSparseSensors) {
  RandomEngine random(4);
  for (const SensorSize sensor : {SensorSize{34, 34, 2}, SensorSize{1280, 720, 2},
                                  SensorSize{700, 1, 1}, SensorSize{1, 1, 2}}) {
    boost::random::uniform_int_distribution<int> x(0, sensor.width - 1), y(0, sensor.height - 1);
    boost::random::uniform_int_distribution<int> p(0, sensor.polarities - 1), gap(0, 200);
    Recording recording = recording_of({}, sensor);
    std::int64_t t = 0;
    for (int i = 0; i < 5000; ++i, t += gap(random) * (i % 100 == 0 ? 100 : 1))
      recording.events.push_back({t, static_cast<std::uint16_t>(x(random)),
                                  static_cast<std::uint16_t>(y(random)),
                                  static_cast<std::uint8_t>(p(random))});
    const SpikeTrain train = bin_events(recording, {7, 0});
    std::vector<std::set<std::uint32_t>> expected(train.steps);
    for (const Event& event : recording.events)
      expected.at(static_cast<std::size_t>(event.t / 7000))
          .insert(static_cast<std::uint32_t>((event.y * sensor.width + event.x) *
                                                 sensor.polarities + event.p));
    ASSERT_EQ(train.offsets.size(), train.steps + 1u);
    for (std::uint32_t k = 0; k < train.steps; ++k)
      ASSERT_EQ(step(train, k), Indices(expected[k].begin(), expected[k].end())) << "step " << k;
  }
}

TEST(Binning, CountsEventsOfAnAddress) {
  Recording recording = recording_of({});
  RandomEngine random(4);
  boost::random::uniform_int_distribution<int> x(0, 5), gap(0, 300);
  for (std::int64_t t = 0; t < 100'000; t += gap(random))
    recording.events.push_back({t, static_cast<std::uint16_t>(x(random)), 1, 0});
  BinOptions options{10, 0};
  const SpikeTrain binary = bin_events(recording, options);
  options.counts = true;
  const SpikeTrain counted = bin_events(recording, options);
  EXPECT_EQ(counted.indices, binary.indices);
  EXPECT_EQ(counted.offsets, binary.offsets);
  EXPECT_TRUE(binary.values.empty());
  ASSERT_EQ(counted.values.size(), counted.indices.size());
  for (std::uint32_t k = 0; k < counted.steps; ++k)
    for (std::size_t spike = 0; spike < counted.step(k).size(); ++spike) {
      const std::uint32_t column = (counted.step(k)[spike] - 34 * 2) / 2;
      const auto expected = std::count_if(
          recording.events.begin(), recording.events.end(), [&](const Event& event) {
            return event.x == column && event.t / 10'000 == static_cast<std::int64_t>(k);
          });
      EXPECT_EQ(counted.values_at(k)[spike], static_cast<float>(expected));
    }
}

TEST(Binning, StepsOfEqualNumbersOfEvents) {
  Recording recording = recording_of({});
  for (std::uint16_t i = 0; i < 25; ++i)
    recording.events.push_back({i * 1000 + (i > 12 ? 500'000 : 0), i, 0, 0});
  BinOptions options{10, 0};
  options.events_per_step = 10;
  EXPECT_EQ(bin_events(recording, options).offsets, (Indices{0, 10, 20, 25}));
  options.steps = 2;
  EXPECT_EQ(bin_events(recording, options).offsets, (Indices{0, 10, 20}));
  options.steps = 4;
  EXPECT_EQ(bin_events(recording, options).offsets, (Indices{0, 10, 20, 25, 25}));
  EXPECT_EQ(bin_events(recording_of({}), {10, 0, ImageEncoding::automatic, 1, false, 10}).steps, 1u);
  options.events_per_step = -1;
  expect_error([&] { bin_events(recording, options); }, "negative", "events_per_step", "0");
}

TEST(Binning, RefusesBadOptions) {
  const Recording recording = recording_of({{0, 0, 0, 0}});
  for (const double dt : {0.0, -1.0, 0.0004, 1e10, std::nan(""),
                          std::numeric_limits<double>::infinity()})
    expect_error([&] { bin_events(recording, {dt, 0}); }, "a step must last", "dt_ms", "10");
  expect_error([&] { bin_events(recording, {10, -1}); }, "negative", "steps", "0 or more");
  expect_error([&] { bin_events(recording, {10, 1000001}); }, "needs 1000001 steps", "some.bin",
               "dt_ms");
}

TEST(Binning, NoRecordingExhaustsMemory) {
  Recording recording = recording_of({{0, 0, 0, 0}, {std::int64_t{1} << 62, 0, 0, 0}});
  recording.start_us = std::numeric_limits<std::int64_t>::min();
  expect_error([&] { bin_events(recording, {10, 0}); }, "steps, at most 1000000", "some.bin",
               "longer steps");
  EXPECT_EQ(bin_events(recording, {10, 5}).spikes(), 0u) << "all events are later";
}

TEST(Binning, RefusesWhatNoRecordingMayHold) {
  const auto refuses = [](const std::vector<Event>& events, SensorSize sensor,
                          std::string_view what) {
    expect_error([&] { bin_events(recording_of(events, sensor), {10, 0}); }, what, "some.bin",
                 "decoder");
  };
  refuses({{0, 34, 0, 0}}, {34, 34, 2}, "event 0 at 0 us lies outside the sensor");
  refuses({{0, 0, 34, 0}}, {34, 34, 2}, "lies outside");
  refuses({{0, 0, 0, 2}}, {34, 34, 2}, "lies outside");
  refuses({{0, 0, 0, 1}}, {34, 34, 1}, "lies outside");
  refuses({{-1, 0, 0, 0}}, {34, 34, 2}, "before the start");
  refuses({{5, 0, 0, 0}, {4, 0, 0, 0}}, {34, 34, 2}, "event 1 at 4 us is earlier");
  for (const SensorSize sensor : {SensorSize{0, 34, 2}, SensorSize{34, -1, 2},
                                  SensorSize{34, 34, 0}, SensorSize{65536, 65536, 2}})
    expect_error([&] { bin_events(recording_of({}, sensor), {10, 0}); }, "cannot be binned",
                 "some.bin", "size");
}

}  // namespace
}  // namespace volley::test
