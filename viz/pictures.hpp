// The pictures a run leaves behind, as PNG files and without a display.
#pragma once

#include <filesystem>
#include <string>

#include "sim/trace.hpp"
#include "sim/training_history.hpp"
#include "viz/theme.hpp"

namespace volley {

struct PictureOptions {
  int width = 1280, height = 720;  ///< pixels
  ThemeKind theme = ThemeKind::light;
  int frames = 8;  ///< write_events_png: stretches of the recording, 1 to 64
};

/// A film strip: the recording cut into equal stretches, the events of each accumulated in a frame
/// with its time. Every writer is atomic, gives the same bytes for the same input, and
/// @throws Error where the file cannot be written, the size is impossible or no font is installed.
void write_events_png(const SampleTrace& trace, const std::filesystem::path& path,
                      const PictureOptions& options = {});

/// All populations as bands with membranes and rates.
void write_raster_png(const SampleTrace& trace, const std::filesystem::path& path,
                      const PictureOptions& options = {});

/// Loss and accuracy.
void write_curves_png(const TrainingHistory& history, const std::filesystem::path& path,
                      const PictureOptions& options = {1280, 480});

/// What the window shows at `head_ms`; `history` may be null.
void write_dashboard_png(const SampleTrace& trace, const TrainingHistory* history, double head_ms,
                         const std::filesystem::path& path, const std::string& status = {},
                         const PictureOptions& options = {});

}  // namespace volley
