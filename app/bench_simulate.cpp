// `volley bench simulate`: wall time of a simulated second of the balanced network at any size.
// Owns what is measured and printed; the network is the shipped one.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "app/bench_timing.hpp"
#include "app/circuit_roof.hpp"
#include "app/command.hpp"
#include "app/options.hpp"
#include "app/recipe_search.hpp"
#include "app/text.hpp"
#include "models/circuit_file.hpp"
#include "sim/circuit_simulator.hpp"
#include "sim/instruction_set.hpp"
#include "sim/spike_statistics.hpp"

namespace volley {

namespace {

struct BenchSimulate {
  std::string network = "cuba";
  std::uint32_t neurons = 4000;
  double in_degree = 80, duration_s = 1, warm_up_s = 0.2;
  int repetitions = 5;
  std::uint64_t seed = 1;
  CommonOptions common;
};

/// The shipped CUBA network with so many neurons and synapses a neuron; weights go with
/// 80 / in-degree, so that the mean drive stays what it is.
Circuit cuba(const BenchSimulate& options) {
  Circuit circuit = load_circuit(find_network("cuba-4000"));
  const std::uint32_t excitatory = options.neurons / 5 * 4 + options.neurons % 5 * 4 / 5;
  for (std::size_t id = 0; id < circuit.populations(); ++id) {
    CellPopulation& each = circuit.population(id);
    each.neurons = each.name == "excitatory" ? excitatory : options.neurons - excitatory;
    each.columns = each.neurons;
  }
  for (std::size_t id = 0; id < circuit.projections(); ++id) {
    circuit.projection(id).probability = options.in_degree / options.neurons;
    circuit.projection(id).weight.a *= 80 / options.in_degree;
  }
  return circuit;
}

Json figures(const CircuitSimulator& simulator, std::uint32_t from) {
  const Circuit& circuit = simulator.circuit();
  double spikes = 0, cv = 0, cv_neurons = 0, neurons = 0;
  for (std::size_t id = 0; id < circuit.populations(); ++id) {
    const SpikeStatistics each =
        spike_statistics(simulator.spike_train(id), circuit.options.dt_ms, from);
    spikes += static_cast<double>(each.spikes);
    neurons += circuit.population(id).neurons;
    cv += each.interval_cv * each.cv_neurons;
    cv_neurons += each.cv_neurons;
  }
  const double seconds = (simulator.step() - from) * circuit.options.dt_ms * 1e-3;
  return {{"rate_hz", spikes / neurons / seconds},
          {"interval_cv", cv_neurons > 0 ? cv / cv_neurons : 0.0}};
}

int bench(const BenchSimulate& options) {
  Console console(options.common.json, options.common.quiet);
  const ThreadLimit limit(options.common.threads);
  const Circuit circuit = cuba(options);
  CircuitSettings settings;
  settings.seed = options.seed;
  settings.threads = options.common.threads > 0 ? options.common.threads : threads_in_use();
  CircuitSimulator simulator(circuit, settings);
  const double steps_a_second = 1000 / circuit.options.dt_ms;
  const auto steps = static_cast<std::uint32_t>(options.duration_s * steps_a_second);
  simulator.run(static_cast<std::uint32_t>(options.warm_up_s * steps_a_second));
  const std::uint32_t from = simulator.step();
  const std::uint64_t events_before = simulator.synaptic_events();
  std::vector<double> seconds;
  for (int repetition = 0; repetition < options.repetitions; ++repetition) {
    const auto start = std::chrono::steady_clock::now();
    simulator.run(steps);
    seconds.push_back(
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() /
        options.duration_s);
  }
  std::sort(seconds.begin(), seconds.end());
  const std::size_t middle = seconds.size() / 2;
  const double median = seconds.size() % 2 == 1 ? seconds[middle]
                                                : (seconds[middle - 1] + seconds[middle]) / 2;
  const double events = static_cast<double>(simulator.synaptic_events() - events_before) /
                        options.repetitions / options.duration_s;
  Json json{{"bench", "simulate"},
            {"network", options.network},
            {"neurons", options.neurons},
            {"in_degree", options.in_degree},
            {"synapses", simulator.synapses()},
            {"dt_ms", circuit.options.dt_ms},
            {"threads", settings.threads},
            {"threads_at_work", simulator.threads()},
            {"instruction_set", instruction_set()},
            {"wall_seconds_per_simulated_second",
             {{"median", median}, {"min", seconds.front()}, {"max", seconds.back()}}},
            {"repetitions", options.repetitions},
            {"simulated_seconds_per_repetition", options.duration_s},
            {"synaptic_events_per_second", events / median}};
  json.update(figures(simulator, from));
  json["peak_memory_mib"] = peak_memory_mib();
  const CircuitRoof roof =
      circuit_roof(options.neurons, static_cast<std::size_t>(options.in_degree),
                   simulator.threads());
  const double at_best = options.neurons * steps_a_second / roof.updates_per_second +
                         events / roof.events_per_second;
  json["nanoseconds_per_synaptic_event"] = events > 0 ? median / events * 1e9 : 0.0;
  json["roof"] = {{"scattered_events_per_second", roof.events_per_second},
                  {"neuron_updates_per_second", roof.updates_per_second},
                  {"wall_seconds_per_simulated_second", at_best}};
  json["share_of_scattered_events"] = events / median / roof.events_per_second;
  json["share_of_roof"] = at_best / median;
  console.result(fmt::format(
      "{} {} neurons, {:g} synapses each: {:.4g} s a simulated second ({:.4g} to {:.4g}), {} "
      "synaptic events/s, {:.0f} % of what this machine could do, {:.2f} Hz, CV {:.2f}, peak memory "
      "{:.0f} MiB",
      options.network, count_text(options.neurons), options.in_degree, median, seconds.front(),
      seconds.back(), rate_text(events / median), 100 * at_best / median, json["rate_hz"].get<double>(),
      json["interval_cv"].get<double>(), json["peak_memory_mib"].get<double>()));
  console.emit({{"command", "bench simulate"}, {"results", Json::array({json})}});
  return 0;
}

}  // namespace

void add_bench_simulate(CLI::App& parent, Action& action) {
  const auto options = std::make_shared<BenchSimulate>();
  CLI::App* own = parent.add_subcommand(
      "simulate", "Steps of a large recurrent network: the balanced network of Vogels and Abbott.");
  own->add_option("--network", options->network, "cuba: the shipped network at any size")
      ->type_name("NAME")
      ->check(CLI::IsMember({"cuba"}).description(""))
      ->capture_default_str();
  own->add_option("--neurons", options->neurons, "of both populations together, four to one")
      ->type_name("N")
      ->check(between(10U, 100'000'000U))
      ->capture_default_str();
  own->add_option("--in-degree", options->in_degree, "mean synapses of a neuron")
      ->type_name("K")
      ->check(between(0.0, 1e6))
      ->capture_default_str();
  own->add_option("--duration", options->duration_s, "simulated seconds of a repetition")
      ->type_name("S")
      ->check(between(0.001, 1e4))
      ->capture_default_str();
  own->add_option("--warm-up", options->warm_up_s, "simulated seconds before the first")
      ->type_name("S")
      ->check(between(0.0, 1e4))
      ->capture_default_str();
  own->add_option("--repetitions", options->repetitions, "timed repetitions")
      ->type_name("N")
      ->check(between(1, 1000))
      ->capture_default_str();
  own->add_option("--seed", options->seed, "of synapses and membranes")
      ->type_name("N")
      ->capture_default_str();
  add_common_options(*own, options->common);
  own->footer("Examples:\n  volley bench simulate --threads 2 --json\n"
              "  volley bench simulate --neurons 20000 --in-degree 400 --threads 2\n"
              "The roof is measured at the network's size: synaptic events that only add to\n"
              "scattered currents, and neurons that are only read and written.");
  own->callback([options, &action] { action = [options] { return bench(*options); }; });
}

}  // namespace volley
