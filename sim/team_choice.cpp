#include "sim/team_choice.hpp"

#include <algorithm>

namespace volley {

namespace {
constexpr std::uint32_t first_piece = 256, longest_piece = 1U << 20, longest_wait = 1024;
constexpr double piece_seconds = 0.01;
}  // namespace

bool TeamChoice::alone() const {
  if (threads_ == 1 || step_seconds_[0] == 0) return true;
  if (step_seconds_[1] == 0) return false;
  const bool faster = step_seconds_[0] <= step_seconds_[1];
  return pieces_ < wait_ ? faster : !faster;
}

std::size_t TeamChoice::next() const { return alone() ? 1 : threads_; }

std::uint32_t TeamChoice::steps() const {
  const double each = std::max(step_seconds_[0], step_seconds_[1]);
  if (each == 0) return first_piece;
  const double wanted = std::clamp<double>(piece_seconds / each, first_piece, longest_piece);
  return static_cast<std::uint32_t>(wanted);
}

void TeamChoice::note(std::uint32_t steps, double seconds) {
  const bool was_alone = alone(), tried = pieces_ >= wait_;
  const bool faster_before = step_seconds_[0] <= step_seconds_[1];
  step_seconds_[was_alone ? 0 : 1] = std::max(seconds / steps, 1e-12);
  if (!tried) {
    ++pieces_;
    return;
  }
  const bool faster_now = step_seconds_[0] <= step_seconds_[1];
  wait_ = faster_now == faster_before ? std::min(2 * wait_, longest_wait) : 16;
  pieces_ = 0;
}

}  // namespace volley
