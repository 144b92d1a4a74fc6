#include "viz/drawing_budget.hpp"

#include <algorithm>

namespace volley {

namespace {
constexpr double look_seconds = 0.5;   // between looks at what the other threads do
constexpr double busy_share = 0.4;     // of the cores, by other threads; the display server takes some too
constexpr double longest_period = 2.0;
}  // namespace

DrawingBudget::DrawingBudget(double frames_per_second, double share, int cores,
                             double busy_period)
    : shortest_(1 / std::clamp(frames_per_second, 0.5, 100000.0)),
      busy_period_(std::clamp(busy_period, shortest_, longest_period)),
      share_(std::clamp(share, 0.0, 1.0)),
      period_(share_ > 0 && share_ < 1 ? busy_period_ : shortest_),
      cores_(std::max(1, cores)) {}

void DrawingBudget::frame(double wall, double process, double drawing) {
  if (!begun_) {
    begun_ = true;
    wall_ = wall, process_ = process, drawing_ = last_drawing_ = drawing;
    return;
  }
  const double cost = std::max(0.0, drawing - last_drawing_);
  last_drawing_ = drawing;
  cost_ = cost_ > 0 ? 0.8 * cost_ + 0.2 * cost : cost;
  const double passed = wall - wall_;
  if (passed < look_seconds) return;
  const double others = ((process - process_) - (drawing - drawing_)) / passed;  // cores
  wall_ = wall, process_ = process, drawing_ = drawing;
  if (share_ <= 0 || share_ >= 1 || others < busy_share * cores_) {
    limited_ = false;
    period_ = shortest_;
    return;
  }
  // Drawing may take share / (1 - share) of what the others take.
  const double allowed = others * share_ / (1 - share_);
  const double wanted = cost_ / allowed;
  period_ = std::clamp(wanted, busy_period_, longest_period);
  limited_ = period_ > shortest_;
}

}  // namespace volley
