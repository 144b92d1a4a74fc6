// The pictures a run leaves behind, as PNG or SVG files and without a display.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "sim/trace.hpp"
#include "sim/training_history.hpp"
#include "viz/confusion_panel.hpp"
#include "viz/panels.hpp"
#include "viz/theme.hpp"

namespace volley {

struct PictureOptions {
  int width = 1280, height = 720;  ///< pixels
  ThemeKind theme = ThemeKind::light;
  int frames = 8;  ///< write_events_png: stretches of the recording, 1 to 64
  double decay_ms = 0;  ///< and the decay within each, see EventsOptions; 0: every event counts alike
};

/// A page with one panel, and above it the header of a trace where one is given. `draw` draws into
/// the box it is given.
Scene framed_picture(const PictureOptions& options, const SampleTrace* trace,
                     const std::function<void(Scene&, Box, const Theme&)>& draw);
/// The film strip of write_events_png as a scene; of a view its time counts.
Scene events_picture(const SampleTrace& trace, const PictureOptions& options,
                     const RasterView& view = {});

/// A film strip: the recording cut into equal stretches, the events of each accumulated in a frame
/// with its time. Every writer is atomic, gives the same bytes for the same input, and
/// @throws Error where the file cannot be written, the size is impossible or no font is installed.
void write_events_png(const SampleTrace& trace, const std::filesystem::path& path,
                      const PictureOptions& options = {});

/// All populations as bands with membranes and rates.
void write_raster_png(const SampleTrace& trace, const std::filesystem::path& path,
                      const PictureOptions& options = {});

/// Loss, accuracy, synaptic operations, firing rates.
void write_curves_png(const TrainingHistory& history, const std::filesystem::path& path,
                      const PictureOptions& options = {1600, 480});

/// Which classes are taken for which.
void write_confusion_png(const ConfusionMatrix& matrix, const std::filesystem::path& path,
                         const PictureOptions& options = {960, 720});

/// What the window shows at `head_ms`; `history` may be null.
void write_dashboard_png(const SampleTrace& trace, const TrainingHistory* history, double head_ms,
                         const std::filesystem::path& path, const std::string& status = {},
                         const PictureOptions& options = {});

}  // namespace volley
