// Every recording goes through an engine by itself: a batch is only as many of them. Engines are
// built before the clock starts, as the networks of other simulators are.
#include "app/bench_inference.hpp"

#include "app/bench_timing.hpp"
#include "sim/evaluate.hpp"
#include "sim/event_engine.hpp"
#include "sim/fold.hpp"

namespace volley {

namespace {

void add_latency(Json& json, const Timing& timing, std::size_t samples) {
  const double scale = 1e6 / static_cast<double>(samples);
  json["microseconds_per_sample"] = {{"median", scale * timing.median},
                                     {"min", scale * timing.min},
                                     {"max", scale * timing.max}};
}

}  // namespace

FrozenNetwork reference_frozen(const ReferenceNetwork& reference, std::uint64_t seed) {
  const Plan plan = compile(reference.network);
  return fold(reference.network, 1.0, initial_parameters<float>(plan, seed),
              initial_moments(plan));
}

void bench_inference(const ReferenceNetwork& reference, const InferenceBench& options,
                     Json& json) {
  const FrozenPlan frozen(reference_frozen(reference, options.seed));
  std::vector<BenchBatch> batches;
  for (std::size_t i = 0; i < different_batches; ++i)
    batches.push_back(bernoulli_batch(reference, options.batch, options.seed, i));
  std::vector<int> predicted, classes(options.batch);
  for (const EngineKind kind : {EngineKind::clocked, EngineKind::event}) {
    const std::string name = kind == EngineKind::event ? "event" : "clocked";
    if (options.engine != "all" && options.engine != name) continue;
    std::size_t at = 0;
    Evaluator evaluator(frozen, kind);
    const Timing timing = measure(
        [&] {
          evaluator.predict(batches[at++ % batches.size()].trains, classes);
        },
        options.repetitions, options.seconds);
    const Evaluation evaluation = evaluator.run(batches[0].trains, batches[0].labels);
    Json& own = json[name];
    add_timing(own, timing, options.batch);
    add_latency(own, timing, options.batch);
    for (const PlanPopulation& population : frozen.plan().populations)
      if (population.spec.kind == NeuronKind::lif)
        json["firing_rates"][population.spec.name] = evaluation.firing_rates[population.id];
    if (kind == EngineKind::event) {
      const double operations = static_cast<double>(evaluation.synaptic_operations) /
                                static_cast<double>(options.batch);
      own["synaptic_operations_per_recording"] = operations;
      own["synaptic_operations_per_second"] =
          operations * static_cast<double>(options.batch) / timing.median;
    }
    if (!predicted.empty()) {
      std::size_t alike = 0;
      for (std::size_t i = 0; i < predicted.size(); ++i)
        alike += predicted[i] == evaluation.predicted[i] ? 1u : 0u;
      json["same_predictions"] = alike;
    }
    predicted = evaluation.predicted;
  }
  json["peak_memory_mib"] = peak_memory_mib();
}

}  // namespace volley
