// Transforms of where events lie: crop, downsample, flip, shift, rotate, jitter.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <tuple>

#include "base/error.hpp"
#include "datasets/transform_parts.hpp"

namespace volley {

namespace {

constexpr int most_pixels = 65536;

bool inside(const SensorSize& sensor, double x, double y) {
  return x >= 0 && y >= 0 && x < sensor.width && y < sensor.height;
}

/// Moves every event to place(event), a pair of whole numbers in double; those outside are dropped.
template <class Place>
void move_events(Recording& recording, Place place) {
  drop_events(recording, [&](Event& event) {
    const auto [x, y] = place(event);
    if (!inside(recording.sensor, x, y)) return true;
    event.x = static_cast<std::uint16_t>(x);
    event.y = static_cast<std::uint16_t>(y);
    return false;
  });
}

void cut(Recording& recording, int left, int top, int width, int height) {
  recording.sensor.width = width;
  recording.sensor.height = height;
  move_events(recording, [&](const Event& event) {
    return std::pair<double, double>(event.x - left, event.y - top);
  });
}

class Crop final : public Transform {
public:
  explicit Crop(NamedReader& reader) {
    if (reader.has("at")) std::tie(left_, top_) = two_numbers(reader, "at", 0, most_pixels - 1);
    std::tie(width_, height_) = two_numbers(reader, "size", 1, most_pixels);
  }
  SensorSize sensor(const SensorSize& before) const override {
    if (left_ + width_ > before.width || top_ + height_ > before.height)
      throw Error("crop: " + std::to_string(width_) + " x " + std::to_string(height_) +
                      " pixels at (" + std::to_string(left_) + ", " + std::to_string(top_) +
                      ") reach beyond the " + std::to_string(before.width) + " x " +
                      std::to_string(before.height) + " sensor",
                  "transforms", "choose a smaller size");
    return {width_, height_, before.polarities};
  }
  void apply(Recording& recording, RandomEngine&) const override {
    sensor(recording.sensor);
    cut(recording, left_, top_, width_, height_);
  }
  bool resizes() const override { return true; }

private:
  int left_ = 0, top_ = 0, width_ = 0, height_ = 0;
};

/// In the middle, or anywhere while training.
class SizedCrop final : public Transform {
public:
  SizedCrop(NamedReader& reader, bool random) : random_(random) {
    std::tie(width_, height_) = two_numbers(reader, "size", 1, most_pixels);
  }
  SensorSize sensor(const SensorSize& before) const override {
    if (width_ > before.width || height_ > before.height)
      throw Error("crop: " + std::to_string(width_) + " x " + std::to_string(height_) +
                      " pixels do not fit into the " + std::to_string(before.width) + " x " +
                      std::to_string(before.height) + " sensor",
                  "transforms", "choose a smaller size");
    return {width_, height_, before.polarities};
  }
  void apply(Recording& recording, RandomEngine& random) const override {
    if (!random_) return rest(recording);
    sensor(recording.sensor);
    const int left = uniform_whole(random, 0, recording.sensor.width - width_);
    const int top = uniform_whole(random, 0, recording.sensor.height - height_);
    cut(recording, left, top, width_, height_);
  }
  void rest(Recording& recording) const override {
    sensor(recording.sensor);
    cut(recording, (recording.sensor.width - width_) / 2, (recording.sensor.height - height_) / 2,
        width_, height_);
  }
  bool random() const override { return random_; }
  bool resizes() const override { return true; }

private:
  bool random_;
  int width_ = 0, height_ = 0;
};

class Downsample final : public Transform {
public:
  explicit Downsample(NamedReader& reader)
      : time_(reader.number("time_factor", 1, 1e-6, 1)) {
    const std::vector<double> factors = reader.numbers("spatial_factor", 1e-5, 1);
    if (factors.size() > 2)
      reader.fail("'spatial_factor' is neither one number nor two", "write [across, down]");
    if (!factors.empty()) {
      across_ = factors.front();
      down_ = factors.back();
    }
  }
  SensorSize sensor(const SensorSize& before) const override {
    const auto scaled = [](int size, double factor) {
      return std::max(1, static_cast<int>(std::ceil(size * factor)));
    };
    return {scaled(before.width, across_), scaled(before.height, down_), before.polarities};
  }
  void apply(Recording& recording, RandomEngine&) const override {
    recording.sensor = sensor(recording.sensor);
    move_events(recording, [&](const Event& event) {
      return std::pair(std::floor(event.x * across_), std::floor(event.y * down_));
    });
    if (time_ == 1) return;
    for (Event& event : recording.events)
      event.t = recording.start_us +
                static_cast<std::int64_t>(
                    std::floor(static_cast<double>(event.t - recording.start_us) * time_));
  }
  bool resizes() const override { return across_ != 1 || down_ != 1; }

private:
  double time_, across_ = 1, down_ = 1;
};

class RandomFlip final : public Transform {
public:
  RandomFlip(NamedReader& reader, bool across)
      : across_(across), p_(reader.number("p", 0.5, 0, 1)) {}
  void apply(Recording& recording, RandomEngine& random) const override {
    if (!chance(random, p_)) return;
    for (Event& event : recording.events) {
      if (across_) event.x = static_cast<std::uint16_t>(recording.sensor.width - 1 - event.x);
      else event.y = static_cast<std::uint16_t>(recording.sensor.height - 1 - event.y);
    }
  }
  bool random() const override { return true; }

private:
  bool across_;
  double p_;
};

class RandomShift final : public Transform {
public:
  explicit RandomShift(NamedReader& reader) {
    std::tie(across_, down_) = two_numbers(reader, "max_shift", 0, most_pixels);
  }
  void apply(Recording& recording, RandomEngine& random) const override {
    const int dx = uniform_whole(random, -across_, across_);
    const int dy = uniform_whole(random, -down_, down_);
    move_events(recording, [&](const Event& event) {
      return std::pair<double, double>(event.x + dx, event.y + dy);
    });
  }
  bool random() const override { return true; }

private:
  int across_ = 0, down_ = 0;
};

/// Turned around the middle of the sensor, clockwise as seen (y points down), to the nearest pixel.
class RandomRotation final : public Transform {
public:
  explicit RandomRotation(NamedReader& reader) {
    const std::vector<double> degrees = reader.numbers("degrees", -360, 360);
    if (degrees.empty() || degrees.size() > 2 || degrees.front() > degrees.back())
      reader.fail("'degrees' is neither a number nor a range",
                  "write degrees = 10 for -10 to 10, or [low, high]");
    low_ = degrees.size() == 2 ? degrees.front() : -std::abs(degrees.front());
    high_ = degrees.size() == 2 ? degrees.back() : std::abs(degrees.front());
  }
  void apply(Recording& recording, RandomEngine& random) const override {
    const double angle = uniform(random, low_, high_) * std::numbers::pi / 180;
    const double cosine = std::cos(angle), sine = std::sin(angle);
    const double centre_x = (recording.sensor.width - 1) / 2.0;
    const double centre_y = (recording.sensor.height - 1) / 2.0;
    move_events(recording, [&](const Event& event) {
      const double x = event.x - centre_x, y = event.y - centre_y;
      return std::pair(std::round(centre_x + cosine * x - sine * y),
                       std::round(centre_y + sine * x + cosine * y));
    });
  }
  bool random() const override { return true; }

private:
  double low_ = 0, high_ = 0;
};

class SpatialJitter final : public Transform {
public:
  explicit SpatialJitter(NamedReader& reader)
      : var_x_(reader.number("var_x", 1, 0, 1e9)),
        var_y_(reader.number("var_y", 1, 0, 1e9)),
        sigma_xy_(reader.number("sigma_xy", 0, -1e9, 1e9)),
        clip_outliers_(reader.boolean("clip_outliers", true)) {
    if (sigma_xy_ * sigma_xy_ > var_x_ * var_y_)
      reader.fail("'sigma_xy' is too large for these variances",
                  "keep sigma_xy^2 at or below var_x * var_y");
  }
  void apply(Recording& recording, RandomEngine& random) const override {
    boost::random::normal_distribution<double> normal(0, 1);
    // Cholesky factor of [[var_x, sigma_xy], [sigma_xy, var_y]].
    const double a = std::sqrt(var_x_), b = a > 0 ? sigma_xy_ / a : 0;
    const double c = std::sqrt(std::max(0.0, var_y_ - b * b));
    const SensorSize& sensor = recording.sensor;
    move_events(recording, [&](const Event& event) {
      const double first = normal(random), second = normal(random);
      double x = std::round(event.x + a * first), y = std::round(event.y + b * first + c * second);
      if (!clip_outliers_) {
        x = std::clamp(x, 0.0, sensor.width - 1.0);
        y = std::clamp(y, 0.0, sensor.height - 1.0);
      }
      return std::pair(x, y);
    });
  }
  bool random() const override { return true; }

private:
  double var_x_, var_y_, sigma_xy_;
  bool clip_outliers_;
};

}  // namespace

TransformTable spatial_transforms() {
  return {
      {"center_crop", [](NamedReader& r) -> std::unique_ptr<Transform> {
         return std::make_unique<SizedCrop>(r, false);
       }},
      {"crop", make_transform<Crop>},
      {"downsample", make_transform<Downsample>},
      {"random_crop", [](NamedReader& r) -> std::unique_ptr<Transform> {
         return std::make_unique<SizedCrop>(r, true);
       }},
      {"random_flip_lr", [](NamedReader& r) -> std::unique_ptr<Transform> {
         return std::make_unique<RandomFlip>(r, true);
       }},
      {"random_flip_ud", [](NamedReader& r) -> std::unique_ptr<Transform> {
         return std::make_unique<RandomFlip>(r, false);
       }},
      {"random_rotation", make_transform<RandomRotation>},
      {"random_shift", make_transform<RandomShift>},
      {"spatial_jitter", make_transform<SpatialJitter>},
  };
}

}  // namespace volley
