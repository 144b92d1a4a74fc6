// `volley run`: a trained network on a split, or on one event file. Owns what is run and where the
// answers go; the figures are sim's.
#include <fmt/format.h>

#include <algorithm>

#include "app/command.hpp"
#include "app/inspect_neuron.hpp"
#include "app/live_browser.hpp"
#include "app/live_feed.hpp"
#include "app/model_file.hpp"
#include "app/neurobench_report.hpp"
#include "app/nir_options.hpp"
#include "app/progress.hpp"
#include "app/rate_report.hpp"
#include "app/run_pictures.hpp"
#include "app/run_report.hpp"
#include "app/run_stream.hpp"
#include "app/spike_files.hpp"
#include "app/text.hpp"
#include "base/atomic_file.hpp"
#include "base/error.hpp"
#include "datasets/binning.hpp"
#include "datasets/live_stream.hpp"
#include "sim/microsecond_engine.hpp"
#include "sim/microsecond_evaluate.hpp"

namespace volley {

namespace fs = std::filesystem;

namespace {

struct RunCommand {
  std::string model, file, out, spikes;
  DataOptions data;
  NirReadOptions nir;
  std::string engine = "event";
  std::string resolution = "step";
  RunStreamOptions stream;
  std::size_t pictures = 1;
  LiveChoice live;
  bool metrics = false;
  std::vector<int> agreement;  ///< steps; empty: around those of the recipe
  CommonOptions common;
};

/// The window of a run, titled so.
std::unique_ptr<LiveWindow> open_window(const LiveChoice& live, const std::string& title,
                                        Console& console) {
  WindowOptions options;
  options.title = title;
  return open_live(live, options, "; the run goes on without", console);
}

/// Shows one trace until the window is closed, or records it once.
void show_once(const LiveChoice& live, const std::string& title, const SampleTrace& trace,
               Console& console) {
  if (!live.live || !LiveWindow::why_not().empty()) {
    if (live.wanted() && live.record.empty()) open_window(live, title, console);  // says why not
    if (!live.record.empty())
      record_traces([&](std::size_t) { return trace; }, 1, live, WindowOptions{}.speed, console);
    return;
  }
  if (auto window = open_window(live, title, console)) {
    window->show(trace);
    wait_for_user(*window);
    close_live(window, console);
  }
}

std::string class_name(const std::string& dataset, int label) {
  const std::vector<std::string> names = find_dataset(dataset).class_names;
  const auto index = static_cast<std::size_t>(label);
  return label >= 0 && index < names.size() ? names[index] : std::to_string(label);
}

NeurobenchMetrics measure_split(const FrozenPlan& plan, std::span<const SpikeTrain> recordings,
                                Console& console) {
  Progress progress(console, "counting operations", "recordings", recordings.size());
  return measure(plan, recordings, [&](std::size_t done) { progress.update(done); });
}

/// The answer to one file in words and as JSON.
Json answer(const RunCommand& options, const LoadedModel& model, std::span<const float> scores,
            int predicted, Console& console) {
  const std::string name = class_name(model.dataset.name, predicted);
  console.result(fmt::format("{}: class {}", options.file, console.ink(name, Ink::strong)));
  std::vector<std::vector<std::string>> rows{{"class", "score"}};
  for (std::size_t c = 0; c < scores.size(); ++c)
    rows.push_back({class_name(model.dataset.name, static_cast<int>(c)),
                    fmt::format("{:.4f}", scores[c])});
  console.result(table_text(rows));
  return {{"command", "run"}, {"model", model.file.string()}, {"file", options.file},
          {"predicted", predicted}, {"class", name},
          {"scores", std::vector<float>(scores.begin(), scores.end())}};
}

int run_file_in_microseconds(const RunCommand& options, const LoadedModel& model,
                             Console& console) {
  const Recording recording = load_event_file(model, options.file, options.stream.format);
  const FrozenPlan plan(model.frozen);
  MicrosecondEngine engine(plan);
  const SampleSummary summary =
      classify(engine, plan, recording, static_cast<std::uint32_t>(model.dataset.steps));
  Json json = answer(options, model, summary.scores, summary.predicted, console);
  json["events"] = recording.events.size();
  json["microseconds"] = engine.ticks();
  json["synaptic_operations"] = summary.synaptic_operations;
  console.emit(json);
  return 0;
}

/// Spikes of every population over all recordings that are run.
void write_spikes(const std::string& name, const FrozenPlan& plan,
                  std::span<const SpikeTrain> trains, std::span<const std::string> names, Json& json,
                  Console& console) {
  if (name.empty()) return;
  SpikeFile file(name);
  for (std::size_t i = 0; i < trains.size(); ++i)
    file.add(event_trace(plan, trains[i], names[i], -1));
  const std::uint64_t count = file.write();
  json["spikes_file"] = name;
  json["spikes_written"] = count;
  console.result(fmt::format("wrote {} ({})", name, plural(count, "spike")));
}

int run_file(const RunCommand& options, const LoadedModel& model, Console& console) {
  if (options.resolution == "us") return run_file_in_microseconds(options, model, console);
  const Recording recording = load_event_file(model, options.file, options.stream.format);
  const SpikeTrain train = bin_events(recording, {model.dataset.dt_ms, model.dataset.steps});
  const FrozenPlan plan(model.frozen);
  SampleTrace trace = options.engine == "event"
                          ? event_trace(plan, train, recording.name, -1)
                          : ClockedInference(plan).run(train);
  trace.recording = recording.name;
  Json json = answer(options, model, trace.scores, trace.predicted, console);
  json["events"] = recording.events.size();
  json["steps"] = trace.steps;
  if (options.engine == "event") json["synaptic_operations"] = trace.synaptic_operations;
  if (options.metrics) {
    const NeurobenchMetrics metrics = measure(plan, {&train, 1});
    console.result("\n" + neurobench_text(metrics));
    json["neurobench"] = neurobench_json(metrics);
  }
  if (!options.out.empty()) {
    json["files"] = Json::array();
    for (const fs::path& file : write_run_pictures(trace, options.out)) {
      json["files"].push_back(file.string());
      console.result("wrote " + file.string());
    }
  }
  write_spikes(options.spikes, plan, {&train, 1}, {&recording.name, 1}, json, console);
  console.emit(json);
  show_once(options.live, "volley run " + options.file, trace, console);
  return 0;
}

Json write_outputs(const RunCommand& options, const FrozenPlan& plan, const LabelledSpikes& data,
                   Console& console) {
  const fs::path out(options.out);
  Json files = Json::array({(out / "predictions.csv").string()});
  write_file(out / "predictions.csv", predictions_csv(plan, data));
  for (std::size_t i = 0; i < std::min(options.pictures, data.trains.size()); ++i) {
    const SampleTrace trace = event_trace(plan, data.trains[i], data.names[i], data.labels[i]);
    for (const fs::path& file : write_run_pictures(trace, out, i)) files.push_back(file.string());
  }
  for (const Json& file : files) console.say("wrote " + file.get<std::string>());
  return files;
}

int run_split(const RunCommand& options, const LoadedModel& model, Console& console) {
  const SplitRequest request = split_of(model, options.data);
  const LabelledSpikes data = load_split(request, console);
  check_sensor(model, data.sensor, "dataset '" + request.dataset.name + "'");
  const FrozenPlan plan(model.frozen);
  std::unique_ptr<LiveWindow> window;
  std::unique_ptr<LiveBrowser> browser;
  window = open_window(options.live, "volley run " + model.name, console);
  if (window) tell_of_neurons(*window, model.frozen);
  if (window)
    browser = std::make_unique<LiveBrowser>(
        *window, LiveBrowser::Source{
                     data.trains.size(), [&](std::size_t i) { return data.labels[i]; },
                     [&](std::size_t i) {
                       return event_trace(plan, data.trains[i], data.names[i], data.labels[i]);
                     }});

  Progress progress(console, "running " + request.split, "recordings", data.trains.size());
  const EngineKind engine =
      options.engine == "event" ? EngineKind::event : EngineKind::clocked;
  const Evaluation evaluation =
      evaluate(plan, engine, data.trains, data.labels, [&](std::size_t done) {
        progress.update(done);
        return true;
      });
  const RunFigures figures{plan, evaluation, data, engine, progress.seconds()};
  console.result(report_text(figures, find_dataset(request.dataset.name).class_names));
  Json json{{"command", "run"},
            {"model", model.file.string()},
            {"dataset", request.dataset.name},
            {"split", request.split},
            {"threads", threads_in_use()}};
  json.update(report_json(figures));
  if (model.one_step) {
    const int steps = model.checkpoint->recipe.dataset.steps;
    json["rate_view"] = report_rate_view(
        figures, options.agreement.empty() ? agreement_steps(steps) : options.agreement, console);
  }
  if (options.metrics) {
    const NeurobenchMetrics metrics = measure_split(plan, data.trains, console);
    console.result("\n" + neurobench_text(metrics));
    json["neurobench"] = neurobench_json(metrics);
  }
  if (!options.out.empty()) json["files"] = write_outputs(options, plan, data, console);
  write_spikes(options.spikes, plan, data.trains, data.names, json, console);
  console.emit(json);
  if (window && options.live.live) {
    console.say("close the window (Q) to end");
    wait_for_user(*window);
  }
  browser.reset();
  close_live(window, console);
  return 0;
}

/// A split in microseconds: recordings are loaded one by one, and keep their times.
int run_split_in_microseconds(const RunCommand& options, const LoadedModel& model,
                              Console& console) {
  const SplitRequest request = split_of(model, options.data);
  const std::unique_ptr<Dataset> dataset = open_split(request);
  check_sensor(model, dataset->info().sensor, "dataset '" + request.dataset.name + "'");
  if (dataset->size() > 0 && !dataset->image(0).empty())
    throw Error("holds still images, which have no microseconds", request.dataset.name,
                "run it in steps (--time-resolution step)");
  const FrozenPlan plan(model.frozen);
  LabelledSpikes data;  // of which only names and labels are known here
  data.sensor = dataset->info().sensor;
  data.trains.resize(dataset->size());
  for (std::size_t i = 0; i < dataset->size(); ++i) {
    data.labels.push_back(dataset->label(i));
    data.names.push_back(dataset->name(i));
  }
  Progress progress(console, "running " + request.split, "recordings", dataset->size());
  const Evaluation evaluation = evaluate_microseconds(
      plan, [&](std::size_t index) { return dataset->load(index); }, data.labels,
      static_cast<std::uint32_t>(model.dataset.steps), [&](std::size_t done) {
        progress.update(done);
        return true;
      });
  const RunFigures figures{plan, evaluation, data, EngineKind::event, progress.seconds()};
  console.result(report_text(figures, dataset->info().class_names));
  Json json{{"command", "run"},
            {"model", model.file.string()},
            {"dataset", request.dataset.name},
            {"split", request.split},
            {"time_resolution", "us"},
            {"threads", threads_in_use()}};
  json.update(report_json(figures));
  console.emit(json);
  return 0;
}

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
