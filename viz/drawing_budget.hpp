// How often a window draws: as often as wanted while cores are free, and no more than a share of the
// process's CPU time while the program needs all of them. Must not read a clock.
#pragma once

namespace volley {

class DrawingBudget {
public:
  /// @param share of the process's CPU time that drawing may take while its other threads keep
  /// `cores` busy; it begins so. 0: no such limit @param busy_period seconds between two frames then,
  /// or more: what a display server takes for a frame is not known
  DrawingBudget(double frames_per_second, double share, int cores, double busy_period = 1);

  /// After each frame. Clocks may start anywhere but never run back. @param wall_seconds now
  /// @param process_seconds CPU time of the whole process @param drawing_seconds CPU time of drawing
  void frame(double wall_seconds, double process_seconds, double drawing_seconds);
  /// Seconds from one frame to the next.
  double period() const { return period_; }
  /// Whether the limit holds frames back now.
  bool limited() const { return limited_; }

private:
  double shortest_, busy_period_, share_, period_;
  int cores_;
  bool limited_ = false, begun_ = false;
  double wall_ = 0, process_ = 0, drawing_ = 0;  ///< at the last look
  double last_drawing_ = 0, cost_ = 0;           ///< of a frame, smoothed
};

}  // namespace volley
