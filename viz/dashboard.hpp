// The one layout of panels on a page, the same for the window and for pictures. What moves with
// the play head comes as a scene of its own, so that a window redraws only that. Must not know
// what surface it goes to.
#pragma once

#include <optional>
#include <string>

#include "datasets/recording.hpp"
#include "viz/panels.hpp"
#include "viz/scene.hpp"
#include "viz/theme.hpp"

namespace volley {

/// What is to be seen. Nothing is owned; a pointer may be null where there is nothing of the kind.
struct DashboardView {
  const SampleTrace* trace = nullptr;
  const TrainingHistory* history = nullptr;
  double head_ms = 0;
  std::string status;
  EventsOptions events;
  Theme theme;
  int width = 1280, height = 720;
};

/// Where each panel lies; an empty box where the panel is not shown.
struct DashboardLayout {
  Box header, events, raster, rates, scores, curves;
};
/// With a trace: events, raster, rates and, where the network has them, scores; with a history the
/// curves beside. A trace of one population (a recording without a model): events and raster only.
DashboardLayout dashboard_layout(const DashboardView& view);

/// Everything that does not depend on the play head; has a background.
Scene dashboard_ground(const DashboardView& view);
/// What does, to be painted over it; its background is transparent.
Scene dashboard_moving(const DashboardView& view);
/// Both in one.
Scene dashboard(const DashboardView& view);

/// A recording without a model as a trace: its binned spikes are the one population. `spikes` has
/// the recording's sensor inputs.
SampleTrace recording_trace(const Recording& recording, SpikeTrain spikes, double dt_ms);

}  // namespace volley
