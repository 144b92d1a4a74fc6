// The dataset made in code: the same bytes always, events as a camera gives them, ten digits.
#include "datasets/synthetic_digits.hpp"

#include <tbb/parallel_for.h>

#include <array>
#include <set>

#include "datasets/digit_strokes.hpp"
#include "support.hpp"

namespace volley::test {
namespace {

/// FNV-1a over every field of every event.
std::uint64_t hash(const std::vector<Event>& events) {
  std::uint64_t state = 0xcbf29ce484222325ULL;
  const auto mix = [&state](std::uint64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) state = (state ^ (value >> (8 * i) & 0xff)) * 0x100000001b3ULL;
  };
  for (const Event& event : events) {
    mix(static_cast<std::uint64_t>(event.t), 8);
    mix(event.x, 2);
    mix(event.y, 2);
    mix(event.p, 1);
  }
  return state;
}

DatasetRequest digits(const std::string& split, std::size_t size = 0, std::uint64_t seed = 1) {
  DatasetRequest wanted;
  wanted.name = "synthetic-digits";
  wanted.split = split;
  wanted.synthetic_size = size;
  wanted.seed = seed;
  return wanted;
}

TEST(SyntheticDigits, SameArgumentsSameBytes) {
  const Recording recording = synthetic_digit(1, SyntheticSplit::train, 3);
  EXPECT_EQ(recording.events, synthetic_digit(1, SyntheticSplit::train, 3).events);
  EXPECT_EQ(recording.events.size(), 3966u);
  EXPECT_EQ(hash(recording.events), 406576494144175584ULL);
}

TEST(SyntheticDigits, SeedSplitAndIndexAllMatter) {
  std::set<std::uint64_t> hashes;
  for (std::uint64_t seed = 1; seed < 4; ++seed)
    for (const SyntheticSplit split : {SyntheticSplit::train, SyntheticSplit::test})
      for (std::uint64_t index = 0; index < 20; ++index)
        hashes.insert(hash(synthetic_digit(seed, split, index).events));
  EXPECT_EQ(hashes.size(), 120u);
}

TEST(SyntheticDigits, ThreadsDoNotMatter) {
  std::vector<std::uint64_t> together(40);
  tbb::parallel_for(std::size_t{0}, together.size(), [&](std::size_t i) {
    together[i] = hash(synthetic_digit(2, SyntheticSplit::train, i).events);
  });
  for (std::size_t i = 0; i < together.size(); ++i)
    EXPECT_EQ(together[i], hash(synthetic_digit(2, SyntheticSplit::train, i).events));
}

TEST(SyntheticDigits, EventsAreThoseOfACamera) {
  std::size_t total = 0, on = 0;
  for (std::uint64_t index = 0; index < 100; ++index) {
    const Recording recording = synthetic_digit(1, SyntheticSplit::test, index);
    EXPECT_EQ(recording.sensor, (SensorSize{34, 34, 2}));
    EXPECT_EQ(recording.label, static_cast<int>(index % 10));
    EXPECT_EQ(recording.start_us, 0);
    EXPECT_GE(recording.events.size(), 1500u) << index;
    EXPECT_LE(recording.events.size(), 6500u) << index;
    std::int64_t previous = 0;
    for (const Event& event : recording.events) {
      ASSERT_GE(event.t, previous);
      previous = event.t;
      ASSERT_LT(event.x, 34);
      ASSERT_LT(event.y, 34);
      ASSERT_LE(event.p, 1);
      on += event.p;
    }
    EXPECT_GT(previous, 280'000) << "motion lasts to the end";
    EXPECT_LT(previous, synthetic_duration_us);
    total += recording.events.size();
  }
  EXPECT_GT(total, 100u * 3000);
  EXPECT_LT(total, 100u * 4500);
  EXPECT_NEAR(static_cast<double>(on) / static_cast<double>(total), 0.5, 0.03);
}

TEST(SyntheticDigits, EveryClassLooksDifferent) {
  // A nearest-mean classifier on event counts per pixel: far above chance, yet not perfect.
  constexpr std::size_t pixels = 34 * 34;
  using Image = std::array<double, pixels>;
  const auto image = [](const Recording& recording) {
    Image counts{};
    const double share = 1.0 / static_cast<double>(recording.events.size());
    for (const Event& event : recording.events)
      counts[event.y * std::size_t{34} + event.x] += share;
    return counts;
  };
  std::array<Image, 10> means{};
  for (std::uint64_t index = 0; index < 300; ++index) {
    const Image one = image(synthetic_digit(1, SyntheticSplit::train, index));
    for (std::size_t i = 0; i < pixels; ++i) means[index % 10][i] += one[i] / 30;
  }
  int right = 0;
  for (std::uint64_t index = 0; index < 200; ++index) {
    const Image one = image(synthetic_digit(1, SyntheticSplit::test, index));
    std::size_t nearest = 0;
    double least = 1e9;
    for (std::size_t digit = 0; digit < 10; ++digit) {
      double distance = 0;
      for (std::size_t i = 0; i < pixels; ++i)
        distance += (one[i] - means[digit][i]) * (one[i] - means[digit][i]);
      if (distance < least) {
        least = distance;
        nearest = digit;
      }
    }
    right += nearest == index % 10 ? 1 : 0;
  }
  EXPECT_GT(right, 100);
  EXPECT_LT(right, 198);
}

TEST(SyntheticDigits, CatalogEntry) {
  const auto train = open_dataset(digits("train"));
  const auto test = open_dataset(digits("TEST", 0));
  EXPECT_EQ(train->size(), 2000u);
  EXPECT_EQ(test->size(), 500u);
  EXPECT_FALSE(train->info().needs_files);
  EXPECT_EQ(train->info().class_names.size(), 10u);
  EXPECT_EQ(train->name(12), "digit-00012");
  EXPECT_EQ(train->label(12), 2);
  const Recording recording = train->load(12);
  EXPECT_EQ(recording.label, 2);
  EXPECT_EQ(recording.name, "digit-00012");
  EXPECT_NE(recording.events, test->load(12).events);

  EXPECT_EQ(open_dataset(digits("Train", 37))->size(), 37u);
  DatasetRequest limited = digits("Train", 37);
  limited.limit = 20;
  EXPECT_EQ(open_dataset(limited)->size(), 20u);
  limited.limit = 100;
  EXPECT_EQ(open_dataset(limited)->size(), 37u);
  expect_error([] { open_dataset(digits("valid")); }, "no split 'valid'", "--split",
               "Train or Test");
  expect_error([] { open_dataset(digits("Train", std::size_t{1} << 60)); }, "cannot make",
               "synthetic-digits", "1000000");
}

TEST(DigitStrokes, FillTheSquareAndStayInside) {
  for (int digit = 0; digit < 10; ++digit) {
    for (int style = 0; style < digit_styles; ++style) {
      const auto strokes = digit_strokes(digit, style);
      float top = 1, bottom = 0;
      for (const StrokeSegment& s : strokes) {
        for (const float value : {s.ax, s.ay, s.bx, s.by}) {
          EXPECT_GE(value, 0.0f) << digit;
          EXPECT_LE(value, 1.0f) << digit;
        }
        top = std::min({top, s.ay, s.by});
        bottom = std::max({bottom, s.ay, s.by});
      }
      EXPECT_LT(top, 0.1f) << digit;
      EXPECT_GT(bottom, 0.9f) << digit;
      EXPECT_FLOAT_EQ(stroke_distance(strokes, strokes[0].ax, strokes[0].ay), 0.0f);
    }
  }
  EXPECT_NEAR(stroke_distance({{0, 0, 1, 0}}, 0.5f, 0.25f), 0.25f, 1e-6f);
  EXPECT_NEAR(stroke_distance({{0, 0, 1, 0}}, 1.3f, 0.4f), 0.5f, 1e-6f);
}

}  // namespace
}  // namespace volley::test
