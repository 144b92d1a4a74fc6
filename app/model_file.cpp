// Reading models of either kind.
#include "app/model_file.hpp"

#include <fmt/format.h>

#include <fstream>
#include <system_error>

#include "app/event_sensor.hpp"
#include "base/error.hpp"
#include "datasets/archive.hpp"
#include "datasets/open_recording.hpp"
#include "datasets/read_recording.hpp"
#include "models/netx.hpp"
#include "models/nir.hpp"
#include "models/rate_view.hpp"
#include "sim/fold.hpp"
#include "sim/rate_view.hpp"

namespace volley {

namespace fs = std::filesystem;

FileKind kind_of_file(const fs::path& file) {
  std::error_code failure;
  if (!split_archive_path(file).member.empty())
    return format_of_recording(file).empty() ? FileKind::unknown : FileKind::events;
  if (!fs::exists(file, failure))
    throw Error("there is no such file", file.string(), "check the path");
  if (fs::is_directory(file, failure))
    throw Error("is a folder, not a file", file.string(), "give a file in it");
  if (!fs::is_regular_file(file, failure))
    throw Error("is not a regular file", file.string(), "give the path of a file");
  std::ifstream in(file, std::ios::binary);
  if (!in) throw Error("cannot be opened", file.string(), "check its permissions");
  std::string start(12, '\0');
  in.read(start.data(), static_cast<std::streamsize>(start.size()));
  if (start == "volley model") return FileKind::volley_model;
  if (start.rfind("\x89HDF\r\n", 0) == 0) return FileKind::hdf5;
  if (file.extension() == ".volley") return FileKind::volley_model;
  if (file.extension() == ".nir" || file.extension() == ".net") return FileKind::hdf5;
  if (file.extension() == ".toml") return FileKind::recipe;
  return format_of_recording(file).empty() ? FileKind::unknown : FileKind::events;
}

namespace {

LoadedModel from_checkpoint(const fs::path& file) {
  LoadedModel model;
  model.checkpoint = load_checkpoint(file);
  model.frozen = fold(*model.checkpoint);
  model.name = model.checkpoint->recipe.name;
  model.dataset = trained_dataset(model.checkpoint->recipe);
  model.seed = model.checkpoint->recipe.training.seed;
  return model;
}

LoadedModel from_hdf5(const fs::path& file, const DataOptions& options, const NirReadOptions& nir,
                      Console& console) {
  LoadedModel model;
  std::vector<std::string> assumptions;
  model.frozen = read_foreign(file, nir, assumptions);
  for (const std::string& line : assumptions) console.say("assumed: " + line);
  model.name = file.stem().string();
  model.dataset.dt_ms = model.frozen.dt_ms;
  if (!model.frozen.dataset.empty()) {
    model.dataset.name = model.frozen.dataset;
    model.dataset.steps = model.frozen.steps;
    model.dataset.encoding = model.frozen.encoding;
    return model;
  }
  model.dataset.name = "nmnist";
  if (!options.dt_ms)
    console.say(fmt::format("assumed: steps of {} ms (--dt-ms says otherwise)",
                            model.frozen.dt_ms));
  if (!options.steps)
    console.say("assumed: each recording to its end (--steps fixes the number of steps)");
  return model;
}

/// One step of a network of the rate view, or many of its integrate-and-fire network.
void choose_steps(const DataOptions& options, LoadedModel& model) {
  const bool rate = model.checkpoint && model.checkpoint->recipe.training.view == TimeView::rate;
  if (!rate && options.rate_steps != 0)
    throw Error("was not trained with the rate view", model.file.string(),
                "leave out --rate-steps, or train with view = \"rate\" in [training]");
  if (!rate) return;
  if (options.steps)
    throw Error("was trained with the rate view, in one step", model.file.string(),
                "use --rate-steps N in place of --steps, for its integrate-and-fire network");
  model.one_step = options.rate_steps == 0;
  if (model.one_step) return;
  model.frozen = to_integrate_and_fire(model.frozen, options.rate_steps);
  model.dataset.steps = options.rate_steps;
}

}  // namespace

FrozenNetwork read_foreign(const fs::path& file, const NirReadOptions& nir,
                           std::vector<std::string>& assumptions) {
  if (!is_netx(file)) return read_nir(file, assumptions, nir);
  if (nir.any())
    throw Error("is a network of lava-dl, which leaves nothing open", file.string(),
                "leave out the options --nir-...");
  return read_netx(file, assumptions);
}

LoadedModel load_model(const std::string& name, const DataOptions& options, Console& console,
                       const NirReadOptions& nir) {
  fs::path file(name);
  std::error_code failure;
  if (fs::is_directory(file, failure) && fs::exists(file / "model.volley", failure))
    file /= "model.volley";
  const FileKind kind = kind_of_file(file);
  if (kind == FileKind::recipe || kind == FileKind::events)
    throw Error("is not a model", file.string(),
                "give a .volley, .nir or .net file; volley train writes one");
  if (kind != FileKind::hdf5 && nir.any())
    throw Error("is not a NIR file", file.string(), "leave out the options --nir-...");
  LoadedModel model =
      kind == FileKind::hdf5 ? from_hdf5(file, options, nir, console) : from_checkpoint(file);
  model.file = file;
  choose_steps(options, model);
  if (!options.dataset.empty()) model.dataset.name = options.dataset;
  if (options.dt_ms) model.frozen.dt_ms = model.dataset.dt_ms = *options.dt_ms;
  if (options.steps) model.dataset.steps = *options.steps;
  return model;
}

SplitRequest split_of(const LoadedModel& model, const DataOptions& options) {
  SplitRequest request;
  request.dataset = model.dataset;
  request.directory = options.directory;
  request.cache = options.cache;
  request.split = options.split.empty() ? model.dataset.test_split : options.split;
  request.limit = options.limit;
  request.seed = options.seed.value_or(model.seed);
  return request;
}

void check_sensor(const LoadedModel& model, const SensorSize& sensor, const std::string& what) {
  const Network& network = model.frozen.network;
  const Population& input = network.population(network.input());
  if (sensor.inputs() != input.shape.size())
    throw Error(fmt::format("the sensor has {} addresses ({} x {} x {}), the network's input takes "
                            "{} ({})",
                            sensor.inputs(), sensor.polarities, sensor.height, sensor.width,
                            input.shape.size(), to_string(input.shape)),
                what, "use the dataset that the model was trained on (--dataset)");
}

Recording load_event_file(const LoadedModel& model, const std::string& file,
                          const std::string& format) {
  StreamOptions reading;
  reading.sensor = event_sensor(model);
  reading.format = format;
  return read_recording(*open_recording(file, reading), file, OnDamage::fail);
}

}  // namespace volley
