// `volley inspect`: what is in a file, whatever its kind. With --strict exit code 2 where it is
// damaged.
#include <algorithm>
#include <filesystem>

#include "app/command.hpp"
#include "app/inspect_report.hpp"
#include "app/model_file.hpp"
#include "app/stream_command.hpp"
#include "base/error.hpp"
#include "datasets/archive.hpp"
#include "datasets/formats/spike_hdf5.hpp"

namespace volley {

namespace {

struct InspectCommand {
  std::string file, dataset;
  StreamCommand stream;
  CommonOptions common;
};

bool is_spike_file(const std::filesystem::path& file) {
  try {
    return read_spike_hdf5_index(file).recordings > 0;
  } catch (const Error&) {
    return false;
  }
}

/// A tar, or a zip that is no .npz: its files are looked at one by one.
bool holds_many(const std::filesystem::path& file) {
  if (!std::filesystem::is_regular_file(file) || !is_archive(file)) return false;
  const std::vector<ArchiveMember> members = list_members(file);
  const bool arrays = std::all_of(members.begin(), members.end(), [](const ArchiveMember& member) {
    return member.name.ends_with(".npy");
  });
  return members.size() > 1 && !arrays;
}

int inspect(const InspectCommand& command) {
  Console console(command.common.json, command.common.quiet);
  const std::filesystem::path file(command.file);
  StreamOptions options = stream_options(command.stream);
  if (!command.dataset.empty()) options.sensor = find_dataset(command.dataset).sensor;
  StreamReport report;
  Json json{{"command", "inspect"}, {"file", command.file}};
  const FileKind kind = options.format.empty() ? kind_of_file(file) : FileKind::events;
  if (kind == FileKind::volley_model) {
    json.update(inspect_volley(file, console));
  } else if (kind == FileKind::hdf5 && !is_spike_file(file)) {
    json.update(inspect_nir(file, console));
  } else if (kind == FileKind::hdf5 && options.index < 0) {
    json.update(inspect_spike_file(file, console));
  } else if (kind == FileKind::recipe) {
    json.update(inspect_recipe(file, console));
  } else if (holds_many(file)) {
    json.update(inspect_archive(file, console));
  } else if (kind == FileKind::unknown) {
    throw Error("is of no kind that volley knows", command.file,
                "give an event recording (volley convert --help lists the formats), a model "
                "(.volley, .nir) or a recipe (.toml)");
  } else {
    json.update(inspect_events(file, options, report, console));
  }
  console.emit(json);
  tell_report(report, command.file, command.stream.strict, console);
  return 0;
}

}  // namespace

void add_inspect(CLI::App& app, Action& action) {
  const auto options = std::make_shared<InspectCommand>();
  CLI::App* command = app.add_subcommand(
      "inspect",
      "Say what is in a file: an event recording, a model, a NIR graph, a recipe.\n\n"
      "Recordings are told by their content, through compression and inside archives. A damaged "
      "one\nis told up to its damage, with the byte; with --strict the exit code is 2.");
  command->add_option("file", options->file, "a recording, .volley, .nir or .toml")->required();
  command->add_option("--dataset", options->dataset,
                      "check coordinates against this dataset's sensor");
  add_stream_options(*command, options->stream);
  add_common_options(*command, options->common);
  command->footer(
      "Examples:\n"
      "  volley inspect nmnist/Test/7/00001.bin\n"
      "  volley inspect derived_1ms.tar.xz/test/7/00001.bin --sensor 34x34\n"
      "  volley inspect recording.raw --json --strict\n"
      "  volley inspect run/model.volley --json\n"
      "  volley inspect net.nir");
  command->callback([options, &action] { action = [options] { return inspect(*options); }; });
}

}  // namespace volley
