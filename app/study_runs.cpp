// Planning runs, reading and writing their files.
#include "app/study_runs.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <system_error>

#include "app/console.hpp"
#include "app/recipe_search.hpp"
#include "base/atomic_file.hpp"
#include "base/error.hpp"
#include "sim/plan.hpp"

namespace volley {

namespace fs = std::filesystem;

namespace {

struct RecipeText {
  std::string toml, origin;
};

RecipeText find_study_recipe(const fs::path& study, const std::string& name) {
  std::error_code failure;
  for (const std::string& file : {name, name + ".toml"}) {
    const fs::path beside = study.parent_path() / file;
    if (fs::is_regular_file(beside, failure)) return {read_recipe(beside), beside.string()};
  }
  const fs::path found = find_recipe(name);
  return {read_recipe(found), found.string()};
}

/// The cell's recipe, checked as far as can be without data.
Recipe resolve(const Study& study, const StudyCell& cell, std::uint64_t seed,
               const RecipeText& text) {
  try {
    Recipe recipe = study_recipe(study, cell, seed, text.toml, text.origin);
    compile(recipe.network);
    return recipe;
  } catch (const Error& error) {
    throw Error((error.where().empty() ? "" : error.where() + ": ") + error.problem(),
                "study '" + study.name + "' at " + cell_text(study, cell), error.how());
  }
}

}  // namespace

StudyPlan plan_study(const fs::path& file, std::size_t limit) {
  StudyPlan plan;
  plan.study = parse_study(read_recipe(file), file.string());
  if (limit != 0)
    for (const char* key : {"dataset.train_limit", "dataset.test_limit"})
      plan.study.set.push_back({key, std::to_string(limit), "--limit"});
  std::vector<RecipeText> texts;
  for (const std::string& name : plan.study.recipes)
    texts.push_back(find_study_recipe(file, name));
  plan.cells = study_cells(plan.study);
  std::map<std::string, std::size_t> known;
  for (std::size_t cell = 0; cell < plan.cells.size(); ++cell) {
    auto& own = plan.by_cell.emplace_back();
    for (const std::uint64_t seed : plan.study.seeds) {
      StudyRun run;
      run.cell = cell;
      run.seed = seed;
      run.recipe = resolve(plan.study, plan.cells[cell], seed,
                           texts[recipe_of(plan.study, plan.cells[cell])]);
      run.text = format_recipe(run.recipe);
      run.id = run_id(run.text);
      const auto [place, fresh] = known.emplace(run.text, plan.runs.size());
      own.push_back(place->second);
      if (fresh) plan.runs.push_back(std::move(run));
    }
  }
  return plan;
}

fs::path run_file(const fs::path& folder, const StudyRun& run) {
  return folder / "runs" / (run.id + ".json");
}

std::optional<RunResult> read_run(const fs::path& folder, const StudyRun& run) {
  const fs::path file = run_file(folder, run);
  std::error_code failure;
  if (!fs::exists(file, failure)) return std::nullopt;
  const Json json = Json::parse(read_file(file), nullptr, false);
  try {
    if (json.at("recipe").get<std::string>() != run.text)
      throw Error("is the result of another recipe", file.string(),
                  "choose another --out, or delete the file");
    RunResult result;
    result.diverged = json.at("diverged").get<bool>();
    result.train_recordings = json.at("train_recordings").get<std::size_t>();
    result.test_recordings = json.at("test_recordings").get<std::size_t>();
    for (std::size_t i = 0; i < result.values.size() && !result.diverged; ++i)
      result.values[i] = json.at("metrics").at(study_metric_names[i]).get<double>();
    return result;
  } catch (const Json::exception&) {
    throw Error("is not the file of a finished run", file.string(),
                "delete it; the run is then repeated");
  }
}

void write_run(const fs::path& folder, const StudyRun& run, const std::string& cell,
               const RunResult& result) {
  Json metrics = Json::object();
  for (std::size_t i = 0; i < result.values.size() && !result.diverged; ++i)
    metrics[study_metric_names[i]] = result.values[i];
  const Json json{{"id", run.id},
                  {"cell", cell},
                  {"seed", run.seed},
                  {"diverged", result.diverged},
                  {"metrics", metrics},
                  {"train_recordings", result.train_recordings},
                  {"test_recordings", result.test_recordings},
                  {"version", VOLLEY_VERSION},
                  {"recipe", run.text}};
  write_file(run_file(folder, run),
             json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n");
}

}  // namespace volley
