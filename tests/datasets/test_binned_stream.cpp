// Streams binned on the fly: the same steps as bin_events(), the same refusals, bounded memory.
#include "datasets/binned_stream.hpp"

#include "base/random.hpp"
#include "datasets/binning.hpp"
#include "support.hpp"

namespace volley::test {
namespace {

Recording random_recording(std::uint64_t seed, SensorSize sensor, int events, int most_gap) {
  RandomEngine random(seed);
  boost::random::uniform_int_distribution<int> x(0, sensor.width - 1), y(0, sensor.height - 1);
  boost::random::uniform_int_distribution<int> p(0, sensor.polarities - 1), gap(0, most_gap);
  Recording recording;
  recording.name = "some.bin";
  recording.sensor = sensor;
  std::int64_t t = gap(random);
  for (int i = 0; i < events; ++i, t += gap(random) * (i % 100 == 0 ? 100 : 1))
    recording.events.push_back({t, static_cast<std::uint16_t>(x(random)),
                                static_cast<std::uint16_t>(y(random)),
                                static_cast<std::uint8_t>(p(random))});
  return recording;
}

void expect_the_same_steps(EventStream& stream, const SpikeTrain& train, double dt_ms,
                           std::uint64_t events) {
  BinnedStream binned(stream, step_microseconds(dt_ms), "some.bin");
  EXPECT_EQ(binned.inputs(), train.inputs);
  BinnedStep step;
  std::uint32_t done = 0;
  std::uint64_t counted = 0;
  while (binned.next(step)) {
    ASSERT_LT(step.step, train.steps);
    for (; done < step.step; ++done) ASSERT_TRUE(train.step(done).empty()) << "step " << done;
    const auto expected = train.step(done++);
    ASSERT_EQ(step.indices, std::vector<std::uint32_t>(expected.begin(), expected.end()));
    counted += step.events;
  }
  EXPECT_EQ(done, train.steps) << "the last step has the last event";
  EXPECT_EQ(counted, events);
  EXPECT_FALSE(binned.next(step)) << "the end stays the end";
}

TEST(BinnedStream, StepsAreThoseOfTheWholeRecording) {
  for (const SensorSize sensor : {SensorSize{34, 34, 2}, SensorSize{640, 480, 2},
                                  SensorSize{700, 1, 1}, SensorSize{1, 1, 2}})
    for (const double dt_ms : {0.001, 0.3, 1.0, 7.0, 1000.0}) {
      const Recording recording = random_recording(3, sensor, 9000, 60);
      RecordingStream stream(recording);
      expect_the_same_steps(stream, bin_events(recording, {dt_ms, 0}), dt_ms, 9000);
    }
}

TEST(BinnedStream, FilesAreBinnedAsTheirRecordings) {
  const TempFolder folder;
  const Recording recording = random_recording(5, {34, 34, 2}, 9000, 60);
  write_atis_bin(folder / "some.bin", recording);
  for (const double dt_ms : {0.001, 5.0}) {
    const auto stream = open_atis_bin(folder / "some.bin", {34, 34, 2});
    expect_the_same_steps(*stream, bin_events(recording, {dt_ms, 0}), dt_ms, 9000);
  }
}

TEST(BinnedStream, ARecordingsStartIsTheClocksOrigin) {
  Recording recording = random_recording(6, {34, 34, 2}, 100, 100);
  recording.start_us = -12'345;
  RecordingStream stream(recording);
  expect_the_same_steps(stream, bin_events(recording, {1.0, 0}), 1.0, 100);
}

TEST(BinnedStream, AnEmptyStreamHasNoSteps) {
  const Recording recording = random_recording(1, {4, 4, 2}, 0, 1);
  RecordingStream stream(recording);
  BinnedStream binned(stream, 1000, "some.bin");
  BinnedStep step;
  EXPECT_FALSE(binned.next(step));
}

TEST(BinnedStream, DamageComesBehindTheStepsBeforeIt) {
  const auto stream = open_atis_bin(
      memory_source(item(1, 0, 0, 5) + item(2, 0, 1, 2000) + "abc", "some.bin"),
      SensorSize{34, 34, 2});
  BinnedStream binned(*stream, 1000, "some.bin");
  BinnedStep step;
  ASSERT_TRUE(binned.next(step));
  EXPECT_EQ(step.step, 0u);
  ASSERT_TRUE(binned.next(step));
  EXPECT_EQ(step.step, 2u);
  EXPECT_EQ(step.indices, std::vector<std::uint32_t>{5});
  expect_error([&] { binned.next(step); }, "truncated", "some.bin: byte 10", "undamaged copy");
}

TEST(BinnedStream, RefusesWhatNoRecordingMayHold) {
  const auto refuses = [](const std::vector<Event>& events, std::string_view what) {
    Recording recording;
    recording.sensor = {34, 34, 2};
    recording.events = events;
    RecordingStream stream(recording);
    BinnedStream binned(stream, 1000, "some.bin");
    BinnedStep step;
    expect_error([&] { while (binned.next(step)) {} }, what, "some.bin", "decoder");
  };
  refuses({{0, 0, 0, 0}, {0, 34, 0, 0}}, "event 1 at 0 us lies outside the sensor");
  refuses({{-1, 0, 0, 0}}, "event 0 at -1 us lies before the start");
  refuses({{5, 0, 0, 0}, {4, 0, 0, 0}}, "event 1 at 4 us is earlier");
  refuses({{0, 0, 0, 0}, {(std::int64_t{1} << 60) + 1, 0, 0, 0}}, "later than any recording");
}

/// Events made on the fly, so that the test holds none of them.
class EndlessStream final : public EventStream {
public:
  explicit EndlessStream(std::uint64_t events) : left_(events) {}
  SensorSize sensor() const override { return {64, 64, 2}; }
  const StreamReport& report() const override { return report_; }
  bool next(std::vector<Event>& batch) override {
    batch.clear();
    for (; left_ > 0 && batch.size() < 4096; --left_, ++report_.events)
      batch.push_back({static_cast<std::int64_t>(report_.events / 7),
                       static_cast<std::uint16_t>(report_.events * 31 % 64),
                       static_cast<std::uint16_t>(report_.events * 17 % 64), 1});
    return !batch.empty();
  }

private:
  std::uint64_t left_;
  StreamReport report_;
};

TEST(BinnedStream, MemoryDoesNotGrowWithTheStream) {
  for (const std::uint64_t step_us : {1u, 1000u, 1'000'000'000u}) {
    std::size_t held[2] = {0, 0};
    for (int longer = 0; longer < 2; ++longer) {
      EndlessStream stream(longer == 0 ? 100'000 : 3'000'000);
      BinnedStream binned(stream, step_us, "some.bin");
      BinnedStep step;
      while (binned.next(step)) held[longer] = std::max(held[longer], binned.bytes());
    }
    EXPECT_EQ(held[0], held[1]) << step_us;
    EXPECT_LT(held[1], std::size_t{1} << 20);
  }
}

}  // namespace
}  // namespace volley::test
