// Reading a study file. Owns its keys and checks; how cells follow is in study_grid.cpp.
#include "models/study.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>

#include "base/error.hpp"
#include "models/recipe_table.hpp"
#include "models/recipe_tree.hpp"

namespace volley {

namespace {

constexpr std::size_t most_axes = 6, most_values = 1000;

/// One change from a key in quotes and its value.
RecipeOverride read_change(const StrictTable& table, const std::string& path,
                           const toml::node& value) {
  if (path.find('.') == std::string::npos && value.is_table())
    table.fail(value, path, "is a table, a path is wanted",
               "write the whole path in quotes, for example \"training.epochs\" = 5");
  if (path == "training.seed")
    table.fail(value, path, "is what `seeds` says", "remove it");
  return {path, toml_text(value), table.position(path)};
}

std::vector<RecipeOverride> read_changes(StrictTable& parent, std::string_view key) {
  std::vector<RecipeOverride> changes;
  const toml::node* node = parent.any(key);
  if (node == nullptr) return changes;
  if (!node->is_table())
    parent.fail(*node, key, "is not a table", "write { \"training.epochs\" = 5 }, for example");
  StrictTable table = parent.table(key);
  for (const auto& [path, value] : *node->as_table())
    changes.push_back(read_change(table, std::string(path.str()), value));
  return changes;
}

std::string label_of(const StrictTable& table, std::string_view key, const toml::node& value) {
  if (value.is_string()) return value.as_string()->get();
  if (const auto number = value.value_exact<double>()) return fmt::format("{}", *number);
  if (value.is_table() || value.is_array())
    table.fail(value, key, "needs a label", "use [[axis.value]] with label and set");
  return toml_text(value);
}

void read_short_values(StrictTable& table, StudyAxis& axis) {
  const std::string path = table.text("path", {});
  if (path.empty())
    table.fail({}, "path is missing", "write path = \"training.learning_rate\", for example");
  const toml::node* values = table.any("values");
  const toml::array* list = values == nullptr ? nullptr : values->as_array();
  if (list == nullptr || list->empty())
    table.fail("values", "is not a list of values", "write values = [0.001, 0.01], for example");
  for (const toml::node& value : *list) {
    AxisValue one;
    one.label = label_of(table, "values", value);
    one.set = {read_change(table, path, value)};
    one.set.front().place = table.position("values");
    axis.values.push_back(std::move(one));
  }
}

void read_long_values(StrictTable& table, StudyAxis& axis) {
  for (StrictTable& entry : table.tables("value")) {
    AxisValue value;
    const toml::node* label = entry.any("label");
    if (label == nullptr) entry.fail({}, "the label is missing", "write label = \"deep\"");
    value.label = label_of(entry, "label", *label);
    value.set = read_changes(entry, "set");
    entry.finish();
    axis.values.push_back(std::move(value));
  }
  if (axis.values.empty())
    table.fail({}, "there are no values",
               "give path and values, or [[axis.value]] tables with label and set");
}

void check_axis(const StrictTable& table, const StudyAxis& axis) {
  std::set<std::string> labels;
  for (const AxisValue& value : axis.values) {
    if (value.label.empty() || value.label.find_first_of("\n\r|") != std::string::npos)
      table.fail({}, "a label is empty or has '|' or a line end", "use a short word or a number");
    if (!labels.insert(value.label).second)
      table.fail({}, "the label '" + value.label + "' is given twice", "make the labels differ");
  }
  if (axis.values.size() > most_values)
    table.fail({}, "has more than 1000 values", "give fewer");
  if (axis.scale == AxisScale::even) return;
  if (!axis.numeric())
    table.fail("scale", "the labels are not all numbers", "use scale = \"even\"");
  if (axis.scale == AxisScale::log)
    for (const AxisValue& value : axis.values)
      if (!(std::stod(value.label) > 0))
        table.fail("scale", value.label + " has no logarithm", "use scale = \"even\"");
}

StudyAxis read_axis(StrictTable table) {
  StudyAxis axis;
  axis.name = table.text("name", {});
  if (axis.name.empty() || axis.name == "recipe" ||
      axis.name.find_first_of("\n\r|") != std::string::npos)
    table.fail("name", "is not the name of an axis", "write a short word other than 'recipe'");
  if (table.has("path") || table.has("values")) read_short_values(table, axis);
  else read_long_values(table, axis);
  axis.scale = table.choice("scale", axis.numeric() ? AxisScale::linear : AxisScale::even,
                            {{"linear", AxisScale::linear},
                             {"log", AxisScale::log},
                             {"even", AxisScale::even}});
  table.finish();
  check_axis(table, axis);
  return axis;
}

std::vector<StudyMetric> read_metrics(StrictTable& table) {
  std::vector<StudyMetric> metrics;
  for (const std::string& name : table.texts("metrics")) {
    const auto found = std::find(study_metric_names.begin(), study_metric_names.end(), name);
    if (found == study_metric_names.end()) {
      std::string known;
      for (const std::string each : study_metric_names)
        known += (known.empty() ? "" : ", ") + each;
      table.fail("metrics", "'" + name + "' is not known", "use some of " + known);
    }
    metrics.push_back(static_cast<StudyMetric>(found - study_metric_names.begin()));
    if (std::count(metrics.begin(), metrics.end(), metrics.back()) > 1)
      table.fail("metrics", "'" + name + "' is given twice", "remove one");
  }
  if (metrics.empty()) metrics = {StudyMetric::test_accuracy};
  return metrics;
}

std::vector<std::uint64_t> read_seeds(StrictTable& table) {
  const std::vector<std::int64_t> given =
      table.integers("seeds", 1, most_values, 0, std::numeric_limits<std::int64_t>::max());
  std::vector<std::uint64_t> seeds(given.begin(), given.end());
  if (seeds.empty()) seeds = {1, 2, 3};
  if (std::set<std::uint64_t>(seeds.begin(), seeds.end()).size() != seeds.size())
    table.fail("seeds", "a seed is given twice", "make the seeds differ");
  return seeds;
}

void read_recipes(StrictTable& table, Study& study) {
  study.recipes = table.texts("recipe");
  if (study.recipes.empty() || study.recipes.front().empty())
    table.fail("recipe", "is missing", "write recipe = \"synthetic-digits\", or a path");
  if (study.recipes.size() == 1) return;
  StudyAxis axis;
  axis.name = "recipe";
  for (const std::string& recipe : study.recipes) {
    axis.values.push_back({std::filesystem::path(recipe).stem().string(), {}});
    for (std::size_t i = 0; i + 1 < axis.values.size(); ++i)
      if (axis.values[i].label == axis.values.back().label)
        table.fail("recipe", "'" + axis.values[i].label + "' is given twice",
                   "give recipes of different names");
  }
  study.axes.push_back(std::move(axis));
}

void read_baseline(StrictTable table, Study& study) {
  study.baseline.assign(study.axes.size(), std::nullopt);
  for (std::size_t a = 0; a < study.axes.size(); ++a) {
    const StudyAxis& axis = study.axes[a];
    const toml::node* node = table.any(axis.name);
    if (node == nullptr) continue;
    const std::string label = label_of(table, axis.name, *node);
    for (std::size_t v = 0; v < axis.values.size(); ++v)
      if (axis.values[v].label == label) study.baseline[a] = v;
    if (!study.baseline[a])
      table.fail(axis.name, "'" + label + "' is no value of this axis", "give one of its labels");
  }
  table.finish();
}

}  // namespace

bool StudyAxis::numeric() const {
  return std::all_of(values.begin(), values.end(), [](const AxisValue& value) {
    std::size_t used = 0;
    try {
      std::stod(value.label, &used);
    } catch (const std::exception&) {
      return false;
    }
    return used == value.label.size();
  });
}

bool Study::has_baseline() const {
  return std::any_of(baseline.begin(), baseline.end(),
                     [](const auto& value) { return value.has_value(); });
}

Study parse_study(std::string_view toml, const std::string& origin) {
  const toml::table root =
      parse_toml(toml, origin, "see models/studies/README.md for the layout");
  StrictTable table(root, "", origin);
  Study study;
  study.name = table.text("name", std::filesystem::path(origin).stem().string());
  const toml::node* description = table.any("description");
  if (description != nullptr && !description->is_string())
    table.fail("description", "is not a text", "write it in double quotes");
  if (description != nullptr) study.description = description->as_string()->get();
  read_recipes(table, study);
  study.seeds = read_seeds(table);
  study.metrics = read_metrics(table);
  study.set = read_changes(table, "set");
  for (StrictTable& axis : table.tables("axis")) {
    study.axes.push_back(read_axis(axis));
    for (std::size_t i = 0; i + 1 < study.axes.size(); ++i)
      if (study.axes[i].name == study.axes.back().name)
        axis.fail("name", "'" + study.axes[i].name + "' is given twice", "make the names differ");
  }
  read_baseline(table.table("baseline"), study);
  table.finish();
  double cells = static_cast<double>(study.seeds.size());
  for (const StudyAxis& axis : study.axes) cells *= static_cast<double>(axis.values.size());
  if (cells > static_cast<double>(most_study_cells) || study.axes.size() > most_axes)
    throw Error("has more than 10,000 runs or more than 6 axes", origin, "make several studies");
  return study;
}

}  // namespace volley
