// `volley view`: recordings in a live window, alone or as a network sees them; or as pictures.
#include <fmt/format.h>

#include "app/command.hpp"
#include "app/inspect_neuron.hpp"
#include "app/interrupt.hpp"
#include "app/live_browser.hpp"
#include "app/live_feed.hpp"
#include "app/run_pictures.hpp"
#include "app/stream_command.hpp"
#include "app/text.hpp"
#include "app/view_live.hpp"
#include "app/view_source.hpp"
#include "base/error.hpp"
#include "viz/pictures.hpp"

namespace volley {

namespace {

struct ViewCommand {
  ViewFiles files;
  StreamCommand stream;
  std::string out;
  std::size_t pictures = 1;
  double speed = 100;
  LiveChoice live;
  CommonOptions common;
};

ThemeKind theme_of(const ViewCommand& options) {
  return options.live.theme == "light" ? ThemeKind::light : ThemeKind::dark;
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

/// Pictures and a recording, without a window.
Json write_files(const ViewCommand& options, const ViewSource& source, Console& console) {
  if (!source.live.empty())
    throw Error("a live source is shown in a window only", source.live,
                "leave out --out and --record, or record it with volley convert first");
  Json files = Json::array();
  const std::size_t count = std::min(options.pictures, source.recordings.count);
  if (!options.out.empty())
    for (std::size_t i = 0; i < count; ++i)
      for (const auto& file : write_pictures(source.recordings.make(i), options, i)) {
        files.push_back(file.string());
        console.result("wrote " + file.string());
      }
  if (!options.live.record.empty())
    files.push_back(
        record_traces(source.recordings.make, count, options.live, options.speed, console));
  return files;
}

int view(const ViewCommand& options) {
  Console console(options.common.json, options.common.quiet);
  const ThreadLimit threads(options.common.threads);
  const bool files_only = !options.out.empty() || !options.live.record.empty();
  if (!files_only)
    if (const std::string reason = LiveWindow::why_not(); !reason.empty())
      throw Error("no window can be opened: " + reason, "view",
                  "volley view ... --out DIR writes pictures instead");
  ViewFiles wanted = options.files;
  wanted.stream = stream_options(options.stream);
  wanted.strict = options.stream.strict;
  const ViewSource source = open_view(wanted, console);
  Json json{{"command", "view"}, {"recordings", source.recordings.count}};
  if (files_only) {
    json["files"] = write_files(options, source, console);
    console.emit(json);
    return 0;
  }
  json["files"] = Json::array();
  WindowOptions shown;
  shown.title = "volley view " + source.title;
  shown.speed = options.speed;
  LiveChoice choice = options.live;
  choice.live = true;
  std::unique_ptr<LiveWindow> window = open_live(choice, shown, "", console);
  if (!window) throw Error("no window can be opened", "view");
  catch_interrupts();
  if (source.model)
    tell_of_neurons(*window, source.model->frozen);
  if (source.live.empty()) {
    const LiveBrowser browser(*window, source.recordings);
    console.say(plural(source.recordings.count, "recording") +
                "; N and P go through them, ? shows all keys");
    wait_for_user(*window);
  } else {
    watch_live({source.live, source.sensor, source.dt_ms, source.model}, *window, console);
    wait_for_user(*window);
  }
  json["window"] = close_live(window, console);
  console.emit(json);
  return 0;
}

}  // namespace

void add_view(CLI::App& app, Action& action) {
  const auto options = std::make_shared<ViewCommand>();
  CLI::App* command = app.add_subcommand(
      "view",
      "Watch recordings in a window, alone or as a network sees them.\n\n"
      "Space pauses, arrows step and change the speed, the wheel zooms, a click picks a neuron, N\n"
      "and P go to other recordings, M to mistakes only; ? shows all keys. With --out pictures and\n"
      "with --record a moving picture are written, and no window is needed.");
  command->add_option("files", options->files.files,
                      "a model (.volley, .nir), a recording in any format, or both; the spikes of "
                      "volley simulate; - or udp:PORT for events as they come; nothing: the "
                      "recordings of --data, or of data made in code")
      ->expected(0, CLI::detail::expected_max_vector_size)
      ->type_name("FILE");
  add_data_options(*command, options->files.data);
  add_stream_options(*command, options->stream);
  command->add_option("--out", options->out, "write pictures into this folder, open no window")
      ->type_name("DIR");
  command->add_option("--pictures", options->pictures, "recordings to draw into --out, or to record")
      ->type_name("N")
      ->check(between(std::size_t{1}, std::size_t{1000}))
      ->capture_default_str();
  command->add_option("--speed", options->speed, "recording milliseconds per second")
      ->type_name("MS")
      ->check(between(0.01, 1e6))
      ->capture_default_str();
  add_live_options(*command, options->live, "");
  add_common_options(*command, options->common);
  command->footer(
      "Examples:\n"
      "  volley view run/model.volley --data nmnist --split Test\n"
      "  volley view nmnist/Test/7/00001.bin\n"
      "  volley view dvs_gesture/1.bs2 --record gesture.gif\n"
      "  volley view cuba/spikes.csv\n"
      "  volley view udp:3333 --sensor 640x480\n"
      "  volley view run/model.volley --out pictures --pictures 3");
  command->callback([options, &action] { action = [options] { return view(*options); }; });
}

}  // namespace volley
