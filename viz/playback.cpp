#include "viz/playback.hpp"

#include <algorithm>
#include <cmath>

namespace volley {

namespace {
constexpr double slowest = 0.1, fastest = 100000;
}

Playback::Playback(double speed)
    : speed_(std::isfinite(speed) ? std::clamp(speed, slowest, fastest) : 100) {}

void Playback::start(unsigned steps, double dt_ms) {
  dt_ms_ = std::isfinite(dt_ms) && dt_ms > 0 ? dt_ms : 1;
  duration_ms_ = steps * dt_ms_;
  head_ms_ = 0;
  shown_seconds_ = 0;
  passes_ = 0;
  held_ = false;
}

void Playback::seek(double time_ms) {
  if (!std::isfinite(time_ms)) return;
  head_ms_ = std::clamp(time_ms, 0.0, duration_ms_);
}

void Playback::advance(double seconds) {
  if (!playing_ || held_ || !std::isfinite(seconds) || seconds <= 0) return;
  shown_seconds_ += seconds;
  if (duration_ms_ <= 0) {
    passes_ = 1;
    return;
  }
  head_ms_ += seconds * speed_;
  if (head_ms_ >= duration_ms_) {
    passes_ = 1;
    head_ms_ = std::fmod(head_ms_, duration_ms_);
  }
}

void Playback::step(int steps) {
  if (playing_ || duration_ms_ <= 0) return;
  const double now = std::floor(head_ms_ / dt_ms_ + 1e-9);
  const double last = std::round(duration_ms_ / dt_ms_) - 1;
  head_ms_ = std::clamp(now + steps, 0.0, last) * dt_ms_;
}

void Playback::faster() { speed_ = std::min(fastest, speed_ * 2); }

void Playback::slower() { speed_ = std::max(slowest, speed_ / 2); }

}  // namespace volley
