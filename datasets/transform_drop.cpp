// Transforms that drop events at random, one by one, over a time or an area, and one that adds some.
#include <algorithm>
#include <cmath>

#include "datasets/transform_parts.hpp"

namespace volley {

namespace {

/// floor(p * events + 0.5) events, every choice of them equally likely.
class DropEvent final : public Transform {
public:
  explicit DropEvent(NamedReader& reader) : p_(number_or_range(reader, "p", 0.5, 0, 1)) {}
  void apply(Recording& recording, RandomEngine& random) const override {
    std::size_t left = recording.events.size();
    auto dropped = static_cast<std::size_t>(
        std::floor(p_.draw(random) * static_cast<double>(left) + 0.5));
    // Selection sampling (Knuth, The Art of Computer Programming 2, 3.4.2, algorithm S).
    drop_events(recording, [&](const Event&) {
      const bool gone = uniform(random, 0, 1) * static_cast<double>(left) <
                        static_cast<double>(dropped);
      --left;
      if (gone) --dropped;
      return gone;
    });
  }
  bool random() const override { return true; }

private:
  NumberOrRange p_;
};

/// A piece of the time from the start to the last event.
class DropEventByTime final : public Transform {
public:
  explicit DropEventByTime(NamedReader& reader)
      : ratio_(number_or_range(reader, "duration_ratio", 0.2, 0, 0.999999)) {}
  void apply(Recording& recording, RandomEngine& random) const override {
    if (recording.events.empty()) return;
    const auto whole = static_cast<double>(recording.events.back().t - recording.start_us);
    const double length = whole * ratio_.draw(random);
    const double begin = uniform(random, 0, whole - length);
    drop_events(recording, [&](const Event& event) {
      const auto t = static_cast<double>(event.t - recording.start_us);
      return t >= begin && t < begin + length;
    });
  }
  bool random() const override { return true; }

private:
  NumberOrRange ratio_;
};

/// A box of area_ratio of the sensor's width and height.
class DropEventByArea final : public Transform {
public:
  explicit DropEventByArea(NamedReader& reader)
      : ratio_(number_or_range(reader, "area_ratio", 0.2, 0, 0.999999)) {}
  void apply(Recording& recording, RandomEngine& random) const override {
    const double ratio = ratio_.draw(random);
    const int width = static_cast<int>(recording.sensor.width * ratio);
    const int height = static_cast<int>(recording.sensor.height * ratio);
    const int left = uniform_whole(random, 0, recording.sensor.width - width);
    const int top = uniform_whole(random, 0, recording.sensor.height - height);
    drop_events(recording, [&](const Event& event) {
      return event.x >= left && event.x < left + width && event.y >= top &&
             event.y < top + height;
    });
  }
  bool random() const override { return true; }

private:
  NumberOrRange ratio_;
};

/// Each pixel falls silent with probability p.
class RandomDropPixel final : public Transform {
public:
  explicit RandomDropPixel(NamedReader& reader) : p_(reader.number("p", 0.1, 0, 1)) {}
  void apply(Recording& recording, RandomEngine& random) const override {
    const auto width = static_cast<std::size_t>(recording.sensor.width);
    std::vector<char> silent(width * static_cast<std::size_t>(recording.sensor.height));
    for (char& pixel : silent) pixel = chance(random, p_) ? 1 : 0;
    drop_events(recording,
                [&](const Event& event) { return silent[event.y * width + event.x] != 0; });
  }
  bool random() const override { return true; }

private:
  double p_;
};

/// n events, uniform over the sensor and from the start to the last event.
class UniformNoise final : public Transform {
public:
  explicit UniformNoise(NamedReader& reader) {
    const std::vector<double> range = reader.numbers("n", 0, 10'000'000);
    if (range.empty() || range.size() > 2 || range.front() > range.back())
      reader.fail("'n' is neither a number nor a range", "write n = 100, or n = [low, high]");
    low_ = static_cast<int>(range.front());
    high_ = static_cast<int>(range.back());
  }
  void apply(Recording& recording, RandomEngine& random) const override {
    if (recording.events.empty()) return;
    const std::int64_t start = recording.start_us, end = recording.events.back().t;
    const SensorSize& sensor = recording.sensor;
    for (int left = uniform_whole(random, low_, high_); left > 0; --left) {
      Event event;
      event.t = boost::random::uniform_int_distribution<std::int64_t>(start, end)(random);
      event.x = static_cast<std::uint16_t>(uniform_whole(random, 0, sensor.width - 1));
      event.y = static_cast<std::uint16_t>(uniform_whole(random, 0, sensor.height - 1));
      event.p = static_cast<std::uint8_t>(uniform_whole(random, 0, sensor.polarities - 1));
      recording.events.push_back(event);
    }
    sort_by_time(recording.events);
  }
  bool random() const override { return true; }

private:
  int low_ = 0, high_ = 0;
};

}  // namespace

TransformTable dropping_transforms() {
  return {
      {"drop_event", make_transform<DropEvent>},
      {"drop_event_by_area", make_transform<DropEventByArea>},
      {"drop_event_by_time", make_transform<DropEventByTime>},
      {"random_drop_pixel", make_transform<RandomDropPixel>},
      {"uniform_noise", make_transform<UniformNoise>},
  };
}

}  // namespace volley
