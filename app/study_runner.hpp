// Trains the runs of a study, several at once. Owns the threads, the progress line and what a run
// is measured by; must not know tables or pictures.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/console.hpp"
#include "app/study_runs.hpp"

namespace volley {

struct StudyRunnerOptions {
  std::filesystem::path out;
  std::string directory;  ///< --data
  int jobs = 1;           ///< trainings at once; the threads in use are divided among them
};

/// Trains what has no result yet and keeps every result as it is finished. Ctrl-C stops between
/// batches: unfinished runs are lost, finished ones kept. The results do not depend on the jobs.
/// @param results by run; filled in
/// @return how many were trained
/// @throws Error as training does; the other trainings stop then, what is finished is kept
std::size_t run_study(const StudyPlan& plan, const StudyRunnerOptions& options,
                      std::vector<std::optional<RunResult>>& results, Console& console);

}  // namespace volley
