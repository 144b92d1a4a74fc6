// Every transform against a plain definition of what it does; the list that a recipe gives.
#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>
#include <set>

#include "base/random.hpp"
#include "datasets/transform.hpp"
#include "support.hpp"

namespace volley::test {
namespace {

using Values = std::vector<std::pair<std::string, NamedValue>>;

NamedValues entry(const std::string& name, Values values = {}) {
  return {name, std::move(values), "recipe.toml:3:1"};
}

Recording random_recording(const SensorSize& sensor, std::size_t count = 2000,
                           std::uint64_t seed = 1) {
  RandomEngine random(seed);
  boost::random::uniform_int_distribution<int> x(0, sensor.width - 1), y(0, sensor.height - 1),
      p(0, sensor.polarities - 1), gap(0, 400);
  Recording recording;
  recording.name = "some.bin";
  recording.sensor = sensor;
  recording.start_us = 500;
  std::int64_t t = 500;
  for (std::size_t i = 0; i < count; ++i, t += gap(random))
    recording.events.push_back({t, static_cast<std::uint16_t>(x(random)),
                                static_cast<std::uint16_t>(y(random)),
                                static_cast<std::uint8_t>(p(random))});
  return recording;
}

const SensorSize sensor{34, 30, 2};

Recording applied(const std::vector<NamedValues>& entries, Recording recording,
                  const SamplePlace& place = {}, bool training = true) {
  const TransformList list(entries);
  const SensorSize expected = list.sensor(recording.sensor);
  list.apply(recording, place, training);
  EXPECT_EQ(recording.sensor, expected);
  std::int64_t before = recording.start_us;
  for (const Event& event : recording.events) {
    EXPECT_GE(event.t, before) << "sorted, and not before the start";
    EXPECT_LT(event.x, recording.sensor.width);
    EXPECT_LT(event.y, recording.sensor.height);
    EXPECT_LT(event.p, recording.sensor.polarities);
    before = event.t;
  }
  return recording;
}

template <class Keep>
std::vector<Event> kept(const Recording& recording, Keep keep) {
  std::vector<Event> events;
  for (const Event& event : recording.events)
    if (keep(event)) events.push_back(event);
  return events;
}

/// The events of `part` stand in `whole` in the same order.
bool is_part(const std::vector<Event>& part, const std::vector<Event>& whole) {
  std::size_t at = 0;
  for (const Event& event : whole)
    if (at < part.size() && event == part[at]) ++at;
  return at == part.size();
}

TEST(Transforms, cropping_keeps_a_box_and_moves_it) {
  const Recording recording = random_recording(sensor);
  const auto boxed = [&](int left, int top, int width, int height) {
    auto events = kept(recording, [&](const Event& event) {
      return event.x >= left && event.x < left + width && event.y >= top && event.y < top + height;
    });
    for (Event& event : events) {
      event.x = static_cast<std::uint16_t>(event.x - left);
      event.y = static_cast<std::uint16_t>(event.y - top);
    }
    return events;
  };
  const std::vector<double> size{20, 10};
  Recording crop = applied({entry("crop", {{"at", std::vector<double>{3, 7}}, {"size", size}})},
                           recording);
  EXPECT_EQ(crop.events, boxed(3, 7, 20, 10));
  EXPECT_EQ(crop.sensor, (SensorSize{20, 10, 2}));
  crop = applied({entry("CenterCrop", {{"size", size}})}, recording);
  EXPECT_EQ(crop.events, boxed(7, 10, 20, 10));
  EXPECT_EQ(applied({entry("random_crop", {{"size", size}})}, recording, {}, false).events,
            boxed(7, 10, 20, 10)) << "in the middle where it is not for training";
  std::set<std::size_t> places;
  for (std::uint64_t sample = 0; sample < 50; ++sample) {
    crop = applied({entry("random_crop", {{"size", size}})}, recording, {1, sample, 0});
    bool found = false;
    for (int left = 0; left <= 14 && !found; ++left)
      for (int top = 0; top <= 20 && !found; ++top)
        if (crop.events == boxed(left, top, 20, 10)) {
          found = true;
          places.insert(static_cast<std::size_t>(left * 100 + top));
        }
    EXPECT_TRUE(found);
  }
  EXPECT_GT(places.size(), 20u);
  expect_error([&] { applied({entry("center_crop", {{"size", 31.0}})}, recording); }, "do not fit",
               "transforms", "smaller");
}

TEST(Transforms, cropping_time_moves_the_start) {
  const Recording recording = random_recording(sensor);
  const Recording crop =
      applied({entry("crop_time", {{"min_us", 10000.0}, {"max_us", 50000.0}})}, recording);
  EXPECT_EQ(crop.start_us, 10500);
  EXPECT_EQ(crop.events, kept(recording, [](const Event& event) {
              return event.t >= 10500 && event.t < 50500;
            }));
  EXPECT_GT(crop.events.size(), 50u);
}

TEST(Transforms, downsampling_scales_and_floors) {
  const Recording recording = random_recording(sensor);
  Recording expected = recording;
  expected.sensor = {17, 8, 2};
  for (Event& event : expected.events) {
    event.x = static_cast<std::uint16_t>(event.x / 2);
    event.y = static_cast<std::uint16_t>(event.y / 4);
    event.t = 500 + (event.t - 500) / 2;
  }
  const Recording small = applied(
      {entry("downsample", {{"spatial_factor", std::vector<double>{0.5, 0.25}},
                            {"time_factor", 0.5}})},
      recording);
  EXPECT_EQ(small.events, expected.events);
  EXPECT_EQ(small.sensor, expected.sensor);
}

TEST(Transforms, flips_mirror_all_events_or_none) {
  const Recording recording = random_recording(sensor);
  std::vector<Event> across = recording.events, down = recording.events, off = recording.events;
  for (Event& event : across) event.x = static_cast<std::uint16_t>(33 - event.x);
  for (Event& event : down) event.y = static_cast<std::uint16_t>(29 - event.y);
  for (Event& event : off) event.p ^= 1;
  EXPECT_EQ(applied({entry("RandomFlipLR", {{"p", 1.0}})}, recording).events, across);
  EXPECT_EQ(applied({entry("RandomFlipUD", {{"p", 1.0}})}, recording).events, down);
  EXPECT_EQ(applied({entry("random_flip_lr", {{"p", 0.0}})}, recording).events, recording.events);
  EXPECT_EQ(applied({entry("flip_polarity")}, recording).events, off);
  EXPECT_EQ(applied({entry("RandomFlipPolarity", {{"p", 1.0}})}, recording).events, off);
  int flipped = 0;
  for (std::uint64_t sample = 0; sample < 200; ++sample) {
    const auto events = applied({entry("random_flip_lr")}, recording, {1, sample, 0}).events;
    EXPECT_TRUE(events == across || events == recording.events);
    flipped += events == across;
  }
  EXPECT_GT(flipped, 60);
  EXPECT_LT(flipped, 140);
  const Recording merged = applied({entry("merge_polarities")}, recording);
  EXPECT_EQ(merged.sensor.polarities, 1);
  EXPECT_TRUE(std::all_of(merged.events.begin(), merged.events.end(),
                          [](const Event& event) { return event.p == 0; }));
  EXPECT_EQ(merged.events.size(), recording.events.size());
}

TEST(Transforms, shifts_move_all_by_the_same_and_drop_what_leaves) {
  const Recording recording = random_recording(sensor);
  std::set<std::pair<int, int>> seen;
  for (std::uint64_t sample = 0; sample < 60; ++sample) {
    const Recording moved = applied({entry("random_shift", {{"max_shift", std::vector<double>{2, 1}}})},
                                    recording, {1, sample, 0});
    bool found = false;
    for (int dx = -2; dx <= 2; ++dx)
      for (int dy = -1; dy <= 1; ++dy) {
        auto events = kept(recording, [&](const Event& event) {
          return event.x + dx >= 0 && event.x + dx < 34 && event.y + dy >= 0 && event.y + dy < 30;
        });
        for (Event& event : events) {
          event.x = static_cast<std::uint16_t>(event.x + dx);
          event.y = static_cast<std::uint16_t>(event.y + dy);
        }
        if (events == moved.events) {
          found = true;
          seen.emplace(dx, dy);
        }
      }
    EXPECT_TRUE(found);
  }
  EXPECT_EQ(seen.size(), 15u);
}

TEST(Transforms, rotation_turns_around_the_middle) {
  const Recording recording = random_recording({31, 31, 2});
  const Recording quarter = applied(
      {entry("random_rotation", {{"degrees", std::vector<double>{90, 90}}})}, recording);
  std::vector<Event> expected = recording.events;
  for (Event& event : expected) {  // (x, y) about (15, 15) becomes (-y, x)
    const int x = event.x - 15, y = event.y - 15;
    event.x = static_cast<std::uint16_t>(15 - y);
    event.y = static_cast<std::uint16_t>(15 + x);
  }
  EXPECT_EQ(quarter.events, expected);
  for (std::uint64_t sample = 0; sample < 20; ++sample) {
    const Recording turned =
        applied({entry("random_rotation", {{"degrees", 10.0}})}, recording, {1, sample, 0});
    EXPECT_GT(turned.events.size(), recording.events.size() * 8 / 10);
  }
}

TEST(Transforms, jitters_have_the_spread_they_are_given) {
  const Recording recording = random_recording({2000, 1000, 2}, 20000);
  const Recording moved = applied(
      {entry("spatial_jitter", {{"var_x", 9.0}, {"var_y", 4.0}, {"sigma_xy", 3.0},
                                {"clip_outliers", false}})},
      recording);
  ASSERT_EQ(moved.events.size(), recording.events.size());
  double xx = 0, yy = 0, xy = 0;
  for (std::size_t i = 0; i < moved.events.size(); ++i) {
    const double dx = moved.events[i].x - double{1} * recording.events[i].x;
    const double dy = moved.events[i].y - double{1} * recording.events[i].y;
    xx += dx * dx;
    yy += dy * dy;
    xy += dx * dy;
  }
  const auto n = static_cast<double>(moved.events.size());
  EXPECT_NEAR(xx / n, 9 + 1 / 12.0, 0.4);  // rounding adds a twelfth
  EXPECT_NEAR(yy / n, 4 + 1 / 12.0, 0.2);
  EXPECT_NEAR(xy / n, 3, 0.3);

  Recording one = recording;
  for (std::size_t i = 0; i < one.events.size(); ++i) one.events[i].t = 1'000'000;
  const Recording late = applied({entry("time_jitter", {{"std_us", 100.0}})}, one);
  double tt = 0;
  for (const Event& event : late.events)
    tt += static_cast<double>((event.t - 1'000'000) * (event.t - 1'000'000));
  EXPECT_NEAR(std::sqrt(tt / n), 100, 3);
}

TEST(Transforms, skew_is_linear_and_drops_what_comes_before_the_start) {
  const Recording recording = random_recording(sensor);
  const Recording skewed =
      applied({entry("time_skew", {{"coefficient", 1.5}, {"offset_us", -3000.0}})}, recording);
  std::vector<Event> expected;
  for (Event event : recording.events) {
    event.t = 500 + std::llround(static_cast<double>(event.t - 500) * 1.5 - 3000);
    if (event.t >= 500) expected.push_back(event);
  }
  EXPECT_EQ(skewed.events, expected);
  EXPECT_LT(expected.size(), recording.events.size());
}

TEST(Transforms, reversal_and_alignment) {
  Recording recording = random_recording(sensor);
  recording.start_us = 0;
  const Recording back =
      applied({entry("random_time_reversal", {{"p", 1.0}, {"flip_polarities", true}})}, recording);
  ASSERT_EQ(back.events.size(), recording.events.size());
  const std::int64_t sum = recording.events.front().t + recording.events.back().t;
  for (std::size_t i = 0; i < back.events.size(); ++i) {
    const Event& then = recording.events[recording.events.size() - 1 - i];
    EXPECT_EQ(back.events[i], (Event{sum - then.t, then.x, then.y,
                                     static_cast<std::uint8_t>(1 - then.p)}));
  }
  recording.start_us = -70;
  EXPECT_EQ(applied({entry("time_alignment")}, recording).start_us, 500);
}

TEST(Transforms, slices_are_one_of_those_that_fit) {
  const Recording recording = random_recording(sensor, 1000);
  const auto timed = [&](std::int64_t k) {
    return kept(recording, [&](const Event& event) {
      const std::int64_t t = event.t - 500 - k * 15000;
      return t >= 0 && t < 20000;
    });
  };
  const std::int64_t slices = (recording.duration_us() - 20000) / 15000 + 1;
  ASSERT_GT(slices, 5);
  std::set<std::int64_t> seen;
  const NamedValues by_time =
      entry("SliceByTime", {{"window_us", 20000.0}, {"overlap_us", 5000.0}});
  for (std::uint64_t sample = 0; sample < 100; ++sample) {
    const Recording slice = applied({by_time}, recording, {1, sample, 0});
    const std::int64_t k = (slice.start_us - 500) / 15000;
    EXPECT_EQ(slice.events, timed(k));
    seen.insert(k);
  }
  EXPECT_EQ(*seen.begin(), 0);
  EXPECT_EQ(*seen.rbegin(), slices - 1);
  EXPECT_EQ(applied({by_time}, recording, {}, false).events, timed((slices - 1) / 2));

  const NamedValues by_count =
      entry("slice_by_event_count", {{"event_count", 100.0}, {"overlap", 50.0}});
  const Recording middle = applied({by_count}, recording, {}, false);
  EXPECT_TRUE(std::equal(middle.events.begin(), middle.events.end(),
                         recording.events.begin() + 450));
  EXPECT_EQ(middle.events.size(), 100u);
  EXPECT_EQ(middle.start_us, middle.events.front().t);
  EXPECT_EQ(applied({by_count}, random_recording(sensor, 30)).events.size(), 30u);
}

TEST(Transforms, denoise_keeps_events_with_a_recent_neighbour) {
  const Recording recording = random_recording(sensor, 3000);
  const std::int64_t window = 8000;
  std::map<std::pair<int, int>, std::int64_t> last;
  const auto expected = kept(recording, [&](const Event& event) {
    last[{event.x, event.y}] = event.t;
    for (const auto& [dx, dy] : {std::pair{-1, 0}, {1, 0}, {0, -1}, {0, 1}}) {
      const int x = event.x + dx, y = event.y + dy;
      if (x < 0 || y < 0 || x >= sensor.width || y >= sensor.height) continue;
      const auto seen = last.find({x, y});
      const std::int64_t then = seen == last.end() ? recording.start_us : seen->second;
      if (event.t - then < window) return true;
    }
    return false;
  });
  EXPECT_EQ(applied({entry("Denoise", {{"filter_time_us", 8000.0}})}, recording).events, expected);
  EXPECT_LT(expected.size(), recording.events.size() * 9 / 10);
}

TEST(Transforms, refractory_period_and_decimation_look_at_single_pixels) {
  const Recording recording = random_recording({5, 4, 2}, 3000);
  std::map<std::pair<int, int>, std::int64_t> last;
  const auto rested = kept(recording, [&](const Event& event) {
    const auto seen = last.find({event.x, event.y});
    const bool good = seen == last.end() || event.t - seen->second > 3000;
    last[{event.x, event.y}] = event.t;
    return good;
  });
  EXPECT_EQ(applied({entry("refractory_period", {{"delta_us", 3000.0}})}, recording).events, rested);
  std::map<std::pair<int, int>, int> count;
  const auto third = kept(recording, [&](const Event& event) {
    return ++count[{event.x, event.y}] % 3 == 0;
  });
  EXPECT_EQ(applied({entry("Decimation", {{"n", 3.0}})}, recording).events, third);
}

TEST(Transforms, pixels_are_dropped_by_place_rate_and_chance) {
  Recording recording = random_recording(sensor);
  for (std::size_t i = 0; i < 500; ++i) recording.events[i * 3].x = recording.events[i * 3].y = 7;
  EXPECT_EQ(applied({entry("drop_pixel", {{"coordinates", std::vector<double>{7, 7, 1, 2}}})},
                    recording).events,
            kept(recording, [](const Event& event) {
              return !(event.x == 7 && event.y == 7) && !(event.x == 1 && event.y == 2);
            }));
  EXPECT_EQ(applied({entry("drop_pixel", {{"hot_pixel_hz", 500.0}})}, recording).events,
            kept(recording, [](const Event& event) { return event.x != 7 || event.y != 7; }));
  const Recording fewer = applied({entry("random_drop_pixel", {{"p", 0.5}})}, recording);
  std::set<std::pair<int, int>> left, gone;
  for (const Event& event : fewer.events) left.emplace(event.x, event.y);
  for (const Event& event : recording.events)
    if (!left.contains({event.x, event.y})) gone.emplace(event.x, event.y);
  EXPECT_TRUE(is_part(fewer.events, recording.events));
  EXPECT_EQ(fewer.events, kept(recording, [&](const Event& event) {
              return left.contains({event.x, event.y});
            })) << "a pixel is silent or as it was";
  EXPECT_GT(gone.size(), 200u);
  EXPECT_GT(left.size(), 200u);
}

TEST(Transforms, events_are_dropped_by_number_time_and_area) {
  const Recording recording = random_recording(sensor, 2000);
  const auto some = applied({entry("drop_event", {{"p", 0.3}})}, recording).events;
  EXPECT_EQ(some.size(), 1400u);
  EXPECT_TRUE(is_part(some, recording.events));
  for (std::uint64_t sample = 0; sample < 20; ++sample) {
    const auto drawn = applied({entry("drop_event", {{"p", std::vector<double>{0.1, 0.2}}})},
                               recording, {1, sample, 0}).events.size();
    EXPECT_GE(drawn, 1600u);
    EXPECT_LE(drawn, 1800u);
  }
  const auto timed = applied({entry("drop_event_by_time", {{"duration_ratio", 0.25}})}, recording);
  ASSERT_TRUE(is_part(timed.events, recording.events));
  std::vector<std::int64_t> missing;
  for (const Event& event : recording.events)
    if (!std::binary_search(timed.events.begin(), timed.events.end(), event,
                            [](const Event& a, const Event& b) { return a.t < b.t; }))
      missing.push_back(event.t);
  const double whole = static_cast<double>(recording.events.back().t - 500);
  EXPECT_LE(static_cast<double>(missing.back() - missing.front()), whole / 4);
  EXPECT_GT(static_cast<double>(missing.back() - missing.front()), whole / 4 * 0.9);
  for (const Event& event : timed.events)
    EXPECT_TRUE(event.t <= missing.front() || event.t >= missing.back());

  const auto boxed = applied({entry("drop_event_by_area", {{"area_ratio", 0.5}})}, recording).events;
  int left = 99, right = -1, top = 99, bottom = -1;
  std::set<std::pair<int, int>> seen;
  for (const Event& event : boxed) seen.emplace(event.x, event.y);
  for (const Event& event : recording.events)
    if (!seen.contains({event.x, event.y})) {
      left = std::min<int>(left, event.x), right = std::max<int>(right, event.x);
      top = std::min<int>(top, event.y), bottom = std::max<int>(bottom, event.y);
    }
  EXPECT_LE(right - left, 16);
  EXPECT_LE(bottom - top, 14);
  EXPECT_EQ(boxed, kept(recording, [&](const Event& event) {
              return event.x < left || event.x > right || event.y < top || event.y > bottom;
            }));
}

TEST(Transforms, noise_adds_that_many_everywhere) {
  const Recording recording = random_recording(sensor, 100);
  const Recording noisy = applied({entry("uniform_noise", {{"n", 5000.0}})}, recording);
  ASSERT_EQ(noisy.events.size(), 5100u);
  EXPECT_EQ(noisy.events.back().t, recording.events.back().t);
  std::set<std::pair<int, int>> seen;
  std::size_t on = 0;
  for (const Event& event : noisy.events) {
    seen.emplace(event.x, event.y);
    on += event.p;
  }
  EXPECT_GT(seen.size(), 34u * 30u * 9 / 10);
  EXPECT_NEAR(static_cast<double>(on), 2550, 200);
}

TEST(Transforms, random_ones_follow_seed_sample_and_epoch_alone) {
  const Recording recording = random_recording(sensor);
  const std::vector<NamedValues> list{entry("drop_event", {{"p", 0.5}}),
                                      entry("spatial_jitter"), entry("random_flip_lr")};
  const auto drawn = [&](const SamplePlace& place) { return applied(list, recording, place).events; };
  EXPECT_EQ(drawn({1, 5, 2}), drawn({1, 5, 2}));
  EXPECT_NE(drawn({1, 5, 2}), drawn({1, 5, 3}));
  EXPECT_NE(drawn({1, 5, 2}), drawn({1, 6, 2}));
  EXPECT_NE(drawn({1, 5, 2}), drawn({2, 5, 2}));
  EXPECT_EQ(applied(list, recording, {}, false).events, recording.events)
      << "random transforms are for training unless told otherwise";
  EXPECT_TRUE(TransformList(list).changes_every_epoch());

  const std::vector<NamedValues> always{
      entry("drop_event", {{"p", 0.5}, {"when", std::string("always")}})};
  EXPECT_FALSE(TransformList(always).changes_every_epoch());
  EXPECT_EQ(applied(always, recording, {1, 5, 0}, true).events,
            applied(always, recording, {1, 5, 9}, false).events);
  EXPECT_EQ(applied({entry("denoise", {{"when", std::string("training")}})}, recording, {}, false)
                .events,
            recording.events);
}

TEST(Transforms, every_one_takes_empty_recordings_and_single_pixels) {
  for (const std::string& name : transform_names()) {
    Values values;
    if (name == "crop" || name == "center_crop" || name == "random_crop") values = {{"size", 1.0}};
    if (name == "random_shift") values = {{"max_shift", 3.0}};
    if (name == "random_rotation") values = {{"degrees", 30.0}};
    if (name == "drop_pixel") values = {{"hot_pixel_hz", 10.0}};
    if (name == "uniform_noise") values = {{"n", 3.0}};
    if (name == "slice_by_time") values = {{"window_us", 100.0}};
    if (name == "slice_by_event_count") values = {{"event_count", 7.0}};
    for (const std::size_t count : {0u, 1u, 20u})
      for (std::uint64_t sample = 0; sample < 5; ++sample)
        applied({entry(name, values)}, random_recording({1, 1, 2}, count), {1, sample, 0});
  }
}

TEST(Transforms, refuse_what_they_do_not_know) {
  const auto refuses = [](const NamedValues& given, std::string_view what, std::string_view how) {
    expect_error([&] { TransformList list({given}); }, what, "recipe.toml:3:1", how);
  };
  refuses(entry("de_noise"), "no transform 'de_noise'", "denoise, downsample");
  refuses(entry("denoise", {{"filter_time", 3.0}}), "'filter_time' is not known",
          "filter_time_us, when");
  refuses(entry("denoise", {{"filter_time_us", 0.0}}), "out of range", "from 1 to");
  refuses(entry("denoise", {{"filter_time_us", std::string("long")}}), "not a number", "from 1 to");
  refuses(entry("decimation", {{"n", 1.5}}), "not a whole number", "from 1");
  refuses(entry("drop_event", {{"p", std::vector<double>{0.5, 0.2}}}), "nor a range", "[low, high]");
  refuses(entry("drop_event", {{"when", std::string("never")}}), "'never' is not known", "always");
  refuses(entry("center_crop"), "'size' must be given", "[across, down]");
  refuses(entry("center_crop", {{"size", 3.0}, {"when", std::string("training")}}),
          "training and test must share", "always");
  refuses(entry("spatial_jitter", {{"sigma_xy", 2.0}}), "too large", "var_x * var_y");
}

}  // namespace
}  // namespace volley::test
