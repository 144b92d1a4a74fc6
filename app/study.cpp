// `volley study`: a grid of trainings, then a table and pictures of what they say. Owns the order
// of these steps; the trainings are study_runner's.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>

#include "app/command.hpp"
#include "app/interrupt.hpp"
#include "app/options.hpp"
#include "app/recipe_search.hpp"
#include "app/study_plots.hpp"
#include "app/study_runner.hpp"
#include "app/study_table.hpp"
#include "app/text.hpp"
#include "base/atomic_file.hpp"

namespace volley {

namespace fs = std::filesystem;

namespace {

struct StudyCommand {
  std::string study, directory, out = "study", theme = "light";
  int jobs = 1;
  std::size_t limit = 0;
  CommonOptions common;
};

/// Without what does not change the results, so that the table does not either.
std::string command_of(const StudyCommand& options) {
  std::string command = "volley study " + shell_word(options.study);
  if (!options.directory.empty()) command += " --data " + shell_word(options.directory);
  if (options.limit != 0) command += " --limit " + std::to_string(options.limit);
  return command;
}

void print_plan(const StudyPlan& plan, std::size_t finished, Console& console) {
  const Study& study = plan.study;
  console.say(console.ink("study     ", Ink::faint) + study.name);
  for (const StudyAxis& axis : study.axes) {
    std::string values;
    for (const AxisValue& value : axis.values) values += (values.empty() ? "" : ", ") + value.label;
    console.say(console.ink("axis      ", Ink::faint) + axis.name + ": " + values);
  }
  console.say(fmt::format("{}{} with {}: {}, {} finished before",
                          console.ink("runs      ", Ink::faint), plural(plan.cells.size(), "cell"),
                          plural(study.seeds.size(), "seed"), plural(plan.runs.size(), "run"),
                          finished));
}

int study(const StudyCommand& options) {
  const auto start = std::chrono::steady_clock::now();
  Console console(options.common.json, options.common.quiet);
  const ThreadLimit threads(options.common.threads);
  const fs::path file = find_study(options.study), out(options.out);
  const StudyPlan plan = plan_study(file, options.limit);
  std::vector<std::optional<RunResult>> results;
  std::size_t finished = 0;
  for (const StudyRun& run : plan.runs) {
    results.push_back(read_run(out, run));
    if (results.back()) ++finished;
  }
  print_plan(plan, finished, console);
  catch_interrupts();
  const std::size_t trained =
      run_study(plan, {out, options.directory, options.jobs}, results, console);
  const bool stopped = finished + trained < plan.runs.size();

  const std::vector<CellSummary> cells = summarise_study(plan, results);
  const std::string table = study_markdown(plan, results, cells, command_of(options));
  write_file(out / "study.toml", read_file(file));
  write_file(out / "table.md", table);
  write_file(out / "table.csv", study_csv(plan, cells));
  Json pictures = Json::array();
  const ThemeKind theme = options.theme == "dark" ? ThemeKind::dark : ThemeKind::light;
  for (const fs::path& picture : write_study_plots(plan, cells, out, theme))
    pictures.push_back(picture.string());
  console.result("\n" + table);
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (stopped)
    console.result(fmt::format("stopped with {} of {} finished; the same command goes on",
                               finished + trained, plural(plan.runs.size(), "run")));
  else
    console.result(fmt::format("wrote {} with table.csv and pictures beside it, in {}",
                               (out / "table.md").string(), seconds_text(seconds)));
  console.emit({{"command", "study"},
                {"study", plan.study.name},
                {"runs", plan.runs.size()},
                {"finished_before", finished},
                {"trained", trained},
                {"finished", !stopped},
                {"cells", study_cells_json(plan, cells)},
                {"seconds", seconds},
                {"files", {{"table", (out / "table.md").string()},
                           {"csv", (out / "table.csv").string()},
                           {"pictures", pictures}}}});
  return stopped ? interrupt_exit_code() : 0;
}

}  // namespace

void add_study(CLI::App& app, Action& action) {
  const auto options = std::make_shared<StudyCommand>();
  CLI::App* command = app.add_subcommand(
      "study",
      "Train a grid of recipes and values with several seeds and compare them.\n\n"
      "Writes runs/*.json (as each run ends), table.md, table.csv, a picture for each metric and\n"
      "a copy of the study file. Runs that are there are not repeated: after Ctrl-C the same\n"
      "command goes on. What studies say: models/studies/README.md.");
  command->add_option("study", options->study, "study file, or the bare name of a shipped study")
      ->required();
  add_data_directory(*command, options->directory);
  command->add_option("--out", options->out, "folder for runs, tables and pictures")
      ->type_name("DIR")
      ->capture_default_str();
  command
      ->add_option("--jobs", options->jobs,
                   "trainings at once, which share the threads. Results do not depend on it")
      ->type_name("N")
      ->check(between(1, 1024))
      ->capture_default_str();
  add_limit(*command, options->limit);
  command->add_option("--theme", options->theme, "colours of the pictures")
      ->check(CLI::IsMember({"light", "dark"}).description(""))
      ->type_name("light|dark")
      ->capture_default_str();
  add_common_options(*command, options->common);
  command->footer(
      "Examples:\n"
      "  volley study digits --out digits --jobs 2\n"
      "  volley study lambda --data fashion-mnist --out lambda --limit 500\n"
      "  volley study models/studies/digits.toml --out mine --json");
  command->callback([options, &action] { action = [options] { return study(*options); }; });
}

}  // namespace volley
