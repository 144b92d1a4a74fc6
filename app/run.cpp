// `volley run`: a trained network on a split, or on one event file. Owns its options and which of
// them go together; the figures are sim's.
#include <fmt/format.h>

#include "app/command.hpp"
#include "app/run_command.hpp"
#include "app/spike_files.hpp"
#include "app/text.hpp"
#include "base/error.hpp"
#include "datasets/live_stream.hpp"

namespace volley {

std::unique_ptr<LiveWindow> open_window(const LiveChoice& live, const std::string& title,
                                        Console& console) {
  WindowOptions options;
  options.title = title;
  return open_live(live, options, "; the run goes on without", console);
}

namespace {

/// @throws Error for options that do not go together
void check_options(const RunCommand& options, const LoadedModel& model) {
  if (!options.agreement.empty() && !model.one_step)
    throw Error("is not the network of one step that the agreement is held against",
                model.file.string(),
                "leave out --agreement, or give a model of the rate view without --rate-steps");
  if (options.stream.idle_ms > 0 && !is_live_source(options.file))
    throw Error("only standard input and packets are waited for", "--idle-ms",
                "give - or udp:PORT behind the model");
  if (!options.stream.format.empty() && options.file.empty())
    throw Error("a split has the format of its dataset", "--format",
                "give the event recording behind the model");
  if (options.stream.stream && options.file.empty())
    throw Error("a stream is one event recording, and none is named", "--stream",
                "give the file behind the model");
  const bool other = options.stream.reset != "never" || options.stream.interval_ms.has_value();
  if (other && !options.stream.stream)
    throw Error("only a stream has windows and intervals", "--reset, --interval-ms",
                "add --stream");
  const bool steps_only = options.engine == "clocked" || options.live.wanted() ||
                          options.metrics || !options.spikes.empty();
  if (!options.spikes.empty()) SpikeFile{options.spikes};  // refuses other extensions early
  if (options.stream.stream &&
      (options.engine == "clocked" || options.metrics || !options.spikes.empty()))
    throw Error("streams are run by the event engine, without metrics and files of spikes",
                "--stream", "leave out --engine clocked, --metrics and --spikes");
  const bool microseconds = options.resolution == "us";
  const DatasetOptions& dataset = model.dataset;
  if ((microseconds || options.stream.stream) &&
      (!dataset.transforms.empty() || dataset.binning != "binary" || dataset.events_per_step != 0))
    throw Error("was trained on events that are transformed, counted or split by their number, "
                "which is not done event by event",
                model.file.string(), "run it on whole recordings in steps");
  if (!microseconds) return;
  if (steps_only || (!options.out.empty() && !options.stream.stream))
    throw Error("pictures, predictions, metrics and the clocked engine know steps only",
                "--time-resolution us",
                "leave out --engine clocked, --live, --metrics, --spikes and --out");
  if (model.one_step)
    throw Error("is a network of one step", model.file.string(),
                "give --rate-steps N, or run it in steps");
}

int run(RunCommand options) {
  if (is_live_source(options.file)) options.stream.stream = true;
  Console console(options.common.json, options.common.quiet);
  const ThreadLimit threads(options.common.threads);
  const LoadedModel model = load_model(options.model, options.data, console, options.nir);
  console.say(fmt::format("{}: dataset {}, steps of {} ms, {}", model.file.string(),
                          model.dataset.name, model.dataset.dt_ms,
                          model.dataset.steps == 0 ? "as many as a recording has"
                                                   : plural(static_cast<std::uint64_t>(
                                                                model.dataset.steps),
                                                            "step")));
  check_options(options, model);
  const bool microseconds = options.resolution == "us";
  if (options.stream.stream) {
    std::unique_ptr<LiveWindow> window =
        open_window(options.live, "volley run " + options.file, console);
    const int code = run_stream(options.stream,
                                microseconds ? TimeResolution::microsecond : TimeResolution::step,
                                model, options.file, options.out, window.get(), console);
    if (window && options.live.live && code == 0) wait_for_user(*window);
    close_live(window, console);
    return code;
  }
  if (!options.file.empty()) return run_file(options, model, console);
  if (microseconds) return run_split_in_microseconds(options, model, console);
  return run_split(options, model, console);
}

}  // namespace

void add_run(CLI::App& app, Action& action) {
  const auto options = std::make_shared<RunCommand>();
  CLI::App* command = app.add_subcommand(
      "run",
      "Run a trained network on a split of its dataset, or on one event file.\n\n"
      "Prints accuracy, confusion, firing rates and counted synaptic operations.");
  command->add_option("model", options->model, ".volley, .nir or .net file, or a folder of volley train")
      ->required();
  command->add_option("file", options->file,
                      "one event recording of any format instead of a split; - reads it from "
                      "standard input, udp:PORT takes packets of address events, as streams")
      ->type_name("FILE|-|udp:PORT");
  add_data_options(*command, options->data);
  add_nir_options(*command, options->nir);
  command
      ->add_option("--engine", options->engine,
                   "event: work only where spikes are; clocked: every neuron at every step")
      ->check(CLI::IsMember({"event", "clocked"}).description(""))
      ->type_name("event|clocked")
      ->capture_default_str();
  command
      ->add_option("--time-resolution", options->resolution,
                   "step: events are gathered in the steps it was trained with; us: each is "
                   "handled at its microsecond, with the exact leak in between")
      ->check(CLI::IsMember({"step", "us"}).description(""))
      ->type_name("step|us")
      ->capture_default_str();
  command->add_flag("--stream", options->stream.stream,
                    "run the whole recording, however long, and print class scores over time; with "
                    "--json one object for each interval and one at the end");
  command
      ->add_option("--reset", options->stream.reset,
                   "of a stream: never, or to rest behind each window of the model's steps")
      ->check(CLI::IsMember({"never", "window"}).description(""))
      ->type_name("never|window")
      ->capture_default_str();
  command
      ->add_option("--interval-ms", options->stream.interval_ms,
                   "of a stream: time between scores (default: the model's steps, else 100)")
      ->type_name("MS")
      ->check(between(0.001, 1e9));
  command
      ->add_option("--format", options->stream.format,
                   "of the recording, where its content does not tell (volley convert --help); of "
                   "standard input also aer: 32-bit words as in packets")
      ->type_name("NAME");
  command
      ->add_option("--idle-ms", options->stream.idle_ms,
                   "of standard input and packets: end after so long without any (default: wait)")
      ->type_name("MS")
      ->check(between(1, 1'000'000'000));
  command
      ->add_option("--out", options->out,
                   "folder for predictions.csv, raster.png, events.png; of a stream scores.csv")
      ->type_name("DIR");
  command
      ->add_option("--spikes", options->spikes,
                   "file for the spikes of every population over the recordings: .npy rows of "
                   "recording, population, neuron, step; .ras lines of seconds, neuron; .h5 SONATA")
      ->type_name("FILE");
  command->add_option("--pictures", options->pictures, "recordings to draw into --out")
      ->type_name("N")
      ->check(between(std::size_t{0}, std::size_t{1000}))
      ->capture_default_str();
  command->add_flag("--metrics", options->metrics,
                    "count the metrics of NeuroBench too, with the energy of the operations");
  command
      ->add_option("--agreement", options->agreement,
                   "of a model of the rate view: steps at which the integrate-and-fire network is "
                   "held against the network of one step (default: powers of 2 to 4 times the "
                   "recipe's)")
      ->type_name("N,N,...")
      ->delimiter(',')
      ->check(between(1, 100'000));
  add_live_options(*command, options->live, "browse the recordings in a window (N, P; ? = keys)");
  add_common_options(*command, options->common);
  command->footer(
      "Examples:\n"
      "  volley run run/model.volley --data nmnist\n"
      "  volley run run/model.volley --data nmnist --split Train --limit 100 --engine clocked\n"
      "  volley run run/model.volley nmnist/Test/7/00001.bin\n"
      "  volley run run/model.volley long.bin --stream --reset window --out scores\n"
      "  volley run run/model.volley --data nmnist --time-resolution us\n"
      "  camera-bridge | volley run run/model.volley - --interval-ms 50\n"
      "  volley run run/model.volley udp:3333 --reset window --json\n"
      "  volley run run/model.volley --data fashion-mnist --agreement 1,2,4,8\n"
      "  volley run net.nir --dataset nmnist --steps 30 --data nmnist --out predictions");
  command->callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace volley
