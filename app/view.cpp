// `volley view`: recordings in a live window, alone or as a network sees them; or as pictures.
#include <fmt/format.h>

#include "app/command.hpp"
#include "app/live_browser.hpp"
#include "app/model_file.hpp"
#include "app/run_pictures.hpp"
#include "app/text.hpp"
#include "base/error.hpp"
#include "datasets/binning.hpp"
#include "datasets/read_recording.hpp"
#include "viz/dashboard.hpp"
#include "viz/pictures.hpp"

namespace volley {

namespace {

struct ViewCommand {
  std::vector<std::string> files;
  DataOptions data;
  std::string out;
  std::size_t pictures = 1;
  double speed = 100;
  std::string theme = "dark";
  CommonOptions common;
};

ThemeKind theme_of(const ViewCommand& options) {
  return options.theme == "light" ? ThemeKind::light : ThemeKind::dark;
}

constexpr double view_dt_ms = 5;  ///< step of a recording that no model asks for

/// What is to be seen: recording i as a trace.
struct Show {
  std::string title;
  std::size_t count = 1;
  std::function<SampleTrace(std::size_t)> make;
};

struct Sources {
  std::shared_ptr<LoadedModel> model;
  std::string event_file;
};

Sources sort_files(const ViewCommand& options, Console& console) {
  Sources sources;
  for (const std::string& file : options.files) {
    if (std::filesystem::is_regular_file(file) && kind_of_file(file) == FileKind::events) {
      if (!sources.event_file.empty())
        throw Error("two event files are given", file, "view one at a time");
      sources.event_file = file;
    } else {
      if (sources.model) throw Error("two models are given", file, "view one at a time");
      sources.model = std::make_shared<LoadedModel>(load_model(file, options.data, console));
    }
  }
  return sources;
}

/// Through the network where there is one, else the events alone.
std::function<SampleTrace(const Recording&, const SpikeTrain&)> trace_maker(
    const std::shared_ptr<LoadedModel>& model, double dt_ms) {
  if (!model)
    return [dt_ms](const Recording& recording, const SpikeTrain& spikes) {
      return recording_trace(recording, spikes, dt_ms);
    };
  const auto plan = std::make_shared<FrozenPlan>(model->frozen);
  return [plan](const Recording& recording, const SpikeTrain& spikes) {
    return event_trace(*plan, spikes, recording.name, recording.label);
  };
}

Show prepare(const ViewCommand& options, Console& console) {
  const Sources sources = sort_files(options, console);
  LoadedModel source;  // its dataset options stand for a model's where there is none
  source.dataset.dt_ms = view_dt_ms;
  source.dataset.name = sources.event_file.empty() && options.data.directory.empty()
                            ? "synthetic-digits"
                            : "nmnist";
  if (sources.model) source.dataset = sources.model->dataset;
  if (sources.model) source.seed = sources.model->seed;
  if (!options.data.dataset.empty()) source.dataset.name = options.data.dataset;
  if (options.data.dt_ms) source.dataset.dt_ms = *options.data.dt_ms;
  if (options.data.steps) source.dataset.steps = *options.data.steps;
  const auto make = trace_maker(sources.model, source.dataset.dt_ms);
  const SensorSize sensor = find_dataset(source.dataset.name).sensor;
  Show show;
  show.title = "volley view " + (sources.model ? sources.model->name : source.dataset.name);
  if (!sources.event_file.empty()) {
    if (sources.model)
      check_sensor(*sources.model, sensor, "dataset '" + source.dataset.name + "'");
    const auto recording = std::make_shared<Recording>(
        read_recording(*open_event_stream(sources.event_file, sensor), sources.event_file,
                       OnDamage::fail));
    const auto spikes = std::make_shared<SpikeTrain>(
        bin_events(*recording, {source.dataset.dt_ms, source.dataset.steps}));
    show.make = [make, recording, spikes](std::size_t) { return make(*recording, *spikes); };
    return show;
  }
  const SplitRequest split = split_of(source, options.data);
  const LoadOptions load = load_options(split.dataset, split.seed);
  const std::shared_ptr<Dataset> dataset = open_split(split);
  if (sources.model)
    check_sensor(*sources.model, loaded_sensor(*dataset, load),
                 "dataset '" + source.dataset.name + "'");
  show.count = dataset->size();
  show.make = [make, dataset, load](std::size_t i) {
    Recording recording = load_recording(*dataset, i, load);
    recording.name = dataset->name(i);
    recording.label = dataset->label(i);
    return make(recording, load_train(*dataset, i, load));
  };
  return show;
}

/// The pictures of a run, and the window as it looks two fifths of the way through.
std::vector<std::filesystem::path> write_pictures(const SampleTrace& trace,
                                                  const ViewCommand& options, std::size_t index) {
  auto files = write_run_pictures(trace, options.out, index);
  const std::string ending = index == 0 ? ".png" : "-" + std::to_string(index + 1) + ".png";
  const std::filesystem::path window = std::filesystem::path(options.out) / ("window" + ending);
  PictureOptions picture;
  picture.theme = theme_of(options);
  write_dashboard_png(trace, nullptr, 0.4 * trace.steps * trace.dt_ms, window, {}, picture);
  files.push_back(window);
  return files;
}

int view(const ViewCommand& options) {
  Console console(options.common.json, options.common.quiet);
  const ThreadLimit threads(options.common.threads);
  if (options.out.empty())
    if (const std::string reason = LiveWindow::why_not(); !reason.empty())
      throw Error("no window can be opened: " + reason, "view",
                  "volley view ... --out DIR writes pictures instead");
  const Show show = prepare(options, console);
  Json files = Json::array();
  if (!options.out.empty()) {
    for (std::size_t i = 0; i < std::min(options.pictures, show.count); ++i)
      for (const auto& file : write_pictures(show.make(i), options, i)) {
        files.push_back(file.string());
        console.result("wrote " + file.string());
      }
  } else {
    LiveOptions live;
    live.title = show.title;
    live.speed = options.speed;
    live.theme = theme_of(options);
    LiveWindow window(live);
    const LiveBrowser browser(window, show.count, show.make);
    console.say(plural(show.count, "recording") + "; N and P go through them, ? shows all keys");
    window.wait_until_closed();
  }
  console.emit({{"command", "view"}, {"recordings", show.count}, {"files", files}});
  return 0;
}

}  // namespace

void add_view(CLI::App& app, Action& action) {
  const auto options = std::make_shared<ViewCommand>();
  CLI::App* command = app.add_subcommand(
      "view",
      "Watch recordings in a window, alone or as a network sees them.\n\n"
      "Space pauses, arrows step and change the speed, N and P go to other recordings, ? shows\n"
      "all keys. With --out the pictures are written to files and no window is needed.");
  command->add_option("files", options->files,
                      "a model (.volley, .nir), an event recording (.bin), or both; neither: the "
                      "recordings of --data, or of data made in code")
      ->expected(0, CLI::detail::expected_max_vector_size)
      ->type_name("MODEL or FILE.bin");
  add_data_options(*command, options->data);
  command->add_option("--out", options->out, "write pictures into this folder, open no window")
      ->type_name("DIR");
  command->add_option("--pictures", options->pictures, "recordings to draw into --out")
      ->type_name("N")
      ->check(between(std::size_t{1}, std::size_t{1000}))
      ->capture_default_str();
  command->add_option("--speed", options->speed, "recording milliseconds per second")
      ->type_name("MS")
      ->check(between(0.01, 1e6))
      ->capture_default_str();
  command->add_option("--theme", options->theme, "colours of the window and of its picture")
      ->type_name("dark|light")
      ->check(CLI::IsMember({"dark", "light"}))
      ->capture_default_str();
  add_common_options(*command, options->common);
  command->footer(
      "Examples:\n"
      "  volley view run/model.volley --data nmnist --split Test\n"
      "  volley view nmnist/Test/7/00001.bin\n"
      "  volley view run/model.volley --out pictures --pictures 3");
  command->callback([options, &action] { action = [options] { return view(*options); }; });
}

}  // namespace volley
