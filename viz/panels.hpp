// The panels: each draws one view of a trace or a history into a box of a scene. What moves with
// the play head is drawn apart (`..._at_head`), so that a window draws the rest once. Must not know
// windows, files or how a spike is computed. No panel fails on odd sizes or values.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "sim/trace.hpp"
#include "sim/training_history.hpp"
#include "viz/axes.hpp"
#include "viz/hit.hpp"
#include "viz/scene.hpp"
#include "viz/theme.hpp"

namespace volley {

// --- events: input spikes as the camera saw them -------------------------------------------------

struct EventsOptions {
  double window_ms = 30;  ///< how far back from the play head spikes are seen
  double decay_ms = 15;   ///< their weight falls by e in this time; 0: no decay
  double zoom = 1;        ///< 2 shows half of the sensor's width and height
  double centre_x = 0.5, centre_y = 0.5;  ///< middle of what is shown, as shares of the sensor
};

/// The pixels that a zoom shows: whole ones, within the sensor.
struct SensorRegion {
  std::size_t column = 0, row = 0, columns = 0, rows = 0;
};
SensorRegion visible_sensor(const PopulationTrace& input, const EventsOptions& options);
/// Where draw_events shows them within its panel.
Box sensor_box(Box panel, const PopulationTrace& input, const EventsOptions& options,
               const Theme& theme);

/// Weighted spike counts per pixel in (head - window, head], channel last like the population. A
/// spike at step t lies at t * dt_ms; the step at the head has weight 1.
struct EventFrame {
  std::size_t columns = 0, rows = 0;
  std::vector<float> on, off;  ///< rows x columns; `off` stays 0 for one channel
};
/// Maps with more than two channels are summed into `on`; a flat population of n > 2 neurons is
/// laid out as a near-square grid of n pixels.
EventFrame accumulate_events(const PopulationTrace& input, double dt_ms, double head_ms,
                             const EventsOptions& options);
/// One fresh event is already strong; more of them only deepen its colour.
inline constexpr double fresh_event_depth = 1.8;
/// The frame as a picture of whole-pixel scale, in the middle of a box. @return where it lies
/// @param depth n events take 1 - exp(-depth * n) of their colour
Box draw_event_frame(Scene& scene, Box box, const EventFrame& frame, const Theme& theme,
                     double depth = fresh_event_depth);
/// Where draw_event_frame puts a frame of this size: square pixels, but a single row fills the box.
Box event_frame_box(Box box, std::size_t columns, std::size_t rows);
/// The population that draw_events shows: the first of kind input, else nullptr.
const PopulationTrace* input_population(const SampleTrace& trace);

void draw_events(Scene& scene, Box box, const SampleTrace& trace, const EventsOptions& options,
                 const Theme& theme);
void draw_events_at_head(Scene& scene, Box box, const SampleTrace& trace, double head_ms,
                         const EventsOptions& options, const Theme& theme);
/// The pixel under a point, in words "x 12, y 3"; its neurons are the channels of that pixel.
std::optional<Hit> events_hit(Box box, const SampleTrace& trace, Point point, const Theme& theme,
                              const EventsOptions& options = {});

// --- raster: every population as a band, rates under it ------------------------------------------

struct NeuronRange {
  std::size_t first = 0, count = 0;
  friend bool operator==(const NeuronRange&, const NeuronRange&) = default;
};

/// What of a recording is seen: zoom and pan. What does not fit the trace is made to.
struct RasterView {
  double from_ms = 0, to_ms = std::numeric_limits<double>::infinity();
  std::vector<std::size_t> populations;  ///< bands from top to bottom, by index; empty: all
  std::vector<NeuronRange> neurons;      ///< by population index; count 0, or not there: all
  double origin_ms = 0;                  ///< added to the times on the axis: of a stream's stretch
};

/// Where the raster puts what; all boxes share their x range, from_ms .. to_ms.
struct RasterLayout {
  std::vector<Box> bands;                ///< one per population that is seen
  std::vector<std::size_t> populations;  ///< which ones, by index in the trace
  std::vector<NeuronRange> neurons;      ///< which of their neurons
  Box rates;                             ///< the rate curves; empty where there is no room
  double duration_ms = 0;                ///< of the recording
  double from_ms = 0, to_ms = 0;
  float x_of(double time_ms) const;
  double time_of(float x) const;
  /// Index of the band under a point; bands.size() where there is none.
  std::size_t band_at(Point point) const;
};
RasterLayout raster_layout(const SampleTrace& trace, Box box, const Theme& theme,
                           const RasterView& view = {});

/// Spikes as dots, binned by rows (and steps) into a picture where neurons are closer than pixels,
/// so that no spike is lost; membranes of leaky integrators as lines, the true class emphasised.
void draw_raster(Scene& scene, Box box, const SampleTrace& trace, const Theme& theme,
                 const RasterView& view = {});
/// Nothing where the head is out of sight.
void draw_raster_at_head(Scene& scene, Box box, const SampleTrace& trace, double head_ms,
                         const Theme& theme, const RasterView& view = {});
/// Population, neurons (those of the row under the point) and time; over the rate curves the time
/// alone.
std::optional<Hit> raster_hit(Box box, const SampleTrace& trace, Point point, const Theme& theme,
                              const RasterView& view = {});
/// The view after a zoom by `factor` (below 1: closer) around a point of the raster, in time or,
/// with `neurons`, in the neurons of the band under it; and after a shift by pixels, where `view` is
/// that from which the shift began. A window of time is never shorter than one step.
RasterView zoomed(const RasterView& view, Box box, const SampleTrace& trace, Point point,
                  double factor, bool neurons, const Theme& theme);
RasterView panned(const RasterView& view, Box box, const SampleTrace& trace, Point from, Point to,
                  const Theme& theme);
/// What a band shows: steps, parts of steps at its ends, and neurons.
struct BandWindow {
  double first_step = 0, last_step = std::numeric_limits<double>::infinity();
  NeuronRange neurons;  ///< count 0: all
};
/// One band, used by draw_raster. Spikes of an input with two channels take the ON / OFF colours.
void draw_spike_band(Scene& scene, Box band, const PopulationTrace& population, Colour colour,
                     const Theme& theme, const BandWindow& window = {});
void draw_membrane_band(Scene& scene, Box band, const SampleTrace& trace,
                        const PopulationTrace& population, const Theme& theme,
                        const BandWindow& window = {});
/// Rows of a band that has `neurons`, and columns of one that has `steps`: fewer than these where
/// they are closer than pixels; row r then holds the neurons n with n * rows / neurons == r.
std::size_t band_cells(float pixels, std::size_t most);
/// The membrane values that a band ranges over.
Axis membrane_axis(const PopulationTrace& population, std::size_t first_step,
                   std::size_t last_step);
/// Population rate in Hz of at most `points` equal stretches of the steps [first, last).
std::vector<double> population_rate(const PopulationTrace& population, double dt_ms,
                                    std::size_t points, std::size_t first_step = 0,
                                    std::size_t last_step = SIZE_MAX);

// --- rates: how often the neurons of each population fire ----------------------------------------

struct RateSummary {
  double mean_hz = 0, highest_hz = 0;
  std::size_t neurons = 0, silent = 0, saturated = 0;
  std::vector<double> hz;  ///< per neuron
};
RateSummary summarise_rates(const PopulationTrace& population, double dt_ms);
/// A histogram per spiking population with its mean; silent and saturated neurons (those that fire
/// in at least saturated_share of the steps) counted and marked.
void draw_rates(Scene& scene, Box box, const SampleTrace& trace, const Theme& theme);
inline constexpr double saturated_share = 0.9;
/// Population, and how many neurons fire as often as the bar under the point says.
std::optional<Hit> rates_hit(Box box, const SampleTrace& trace, Point point, const Theme& theme);

/// Rate of every population over time, each in a plot of its own.
void draw_population_rates(Scene& scene, Box box, const SampleTrace& trace, const Theme& theme,
                           const RasterView& view = {});

// --- scores, curves, header ----------------------------------------------------------------------

/// A bar per class; the true label and the predicted one are marked.
void draw_scores(Scene& scene, Box box, const SampleTrace& trace, const Theme& theme);
/// The class under a point, with its score.
std::optional<Hit> scores_hit(Box box, const SampleTrace& trace, Point point, const Theme& theme);

/// Loss per batch, raw and smoothed (per epoch where there are no batches), and accuracy per epoch;
/// where there is room and they are known, firing rates of the populations and synaptic operations
/// per recording.
void draw_curves(Scene& scene, Box box, const TrainingHistory& history, const Theme& theme);
/// Batch or epoch under a point, with its figures in words.
std::optional<Hit> curves_hit(Box box, const TrainingHistory& history, Point point,
                              const Theme& theme);
/// Exponential mean over about `batches` values, without the bias of its start; values that are
/// not finite are skipped over and repeated as NaN.
std::vector<double> smoothed(const std::vector<double>& values, double batches);

/// Recording, label and prediction at the left, status words at the right of one line; the time of
/// the play head has its own place at the very right.
void draw_header(Scene& scene, Box box, const SampleTrace* trace, const std::string& status,
                 const Theme& theme, bool room_for_time = true);
/// The time, at the place that draw_header keeps free for it.
void draw_header_at_head(Scene& scene, Box box, const SampleTrace* trace, double head_ms,
                         const Theme& theme);

}  // namespace volley
