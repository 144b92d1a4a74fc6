// Still images as an event camera sees them while it moves. Owns the motion; the pixels' behaviour
// is dvs_model's.
#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <vector>

#include "base/random.hpp"
#include "datasets/dvs_model.hpp"
#include "datasets/image_encoding.hpp"

namespace volley {

namespace {

constexpr std::int64_t exposure_us = 2000;
constexpr std::int64_t saccade_us = saccade_duration_us / 3;
constexpr double darkest = 0.1;

struct Point {
  double x = 0, y = 0;
};

/// Pixels by which the image is moved at a time: along the three sides of a triangle and back to 0.
Point offset_at(std::int64_t t_us) {
  constexpr std::array<Point, 4> corners{Point{0, 0}, Point{2, 3}, Point{-2, 3}, Point{0, 0}};
  const std::size_t side = std::min<std::size_t>(static_cast<std::size_t>(t_us / saccade_us), 2);
  const double share = static_cast<double>(t_us - static_cast<std::int64_t>(side) * saccade_us) /
                       static_cast<double>(saccade_us);
  const Point &from = corners[side], &to = corners[side + 1];
  return {from.x + (to.x - from.x) * share, from.y + (to.y - from.y) * share};
}

class MovedImage {
public:
  MovedImage(std::span<const std::uint8_t> pixels, const SensorSize& sensor)
      : pixels_(pixels), sensor_(sensor) {}

  void draw(const Point& offset, std::vector<float>& log_image) const {
    std::size_t i = 0;
    for (int y = 0; y < sensor_.height; ++y)
      for (int x = 0; x < sensor_.width; ++x)
        log_image[i++] =
            static_cast<float>(std::log(darkest + between(x - offset.x, y - offset.y)));
  }

private:
  double pixel(int x, int y) const {
    if (x < 0 || y < 0 || x >= sensor_.width || y >= sensor_.height) return 0;
    return pixels_[static_cast<std::size_t>(y) * static_cast<std::size_t>(sensor_.width) +
                   static_cast<std::size_t>(x)] / 255.0;
  }
  double between(double x, double y) const {
    const double left = std::floor(x), top = std::floor(y), right = x - left, below = y - top;
    const int column = static_cast<int>(left), row = static_cast<int>(top);
    return (1 - below) * ((1 - right) * pixel(column, row) + right * pixel(column + 1, row)) +
           below * ((1 - right) * pixel(column, row + 1) + right * pixel(column + 1, row + 1));
  }

  std::span<const std::uint8_t> pixels_;
  SensorSize sensor_;
};

}  // namespace

Recording saccade_events(std::span<const std::uint8_t> pixels, const SensorSize& sensor,
                         std::uint64_t seed) {
  assert(sensor.polarities == 1 && pixels.size() == sensor.inputs());
  Recording recording;
  recording.sensor = {sensor.width, sensor.height, 2};
  RandomEngine random = random_stream(seed, StreamPurpose::encode, {});
  const MovedImage image(pixels, sensor);
  std::vector<float> log_image(pixels.size());
  image.draw(offset_at(0), log_image);
  DvsModel camera(recording.sensor, {}, log_image, random);
  for (std::int64_t t = exposure_us; t <= saccade_duration_us; t += exposure_us) {
    image.draw(offset_at(t), log_image);
    camera.expose(log_image, t, recording.events);
  }
  camera.add_noise(saccade_duration_us, random, recording.events);
  sort_events(recording.events);
  return recording;
}

}  // namespace volley
