// Parsing and resolving what a training run is told.
#include "app/train_options.hpp"

#include <fmt/format.h>

#include <limits>

#include "app/recipe_search.hpp"
#include "app/text.hpp"
#include "base/error.hpp"

namespace volley {

void add_train_options(CLI::App& command, TrainCommand& options) {
  command.add_option("recipe", options.recipe,
                     "recipe file, or the bare name of a shipped recipe; not needed with --resume");
  add_data_directory(command, options.directory);
  add_cache(command, options.cache);
  command.add_option("--out", options.out, "folder for the model, metrics and pictures")
      ->type_name("DIR")
      ->capture_default_str();
  command
      .add_option("--seed", options.seed,
                  "seed of weights, order and data made in code (default: the recipe's)")
      ->type_name("N")
      ->check(between(std::uint64_t{0},
                         std::uint64_t{std::numeric_limits<std::int64_t>::max()}));
  add_limit(command, options.limit);
  command.add_option("--epochs", options.epochs, "epochs to train (default: the recipe's)")
      ->type_name("N")
      ->check(between(1, 1'000'000));
  command
      .add_option("--learning-rate", options.learning_rate,
                  "highest learning rate (default: the recipe's)")
      ->type_name("X")
      ->check(between(1e-12, 10.0));
  command.add_option("--train-split", options.train_split, "split to train on");
  command.add_option("--test-split", options.test_split,
                     "split to test on after each epoch; none = do not test");
  command
      .add_option("--set", options.set,
                  "set any key of the recipe by its path, as often as needed: "
                  "dataset.steps=20, network.population.*.quantizer.estimator=atan")
      ->type_name("PATH=VALUE")
      ->allow_extra_args(false);
  command
      .add_option("--resume", options.resume,
                  "go on from a model.volley that was saved on the way; the result is the same to "
                  "the byte as without the break")
      ->type_name("MODEL");
  add_live_options(command, options.live, "show events, spikes and curves in a window");
  add_common_options(command, options.common);
}

namespace {

void override_recipe(const TrainCommand& options, Recipe& recipe) {
  if (options.seed) recipe.training.seed = *options.seed;
  if (options.epochs) recipe.training.epochs = *options.epochs;
  if (options.learning_rate) recipe.training.learning_rate = *options.learning_rate;
  if (options.train_split) recipe.dataset.train_split = *options.train_split;
  if (options.test_split && *options.test_split != "none")
    recipe.dataset.test_split = *options.test_split;
}

std::vector<RecipeOverride> changes_of(const TrainCommand& options) {
  std::vector<RecipeOverride> changes;
  for (const std::string& text : options.set) changes.push_back(parse_override(text));
  return changes;
}

/// What differs between two recipes, in words; empty where nothing does.
std::string difference(Recipe a, const Recipe& b) {
  a.name = b.name;
  if (a == b) return {};
  if (!(a.network == b.network)) return "the network";
  if (!(a.dataset == b.dataset)) return "the dataset's options";
  if (a.training.seed != b.training.seed) return "the seed";
  return "the training options";
}

}  // namespace

Recipe resolve_recipe(const TrainCommand& options, Checkpoint* resume, Console& console) {
  if (resume == nullptr) {
    if (options.recipe.empty())
      throw Error("no recipe is given", "train",
                  "volley train RECIPE, for example: volley train synthetic-digits");
    Recipe recipe = load_recipe(find_recipe(options.recipe), changes_of(options));
    override_recipe(options, recipe);
    return recipe;
  }
  Recipe recipe = resume->recipe;
  if (!options.recipe.empty()) {
    recipe = load_recipe(find_recipe(options.recipe));
    recipe.training.seed = resume->recipe.training.seed;
    recipe.training.epochs = resume->recipe.training.epochs;
    recipe.training.learning_rate = resume->recipe.training.learning_rate;
    recipe.dataset.train_split = resume->recipe.dataset.train_split;
    recipe.dataset.test_split = resume->recipe.dataset.test_split;
  }
  if (!options.set.empty())
    recipe = parse_recipe(format_recipe(recipe), options.resume, changes_of(options));
  override_recipe(options, recipe);
  recipe.name = resume->recipe.name;
  const int epochs = recipe.training.epochs;
  recipe.training.epochs = resume->recipe.training.epochs;
  const std::string differs = difference(resume->recipe, recipe);
  if (!differs.empty())
    throw Error("cannot go on: " + differs + " differ from those of the model", options.resume,
                "leave the options out to go on, or train anew without --resume");
  recipe.training.epochs = epochs;
  if (epochs == resume->recipe.training.epochs) return recipe;
  if (epochs <= resume->position.epoch && !(epochs == resume->position.epoch &&
                                            resume->position.batch == 0))
    throw Error(fmt::format("{} epochs are done already", resume->position.epoch), "--epochs",
                "give a larger number");
  resume->position.finished = false;
  console.warn(fmt::format("the end moves from epoch {} to {}: the learning rate follows the new "
                           "length, so this is not the run it would have been from the start",
                           resume->recipe.training.epochs, epochs));
  return recipe;
}

std::string resume_command(const TrainCommand& options, const std::string& model) {
  std::string command = "volley train --resume " + shell_word(model);
  if (!options.directory.empty()) command += " --data " + shell_word(options.directory);
  if (!options.cache.empty()) command += " --cache " + shell_word(options.cache);
  if (options.limit != 0) command += " --limit " + std::to_string(options.limit);
  if (options.test_split == "none") command += " --test-split none";
  if (options.out != "run") command += " --out " + shell_word(options.out);
  if (options.live.live) command += " --live";
  return command;
}

}  // namespace volley
