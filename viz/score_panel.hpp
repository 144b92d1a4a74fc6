// Class scores as they build up over a recording, the true class in front. (The bars of the final
// scores are draw_scores of panels.hpp.) Must not know engines.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/training_options.hpp"
#include "sim/trace.hpp"
#include "viz/hit.hpp"
#include "viz/panels.hpp"

namespace volley {

struct ScoreCurves {
  double dt_ms = 1;
  std::size_t classes = 0;
  std::vector<float> scores;       ///< [steps][classes]: what read_scores() would say after each step
  int label = -1, predicted = -1;  ///< predicted at the end
  std::vector<std::string> names;  ///< of the classes; may be empty: their numbers
};

/// Of the population `readout` of a trace: a leaky integrator's membranes, averaged so far (or their
/// largest or last value, as `score` says), or spikes so far divided by the steps so far.
ScoreCurves score_curves(const SampleTrace& trace, std::size_t readout, ReadoutScore score,
                         std::vector<std::string> names = {});

/// A curve for each class; the true one and the one that leads in the end are named at the right,
/// and below the axis a strip tells which class leads when.
void draw_score_curves(Scene& scene, Box box, const ScoreCurves& curves, const Theme& theme,
                       const RasterView& view = {});
void draw_score_curves_at_head(Scene& scene, Box box, const ScoreCurves& curves, double head_ms,
                               const Theme& theme, const RasterView& view = {});
/// The class nearest to the point, with its score there.
std::optional<Hit> score_curves_hit(Box box, const ScoreCurves& curves, Point point,
                                    const Theme& theme, const RasterView& view = {});

}  // namespace volley
