// What the runs of a study say, cell by cell, and how its metrics are written. Must not know files.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/console.hpp"
#include "app/study_runs.hpp"
#include "sim/study_statistics.hpp"

namespace volley {

/// How a metric is written: its value times the factor, with so many decimals.
struct MetricWords {
  const char* title;
  double factor;
  int decimals;
};
MetricWords words_of(StudyMetric metric);

struct MetricSummary {
  SpreadSummary summary;
  std::optional<PairedDifference> difference;  ///< from the baseline, over the seeds that both have
};

struct CellSummary {
  std::size_t cell = 0;
  std::size_t finished = 0;               ///< runs with values
  std::size_t diverged = 0;
  bool baseline = false;
  std::vector<MetricSummary> metrics;     ///< by study.metrics
};

/// @param results by run
std::vector<CellSummary> summarise_study(const StudyPlan& plan,
                                         const std::vector<std::optional<RunResult>>& results);

Json study_cells_json(const StudyPlan& plan, const std::vector<CellSummary>& cells);

}  // namespace volley
