// The cells of a study, their recipes and their names.
#include <fmt/format.h>

#include <boost/crc.hpp>

#include "models/study.hpp"

namespace volley {

std::vector<StudyCell> study_cells(const Study& study) {
  std::vector<StudyCell> cells{StudyCell{}};
  for (const StudyAxis& axis : study.axes) {
    std::vector<StudyCell> longer;
    for (const StudyCell& cell : cells)
      for (std::size_t value = 0; value < axis.values.size(); ++value) {
        longer.push_back(cell);
        longer.back().push_back(value);
      }
    cells = std::move(longer);
  }
  return cells;
}

std::optional<std::size_t> baseline_of(const Study& study, const std::vector<StudyCell>& cells,
                                       std::size_t cell) {
  if (!study.has_baseline()) return std::nullopt;
  StudyCell wanted = cells[cell];
  for (std::size_t axis = 0; axis < wanted.size(); ++axis)
    wanted[axis] = study.baseline[axis].value_or(wanted[axis]);
  if (wanted == cells[cell]) return std::nullopt;
  std::size_t index = 0;
  for (std::size_t axis = 0; axis < wanted.size(); ++axis)
    index = index * study.axes[axis].values.size() + wanted[axis];
  return index;
}

std::string cell_text(const Study& study, const StudyCell& cell) {
  std::string text;
  for (std::size_t axis = 0; axis < cell.size(); ++axis)
    text += (text.empty() ? "" : ", ") + study.axes[axis].name + " " +
            study.axes[axis].values[cell[axis]].label;
  return text.empty() ? study.name : text;
}

std::size_t recipe_of(const Study& study, const StudyCell& cell) {
  return study.recipes.size() > 1 ? cell.front() : 0;
}

Recipe study_recipe(const Study& study, const StudyCell& cell, std::uint64_t seed,
                    std::string_view toml, const std::string& origin) {
  std::vector<RecipeOverride> changes = study.set;
  for (std::size_t axis = 0; axis < cell.size(); ++axis) {
    const auto& set = study.axes[axis].values[cell[axis]].set;
    changes.insert(changes.end(), set.begin(), set.end());
  }
  changes.push_back({"training.seed", std::to_string(seed), "seeds"});
  return parse_recipe(toml, origin, changes);
}

std::string run_id(const std::string& resolved_recipe) {
  boost::crc_optimal<64, 0x42F0E1EBA9EA3693ULL, ~0ULL, ~0ULL, true, true> crc;
  crc.process_bytes(resolved_recipe.data(), resolved_recipe.size());
  return fmt::format("{:016x}", static_cast<std::uint64_t>(crc.checksum()));
}

}  // namespace volley
