// `volley bench`: training and inference throughput on the reference networks. Owns what is
// measured and printed; must not know the numbers of other simulators.
#include <fmt/format.h>

#include "app/bench_compare.hpp"
#include "app/bench_decode.hpp"
#include "app/bench_event.hpp"
#include "app/bench_inference.hpp"
#include "app/bench_limits.hpp"
#include "app/bench_live.hpp"
#include "app/bench_networks.hpp"
#include "app/bench_timing.hpp"
#include "app/command.hpp"
#include "app/options.hpp"
#include "app/text.hpp"
#include "sim/clocked_engine.hpp"
#include "sim/instruction_set.hpp"
#include "sim/loss.hpp"
#include "sim/optimizer.hpp"

namespace volley {

namespace {

struct BenchCommand {
  std::string network = "all";
  std::size_t batch = 64;
  int repetitions = 5;
  double seconds = 1.0;
  std::uint64_t seed = 1;
  int weight_bits = 32;
  std::string method = "atan";
  std::string engine = "all";
  CommonOptions common;
};

constexpr double learning_rate = 1e-4, logit_scale = 5.0;
/// Training starts anew after so many batches: labels are random, and what is learned of them
/// drives the firing rates away from those the networks are meant to have.
constexpr std::uint64_t batches_of_a_run = 32;

std::vector<BenchBatch> batches_of(const ReferenceNetwork& reference,
                                   const BenchCommand& options) {
  std::vector<BenchBatch> batches;
  for (std::size_t i = 0; i < different_batches; ++i)
    batches.push_back(bernoulli_batch(reference, options.batch, options.seed, i));
  return batches;
}

Json header(const std::string& mode, const ReferenceNetwork& reference,
            const BenchCommand& options) {
  return {{"bench", mode},
          {"network", reference.name},
          {"steps", reference.steps},
          {"density", reference.density},
          {"batch", options.batch},
          {"threads", threads_in_use()},
          {"instruction_set", instruction_set()}};
}

Json bench_training(const ReferenceNetwork& reference, const BenchCommand& options) {
  ClockedEngine<float> engine(compile(reference.network));
  const Parameters<float> start = initial_parameters<float>(engine.plan(), options.seed);
  Parameters<float> parameters = start;
  Parameters<float> gradient = zero_parameters<float>(engine.plan());
  TrainingOptions training;
  training.learning_rate = learning_rate;
  training.weight_decay = 0;
  Optimizer<float> optimiser(engine.plan(), training);
  const Optimizer<float> fresh = optimiser;
  LossOptions loss;
  loss.logit_scale = logit_scale;
  const std::vector<BenchBatch> batches = batches_of(reference, options);
  std::vector<std::vector<const SpikeTrain*>> samples(batches.size());
  for (std::size_t i = 0; i < batches.size(); ++i)
    for (const SpikeTrain& train : batches[i].trains) samples[i].push_back(&train);

  engine.forward(samples[0], parameters);
  Json rates = Json::object();
  for (const PlanPopulation& population : engine.plan().populations)
    if (population.spec.kind == NeuronKind::lif)
      rates[population.spec.name] = engine.firing_rate(population.id);
  std::vector<float> logit_gradient;
  std::uint64_t step = 0;
  const Timing timing = measure(
      [&] {
        if (step == batches_of_a_run) {
          parameters = start;
          optimiser = fresh;
          step = 0;
        }
        const std::size_t at = step % batches.size();
        const std::vector<float>& logits = engine.forward(samples[at], parameters);
        score_loss<float>(loss, logits, batches[at].labels, logit_gradient);
        engine.backward(logit_gradient, parameters, gradient);
        optimiser.step(engine.plan(), parameters, gradient, {}, learning_rate, step);
        ++step;
      },
      options.repetitions, options.seconds);
  Json json = header("train", reference, options);
  json["method"] = options.method;
  add_timing(json, timing, options.batch);
  json["firing_rates"] = rates;
  for (const PlanPopulation& population : engine.plan().populations)
    if (population.spec.kind == NeuronKind::lif)
      json["firing_rates_at_the_end"][population.spec.name] = engine.firing_rate(population.id);
  json["peak_memory_mib"] = peak_memory_mib();
  return json;
}

std::string speed_text(const Json& json) {
  const Json& speed = json["samples_per_second"];
  return fmt::format("{} samples/s ({} to {})", rate_text(speed["median"].get<double>()),
                     rate_text(speed["min"].get<double>()),
                     rate_text(speed["max"].get<double>()));
}

std::string line_of(const Json& json) {
  std::string rates;
  for (const auto& [name, rate] : json["firing_rates"].items())
    rates += fmt::format("{}{} {:.1f} %", rates.empty() ? "" : ", ", name,
                         100 * rate.get<double>());
  std::string speed;
  for (const std::string engine : {"clocked", "event"})
    if (json.contains(engine))
      speed += (speed.empty() ? "" : ", ") + engine + " " + speed_text(json[engine]);
  if (speed.empty()) speed = speed_text(json);
  if (json.contains("event"))
    speed += fmt::format(", {:.3g} M synaptic operations a recording",
                         1e-6 * json["event"]["synaptic_operations_per_recording"].get<double>());
  return fmt::format("{:<5} {}  fires: {}  peak memory {:.0f} MiB",
                     json["network"].get<std::string>(), speed, rates,
                     json["peak_memory_mib"].get<double>());
}

/// Each network in a process of its own, so that peak memory is its own.
Json bench_all(const std::string& mode, const BenchCommand& options, Console& console) {
  Json results = Json::array();
  for (const std::string& name : reference_network_names()) {
    std::vector<std::string> arguments =
        {"bench", mode, "--network", name, "--batch", std::to_string(options.batch),
         "--repetitions", std::to_string(options.repetitions), "--seconds",
         fmt::format("{}", options.seconds), "--seed", std::to_string(options.seed), "--threads",
         std::to_string(options.common.threads), "--json", "--quiet"};
    if (mode == "train")
      arguments.insert(arguments.end(), {"--method", options.method});
    else
      arguments.insert(arguments.end(), {"--weight-bits", std::to_string(options.weight_bits),
                                         "--engine", options.engine});
    const std::string output = run_self(arguments);
    results.push_back(Json::parse(output)["results"].at(0));
    console.result(line_of(results.back()));
  }
  return results;
}

int bench(const std::string& mode, const BenchCommand& options) {
  Console console(options.common.json, options.common.quiet);
  const ThreadLimit threads(options.common.threads);
  console.say(fmt::format("{} with batches of {} on {}, {}; {} repetitions of at least {} each",
                          mode == "train" ? "training" : "inference", options.batch,
                          plural(static_cast<std::uint64_t>(threads_in_use()), "thread"),
                          instruction_set(), options.repetitions,
                          seconds_text(options.seconds)));
  Json results;
  if (options.network == "all") {
    results = bench_all(mode, options, console);
  } else {
    ReferenceNetwork reference = reference_network(options.network, options.weight_bits);
    if (mode == "train") {
      if (options.method == "denoise") train_denoised(reference);
      results = Json::array({bench_training(reference, options)});
    } else {
      Json json = header(mode, reference, options);
      json["weight_bits"] = options.weight_bits;
      bench_inference(reference,
                      {options.engine, options.batch, options.repetitions, options.seconds,
                       options.seed},
                      json);
      results = Json::array({json});
    }
    console.result(line_of(results.back()));
  }
  console.emit({{"command", "bench " + mode}, {"results", results}});
  return 0;
}

}  // namespace

void add_bench(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand(
      "bench", "Measure throughput on three reference networks with random input.");
  command->require_subcommand(1);
  for (const std::string mode : {"train", "infer"}) {
    const auto options = std::make_shared<BenchCommand>();
    CLI::App* own = command->add_subcommand(
        mode, mode == "train" ? "Forward, loss, backward and optimiser step, batch by batch."
                              : "Batches of recordings through the clocked and the event engine.");
    own->add_option("--network", options->network,
                    "mlp 2312-512-10, conv 16c5-p2-32c3-p2-10, rsnn 700-256r-20")
        ->type_name("N")
      ->type_name("N")
      ->type_name("S")
      ->check(CLI::IsMember({"mlp", "conv", "rsnn", "all"}).description(""))
        ->capture_default_str();
    own->add_option("--batch", options->batch, "samples of a batch")
        ->check(between(std::size_t{1}, std::size_t{4096}))
        ->capture_default_str();
    own->add_option("--repetitions", options->repetitions, "timed repetitions")
        ->check(between(1, 1000))
        ->capture_default_str();
    own->add_option("--seconds", options->seconds, "shortest repetition in seconds")
        ->check(between(0.001, 3600.0))
        ->capture_default_str();
    if (mode == "train") {
      own->add_option("--method", options->method,
                      "atan: a surrogate gradient, as rivals train; denoise: the denoising\n"
                      "transform with normalised currents, as recipes train")
          ->check(CLI::IsMember({"atan", "denoise"}).description(""))
          ->capture_default_str();
    }
    if (mode == "infer") {
      own->add_option("--weight-bits", options->weight_bits,
                      "1: two-valued weights everywhere but into the readout")
          ->check(CLI::IsMember({1, 32}).description(""))
          ->capture_default_str();
      own->add_option("--engine", options->engine, "event, clocked or all")
          ->type_name("NAME")
          ->check(CLI::IsMember({"event", "clocked", "all"}).description(""))
          ->capture_default_str();
    }
    own->add_option("--seed", options->seed, "seed of weights and inputs")->capture_default_str();
    add_common_options(*own, options->common);
    own->footer("Examples:\n  volley bench " + mode + " --json\n  volley bench " + mode +
                " --network mlp --batch 64 --threads 1");
    own->callback([options, mode, &action] {
      action = [options, mode] { return bench(mode, *options); };
    });
  }
  add_bench_event(*command, action);
  add_bench_simulate(*command, action);
  add_bench_limits(*command, action);
  add_bench_decode(*command, action);
  add_bench_compare(*command, action);
  add_bench_live(*command, action);
  command->footer("Examples:\n  volley bench train --json\n  volley bench infer --network mlp");
}

}  // namespace volley
