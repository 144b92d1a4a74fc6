// The table of a study as Markdown and as CSV. The same bytes for the same results. Must not know
// how they came about.
#pragma once

#include <string>
#include <vector>

#include "app/study_results.hpp"

namespace volley {

/// @param command that makes this table
std::string study_markdown(const StudyPlan& plan,
                           const std::vector<std::optional<RunResult>>& results,
                           const std::vector<CellSummary>& cells, const std::string& command);

/// One row per cell; numbers in full, in the metric's own unit (accuracies as shares of 1).
std::string study_csv(const StudyPlan& plan, const std::vector<CellSummary>& cells);

}  // namespace volley
