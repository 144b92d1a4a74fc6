// The runs of a study and their files: one JSON file for each finished run, named by what it
// trained, so that a study goes on where it was stopped and never repeats a run. Must not train.
#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "models/study.hpp"

namespace volley {

/// One training.
struct StudyRun {
  std::size_t cell = 0;  ///< the first cell that wants it
  std::uint64_t seed = 0;
  Recipe recipe;
  std::string text;      ///< the resolved recipe
  std::string id;        ///< run_id() of it
};

struct RunResult {
  bool diverged = false;  ///< the loss was no longer a number; the values mean nothing then
  std::array<double, study_metric_names.size()> values{};  ///< by StudyMetric
  std::size_t train_recordings = 0, test_recordings = 0;

  double value(StudyMetric metric) const { return values[static_cast<std::size_t>(metric)]; }
};

struct StudyPlan {
  Study study;
  std::vector<StudyCell> cells;
  std::vector<StudyRun> runs;                     ///< each resolved recipe once
  std::vector<std::vector<std::size_t>> by_cell;  ///< run by cell and seed
};

/// Resolves every run and checks that its network can be compiled.
/// @param file  of the study: recipes are looked for beside it, then among the shipped ones
/// @param limit of both splits, over the recipes' own; 0 leaves these
/// @throws Error as parse_study and parse_recipe do; of a cell, with what it sets
StudyPlan plan_study(const std::filesystem::path& file, std::size_t limit);

std::filesystem::path run_file(const std::filesystem::path& folder, const StudyRun& run);

/// The finished run; nothing where it is not there.
/// @throws Error where the file is damaged or of another recipe
std::optional<RunResult> read_run(const std::filesystem::path& folder, const StudyRun& run);
void write_run(const std::filesystem::path& folder, const StudyRun& run, const std::string& cell,
               const RunResult& result);

}  // namespace volley
