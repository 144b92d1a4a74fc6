// `volley train`: recipe and data in, trained model, metrics and pictures out. Owns the order of
// these steps; training itself is sim's.
#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <set>

#include "app/command.hpp"
#include "app/data.hpp"
#include "app/interrupt.hpp"
#include "app/job.hpp"
#include "app/live_feed.hpp"
#include "app/recipe_text.hpp"
#include "app/run_pictures.hpp"
#include "app/text.hpp"
#include "app/train_options.hpp"
#include "app/train_report.hpp"
#include "app/training_monitor.hpp"
#include "base/atomic_file.hpp"
#include "base/error.hpp"
#include "models/rate_view.hpp"
#include "viz/pictures.hpp"

namespace volley {

namespace fs = std::filesystem;

namespace {

struct Splits {
  LabelledSpikes train;
  std::optional<LabelledSpikes> test;
};

Splits load_splits(const TrainCommand& options, const Recipe& recipe, Console& console) {
  SplitRequest request{trained_dataset(recipe), options.directory, recipe.dataset.train_split,
                       options.limit, recipe.training.seed, true, options.cache};
  Splits splits{load_split(request, console), {}};
  request.split = recipe.dataset.test_split;
  request.training_transforms = false;
  if (options.test_split != "none") splits.test = load_split(request, console);
  return splits;
}

bool uneven(const std::vector<int>& labels, int classes) {
  std::vector<std::size_t> counts(static_cast<std::size_t>(std::max(1, classes)), 0);
  for (const int label : labels)
    if (label >= 0 && label < classes) ++counts[static_cast<std::size_t>(label)];
  return std::set<std::size_t>(counts.begin(), counts.end()).size() > 1;
}

std::uint64_t batches_per_epoch(const Recipe& recipe, std::size_t samples) {
  const auto size = static_cast<std::uint64_t>(recipe.training.batch_size);
  return (samples + size - 1) / size;
}

/// A checkpoint does not know how many recordings there were, but its counters do.
void check_same_data(const Checkpoint& resume, std::uint64_t batches) {
  const TrainingPosition& at = resume.position;
  if (at.step != static_cast<std::uint64_t>(at.epoch) * batches + at.batch)
    throw Error(fmt::format("stands at step {} in epoch {}, which does not fit {} batches an "
                            "epoch: it was trained on another number of recordings",
                            at.step, at.epoch + 1, batches),
                "--resume", "give the same --data and --limit as before");
}

void print_options(const TrainCommand& options, const Recipe& recipe, Console& console) {
  console.say(console.ink("recipe    ", Ink::faint) + recipe.name);
  console.say(console.ink("network   ", Ink::faint) + network_line(recipe.network));
  console.say(console.ink("data      ", Ink::faint) + dataset_line(recipe.dataset) +
              (options.limit != 0 ? ", at most " + plural(options.limit, "recording") : "") +
              (options.directory.empty() ? "" : ", in " + options.directory));
  console.say(console.ink("training", Ink::faint));
  std::string lines = training_lines(recipe.training);
  lines.pop_back();
  console.say(lines);
  const Ranks& ranks = job_ranks();
  console.say(fmt::format("{}{}, threads {}{}", console.ink("output    ", Ink::faint), options.out,
                          threads_in_use(),
                          ranks.alone() ? "" : fmt::format(" on each of {} ranks", ranks.size())));
}

/// best.volley of this run: none yet from the start, that beside the model where it goes on.
fs::path prepare_best(const TrainCommand& options, const Checkpoint* resume, const fs::path& out) {
  const fs::path best = out / "best.volley";
  const fs::path before = fs::path(options.resume).parent_path() / "best.volley";
  std::error_code ignored;
  if (resume == nullptr || resume->position.best_epoch == 0) fs::remove(best, ignored);
  else if (!fs::equivalent(best, before, ignored) && fs::exists(before, ignored))
    save_checkpoint(load_checkpoint(before), best);
  return best;
}

Json write_pictures(const Trainer& trainer, const MetricsFile& metrics, const Splits& splits,
                    const std::string& dataset, const fs::path& out) {
  Json files{{"curves", (out / "curves.png").string()}};
  write_curves_png(metrics.history(), out / "curves.png");
  const LabelledSpikes& shown = splits.test ? *splits.test : splits.train;
  const FrozenPlan plan(trainer.frozen());
  const SampleTrace trace =
      event_trace(plan, shown.trains.front(), shown.names.front(), shown.labels.front());
  const TrainingHistory& history = metrics.history();
  if (!history.epochs.empty() && !history.epochs.back().test_confusion.empty()) {
    write_confusion_png({history.epochs.back().test_confusion,
                         find_dataset(dataset).class_names}, out / "confusion.png");
    files["confusion"] = (out / "confusion.png").string();
  }
  const auto written = write_run_pictures(trace, out);
  files["raster"] = written[0].string();
  files["events"] = written[1].string();
  return files;
}

/// What ranks other than the first do: train along.
class SilentObserver final : public TrainingObserver {
public:
  bool stop() override { return interrupted(); }
};

int train_along(Trainer& trainer) {
  SilentObserver observer;
  catch_interrupts();
  trainer.run(observer);
  return trainer.position().finished ? 0 : interrupt_exit_code();
}

int train(const TrainCommand& options) {
  const auto start = std::chrono::steady_clock::now();
  Console console(options.common.json, options.common.quiet);
  const ThreadLimit threads(options.common.threads);
  std::optional<Checkpoint> resume;
  if (!options.resume.empty()) resume = load_checkpoint(options.resume);
  const Recipe recipe = resolve_recipe(options, resume ? &*resume : nullptr, console);
  print_options(options, recipe, console);

  const Splits splits = load_splits(options, recipe, console);
  const std::uint64_t batches = batches_per_epoch(recipe, splits.train.trains.size());
  if (resume) check_same_data(*resume, batches);
  Trainer trainer(recipe, splits.train, splits.test ? &*splits.test : nullptr,
                  resume ? &*resume : nullptr, job_ranks());
  if (!job_ranks().first()) return train_along(trainer);
  if (resume)
    console.say(resume->position.finished
                    ? "the run had finished: nothing is left to train"
                    : fmt::format("going on at epoch {}, batch {}", resume->position.epoch + 1,
                                  resume->position.batch + 1));

  console.say(console.ink("memory    ", Ink::faint) + memory_line(trainer, recipe));
  const fs::path out(options.out), model = out / "model.volley";
  write_file(out / "recipe.toml", format_recipe(recipe));
  MetricsFile metrics(out / "metrics.jsonl", resume ? &resume->position : nullptr);
  const fs::path best = prepare_best(options, resume ? &*resume : nullptr, out);
  WindowOptions shown;
  shown.title = "volley train " + recipe.name;
  shown.process_share = live_process_share;
  std::unique_ptr<LiveWindow> window =
      open_live(options.live, shown, "; training goes on without", console);
  const LabelledSpikes& tested = splits.test ? *splits.test : splits.train;
  TrainingMonitor monitor({recipe.training.epochs, recipe.training.batch_size,
                           trainer.position().step, uneven(tested.labels, tested.classes), model,
                           best},
                          trainer, console, metrics, window.get());
  catch_interrupts();
  trainer.run(monitor);
  const bool stopped = !trainer.position().finished;
  monitor.save();
  const Json window_report = close_live(window, console);

  Json files = write_pictures(trainer, metrics, splits, recipe.dataset.name, out);
  files["model"] = model.string();
  if (trainer.position().best_epoch > 0) files["best"] = best.string();
  files["metrics"] = (out / "metrics.jsonl").string();
  files["recipe"] = (out / "recipe.toml").string();
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  Json json = training_summary(trainer, metrics.history(), recipe);
  json["seconds"] = seconds;
  json["warnings"] = monitor.warnings();
  json["files"] = files;
  if (!window_report.is_null()) json["window"] = window_report;
  if (const std::string lines = outcome_lines(trainer, recipe, best); !lines.empty())
    console.say(lines);
  console.say(fmt::format("loading   {} of the time of the epochs{}",
                          percent_text(loading_share(metrics.history())),
                          metrics.history().epochs.size() > 1 ? " after the first" : ""));
  if (stopped) {
    console.result(fmt::format("stopped in epoch {} after batch {} of {}; saved {}\n  to go on: {}",
                               trainer.position().epoch + 1, trainer.position().batch, batches,
                               model.string(), resume_command(options, model.string())));
    json["resume"] = resume_command(options, model.string());
  } else {
    console.result(fmt::format("saved {} with metrics and pictures beside it, in {}",
                               model.string(), seconds_text(seconds)));
  }
  console.emit(json);
  return stopped ? interrupt_exit_code() : 0;
}

}  // namespace

void add_train(CLI::App& app, Action& action) {
  const auto options = std::make_shared<TrainCommand>();
  CLI::App* command = app.add_subcommand(
      "train",
      "Train the network of a recipe.\n\n"
      "Writes model.volley (at every epoch), best.volley (the best epoch), metrics.jsonl,\n"
      "recipe.toml, curves.png, confusion.png, raster.png and events.png. Ctrl-C finishes the\n"
      "batch, saves and says how to go on. Keys of the recipe's [training] part\n"
      "(models/recipes/README.md) choose optimizer, schedule, loss, readout, budgets of spikes and\n"
      "synaptic operations, truncate_steps, memory_budget_mib and patience. Under mpirun the\n"
      "processes share every batch, and the first one writes: the same bytes as one process,\n"
      "whatever their number.");
  add_train_options(*command, *options);
  command->footer(
      "Examples:\n"
      "  volley train synthetic-digits\n"
      "  volley train models/recipes/nmnist-mlp.toml --data nmnist --out run\n"
      "  volley train nmnist-conv --data nmnist --epochs 5 --learning-rate 1e-3 --live\n"
      "  volley train --resume run/model.volley --data nmnist\n"
      "  mpirun -n 4 volley train nmnist-conv --data nmnist\n"
      "mpirun passes Ctrl-C on after a second and kills after one more, too early where a batch takes\n"
      "longer: mpirun --mca odls_base_sigkill_timeout 10 waits ten.");
  command->callback([options, &action] { action = [options] { return train(*options); }; });
}

}  // namespace volley
