// Recordings as moving pictures, without a display and without a clock: the same input gives the
// same frames. Must not know where traces come from.
#pragma once

#include <string>
#include <vector>

#include "viz/dashboard.hpp"
#include "viz/frame_writer.hpp"
#include "viz/pixels.hpp"

namespace volley {

/// A drawn ground kept as pixels, so that a frame draws only what moves.
class GroundPicture {
public:
  void draw(const Scene& ground);
  /// The moving scene on the ground that was drawn last, which has its size.
  Pixels with(Scene moving) const;

private:
  int width_ = 0, height_ = 0;
  std::vector<Colour> pixels_;
};

struct RecordOptions {
  ThemeKind theme = ThemeKind::dark;
  float scale = 1;
  int width = 1280, height = 720;
  double speed = 100;             ///< recording milliseconds per second
  double frames_per_second = 30;
  std::string status;             ///< words at the top right
};

/// Plays a trace once from its start to its end. @throws Error as FrameWriter::add does
void record_trace(const SampleTrace& trace, const RecordOptions& options, FrameWriter& writer);

}  // namespace volley
