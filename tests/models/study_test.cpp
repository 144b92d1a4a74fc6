// Study files: what is read, the order of cells, their recipes and names, and what is refused.
#include "models/study.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "base/atomic_file.hpp"
#include "base/error.hpp"
#include "sample_networks.hpp"

namespace volley::test {
namespace {

const std::string base_recipe = R"(
[network]
input = 4
[[network.population]]
name = "hidden"
neurons = 8
[[network.population]]
name = "out"
neuron = "leaky_integrator"
neurons = 3
)";

const std::string grid = R"(
description = "two axes"
recipe = "small"
seeds = [5, 3]
metrics = ["test_accuracy", "synops"]
baseline = { estimator = "atan" }
[set]
"training.epochs" = 4
"network.population.*.shift" = -1
[[axis]]
name = "rate"
path = "training.learning_rate"
values = [1e-4, 0.01]
scale = "log"
[[axis]]
name = "estimator"
[[axis.value]]
label = "denoise"
set."network.population.*.quantizer.estimator" = "denoise"
set."network.population.hidden.quantizer.lambda" = 0.5
[[axis.value]]
label = "atan"
set = { "network.population.*.quantizer.estimator" = "atan" }
[[axis.value]]
label = "deep"
set."network.population" = [
  { name = "a", neurons = 6 },
  { name = "b", neurons = 5, recurrent = { } },
  { name = "out", neuron = "leaky_integrator", neurons = 3 },
]
)";

std::string altered(const std::string& from, const std::string& to) {
  std::string text = grid;
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(Study, ReadsAndExpandsWithTheLastAxisFastest) {
  const Study study = parse_study(grid, "folder/grid.toml");
  EXPECT_EQ(study.name, "grid");
  EXPECT_EQ(study.seeds, (std::vector<std::uint64_t>{5, 3}));
  EXPECT_EQ(study.metrics,
            (std::vector<StudyMetric>{StudyMetric::test_accuracy, StudyMetric::synops}));
  const std::vector<StudyCell> cells = study_cells(study);
  ASSERT_EQ(cells.size(), 6u);
  EXPECT_EQ(cells[0], (StudyCell{0, 0}));
  EXPECT_EQ(cells[1], (StudyCell{0, 1}));
  EXPECT_EQ(cells[3], (StudyCell{1, 0}));
  EXPECT_EQ(cell_text(study, cells[5]), "rate 0.01, estimator deep");
  EXPECT_EQ(study.axes[0].scale, AxisScale::log);
  EXPECT_EQ(study.axes[1].scale, AxisScale::even);
  // Each is compared with the cell of the same rate.
  EXPECT_EQ(baseline_of(study, cells, 0), 1u);
  EXPECT_EQ(baseline_of(study, cells, 1), std::nullopt);
  EXPECT_EQ(baseline_of(study, cells, 5), 4u);
}

TEST(Study, CellsSetTheirRecipes) {
  const Study study = parse_study(grid, "grid.toml");
  const std::vector<StudyCell> cells = study_cells(study);
  const Recipe first = study_recipe(study, cells[0], 5, base_recipe, "small.toml");
  EXPECT_EQ(first.training.seed, 5u);
  EXPECT_EQ(first.training.epochs, 4);
  EXPECT_EQ(first.training.learning_rate, 1e-4);
  EXPECT_EQ(first.network.population(1).shift, -1.0);
  EXPECT_EQ(first.network.population(1).quantizer.lambda, 0.5);
  EXPECT_EQ(first.name, "small");
  const Recipe deep = study_recipe(study, cells[5], 3, base_recipe, "small.toml");
  EXPECT_EQ(deep.network.populations(), 4u);
  EXPECT_EQ(deep.network.projections(), 4u);
  EXPECT_EQ(deep.training.learning_rate, 0.01);
}

TEST(Study, IdsFollowTheResolvedRecipe) {
  // The check value of CRC-64/XZ.
  EXPECT_EQ(run_id("123456789"), "995dc9bbdf1939fa");
  const Study study = parse_study(grid, "grid.toml");
  std::set<std::string> ids;
  for (const StudyCell& cell : study_cells(study))
    for (const std::uint64_t seed : study.seeds)
      ids.insert(run_id(format_recipe(study_recipe(study, cell, seed, base_recipe, "small.toml"))));
  EXPECT_EQ(ids.size(), 12u);
  const auto id = [&](const std::string& toml) {
    const Study one = parse_study(toml, "x.toml");
    return run_id(format_recipe(study_recipe(one, {}, 1, base_recipe, "small.toml")));
  };
  EXPECT_EQ(id("recipe = \"r\""), id("recipe = \"r\"\nset = { \"dataset.steps\" = 0 }"))
      << "a default written out is the same recipe";
}

TEST(Study, SeveralRecipesAreAnAxis) {
  const Study study = parse_study("recipe = [\"a/x.toml\", \"y\"]", "s.toml");
  ASSERT_EQ(study.axes.size(), 1u);
  EXPECT_EQ(study.axes[0].values[0].label, "x");
  const auto cells = study_cells(study);
  ASSERT_EQ(cells.size(), 2u);
  EXPECT_EQ(recipe_of(study, cells[1]), 1u);
  EXPECT_EQ(study.seeds.size(), 3u);
}

TEST(Study, FaultsNameLineAndColumn) {
  const auto expect = [](const std::string& toml, const std::string& words) {
    const std::string message = message_of([&] { parse_study(toml, "s.toml"); });
    EXPECT_NE(message.find(words), std::string::npos) << message;
    EXPECT_NE(message.find("s.toml"), std::string::npos) << message;
  };
  expect(altered("seeds", "seed"), "s.toml:4:1: unknown key 'seed'");
  expect(altered("[5, 3]", "[5, 5]"), "a seed is given twice");
  expect(altered("[5, 3]", "[-1]"), "out of range");
  expect(altered("\"synops\"", "\"speed\""), "'speed' is not known");
  expect(altered("\"synops\"", "\"test_accuracy\""), "is given twice");
  expect(altered("{ estimator = \"atan\" }", "{ estimator = \"tanh\" }"),
         "is no value of this axis");
  expect(altered("{ estimator = \"atan\" }", "{ neuron = \"atan\" }"), "unknown key 'neuron'");
  expect(altered("\"training.epochs\" = 4", "training.epochs = 4"),
         "write the whole path in quotes");
  expect(altered("\"training.epochs\" = 4", "\"training.seed\" = 4"), "is what `seeds` says");
  expect(altered("recipe = \"small\"", ""), "recipe: is missing");
  expect(altered("name = \"estimator\"", "name = \"rate\""), "'rate' is given twice");
  expect(altered("label = \"atan\"", "label = \"denoise\""), "'denoise' is given twice");
  expect(altered("label = \"atan\"", ""), "the label is missing");
  expect(altered("values = [1e-4, 0.01]", "values = [0, 0.01]"), "has no logarithm");
  expect(altered("values = [1e-4, 0.01]", "values = []"), "is not a list of values");
  expect(altered("values = [1e-4, 0.01]", "values = [\"a\"]"), "the labels are not all numbers");
  expect(altered("path = \"training.learning_rate\"", ""), "path is missing");
  expect("[", "not TOML");
  std::string many = "recipe = \"x\"\n";
  for (const char* name : {"a", "b", "c", "d"}) {
    many += "[[axis]]\nname = \"" + std::string(name);
    many += "\"\npath = \"training.epochs\"\nvalues = [1";
    for (int i = 2; i <= 12; ++i) many += ", " + std::to_string(i);
    many += "]\n";
  }
  expect(many, "more than 10,000 runs");
}

// Every shipped study can be read, and every cell of it resolves on a shipped recipe.
TEST(Study, ShippedStudiesResolve) {
  const std::filesystem::path folder = VOLLEY_SOURCE_DIR "/models/studies";
  std::size_t studies = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".toml") continue;
    ++studies;
    const Study study = parse_study(read_file(entry.path()), entry.path().string());
    EXPECT_FALSE(study.description.empty()) << entry.path();
    for (const StudyCell& cell : study_cells(study)) {
      const std::string file = VOLLEY_SOURCE_DIR "/models/recipes/" +
                               study.recipes[recipe_of(study, cell)] + ".toml";
      EXPECT_NO_THROW(study_recipe(study, cell, 1, read_file(file), file))
          << entry.path() << " " << cell_text(study, cell);
    }
  }
  EXPECT_GE(studies, 6u);
}

TEST(Study, TheReadmeNamesEveryKeyAndItsExampleIsAStudy) {
  const std::string readme = read_file(VOLLEY_SOURCE_DIR "/models/studies/README.md");
  for (const char* key : {"name", "description", "recipe", "seeds", "metrics", "set", "axis",
                          "baseline", "path", "values", "value", "scale", "label"})
    EXPECT_NE(readme.find("`" + std::string(key) + "`"), std::string::npos) << key;
  for (const char* metric : study_metric_names)
    EXPECT_NE(readme.find("`" + std::string(metric) + "`"), std::string::npos) << metric;
  const std::size_t begin = readme.find("```toml\n") + 8;
  const std::string toml = readme.substr(begin, readme.find("```", begin) - begin);
  EXPECT_GT(study_cells(parse_study(toml, "README.md")).size(), 1u);
}

}  // namespace
}  // namespace volley::test
