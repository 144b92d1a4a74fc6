// `volley describe`: a network as tables and equations, from a model or a recipe. Must not run it.
#include <fmt/format.h>

#include <filesystem>

#include "app/command.hpp"
#include "app/data.hpp"
#include "app/model_file.hpp"
#include "app/nir_options.hpp"
#include "app/network_equations.hpp"
#include "app/network_tables.hpp"
#include "app/recipe_search.hpp"
#include "app/recipe_text.hpp"
#include "app/text.hpp"
#include "base/error.hpp"
#include "datasets/slicer.hpp"

namespace volley {

namespace {

struct DescribeCommand {
  std::string what;
  NirReadOptions nir;
  CommonOptions common;
};

struct Described {
  Recipe recipe;
  bool trained_here = true;  ///< whether it has training options
  std::filesystem::path file = {};  ///< that holds its weights
  std::vector<std::string> assumptions = {};
};

Described load(const std::string& what, const NirReadOptions& nir, Console& console) {
  std::error_code failure;
  std::filesystem::path file(what);
  if (std::filesystem::is_directory(file, failure)) file /= "model.volley";
  if (!std::filesystem::exists(file, failure)) return {load_recipe(find_recipe(what)), true};
  const FileKind kind = kind_of_file(file);
  if (kind == FileKind::events)
    throw Error("is an event recording, not a network", what, "try volley inspect");
  if (kind == FileKind::recipe) return {load_recipe(file), true};
  if (kind != FileKind::hdf5) return {load_checkpoint(file).recipe, true, file};
  Described described;
  described.trained_here = false;
  described.recipe.name = file.stem().string();
  described.file = file;
  FrozenNetwork network = read_foreign(file, nir, described.assumptions);
  for (const std::string& line : described.assumptions) console.say("assumed: " + line);
  described.recipe.network = std::move(network.network);
  described.recipe.dataset.dt_ms = network.dt_ms;
  described.recipe.training.readout = network.readout;
  return described;
}

int describe(const DescribeCommand& options) {
  Console console(options.common.json, options.common.quiet);
  const Described described = load(options.what, options.nir, console);
  const Recipe& recipe = described.recipe;
  load_options(recipe.dataset, recipe.training.seed);  // refuses transforms that are not known
  if (!recipe.dataset.slices.values.empty()) make_slicer(recipe.dataset.slices);
  Json populations = Json::array(), projections = Json::array();
  ParameterCount total;
  std::string text = console.ink(recipe.name, Ink::strong) +
                     fmt::format(", steps of {} ms\n\n", recipe.dataset.dt_ms);
  text += population_table(recipe, described.trained_here, populations) + "\n";
  text += projection_table(recipe.network, projections, total) + "\n";
  text += fmt::format("in all: {} weights and {} biases, {}\n\n", count_text(total.weights),
                      count_text(total.others), bytes_text(total.bytes));
  text += network_equations(recipe.network, recipe.training.readout);
  text += "units     t in steps, tau in ms, delays in steps; weights, membranes and thresholds have no "
          "unit, a spike counts 1\n";
  Json json{{"command", "describe"},
            {"name", recipe.name},
            {"dt_ms", recipe.dataset.dt_ms},
            {"populations", populations},
            {"projections", projections},
            {"weights", total.weights},
            {"biases", total.others},
            {"bytes", total.bytes}};
  if (!described.file.empty()) {
    const std::uint64_t size = std::filesystem::file_size(described.file);
    text += fmt::format("on disk   {} ({} bytes)\n", bytes_text(size), count_text(size));
    json["bytes_on_disk"] = size;
  }
  if (!described.assumptions.empty()) json["assumptions"] = described.assumptions;
  if (described.trained_here) {
    text += "\ndata      " + dataset_line(recipe.dataset) + "\ntraining\n" +
            training_lines(recipe.training);
    json["dataset"] = dataset_json(recipe.dataset);
    json["training"] = training_json(recipe.training);
  }
  console.result(text);
  console.emit(json);
  return 0;
}

}  // namespace

void add_describe(CLI::App& app, Action& action) {
  const auto options = std::make_shared<DescribeCommand>();
  CLI::App* command = app.add_subcommand(
      "describe", "Show a network as tables and equations, from a model or a recipe.");
  command
      ->add_option("model", options->what,
                   ".volley, .nir, .net or .toml file, or the name of a shipped recipe")
      ->required();
  add_nir_options(*command, options->nir);
  add_common_options(*command, options->common);
  command->footer(
      "Examples:\n"
      "  volley describe nmnist-mlp\n"
      "  volley describe run/model.volley\n"
      "  volley describe net.nir --nir-dt 0.001");
  command->callback([options, &action] { action = [options] { return describe(*options); }; });
}

}  // namespace volley
