// The dataset of timing alone: one spike of every input, times that tell the classes apart, the
// same bytes always.
#include "datasets/timing.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

#include "datasets/load_spikes.hpp"
#include "support.hpp"

namespace volley::test {
namespace {

DatasetRequest timing(const std::string& split, std::size_t size = 0, std::uint64_t seed = 1) {
  DatasetRequest wanted;
  wanted.name = "timing";
  wanted.split = split;
  wanted.synthetic_size = size;
  wanted.seed = seed;
  return wanted;
}

/// Spike time by input, in milliseconds.
std::vector<double> times(const Recording& recording) {
  std::vector<double> by_input(timing_inputs, -1);
  for (const Event& event : recording.events) {
    EXPECT_EQ(by_input[event.x], -1) << "input " << event.x << " spikes twice";
    by_input[event.x] = static_cast<double>(event.t) / 1000;
  }
  return by_input;
}

double distance(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return std::sqrt(sum / static_cast<double>(a.size()));
}

TEST(Timing, EveryInputSpikesOnce) {
  for (const char* split : {"Train", "test"}) {
    const auto dataset = open_dataset(timing(split, 200));
    for (std::size_t i = 0; i < dataset->size(); ++i) {
      const Recording recording = dataset->load(i);
      EXPECT_EQ(recording.sensor, (SensorSize{100, 1, 1}));
      EXPECT_EQ(recording.label, static_cast<int>(i % 10));
      EXPECT_EQ(recording.label, dataset->label(i));
      ASSERT_EQ(recording.events.size(), 100u);
      for (const double t : times(recording)) {
        EXPECT_GE(t, 0);
        EXPECT_LT(t, 50);
      }
      EXPECT_TRUE(std::is_sorted(recording.events.begin(), recording.events.end(),
                                 [](const Event& a, const Event& b) { return a.t < b.t; }));
    }
  }
}

TEST(Timing, InOneStepAllRecordingsAreAlike) {
  const auto dataset = open_dataset(timing("Train", 50));
  const LabelledSpikes whole = load_spikes(*dataset, {50, 1});
  const LabelledSpikes steps = load_spikes(*dataset, {1, 50});
  std::set<std::vector<std::uint32_t>> seen;
  for (const SpikeTrain& train : steps.trains) {
    EXPECT_EQ(train.spikes(), 100u);
    seen.insert(train.offsets);
  }
  EXPECT_GT(seen.size(), 45u);
  for (const SpikeTrain& train : whole.trains) {
    EXPECT_EQ(train.steps, 1u);
    EXPECT_EQ(train.indices, whole.trains[0].indices);
  }
}

TEST(Timing, ClassesDifferInTimeAlone) {
  // A recording of the test split lies next to one of its own class: the curves are the seed's.
  const auto train = open_dataset(timing("Train", 600)), test = open_dataset(timing("Test", 60));
  std::vector<std::vector<double>> known;
  for (std::size_t i = 0; i < train->size(); ++i) known.push_back(times(train->load(i)));
  int right = 0;
  for (std::size_t i = 0; i < test->size(); ++i) {
    const std::vector<double> asked = times(test->load(i));
    std::size_t nearest = 0;
    for (std::size_t k = 1; k < known.size(); ++k)
      if (distance(known[k], asked) < distance(known[nearest], asked)) nearest = k;
    right += train->label(nearest) == test->label(i) ? 1 : 0;
  }
  EXPECT_GE(right, 58);
  // No class is early or late as a whole.
  std::vector<double> mean(10, 0.0);
  for (std::size_t i = 0; i < known.size(); ++i)
    for (const double t : known[i]) mean[i % 10] += t / 6000;
  for (const double t : mean) EXPECT_NEAR(t, 25, 2.5);
}

TEST(Timing, CurvesAreSmoothClosedAndFillTheTime) {
  const TimingManifolds manifolds(3);
  for (int input = 0; input < timing_inputs; ++input) {
    std::int64_t least = timing_duration_us, most = 0, before = manifolds.time_us(4, input, 0.999);
    for (int place = 0; place < 1000; ++place) {
      const std::int64_t t = manifolds.time_us(4, input, place / 1000.0);
      EXPECT_LT(std::abs(t - before), 2000) << input << " at " << place;
      least = std::min(least, t);
      most = std::max(most, t);
      before = t;
    }
    EXPECT_LT(least, 100);
    EXPECT_GT(most, 49'900);
  }
}

TEST(Timing, SeedSplitAndIndexAllMatter) {
  const auto events = [](const std::string& split, std::uint64_t seed, std::size_t index) {
    return times(open_dataset(timing(split, 30, seed))->load(index));
  };
  const auto one = events("Train", 1, 7);
  EXPECT_EQ(one, events("Train", 1, 7));
  EXPECT_NE(one, events("Test", 1, 7));
  EXPECT_NE(one, events("Train", 2, 7));
  EXPECT_NE(one, events("Train", 1, 17));
}

TEST(Timing, SplitsSizesAndNames) {
  const auto train = open_dataset(timing("train")), test = open_dataset(timing("TEST"));
  EXPECT_EQ(train->size(), 2000u);
  EXPECT_EQ(test->size(), 500u);
  EXPECT_FALSE(train->info().needs_files);
  EXPECT_EQ(train->load(12).name, "timing-00012");
  DatasetRequest limited = timing("Train", 37);
  limited.limit = 20;
  EXPECT_EQ(open_dataset(limited)->size(), 20u);
  expect_error([] { open_dataset(timing("valid")); }, "no split 'valid'", "--split",
               "Train or Test");
  expect_error([] { open_dataset(timing("Train", std::size_t{1} << 60)); }, "cannot make",
               "timing", "1000000");
}

}  // namespace
}  // namespace volley::test
