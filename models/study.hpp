// A study: recipes, the values that are varied on them, seeds, and what is measured. Owns the keys
// of a study file and the order of its cells; must not train anything or know how results are kept.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/recipe.hpp"

namespace volley {

/// What a run is measured by; all but train_loss and seconds on the test split.
enum class StudyMetric {
  test_accuracy,
  test_balanced_accuracy,  ///< mean over the classes of the accuracy within the class
  train_loss,              ///< mean over the last epoch
  firing_rate,             ///< spikes per neuron and step over all populations that fire
  synops,                  ///< effective synaptic operations per recording, as NeuroBench counts
  seconds,                 ///< wall clock of the training: differs from time to time
};

inline constexpr std::array<const char*, 6> study_metric_names{
    "test_accuracy", "test_balanced_accuracy", "train_loss", "firing_rate", "synops", "seconds"};

inline constexpr const char* to_string(StudyMetric metric) {
  return study_metric_names[static_cast<std::size_t>(metric)];
}

/// How the values of an axis lie on a picture; `even` in the order given, whatever they are.
enum class AxisScale { linear, log, even };

struct AxisValue {
  std::string label;
  std::vector<RecipeOverride> set;
};

struct StudyAxis {
  std::string name;
  AxisScale scale = AxisScale::even;
  std::vector<AxisValue> values;

  /// Whether every label is a number.
  bool numeric() const;
};

struct Study {
  std::string name;                    ///< default: the file stem
  std::string description;
  std::vector<std::string> recipes;    ///< as written: path from the study file, or shipped name
  std::vector<std::uint64_t> seeds;
  std::vector<StudyMetric> metrics;
  std::vector<RecipeOverride> set;     ///< on every recipe
  std::vector<StudyAxis> axes;         ///< the first is "recipe" where there are several recipes
  std::vector<std::optional<std::size_t>> baseline;  ///< by axis: the value to compare with

  bool has_baseline() const;
};

inline constexpr std::size_t most_study_cells = 10'000;

/// Reads a study. Layout and keys: models/studies/README.md.
/// @throws Error with line and column as parse_recipe does
Study parse_study(std::string_view toml, const std::string& origin);

/// One combination of values: an index into the values of every axis.
using StudyCell = std::vector<std::size_t>;

/// Every combination; the last axis changes fastest.
std::vector<StudyCell> study_cells(const Study& study);

/// The cell it is compared with; nothing where it is a baseline itself or there is none.
std::optional<std::size_t> baseline_of(const Study& study, const std::vector<StudyCell>& cells,
                                       std::size_t cell);

/// "lambda 0.1, estimator atan".
std::string cell_text(const Study& study, const StudyCell& cell);

/// Which of the study's recipes a cell trains.
std::size_t recipe_of(const Study& study, const StudyCell& cell);

/// The recipe of one run: the study's changes, then those of each axis in turn, then the seed.
/// @param toml, origin the text of recipe recipe_of() and its file
/// @throws Error as parse_recipe does
Recipe study_recipe(const Study& study, const StudyCell& cell, std::uint64_t seed,
                    std::string_view toml, const std::string& origin);

/// A stable name for a run: 16 hexadecimal digits, CRC-64 (ECMA-182) of its resolved recipe.
std::string run_id(const std::string& resolved_recipe);

}  // namespace volley
