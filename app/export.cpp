// `volley export`: a trained network for other tools. Owns the table of formats and what they all
// do: load, refuse what would be lost, check, report. What a format writes is in export_<format>.cpp.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "app/command.hpp"
#include "app/export_format.hpp"
#include "app/text.hpp"
#include "base/error.hpp"

namespace volley {

namespace {

using MakeFormat = ExportFormat (*)(CLI::App& command);

/// Every format, the default first.
constexpr MakeFormat makers[] = {nir_format,     npz_format, safetensors_format, graphviz_format,
                                 graphml_format, c_format,   onnx_format,        verilog_format};

const ExportFormat& chosen(const std::vector<ExportFormat>& formats, const ExportOptions& options) {
  for (const ExportFormat& format : formats)
    if (format.name == options.format) return format;
  const std::string extension = std::filesystem::path(options.file).extension().string();
  for (const ExportFormat& format : formats)
    if (std::count(format.extensions.begin(), format.extensions.end(), extension) != 0)
      return format;
  return formats.front();
}

std::string run_command(const LoadedModel& model, const ExportOptions& options) {
  std::string command = "volley run " + shell_word(options.file);
  if (!options.data.directory.empty()) command += " --data " + shell_word(options.data.directory);
  // Data made in code: the same seed and number, so that the recordings are the same.
  const bool made = !find_dataset(model.dataset.name).needs_files;
  if (made && model.seed != 1) command += fmt::format(" --seed {}", model.seed);
  std::size_t limit = model.dataset.test_limit;
  if (limit == 0 && made) limit = model.dataset.synthetic_test;
  if (limit != 0) command += fmt::format(" --limit {}", limit);
  return command;
}

/// @throws Error where an option of another format was given
void check_own_options(const CLI::App& command, const std::vector<ExportFormat>& formats,
                       const ExportFormat& own) {
  const auto has = [](const ExportFormat& format, const std::string& option) {
    return std::count(format.options.begin(), format.options.end(), option) != 0;
  };
  for (const ExportFormat& format : formats)
    for (const std::string& option : format.options)
      if (command.count(option) > 0 && !has(own, option))
        throw Error(fmt::format("{} is of --format {}", option, format.name),
                    "--format " + own.name);
}

int export_model(const ExportOptions& options, const std::vector<ExportFormat>& formats,
                 const CLI::App& command) {
  Console console(options.common.json, options.common.quiet);
  const ThreadLimit threads(options.common.threads);
  const LoadedModel model = load_model(options.model, options.data, console);
  if (model.one_step)
    throw Error("is of the rate view: its one step has neurons of several levels, which other "
                "tools have not",
                model.file.string(),
                "give --rate-steps N for its integrate-and-fire network over N steps");
  const ExportFormat& format = chosen(formats, options);
  check_own_options(command, formats, format);
  for (const std::string& kind : options.accepted)
    if (std::count(format.losses.begin(), format.losses.end(), kind) == 0)
      throw Error(fmt::format("{} loses no '{}'", format.name, kind), "--accept",
                  format.losses.empty() ? "leave it out"
                                        : fmt::format("one of {}", fmt::join(format.losses, ", ")));
  Json json{{"command", "export"},
            {"model", model.file.string()},
            {"format", format.name},
            {"file", options.file}};
  const int exit_code = format.write({options, model, console, json});
  if (exit_code == 0 && json.contains("runs") && json["runs"] == true) {
    json["run"] = run_command(model, options);
    console.say("to run it: " + run_command(model, options));
  }
  json.erase("runs");
  console.emit(json);
  return exit_code;
}

}  // namespace

void need_acceptance(const std::vector<ExportLoss>& losses, const ExportRequest& request) {
  const std::vector<std::string>& accepted = request.options.accepted;
  for (const ExportLoss& loss : losses) {
    if (std::count(accepted.begin(), accepted.end(), loss.kind) == 0)
      throw Error(loss.reason, loss.where,
                  "--accept " + loss.kind + " writes it all the same; or change it and train again");
    request.console.warn(loss.where + ": " + loss.reason);
  }
}

void finish_file(AtomicFile& file, const std::string& words, const ExportRequest& request) {
  file.commit();
  const std::uint64_t bytes = std::filesystem::file_size(request.options.file);
  request.json["bytes"] = bytes;
  request.console.result(fmt::format("wrote {} ({}{}{})", request.options.file, bytes_text(bytes),
                                     words.empty() ? "" : ", ", words));
}

void add_export(CLI::App& app, Action& action) {
  const auto options = std::make_shared<ExportOptions>();
  CLI::App* command = app.add_subcommand(
      "export",
      "Write a trained network for other tools.\n\n"
      "Reads the file back - or compiles or simulates the program - runs it and compares spike by\n"
      "spike. What the format cannot say is refused until --accept names it. Exit code 1, and no\n"
      "file, if anything differs.");
  command->add_option("model", options->model, ".volley file, or a folder of volley train")
      ->required();
  CLI::Option* format = command->add_option("--format", options->format);
  command->add_option("-o,--output", options->file, "file to write; of c and verilog a folder")
      ->required()
      ->type_name("FILE");
  command
      ->add_option("--accept", options->accepted, "what may be lost, as the refusal names it")
      ->type_name("LOSS,...")
      ->delimiter(',');
  add_data_directory(*command, options->data.directory);
  add_rate_steps(*command, options->data.rate_steps);
  command->add_option("--split", options->data.split, "split to check on (default: test split)");
  command->add_option("--seed", options->data.seed, "seed of data made in code and random spikes");
  command->add_flag("--no-verify", options->no_verify, "write without the check");
  command->add_option("--verify-limit", options->verify_limit, "recordings to check it on")
      ->type_name("N")
      ->check(between(std::size_t{1}, std::size_t{1'000'000}))
      ->capture_default_str();
  const auto formats = std::make_shared<std::vector<ExportFormat>>();
  std::vector<std::string> names;
  std::string words;
  for (const MakeFormat make : makers) {
    formats->push_back(make(*command));
    names.push_back(formats->back().name);
    words += fmt::format("{}{}: {}", words.empty() ? "" : "; ", names.back(),
                         formats->back().words);
  }
  format->check(CLI::IsMember(names).description(""));
  format->type_name(fmt::format("{}", fmt::join(names, "|")));
  format->description("format to write (default: by the file's extension). " + words);
  add_common_options(*command, options->common);
  command->footer(
      "Examples:\n"
      "  volley export run/model.volley --format nir -o net.nir --data nmnist\n"
      "  volley export run/model.volley -o net.nir --verify-limit 100 --data nmnist\n"
      "  volley export run/model.volley -o net.nir --rate-steps 8 --data fashion-mnist\n"
      "  volley export run/model.volley -o weights.safetensors\n"
      "  volley export run/model.volley -o net.dot && dot -Tsvg net.dot -o net.svg\n"
      "  volley export run/model.volley --format c --integer -o net_c --data nmnist\n"
      "  volley export run/model.volley --unroll 31 -o net.onnx --data nmnist\n"
      "  volley export run/model.volley --format verilog -o net_v --data nmnist");
  command->callback([options, formats, command, &action] {
    action = [options, formats, command] { return export_model(*options, *formats, *command); };
  });
}

}  // namespace volley
