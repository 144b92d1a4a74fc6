// The plots that the curves panel is made of. Private to viz: only the curves_*.cpp files include it.
#pragma once

#include <vector>

#include "sim/training_history.hpp"
#include "viz/axes.hpp"

namespace volley {

// Each draws its axes, legend and curves into a box. @return where the data lie

Plot draw_loss(Scene& scene, Box box, const TrainingHistory& history, const Theme& theme);
Plot draw_accuracy(Scene& scene, Box box, const TrainingHistory& history, const Theme& theme);
/// Share of each population's neurons that fire in a step.
Plot draw_firing(Scene& scene, Box box, const TrainingHistory& history, const Theme& theme);
Plot draw_operations(Scene& scene, Box box, const TrainingHistory& history, const Theme& theme);

/// Last accuracies in words, for the panel's legend.
std::vector<LegendEntry> latest_accuracies(const TrainingHistory& history, const Theme& theme);
/// Whether some epoch knows its synaptic operations.
bool knows_operations(const TrainingHistory& history);

}  // namespace volley
