// `volley inspect`: what is in a file, whatever its kind. Exit code 2 where it is damaged.
#include <filesystem>

#include "app/command.hpp"
#include "app/inspect_report.hpp"
#include "app/model_file.hpp"
#include "base/error.hpp"

namespace volley {

namespace {

struct InspectCommand {
  std::string file, dataset;
  CommonOptions common;
};

/// The ATIS camera; the container itself does not tell the sensor's size.
constexpr SensorSize atis_sensor{304, 240, 2};

int inspect(const InspectCommand& options) {
  Console console(options.common.json, options.common.quiet);
  const std::filesystem::path file(options.file);
  const FileKind kind = kind_of_file(file);
  bool damaged = false;
  Json json{{"command", "inspect"}, {"file", options.file}};
  if (kind == FileKind::events) {
    const SensorSize sensor =
        options.dataset.empty() ? atis_sensor : find_dataset(options.dataset).sensor;
    json.update(inspect_events(file, sensor, damaged, console));
  } else if (kind == FileKind::volley_model) {
    json.update(inspect_volley(file, console));
  } else if (kind == FileKind::hdf5) {
    json.update(inspect_nir(file, console));
  } else if (kind == FileKind::recipe) {
    json.update(inspect_recipe(file, console));
  } else {
    throw Error("is of no kind that volley knows", options.file,
                "give an event recording (.bin, .bs2), a model (.volley, .nir) or a recipe "
                "(.toml)");
  }
  console.emit(json);
  if (damaged)
    throw Error("the file is damaged at " + json["damage"].get<std::string>(), options.file,
                "the events before the damage are as told above; replace the file by an "
                "undamaged copy");
  return 0;
}

}  // namespace

void add_inspect(CLI::App& app, Action& action) {
  const auto options = std::make_shared<InspectCommand>();
  CLI::App* command = app.add_subcommand(
      "inspect",
      "Say what is in a file: an event recording, a model, a NIR graph, a recipe.\n\n"
      "A damaged recording is told up to its damage, with the byte; exit code 2.");
  command->add_option("file", options->file, ".bin, .bs2, .volley, .nir or .toml")->required();
  command->add_option("--dataset", options->dataset,
                      "check coordinates against this dataset's sensor (default: 304 x 240)");
  add_common_options(*command, options->common);
  command->footer(
      "Examples:\n"
      "  volley inspect nmnist/Test/7/00001.bin\n"
      "  volley inspect run/model.volley --json\n"
      "  volley inspect net.nir");
  command->callback([options, &action] { action = [options] { return inspect(*options); }; });
}

}  // namespace volley
