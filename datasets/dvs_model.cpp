#include "datasets/dvs_model.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <tuple>

namespace volley {

DvsModel::DvsModel(const SensorSize& sensor, const DvsOptions& options,
                   std::span<const float> log_image, RandomEngine& random)
    : sensor_(sensor), options_(options) {
  assert(log_image.size() * 2 == sensor.inputs());
  boost::random::normal_distribution<double> mismatch(0, options.mismatch);
  boost::random::uniform_real_distribution<double> phase(-0.5, 0.5);
  // A pixel of very low threshold would fire all the time: real ones are cut off too.
  const auto threshold = [&] {
    return static_cast<float>(options.threshold * std::max(0.4, 1 + mismatch(random)));
  };
  pixels_.reserve(log_image.size());
  for (const float seen : log_image) {
    Pixel pixel{};
    pixel.threshold_on = threshold();
    pixel.threshold_off = threshold();
    pixel.memory = seen + static_cast<float>(phase(random) * options.threshold);
    pixel.seen = seen;
    pixels_.push_back(pixel);
  }
}

void DvsModel::expose(std::span<const float> log_image, std::int64_t t_us,
                      std::vector<Event>& events) {
  assert(log_image.size() == pixels_.size() && t_us > now_us_);
  const float t_end = static_cast<float>(t_us);
  std::size_t i = 0;
  for (int y = 0; y < sensor_.height; ++y) {
    for (int x = 0; x < sensor_.width; ++x, ++i) {
      Pixel& pixel = pixels_[i];
      const float change = log_image[i] - pixel.memory;
      if (change >= pixel.threshold_on || change <= -pixel.threshold_off)
        emit(pixel, log_image[i], t_end,
             {0, static_cast<std::uint16_t>(x), static_cast<std::uint16_t>(y), 0}, events);
      pixel.seen = log_image[i];
    }
  }
  now_us_ = t_us;
}

void DvsModel::emit(Pixel& pixel, float log_intensity, float t_end, Event event,
                    std::vector<Event>& events) const {
  const float t_begin = static_cast<float>(now_us_);
  const float slope = (log_intensity - pixel.seen) / (t_end - t_begin);
  for (;;) {
    const float change = log_intensity - pixel.memory;
    const bool on = change >= pixel.threshold_on;
    if (!on && change > -pixel.threshold_off) return;
    pixel.memory += on ? pixel.threshold_on : -pixel.threshold_off;
    // Where the memory was far off already, the crossing lies before the interval: it starts it.
    const float crossing =
        slope == 0.0f ? t_begin : t_begin + (pixel.memory - pixel.seen) / slope;
    const float t = std::clamp(crossing, t_begin, t_end);
    if (t < pixel.blind_until) continue;  // the change is remembered, the event is lost
    pixel.blind_until = t + static_cast<float>(options_.refractory_us);
    event.t = std::min(static_cast<std::int64_t>(t), static_cast<std::int64_t>(t_end) - 1);
    event.p = on ? 1 : 0;
    events.push_back(event);
  }
}

void DvsModel::add_noise(std::int64_t end_us, RandomEngine& random,
                         std::vector<Event>& events) const {
  const double per_us = options_.noise_hz * 1e-6 * static_cast<double>(pixels_.size());
  if (per_us <= 0) return;
  boost::random::uniform_real_distribution<double> uniform(0, 1);
  boost::random::uniform_int_distribution<int> pick_x(0, sensor_.width - 1);
  boost::random::uniform_int_distribution<int> pick_y(0, sensor_.height - 1);
  boost::random::uniform_int_distribution<int> pick_polarity(0, 1);
  double t = 0;
  for (;;) {
    t -= std::log(1 - uniform(random)) / per_us;
    if (t >= static_cast<double>(end_us)) return;
    Event event;
    event.t = static_cast<std::int64_t>(t);
    event.x = static_cast<std::uint16_t>(pick_x(random));
    event.y = static_cast<std::uint16_t>(pick_y(random));
    event.p = static_cast<std::uint8_t>(pick_polarity(random));
    events.push_back(event);
  }
}

void sort_events(std::vector<Event>& events) {
  std::sort(events.begin(), events.end(), [](const Event& a, const Event& b) {
    return std::tuple(a.t, a.y, a.x, a.p) < std::tuple(b.t, b.y, b.x, b.p);
  });
}

}  // namespace volley
