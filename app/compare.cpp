// `volley compare`: do the clocked and the event engine agree? Exit code 1 where they do not.
#include <fmt/format.h>

#include "app/command.hpp"
#include "app/model_file.hpp"
#include "app/nir_options.hpp"
#include "app/progress.hpp"
#include "app/text.hpp"
#include "sim/compare.hpp"

namespace volley {

namespace {

struct CompareCommand {
  std::string model;
  DataOptions data;
  NirReadOptions nir;
  CommonOptions common;
};

/// Largest difference of readout membranes, relative to the largest membrane, that is rounding.
constexpr double membrane_tolerance = 1e-4;

int compare(const CompareCommand& options) {
  Console console(options.common.json, options.common.quiet);
  const ThreadLimit threads(options.common.threads);
  const LoadedModel model = load_model(options.model, options.data, console, options.nir);
  const SplitRequest request = split_of(model, options.data);
  const LabelledSpikes data = load_split(request, console);
  check_sensor(model, data.sensor, "dataset '" + request.dataset.name + "'");
  const FrozenPlan plan(model.frozen);
  Progress progress(console, "comparing", "recordings", data.trains.size());
  const Comparison found = compare_engines(plan, data.trains, data.names,
                                           [&](std::size_t done) { progress.update(done); });
  const bool same = found.differing_spikes == 0 && found.differing_predictions == 0 &&
                    found.membrane_difference <= membrane_tolerance;
  console.result(console.ink(fmt::format("{} differing spikes of {}",
                                         count_text(found.differing_spikes),
                                         count_text(found.spikes)),
                             same ? Ink::good : Ink::bad) +
                 fmt::format(" over {}, {} with spikes, {}; readout membranes agree to {:.1e}; "
                             "{} differing predictions",
                             plural(found.recordings, "recording"),
                             plural(found.populations, "population"), plural(found.steps, "step"),
                             found.membrane_difference, count_text(found.differing_predictions)));
  if (!found.first_difference.empty())
    console.result("first difference: " + found.first_difference);
  console.emit({{"command", "compare"},
                {"model", model.file.string()},
                {"dataset", request.dataset.name},
                {"split", request.split},
                {"same", same},
                {"recordings", found.recordings},
                {"populations", found.populations},
                {"steps", found.steps},
                {"spikes", found.spikes},
                {"differing_spikes", found.differing_spikes},
                {"differing_predictions", found.differing_predictions},
                {"membrane_difference", found.membrane_difference},
                {"first_difference", found.first_difference},
                {"seconds", progress.seconds()}});
  return same ? 0 : 1;
}

}  // namespace

void add_compare(CLI::App& app, Action& action) {
  const auto options = std::make_shared<CompareCommand>();
  CLI::App* command = app.add_subcommand(
      "compare",
      "Compare the two engines spike by spike.\n\n"
      "Runs every recording through the clocked and the event engine. Exit code 1 if any neuron\n"
      "fires in one and not in the other at any step, or readout membranes differ by over 1e-4.");
  command->add_option("model", options->model, ".volley or .nir file, or a folder of volley train")
      ->required();
  add_data_options(*command, options->data);
  add_nir_options(*command, options->nir);
  add_common_options(*command, options->common);
  command->footer(
      "Examples:\n"
      "  volley compare run/model.volley --data nmnist --split Test\n"
      "  volley compare run/model.volley --limit 20 --json");
  command->callback([options, &action] { action = [options] { return compare(*options); }; });
}

}  // namespace volley
