// The one layout of panels on a page, the same for the window and for pictures. What moves with
// the play head comes as a scene of its own, so that a window redraws only that. Must not know
// what surface it goes to.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "datasets/recording.hpp"
#include "sim/neuron_watch.hpp"
#include "viz/confusion_panel.hpp"
#include "viz/membrane_panel.hpp"
#include "viz/panels.hpp"
#include "viz/scene.hpp"
#include "viz/theme.hpp"
#include "viz/topology_panel.hpp"
#include "viz/weights_panel.hpp"

namespace volley {

/// What is known of a picked neuron beside its spikes.
struct InspectedNeuron {
  std::vector<NeuronTrace> traces;  ///< its membrane; empty where it has none or it is not known
  std::vector<WeightField> fields;  ///< its receptive fields; empty likewise
};

/// What stands in the panel under the raster.
enum class LowerPanel { rates, population_rates, scores, confusion, topology };

/// What is to be seen. Nothing is owned; a pointer may be null where there is nothing of the kind.
struct DashboardView {
  const SampleTrace* trace = nullptr;
  const TrainingHistory* history = nullptr;
  double head_ms = 0;
  std::string status;
  EventsOptions events;
  RasterView raster;
  std::optional<NeuronId> picked;  ///< marked; its panels stand in place of rates and scores
  const InspectedNeuron* inspected = nullptr;  ///< of the picked one
  LowerPanel lower = LowerPanel::rates;
  const Network* network = nullptr;  ///< of the trace; null: none, or not known
  /// Of the recordings shown so far; where the history has that of a test split, this one counts.
  const ConfusionMatrix* seen = nullptr;
  bool playing = true;
  Theme theme;
  int width = 1280, height = 720;
};

/// Where each panel lies; an empty box where the panel is not shown.
struct DashboardLayout {
  Box header, events, raster, rates, scores, curves, scrub;
};
/// With a trace: events, raster, rates and, where the network has them, scores; with a history the
/// curves beside. Events of a line of sensors take little room. A trace of one population (a
/// recording without a model): events and raster only, one above the other for such a line. Without
/// an input (a simulation): raster and rates.
DashboardLayout dashboard_layout(const DashboardView& view);

/// Whether the input is a line of sensors, as those of an ear: better seen over time than in frames.
bool sensors_in_line(const SampleTrace& trace);

/// What lies under a point of the panel of the scores.
std::optional<Hit> scores_place_hit(const DashboardView& view, Box box, Point at);

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
