// Streams against whole recordings: the same spikes and scores, windows and intervals where they
// belong, in steps and in microseconds.
#include "sim/stream_run.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"
#include "base/random.hpp"
#include "datasets/binned_stream.hpp"
#include "datasets/binning.hpp"
#include "random_networks.hpp"
#include "sample_networks.hpp"
#include "sim/microsecond_engine.hpp"

namespace volley {
namespace {

Recording random_recording(std::uint64_t seed, int events) {
  RandomEngine random(seed);
  boost::random::uniform_int_distribution<int> x(0, 7), y(0, 8), p(0, 1), gap(0, 150);
  Recording recording;
  recording.sensor = {8, 9, 2};
  std::int64_t t = 0;
  for (int i = 0; i < events; ++i, t += gap(random) * (i % 50 == 0 ? 100 : 1))
    recording.events.push_back({t, static_cast<std::uint16_t>(x(random)),
                                static_cast<std::uint16_t>(y(random)),
                                static_cast<std::uint8_t>(p(random))});
  return recording;
}

std::vector<StreamInterval> stream(TickedNetwork& network, const Recording& recording,
                                   std::uint64_t tick_us, const StreamTiming& options,
                                   const std::function<void(std::uint64_t)>& seen = {}) {
  std::vector<StreamInterval> intervals;
  StreamRun run(network, options,
                [&](const StreamInterval& interval) { intervals.push_back(interval); });
  RecordingStream events(recording);
  BinnedStream binned(events, tick_us, "recording");
  BinnedStep step;
  while (binned.next(step)) {
    run.input(step.step, step.indices);
    if (seen) seen(step.step);
  }
  run.finish();
  return intervals;
}

Recording cut(const Recording& recording, std::int64_t from, std::int64_t to) {
  Recording part = recording;
  part.start_us = from;
  std::erase_if(part.events, [&](const Event& event) { return event.t < from || event.t >= to; });
  return part;
}

TEST(StreamRun, WithoutWindowsItIsTheWholeRecordingSpikeForSpike) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const FrozenPlan plan(random_frozen(any_network(seed), seed));
    const Recording recording = random_recording(seed, 400);
    const SpikeTrain train = bin_events(recording, {2.0, 0});
    const SampleTrace expected = EventEngine(plan).run(train);
    TickedEngine network(plan);
    const auto intervals =
        stream(network, recording, 2000, {0, 1'000'000, 0}, [&](std::uint64_t step) {
          for (std::size_t id = 0; id < expected.populations.size(); ++id) {
            const auto fired = network.engine().spikes(id);
            const auto own =
                expected.populations[id].spikes.step(static_cast<std::uint32_t>(step));
            ASSERT_TRUE(std::equal(fired.begin(), fired.end(), own.begin(), own.end()))
                << "seed " << seed << ", population " << id << ", step " << step;
          }
        });
    ASSERT_EQ(intervals.size(), 1u);
    EXPECT_EQ(intervals[0].ticks, train.steps);
    EXPECT_EQ(intervals[0].scores, expected.scores);
    EXPECT_EQ(intervals[0].predicted, expected.predicted);
    EXPECT_EQ(network.synaptic_operations(), expected.synaptic_operations);
  }
}

TEST(StreamRun, EachWindowIsARecordingOfItsOwn) {
  std::size_t windows = 0;
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const FrozenPlan plan(random_frozen(any_network(seed), seed));
    const Recording recording = random_recording(seed + 50, 600);
    TickedEngine network(plan);
    std::uint64_t operations = 0;
    for (const StreamInterval& interval : stream(network, recording, 2000, {7, 7, 0})) {
      EXPECT_EQ(interval.ticks, 7u);
      EXPECT_EQ(interval.first, 7 * interval.window);
      const auto from = static_cast<std::int64_t>(2000 * interval.first);
      const SampleTrace expected =
          EventEngine(plan).run(bin_events(cut(recording, from, from + 14'000), {2.0, 7}));
      EXPECT_EQ(interval.scores, expected.scores) << "seed " << seed << ", " << interval.window;
      operations += expected.synaptic_operations;
      ++windows;
    }
    EXPECT_EQ(network.synaptic_operations(), operations);
  }
  EXPECT_GT(windows, 50u);
}

TEST(StreamRun, MicrosecondWindowsAreRecordingsOfTheirOwnToo) {
  ChainBuilder chain({2, 9, 8});
  chain.conv(4, 3, 1, 1, leaky(Reset::subtract, 0.9)).dense(20, leaky(Reset::zero, 0.8),
                                                            fixed_delay(2));
  chain.readout(4);
  FrozenNetwork frozen = random_frozen(chain.network, 5);
  frozen.dt_ms = 2;
  const FrozenPlan plan(frozen);
  const Recording recording = random_recording(9, 500);
  MicrosecondEngine network(plan), alone(plan);
  const auto intervals = stream(network, recording, 1, {14'000, 14'000, 0});
  EXPECT_GT(intervals.size(), 3u);
  for (const StreamInterval& interval : intervals) {
    const auto from = static_cast<std::int64_t>(interval.first);
    const SampleSummary expected =
        classify(alone, plan, cut(recording, from, from + 14'000), 7);
    EXPECT_EQ(interval.scores, expected.scores) << interval.window;
    EXPECT_EQ(interval.predicted, expected.predicted);
  }
}

TEST(StreamRun, IntervalsShareTheWindowAndTheirScoresAddUp) {
  ChainBuilder chain({2, 9, 8});
  chain.dense(20, leaky(Reset::subtract, 0.9)).readout(4);
  FrozenNetwork frozen = random_frozen(chain.network, 2);
  frozen.dt_ms = 2;
  const FrozenPlan plan(frozen);
  const Recording recording = random_recording(3, 500);
  TickedEngine steps(plan);
  MicrosecondEngine ticks(plan);
  const auto expect_sums = [&](TickedNetwork& network, std::uint64_t unit) {
    const auto whole = stream(network, recording, 2000 / unit, {10 * unit, 10 * unit, 0});
    const auto parts = stream(network, recording, 2000 / unit, {10 * unit, 3 * unit, 0});
    ASSERT_EQ(parts.size(), 4 * whole.size());
    for (std::size_t k = 0; k < parts.size(); ++k) {
      EXPECT_EQ(parts[k].ticks, (k % 4 == 3 ? 1 : 3) * unit);
      EXPECT_EQ(parts[k].first, (k / 4 * 10 + k % 4 * 3) * unit);
      EXPECT_EQ(parts[k].window, k / 4);
    }
    for (std::size_t w = 0; w < whole.size(); ++w)
      for (std::size_t c = 0; c < 4; ++c) {
        double sum = 0;
        for (std::size_t k = 4 * w; k < 4 * w + 4; ++k)
          sum += static_cast<double>(parts[k].scores[c]) * static_cast<double>(parts[k].ticks);
        EXPECT_NEAR(sum / static_cast<double>(10 * unit), static_cast<double>(whole[w].scores[c]),
                    1e-5);
      }
  };
  expect_sums(steps, 1);
  expect_sums(ticks, 2000);
}

TEST(StreamRun, AnEmptyStreamIsOneSilentInterval) {
  const FrozenPlan plan(random_frozen(any_network(2), 2));
  TickedEngine network(plan);
  EXPECT_EQ(stream(network, random_recording(1, 0), 1000, {0, 5, 0}).at(0).ticks, 1u);
  const auto window = stream(network, random_recording(1, 0), 1000, {4, 9, 0});
  ASSERT_EQ(window.size(), 1u);
  EXPECT_EQ(window[0].ticks, 4u);
}

TEST(StreamRun, RefusesAnEndlessSilence) {
  const FrozenPlan plan(random_frozen(any_network(2), 2));
  TickedEngine network(plan);
  Recording recording = random_recording(1, 1);
  recording.events.push_back({std::int64_t{1} << 50, 0, 0, 0});
  try {
    stream(network, recording, 1000, {0, 5, 1'000'000});
    ADD_FAILURE() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_NE(error.problem().find("has no events for"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace volley
