// The membranes panel: chosen neurons one above the other on one time axis, each with its membrane,
// its threshold and its spikes. Must not know how they were recorded.
#pragma once

#include <optional>
#include <span>

#include "sim/neuron_watch.hpp"
#include "viz/hit.hpp"
#include "viz/panels.hpp"

namespace volley {

/// @param dt_ms length of a step, @param view of which only the time counts
/// The membrane is drawn before its reset, so that it reaches the threshold (dashed) where it
/// fires; spikes stand as ticks above. Of a readout there is neither threshold nor tick; of what a
/// simulation recorded the threshold is not known.
void draw_membranes(Scene& scene, Box box, std::span<const NeuronTrace> neurons, double dt_ms,
                    const Theme& theme, const RasterView& view = {});
void draw_membranes_at_head(Scene& scene, Box box, std::span<const NeuronTrace> neurons,
                            double dt_ms, double head_ms, const Theme& theme,
                            const RasterView& view = {});
/// Neuron and time under a point, with the membrane's value; nothing outside the curves.
std::optional<Hit> membranes_hit(Box box, std::span<const NeuronTrace> neurons, double dt_ms,
                                 Point point, const Theme& theme, const RasterView& view = {});

}  // namespace volley
