// `volley simulate`: a large network from its file, for so many milliseconds. Owns what is run and
// printed; the figures are sim's.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>

#include "app/bench_timing.hpp"
#include "app/command.hpp"
#include "app/interrupt.hpp"
#include "app/job.hpp"
#include "app/live_feed.hpp"
#include "app/options.hpp"
#include "app/progress.hpp"
#include "app/recipe_search.hpp"
#include "app/simulate_files.hpp"
#include "app/text.hpp"
#include "models/circuit_file.hpp"
#include "sim/instruction_set.hpp"
#include "sim/spike_statistics.hpp"

namespace volley {

namespace {

struct SimulateCommand {
  std::string network, out, format = "csv";
  std::optional<double> duration_ms, dt_ms;
  std::optional<std::uint64_t> seed;
  double bin_ms = 10;
  LiveChoice live;
  CommonOptions common;
};

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

constexpr double shown_ms = 500;  ///< of the simulation at once
constexpr std::uint32_t most_shown_steps = 20'000;

StreamDescription description_of(const Circuit& circuit, const std::string& name) {
  StreamDescription stream;
  stream.name = name;
  stream.dt_ms = circuit.options.dt_ms;
  stream.shown_steps = static_cast<std::uint32_t>(
      std::clamp(std::min(shown_ms, circuit.options.duration_ms) / stream.dt_ms, 1.0,
                 static_cast<double>(most_shown_steps)));
  for (std::size_t id = 0; id < circuit.populations(); ++id) {
    const CellPopulation& each = circuit.population(id);
    if (!each.record_spikes) continue;
    stream.populations.push_back(
        {each.name, NeuronKind::lif, {static_cast<int>(each.neurons), 1, 1}, {}, {}});
  }
  return stream;
}

/// The steps since `from`; where the window is too slow they are not shown.
void show_slice(const CircuitSimulator& simulator, std::uint32_t from, LiveWindow& window) {
  StreamPiece piece;
  const double dt = simulator.circuit().options.dt_ms;
  // Of a long slice only what is seen at once.
  const auto seen = static_cast<std::uint32_t>(std::min(shown_ms / dt, 1.0 * most_shown_steps));
  if (simulator.step() - from > seen) from = simulator.step() - seen;
  piece.first_step = from;
  piece.steps = simulator.step() - from;
  for (std::size_t id = 0; id < simulator.circuit().populations(); ++id)
    if (simulator.circuit().population(id).record_spikes)
      piece.spikes.push_back(simulator.spike_train(id, from));
  window.add(std::move(piece));
  window.status(fmt::format("{:g} ms simulated", simulator.step() * dt));
}

/// Runs in slices long enough to cost nothing and short enough for Ctrl-C. @return seconds
double run_slices(CircuitSimulator& simulator, std::uint32_t steps, LiveWindow* window,
                  Console& console) {
  const auto start = std::chrono::steady_clock::now();
  const double dt = simulator.circuit().options.dt_ms;
  Progress progress(console, "simulating", "ms", static_cast<std::size_t>(steps * dt));
  const Ranks& ranks = job_ranks();
  for (std::uint32_t slice = 64; simulator.step() < steps && !ranks.any(interrupted());) {
    const auto begin = std::chrono::steady_clock::now();
    const std::uint32_t from = simulator.step();
    simulator.run(std::min(slice, steps - simulator.step()));
    // By the first rank's clock, so that all run the same slices.
    const bool quick = seconds_since(begin) < 0.05 && slice < 1U << 20;
    if (ranks.of_first(quick ? 1 : 0) != 0) slice *= 2;
    progress.update(static_cast<std::size_t>(simulator.step() * dt));
    if (window != nullptr && window->is_open()) show_slice(simulator, from, *window);
  }
  return seconds_since(start);
}

Json report(const CircuitSimulator& simulator, double seconds, Console& console) {
  const Circuit& circuit = simulator.circuit();
  const double dt = circuit.options.dt_ms, simulated = simulator.step() * dt * 1e-3;
  std::vector<std::vector<std::string>> rows{{"population", "neurons", "spikes", "rate", "CV"}};
  Json populations = Json::array();
  for (std::size_t id = 0; id < circuit.populations(); ++id) {
    const CellPopulation& each = circuit.population(id);
    const std::uint64_t spikes = simulator.spikes(id);
    const double rate =
        simulated > 0 ? static_cast<double>(spikes) / each.neurons / simulated : 0.0;
    const SpikeStatistics statistics = spike_statistics(simulator.spike_train(id), dt);
    rows.push_back({each.name, count_text(each.neurons), count_text(spikes),
                    fmt::format("{:.3f} Hz", rate),
                    statistics.cv_neurons > 0 ? fmt::format("{:.3f}", statistics.interval_cv)
                                              : std::string("-")});
    populations.push_back({{"name", each.name},
                           {"model", to_string(each.kind)},
                           {"neurons", each.neurons},
                           {"spikes", spikes},
                           {"rate_hz", rate},
                           {"interval_cv", statistics.interval_cv},
                           {"interval_cv_neurons", statistics.cv_neurons}});
  }
  console.result(table_text(rows));
  const auto events = static_cast<double>(simulator.synaptic_events());
  console.result(fmt::format(
      "{:g} ms in {} ({:.3g} s a simulated second), {} synaptic events ({} a second)",
      simulated * 1e3, seconds_text(seconds), simulated > 0 ? seconds / simulated : 0.0,
      count_text(simulator.synaptic_events()), rate_text(seconds > 0 ? events / seconds : 0)));
  return {{"simulated_ms", simulated * 1e3},
          {"wall_seconds", seconds},
          {"wall_seconds_per_simulated_second", simulated > 0 ? seconds / simulated : 0.0},
          {"synapses", simulator.synapses()},
          {"synaptic_events", simulator.synaptic_events()},
          {"populations", populations}};
}

int simulate(const SimulateCommand& options) {
  Console console(options.common.json, options.common.quiet);
  const ThreadLimit limit(options.common.threads);
  const std::filesystem::path file = find_network(options.network);
  Circuit circuit = load_circuit(file);
  if (options.dt_ms) circuit.options.dt_ms = *options.dt_ms;
  if (options.duration_ms) circuit.options.duration_ms = *options.duration_ms;
  if (options.seed) circuit.options.seed = *options.seed;
  circuit.check();
  CircuitSettings settings;
  settings.seed = circuit.options.seed;
  settings.threads = options.common.threads > 0 ? options.common.threads : threads_in_use();
  const CircuitOptions& run = circuit.options;
  const Ranks& ranks = job_ranks();
  console.say(fmt::format("{}: {:g} ms in steps of {:g} ms, seed {}, {}{}, {}", file.string(),
                          run.duration_ms, run.dt_ms, run.seed,
                          plural(static_cast<std::uint64_t>(settings.threads), "thread"),
                          ranks.alone() ? "" : fmt::format(" on each of {} ranks", ranks.size()),
                          instruction_set()));
  const auto start = std::chrono::steady_clock::now();
  CircuitSimulator simulator(circuit, settings, read_recorded(circuit), ranks);
  const double built = seconds_since(start);
  const bool few = simulator.threads() < static_cast<std::size_t>(settings.threads);
  console.say(fmt::format("{} synapses built in {}{}", count_text(simulator.synapses()),
                          seconds_text(built),
                          few ? fmt::format("; so small a network is quicker on {}",
                                            plural(simulator.threads(), "thread"))
                              : ""));
  std::unique_ptr<LiveWindow> window;
  if (ranks.first()) {
    WindowOptions shown;
    shown.title = "volley simulate " + options.network;
    shown.process_share = live_process_share;
    window = open_live(options.live, shown, "; the simulation goes on without", console);
    if (window) window->begin_stream(description_of(circuit, options.network));
  }
  catch_interrupts();
  const double seconds = run_slices(
      simulator, static_cast<std::uint32_t>(std::ceil(run.duration_ms / run.dt_ms - 1e-9)),
      window.get(), console);
  if (!ranks.first()) return interrupt_exit_code();
  Json json{{"command", "simulate"}, {"network", file.string()},
            {"dt_ms", run.dt_ms},    {"seed", run.seed},
            {"threads", settings.threads}, {"threads_at_work", simulator.threads()},
            {"instruction_set", instruction_set()},
            {"build_seconds", built}};
  if (!ranks.alone()) json["ranks"] = ranks.size();
  json.update(report(simulator, seconds, console));
  json["peak_memory_mib"] = peak_memory_mib();
  if (!options.out.empty()) {
    json["files"] = Json::array();
    for (const auto& path : write_simulation(simulator, {options.out, options.format == "npy",
                                                         options.bin_ms})) {
      json["files"].push_back(path.string());
      console.result("wrote " + path.string());
    }
  }
  if (window && options.live.live && window->is_open() && !interrupted()) {
    console.say("close the window (Q) to end");
    wait_for_user(*window);
  }
  if (const Json told = close_live(window, console); !told.is_null()) json["window"] = told;
  if (interrupted()) console.warn("stopped before the end; what is above is up to there");
  console.emit(json);
  return interrupt_exit_code();
}

}  // namespace

void add_simulate(CLI::App& app, Action& action) {
  const auto options = std::make_shared<SimulateCommand>();
  CLI::App* command = app.add_subcommand(
      "simulate",
      "Simulate a large recurrent network of point neurons.\n\n"
      "A network file names populations (integrate-and-fire neurons, Poisson sources, recorded\n"
      "spikes) and the projections between them with their rules; models/networks/README.md lists\n"
      "every key. Prints spikes, rate and the coefficient of variation (CV) of inter-spike\n"
      "intervals of each population. The same seed gives the same spikes to the byte for any\n"
      "number of threads. Ctrl-C stops after the steps in hand and still reports and writes.\n"
      "Under mpirun the processes share the neurons, each with the synapses onto its own, and\n"
      "exchange spikes once in the shortest delay: the same bytes as one process.");
  command
      ->add_option("network", options->network,
                   ".toml file, or a shipped network: cuba-4000, cuba-20000, brunel, "
                   "reservoir-1bit, layered-classifier")
      ->required();
  command
      ->add_option("--duration", options->duration_ms, "simulated time (default: the file's)")
      ->type_name("MS")
      ->check(between(1e-6, 1e9));
  command->add_option("--dt", options->dt_ms, "length of a step (default: the file's)")
      ->type_name("MS")
      ->check(between(1e-6, 1000.0));
  command->add_option("--seed", options->seed, "of every random number (default: the file's)")
      ->type_name("N");
  command
      ->add_option("--out", options->out,
                   "folder for spikes, rates.csv, membrane.csv (where the file asks for it) and "
                   "raster.png")
      ->type_name("DIR");
  command->add_option("--format", options->format, "of the spikes: one csv, or npy per population")
      ->type_name("csv|npy")
      ->check(CLI::IsMember({"csv", "npy"}).description(""))
      ->capture_default_str();
  command->add_option("--bin", options->bin_ms, "length of a line of rates.csv")
      ->type_name("MS")
      ->check(between(1e-6, 1e9))
      ->capture_default_str();
  add_live_options(*command, options->live, "watch the spikes in a window (? = keys)");
  add_common_options(*command, options->common);
  command->footer(
      "Examples:\n"
      "  volley simulate cuba-4000\n"
      "  volley simulate cuba-20000 --duration 500 --threads 2 --out cuba\n"
      "  volley simulate brunel --seed 7 --json\n"
      "  volley simulate mine.toml --dt 0.05 --format npy --out mine\n"
      "  mpirun -n 4 volley simulate cuba-20000 --threads 1\n"
      "Files: spikes.csv has lines time_ms,population,neuron in order of time; spikes-NAME.npy is\n"
      "an array of rows (time in ms, neuron); rates.csv has a column of Hz for each population.\n"
      "See also: volley bench simulate.");
  command->callback([options, &action] { action = [options] { return simulate(*options); }; });
}

}  // namespace volley
