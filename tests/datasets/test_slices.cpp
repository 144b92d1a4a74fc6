// Datasets of slices: every slice is a sample, as a loop over time or over events cuts it.
#include <gtest/gtest.h>

#include "base/error.hpp"
#include "datasets/load_spikes.hpp"
#include "support.hpp"

namespace volley::test {
namespace {

DatasetRequest sliced(std::vector<std::pair<std::string, NamedValue>> values,
                      std::size_t recordings = 7) {
  DatasetRequest wanted;
  wanted.name = "synthetic-digits";
  wanted.split = "Test";
  wanted.synthetic_size = recordings;
  wanted.slices.values = std::move(values);
  return wanted;
}

TEST(Slices, OfTimeAreAllThatFit) {
  const auto whole = open_dataset(sliced({}));
  const auto slices =
      open_dataset(sliced({{"window_us", 50'000.0}, {"overlap_us", 20'000.0}}));
  std::size_t sample = 0;
  for (std::size_t i = 0; i < whole->size(); ++i) {
    const Recording recording = whole->load(i);
    for (std::int64_t start = 0; start + 50'000 <= recording.duration_us(); start += 30'000) {
      ASSERT_LT(sample, slices->size());
      const Recording slice = slices->load(sample);
      EXPECT_EQ(slice.start_us, recording.start_us + start);
      EXPECT_EQ(slice.name, whole->name(i) + "#" + std::to_string(start / 30'000));
      EXPECT_EQ(slice.name, slices->name(sample));
      EXPECT_EQ(slice.label, whole->label(i));
      EXPECT_EQ(slices->label(sample), whole->label(i));
      EXPECT_EQ(slice.sensor, recording.sensor);
      std::vector<Event> events;
      for (const Event& event : recording.events)
        if (event.t >= slice.start_us && event.t < slice.start_us + 50'000) events.push_back(event);
      EXPECT_EQ(slice.events, events);
      ++sample;
    }
  }
  EXPECT_EQ(sample, slices->size());
  EXPECT_GT(sample, 2 * whole->size());
  EXPECT_THROW(slices->load(sample), std::out_of_range);
}

TEST(Slices, OfEventsHoldEveryEventButTheLast) {
  const auto whole = open_dataset(sliced({}));
  const auto slices = open_dataset(sliced({{"event_count", 400.0}}));
  std::size_t sample = 0;
  for (std::size_t i = 0; i < whole->size(); ++i) {
    const Recording recording = whole->load(i);
    for (std::size_t first = 0; first + 400 <= recording.events.size(); first += 400, ++sample) {
      const Recording slice = slices->load(sample);
      ASSERT_EQ(slice.events.size(), 400U);
      EXPECT_TRUE(std::equal(slice.events.begin(), slice.events.end(),
                             recording.events.begin() + static_cast<std::ptrdiff_t>(first)));
      EXPECT_EQ(slice.start_us, slice.events.front().t);
    }
  }
  EXPECT_EQ(sample, slices->size());
}

TEST(Slices, LoadAsSamplesOfTheirOwn) {
  const auto slices = open_dataset(sliced({{"window_us", 50'000.0}}));
  BinOptions bins;
  bins.dt_ms = 10;
  const LabelledSpikes spikes = load_spikes(*slices, bins);
  ASSERT_EQ(spikes.trains.size(), slices->size());
  for (std::size_t i = 0; i < spikes.trains.size(); ++i) {
    EXPECT_LE(spikes.trains[i].steps, 5U);
    EXPECT_TRUE(spikes.trains[i].indices == bin_events(slices->load(i), bins).indices);
    EXPECT_EQ(spikes.names[i], slices->name(i));
  }
}

TEST(Slices, LongerThanARecordingAreTheRecording) {
  const auto whole = open_dataset(sliced({}));
  const auto slices = open_dataset(sliced({{"window_us", 1e9}}));
  ASSERT_EQ(slices->size(), whole->size());
  for (std::size_t i = 0; i < whole->size(); ++i)
    EXPECT_EQ(slices->load(i).events, whole->load(i).events);
}

TEST(Slices, WithoutLengthOrWithOtherWordsAreRefused) {
  EXPECT_THROW(open_dataset(sliced({{"overlap_us", 5.0}})), Error);
  EXPECT_THROW(open_dataset(sliced({{"window_us", 5.0}, {"overlap_us", 5.0}})),
               Error);
  EXPECT_THROW(open_dataset(sliced({{"event_count", 5.0}, {"window_us", 5.0}})),
               Error);
  EXPECT_THROW(open_dataset(sliced({{"window_us", 1.0}}, 70)), Error);  // 300,000 each
}

}  // namespace
}  // namespace volley::test
