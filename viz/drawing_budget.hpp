// How often a window draws: as often as wanted while cores are free, and no more than a share of the
// process's CPU time while the program needs all of them. Must not read a clock.
#pragma once

namespace volley {

class DrawingBudget {
public:
  /// @param share of the process's CPU time that drawing may take while its other threads keep
  /// `cores` busy, at two frames a second or fewer; it begins so. 0: no such limit
  DrawingBudget(double frames_per_second, double share, int cores);

  /// After each frame. Clocks may start anywhere but never run back. @param wall_seconds now
  /// @param process_seconds CPU time of the whole process @param drawing_seconds CPU time of drawing
  void frame(double wall_seconds, double process_seconds, double drawing_seconds);
  /// Seconds from one frame to the next.
  double period() const { return period_; }
  /// Whether the limit holds frames back now.
  bool limited() const { return limited_; }

private:
  double shortest_, share_, period_;
  int cores_;
  bool limited_ = false, begun_ = false;
  double wall_ = 0, process_ = 0, drawing_ = 0;  ///< at the last look
  double last_drawing_ = 0, cost_ = 0;           ///< of a frame, smoothed
};

}  // namespace volley
