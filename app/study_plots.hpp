// The pictures of a study: one for each metric, and for each combination of values beyond two axes.
// Must not know how they are drawn.
#pragma once

#include <filesystem>
#include <vector>

#include "app/study_results.hpp"
#include "viz/theme.hpp"

namespace volley {

/// Writes METRIC.png, or METRIC-AXIS-VALUE.png and so on, into a folder. Along x runs the first
/// axis of numbers, or else the first; the lines are the values of the next one.
/// @return the files written
std::vector<std::filesystem::path> write_study_plots(const StudyPlan& plan,
                                                     const std::vector<CellSummary>& cells,
                                                     const std::filesystem::path& folder,
                                                     ThemeKind theme);

}  // namespace volley
