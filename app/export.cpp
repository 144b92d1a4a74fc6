// `volley export`: a trained network as NIR, read back and compared spike by spike before the file
// gets its name. Owns the check; the layout is models'.
#include <fmt/format.h>

#include <boost/random/uniform_01.hpp>
#include <filesystem>

#include "app/command.hpp"
#include "app/model_file.hpp"
#include "app/run_pictures.hpp"
#include "app/text.hpp"
#include "base/atomic_file.hpp"
#include "base/error.hpp"
#include "base/random.hpp"
#include "models/nir.hpp"
#include "sim/compare.hpp"

namespace volley {

namespace {

struct ExportCommand {
  std::string model, format = "nir", file;
  DataOptions data;
  std::size_t verify_limit = 10;
  bool no_verify = false;
  CommonOptions common;
};

constexpr std::uint32_t random_steps = 30;
constexpr double random_density = 0.03;

SpikeTrain random_train(std::size_t inputs, std::uint32_t steps, std::uint64_t seed,
                        std::uint64_t index) {
  RandomEngine engine = random_stream(seed, StreamPurpose::synthetic, {index});
  boost::random::uniform_01<double> uniform;
  SpikeTrain train;
  train.steps = steps;
  train.inputs = static_cast<std::uint32_t>(inputs);
  for (std::uint32_t t = 0; t < steps; ++t) {
    for (std::uint32_t i = 0; i < train.inputs; ++i)
      if (uniform(engine) < random_density) train.indices.push_back(i);
    train.offsets.push_back(static_cast<std::uint32_t>(train.indices.size()));
  }
  return train;
}

struct Recordings {
  std::vector<SpikeTrain> trains;
  std::vector<std::string> names;
};

/// Whether what the network sees has another size than the dataset's facts say.
bool makes_its_sensor(const DatasetOptions& dataset) {
  return !dataset.transforms.empty() || !dataset.cochlea.values.empty() ||
         dataset.encoding == "saccades" || dataset.name == "folder";
}

/// Of the dataset where it is at hand, else random spikes.
Recordings recordings_for(const LoadedModel& model, const ExportCommand& options,
                          Console& console) {
  Recordings recordings;
  const DatasetInfo info = find_dataset(model.dataset.name);
  const Network& network = model.frozen.network;
  const std::size_t inputs = network.population(network.input()).shape.size();
  if ((!info.needs_files || !options.data.directory.empty()) &&
      (info.sensor.inputs() == inputs || makes_its_sensor(model.dataset))) {
    DataOptions data = options.data;
    data.limit = options.verify_limit;
    LabelledSpikes split = load_split(split_of(model, data), console);
    check_sensor(model, split.sensor, "dataset '" + model.dataset.name + "'");
    return {std::move(split.trains), std::move(split.names)};
  }
  console.say("no --data: checked on random spikes");
  const std::uint32_t steps =
      model.dataset.steps > 0 ? static_cast<std::uint32_t>(model.dataset.steps) : random_steps;
  for (std::size_t i = 0; i < options.verify_limit; ++i) {
    recordings.trains.push_back(random_train(inputs, steps, options.data.seed.value_or(1), i));
    recordings.names.push_back(fmt::format("random spikes {}", i + 1));
  }
  return recordings;
}

Comparison verify(const FrozenNetwork& written, const FrozenNetwork& read,
                  const Recordings& recordings) {
  const FrozenPlan first(written), second(read);
  Comparison total;
  for (std::size_t i = 0; i < recordings.trains.size(); ++i) {
    const SampleTrace a = event_trace(first, recordings.trains[i], recordings.names[i], -1);
    const SampleTrace b = event_trace(second, recordings.trains[i], recordings.names[i], -1);
    if (a.populations.size() != b.populations.size()) {
      total.first_difference = fmt::format("{} populations were written, {} read back",
                                           a.populations.size(), b.populations.size());
      ++total.differing_predictions;
      return total;
    }
    total.add(compare_traces(a, b));
  }
  return total;
}

std::string run_command(const LoadedModel& model, const ExportCommand& options) {
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

int export_model(const ExportCommand& options) {
  Console console(options.common.json, options.common.quiet);
  const ThreadLimit threads(options.common.threads);
  const LoadedModel model = load_model(options.model, options.data, console);
  if (model.one_step)
    throw Error("is of the rate view: its one step has neurons of several levels, NIR has none",
                model.file.string(),
                "give --rate-steps N for its integrate-and-fire network over N steps");
  // Nobody finds a file under its final name that has not been checked.
  AtomicFile target(options.file);
  const NirReport report = write_nir(model.frozen, target.temporary());
  for (const std::string& line : report.warnings) console.warn(line);
  Json json{{"command", "export"},
            {"model", model.file.string()},
            {"format", options.format},
            {"file", options.file},
            {"portable", report.portable},
            {"warnings", report.warnings}};
  if (!options.no_verify) {
    std::vector<std::string> assumptions;
    const FrozenNetwork read = read_nir(target.temporary(), assumptions);
    const Recordings recordings = recordings_for(model, options, console);
    const Comparison found = verify(model.frozen, read, recordings);
    const bool same = found.differing_spikes == 0 && found.differing_predictions == 0 &&
                      found.membrane_difference == 0;
    json["identical"] = same;
    json["verified_recordings"] = recordings.trains.size();
    json["verified_spikes"] = found.spikes;
    if (!same) {
      std::string difference = found.first_difference;
      if (difference.empty())
        difference = fmt::format("readout membranes by {:.1e}", found.membrane_difference);
      json["first_difference"] = difference;
      console.result(console.ink("differs", Ink::bad) +
                     fmt::format(" after reading back: {}; {} not written", difference,
                                 options.file));
      console.emit(json);
      return 1;
    }
    console.result(console.ink("identical", Ink::good) +
                   fmt::format(" over {} of {} after reading back",
                               plural(found.spikes, "spike"),
                               plural(recordings.trains.size(), "recording")));
  }
  target.commit();
  json["bytes"] = std::filesystem::file_size(options.file);
  json["run"] = run_command(model, options);
  console.result(fmt::format("wrote {} ({}){}", options.file,
                             bytes_text(json["bytes"].get<std::uint64_t>()),
                             report.portable ? "; exact in the tools that NIR lists" : ""));
  console.say("to run it: " + run_command(model, options));
  console.emit(json);
  return 0;
}

}  // namespace

void add_export(CLI::App& app, Action& action) {
  const auto options = std::make_shared<ExportCommand>();
  CLI::App* command = app.add_subcommand(
      "export",
      "Write a trained network for other tools.\n\n"
      "Writes NIR (HDF5), reads it back and compares both spike by spike; says what NIR cannot\n"
      "express and which tools would differ. Exit code 1, and no file, if anything differs.");
  command->add_option("model", options->model, ".volley file, or a folder of volley train")
      ->required();
  command->add_option("--format", options->format, "format to write")
      ->type_name("nir")
      ->check(CLI::IsMember({"nir"}).description(""))
      ->capture_default_str();
  command->add_option("-o,--output", options->file, "file to write")
      ->required()
      ->type_name("FILE");
  add_data_directory(*command, options->data.directory);
  add_rate_steps(*command, options->data.rate_steps);
  command->add_option("--split", options->data.split, "split to check on (default: test split)");
  command->add_option("--seed", options->data.seed, "seed of data made in code and random spikes");
  command->add_flag("--no-verify", options->no_verify, "do not read the file back");
  command->add_option("--verify-limit", options->verify_limit, "recordings to check it on")
      ->type_name("N")
      ->check(between(std::size_t{1}, std::size_t{1'000'000}))
      ->capture_default_str();
  add_common_options(*command, options->common);
  command->footer(
      "Examples:\n"
      "  volley export run/model.volley --format nir -o net.nir --data nmnist\n"
      "  volley export run/model.volley -o net.nir --verify-limit 100 --data nmnist\n"
      "  volley export run/model.volley -o net.nir --rate-steps 8 --data fashion-mnist");
  command->callback([options, &action] { action = [options] { return export_model(*options); }; });
}

}  // namespace volley
