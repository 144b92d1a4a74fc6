// Reading a recipe: the file, the [dataset] and the [training] part. Owns the keys, their defaults
// and their ranges; [network] is read in recipe_network.cpp.
#include "models/recipe.hpp"

#include <algorithm>
#include <limits>

#include "base/atomic_file.hpp"
#include "base/error.hpp"
#include "models/rate_view.hpp"
#include "models/recipe_network.hpp"
#include "models/recipe_table.hpp"
#include "models/recipe_tree.hpp"
#include "models/recipe_values.hpp"

namespace volley {

namespace {

constexpr std::uintmax_t most_bytes = 1 << 20;

DatasetOptions parse_dataset(StrictTable table) {
  DatasetOptions options;
  options.name = table.text("name", options.name);
  if (options.name.empty()) table.fail("name", "is empty", "name a dataset");
  options.train_split = table.text("train_split", options.train_split);
  options.test_split = table.text("test_split", options.test_split);
  options.dt_ms = table.number("dt_ms", options.dt_ms, {0.0, 1e6, true});
  options.steps = static_cast<int>(table.integer("steps", options.steps, 0, 1'000'000));
  options.encoding = table.choice<std::string>(
      "encoding", options.encoding,
      {{"auto", "auto"}, {"latency", "latency"}, {"rate", "rate"}, {"direct", "direct"},
       {"saccades", "saccades"}});
  options.binning = table.choice<std::string>("binning", options.binning,
                                              {{"binary", "binary"}, {"counts", "counts"}});
  options.events_per_step =
      static_cast<int>(table.integer("events_per_step", 0, 0, 1'000'000'000));
  options.transforms = parse_named_list(table, "transforms");
  options.cochlea = parse_named(table, "cochlea");
  options.slices = parse_named(table, "slices");
  options.mirror = table.boolean("mirror", options.mirror);
  options.shift_pixels =
      static_cast<int>(table.integer("shift_pixels", options.shift_pixels, 0, 4096));
  constexpr std::int64_t most_recordings = 10'000'000;
  options.synthetic_train =
      static_cast<std::size_t>(table.integer("synthetic_train", 0, 0, most_recordings));
  options.synthetic_test =
      static_cast<std::size_t>(table.integer("synthetic_test", 0, 0, most_recordings));
  options.train_limit =
      static_cast<std::size_t>(table.integer("train_limit", 0, 0, most_recordings));
  options.test_limit = static_cast<std::size_t>(table.integer("test_limit", 0, 0, most_recordings));
  table.finish();
  return options;
}

/// How training goes, beside its numbers.
void parse_method(StrictTable& table, TrainingOptions& options) {
  options.optimizer = table.choice("optimizer", options.optimizer, optimizer_names);
  options.sgd_momentum = table.number("sgd_momentum", options.sgd_momentum, {0.0, 0.9999});
  options.nesterov = table.boolean("nesterov", options.nesterov);
  options.schedule = table.choice("schedule", options.schedule, schedule_names);
  options.schedule_steps =
      static_cast<int>(table.integer("schedule_steps", options.schedule_steps, 1, 1'000'000));
  options.schedule_factor =
      table.number("schedule_factor", options.schedule_factor, {0.0, 1.0, true});
  options.loss = table.choice("loss", options.loss, loss_names);
  options.count_correct = table.number("count_correct", options.count_correct, {-1e6, 1e6});
  options.count_wrong = table.number("count_wrong", options.count_wrong, {-1e6, 1e6});
  options.readout = table.choice("readout", options.readout, readout_names);
  options.rate_target = table.number("rate_target", options.rate_target, {0.0, 1.0});
  options.rate_weight = table.number("rate_weight", options.rate_weight, {0.0, 1e6});
  options.synops_target = table.number("synops_target", options.synops_target, {0.0, 1e15});
  options.synops_weight = table.number("synops_weight", options.synops_weight, {0.0, 1e6});
  options.truncate_steps =
      static_cast<int>(table.integer("truncate_steps", options.truncate_steps, 0, 1'000'000));
  options.memory_budget_mib =
      table.number("memory_budget_mib", options.memory_budget_mib, {0.0, 1e9});
  options.patience = static_cast<int>(table.integer("patience", options.patience, 0, 1'000'000));
  options.early_stop_metric =
      table.choice("early_stop_metric", options.early_stop_metric, early_stop_names);
}

TrainingOptions parse_training(StrictTable table) {
  TrainingOptions options;
  options.view = table.choice("view", options.view, view_names);
  options.epochs = static_cast<int>(table.integer("epochs", options.epochs, 1, 1'000'000));
  options.batch_size = static_cast<int>(table.integer("batch_size", options.batch_size, 1, 65'536));
  options.learning_rate = table.number("learning_rate", options.learning_rate, {0.0, 10.0, true});
  options.warm_up = table.number("warm_up", options.warm_up, {0.0, 1.0});
  options.weight_decay = table.number("weight_decay", options.weight_decay, {0.0, 10.0});
  options.logit_scale = table.number("logit_scale", options.logit_scale, {0.0, 1e6, true});
  options.label_smoothing = table.number("label_smoothing", options.label_smoothing, {0.0, 0.99});
  options.gradient_clip = table.number("gradient_clip", options.gradient_clip, {0.0, 1e9});
  options.gradient_l1 = table.number("gradient_l1", options.gradient_l1, {0.0, 1e6});
  options.momentum = table.number("momentum", options.momentum, {0.0, 1.0, true});
  options.recalibration_samples = static_cast<int>(
      table.integer("recalibration_samples", options.recalibration_samples, 0, 1'000'000'000));
  options.class_balanced = table.boolean("class_balanced", options.class_balanced);
  options.seed = static_cast<std::uint64_t>(
      table.integer("seed", static_cast<std::int64_t>(options.seed), 0,
                    std::numeric_limits<std::int64_t>::max()));
  parse_method(table, options);
  table.finish();
  return options;
}

/// The file stem, in the characters that messages and TOML can carry.
std::string stem(const std::string& origin) {
  std::string name = std::filesystem::path(origin).stem().string().substr(0, 200);
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c < 0x20 || c == 0x7f; }, '_');
  return name;
}

}  // namespace

Recipe parse_recipe(std::string_view toml, const std::string& origin,
                    const std::vector<RecipeOverride>& changes) {
  toml::table root = parse_toml(toml, origin, "see models/recipes/README.md for the layout");
  NodePlaces places;
  apply_overrides(root, changes, places);
  StrictTable table(root, "", origin, &places);
  Recipe recipe;
  recipe.name = table.text("name", stem(origin));
  StrictTable dataset = table.table("dataset");
  StrictTable training = table.table("training");
  StrictTable network = table.table("network");
  table.finish();
  recipe.dataset = parse_dataset(std::move(dataset));
  recipe.training = parse_training(std::move(training));
  if (!table.has("network"))
    throw Error("the [network] part is missing", origin, "see models/recipes/README.md");
  recipe.network = parse_network(std::move(network), recipe.dataset.dt_ms,
                                 default_levels(recipe.dataset, recipe.training));
  check_training(recipe, origin);
  return recipe;
}

namespace {

void check_view(const Recipe& recipe, const std::string& where) {
  if (recipe.training.view == TimeView::temporal) return;
  if (recipe.dataset.encoding != "direct")
    throw Error("training.view = \"rate\" is for still images in direct code, dataset.encoding is " +
                    format_text(recipe.dataset.encoding),
                where, "set encoding = \"direct\" in [dataset], or view = \"temporal\"");
  if (recipe.dataset.steps < 1 || recipe.dataset.steps > most_levels)
    throw Error("training.view = \"rate\" takes 1 to " + std::to_string(most_levels) +
                    " steps, dataset.steps is " + std::to_string(recipe.dataset.steps),
                where, "set steps = 8 in [dataset]: as many as the network shall run over");
  if (recipe.training.truncate_steps > 0)
    throw Error("training.truncate_steps has no meaning in the one step of view = \"rate\"", where,
                "remove truncate_steps");
  check_rate_view(recipe.network, where);
}

}  // namespace

void check_training(const Recipe& recipe, const std::string& where) {
  check_view(recipe, where);
  const TrainingOptions& training = recipe.training;
  const Network& network = recipe.network;
  const Population& readout = network.population(network.readout());
  if (training.readout != ReadoutScore::mean && readout.kind == NeuronKind::lif)
    throw Error("training.readout is \"" + name_of(readout_names, training.readout) +
                    "\", but the readout '" + readout.name + "' is lif: its spikes are counted",
                where, "use readout = \"mean\", or a leaky_integrator as readout");
  if (training.loss == LossKind::mse && training.label_smoothing > 0)
    throw Error("training.label_smoothing has no meaning for loss = \"mse\"", where,
                "soften the targets with count_correct and count_wrong");
  if (training.gradient_l1 > 0 &&
      (training.memory_budget_mib > 0 || training.rate_weight > 0 || training.synops_target > 0))
    throw Error("training.gradient_l1 differentiates the loss of a whole batch alone", where,
                "remove memory_budget_mib, rate_weight and synops_target, or gradient_l1");
  if (training.synops_target <= 0) return;
  for (std::size_t id = 0; id < network.projections(); ++id) {
    if (network.projection(id).kind == ProjectionKind::max_pool)
      throw Error("training.synops_target cannot look through the max pooling of '" +
                      network.projection_name(id) + "'",
                  where, "use sum_pool there, or rate_target and rate_weight");
    if (network.projection(id).delays.kind != DelayKind::fixed)
      throw Error("training.synops_target counts projections of one delay, not '" +
                      network.projection_name(id) + "'",
                  where, "use delays = \"fixed\", or rate_target and rate_weight");
  }
}

std::string read_recipe(const std::filesystem::path& file) {
  std::error_code failure;
  if (!std::filesystem::exists(file, failure))
    throw Error("there is no such recipe", file.string(),
                "give the path of a .toml file, for example models/recipes/synthetic-digits.toml");
  if (!std::filesystem::is_regular_file(file, failure))
    throw Error("is not a recipe file", file.string(), "give the path of a .toml file");
  if (std::filesystem::file_size(file, failure) > most_bytes)
    throw Error("is larger than a recipe can be (1 MiB)", file.string(),
                "give the path of a .toml file");
  return read_file(file);
}

Recipe load_recipe(const std::filesystem::path& file,
                   const std::vector<RecipeOverride>& changes) {
  return parse_recipe(read_recipe(file), file.string(), changes);
}

}  // namespace volley
