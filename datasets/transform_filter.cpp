// Transforms that keep some events by what came before them, and those of polarity.
#include <algorithm>
#include <limits>

#include "base/error.hpp"
#include "datasets/transform_parts.hpp"

namespace volley {

namespace {

constexpr std::int64_t longest_us = std::int64_t{1} << 50;

/// One value per pixel.
template <class Value>
class PixelMap {
public:
  PixelMap(const SensorSize& sensor, Value value)
      : width_(static_cast<std::size_t>(sensor.width)),
        values_(width_ * static_cast<std::size_t>(sensor.height), value) {}
  Value& at(std::size_t x, std::size_t y) { return values_[y * width_ + x]; }
  Value& at(const Event& event) { return at(event.x, event.y); }

private:
  std::size_t width_;
  std::vector<Value> values_;
};

/// Background activity: an event stays where one of the four neighbours had one less than
/// filter_time_us ago. In the first filter_time_us all pixels count as active, as in Tonic.
class Denoise final : public Transform {
public:
  explicit Denoise(NamedReader& reader)
      : filter_time_(reader.integer("filter_time_us", 10'000, 1, longest_us)) {}
  void apply(Recording& recording, RandomEngine&) const override {
    const SensorSize& sensor = recording.sensor;
    PixelMap<std::int64_t> until(sensor, recording.start_us + filter_time_);
    drop_events(recording, [&](const Event& event) {
      const std::size_t x = event.x, y = event.y;
      until.at(event) = event.t + filter_time_;
      const bool supported =
          (x > 0 && until.at(x - 1, y) > event.t) ||
          (x + 1 < static_cast<std::size_t>(sensor.width) && until.at(x + 1, y) > event.t) ||
          (y > 0 && until.at(x, y - 1) > event.t) ||
          (y + 1 < static_cast<std::size_t>(sensor.height) && until.at(x, y + 1) > event.t);
      return !supported;
    });
  }

private:
  std::int64_t filter_time_;
};

/// An event stays where its pixel's last one, kept or not, came more than delta_us before.
class RefractoryPeriod final : public Transform {
public:
  explicit RefractoryPeriod(NamedReader& reader)
      : delta_(reader.integer("delta_us", 10'000, 0, longest_us)) {}
  void apply(Recording& recording, RandomEngine&) const override {
    constexpr std::int64_t never = std::numeric_limits<std::int64_t>::min();
    PixelMap<std::int64_t> last(recording.sensor, never);
    drop_events(recording, [&](const Event& event) {
      std::int64_t& before = last.at(event);
      const bool too_early = before != never && event.t - before <= delta_;
      before = event.t;
      return too_early;
    });
  }

private:
  std::int64_t delta_;
};

/// Every n-th event of a pixel stays.
class Decimation final : public Transform {
public:
  explicit Decimation(NamedReader& reader)
      : n_(static_cast<std::uint32_t>(reader.integer("n", 2, 1, 1'000'000'000))) {}
  void apply(Recording& recording, RandomEngine&) const override {
    PixelMap<std::uint32_t> count(recording.sensor, 0);
    drop_events(recording, [&](const Event& event) {
      std::uint32_t& here = count.at(event);
      if (++here < n_) return true;
      here = 0;
      return false;
    });
  }

private:
  std::uint32_t n_;
};

/// Pixels that fire more often than a rate, over the time from the start to the last event, fall
/// silent.
class DropPixel final : public Transform {
public:
  explicit DropPixel(NamedReader& reader)
      : hot_hz_(reader.number("hot_pixel_hz", 0, 0, 1e9)) {
    const std::vector<double> flat = reader.numbers("coordinates", 0, 65535);
    if (flat.size() % 2 != 0)
      reader.fail("'coordinates' are not pairs", "write coordinates = [x1, y1, x2, y2]");
    for (std::size_t i = 0; i < flat.size(); i += 2) pixels_.emplace_back(flat[i], flat[i + 1]);
    if (hot_hz_ == 0 && pixels_.empty())
      reader.fail("neither 'coordinates' nor 'hot_pixel_hz' is given", "give one of them");
  }
  void apply(Recording& recording, RandomEngine&) const override {
    const double seconds = static_cast<double>(recording.duration_us()) * 1e-6;
    PixelMap<std::uint32_t> count(recording.sensor, 0);
    for (const Event& event : recording.events) ++count.at(event);
    drop_events(recording, [&](const Event& event) {
      const bool hot = hot_hz_ > 0 && count.at(event) > hot_hz_ * seconds;
      return hot || std::find(pixels_.begin(), pixels_.end(),
                              std::pair<double, double>(event.x, event.y)) != pixels_.end();
    });
  }

private:
  double hot_hz_;
  std::vector<std::pair<double, double>> pixels_;
};

class MergePolarities final : public Transform {
public:
  explicit MergePolarities(NamedReader&) {}
  SensorSize sensor(const SensorSize& before) const override {
    return {before.width, before.height, 1};
  }
  void apply(Recording& recording, RandomEngine&) const override {
    recording.sensor.polarities = 1;
    for (Event& event : recording.events) event.p = 0;
  }
  bool resizes() const override { return true; }
};

/// Each event on its own.
class RandomFlipPolarity final : public Transform {
public:
  explicit RandomFlipPolarity(NamedReader& reader) : p_(reader.number("p", 0.5, 0, 1)) {}
  void apply(Recording& recording, RandomEngine& random) const override {
    if (recording.sensor.polarities != 2) return;
    for (Event& event : recording.events)
      if (chance(random, p_)) event.p ^= 1;
  }
  bool random() const override { return true; }

private:
  double p_;
};

/// All events.
class FlipPolarity final : public Transform {
public:
  explicit FlipPolarity(NamedReader&) {}
  void apply(Recording& recording, RandomEngine&) const override {
    if (recording.sensor.polarities == 2)
      for (Event& event : recording.events) event.p ^= 1;
  }
};

}  // namespace

TransformTable filter_transforms() {
  return {
      {"decimation", make_transform<Decimation>},
      {"denoise", make_transform<Denoise>},
      {"drop_pixel", make_transform<DropPixel>},
      {"flip_polarity", make_transform<FlipPolarity>},
      {"merge_polarities", make_transform<MergePolarities>},
      {"random_flip_polarity", make_transform<RandomFlipPolarity>},
      {"refractory_period", make_transform<RefractoryPeriod>},
  };
}

}  // namespace volley
