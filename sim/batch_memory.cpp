#include "sim/batch_memory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/error.hpp"

namespace volley {

namespace {
constexpr double mebibyte = 1024.0 * 1024.0;
constexpr std::uint64_t real = sizeof(float), index = sizeof(std::uint32_t);
// Of a row of spikes: where it begins and ends, twice.
constexpr std::uint64_t row_bytes = 2 * sizeof(std::size_t) + sizeof(std::size_t);

/// Currents and membranes.
std::uint64_t kept_rows(const PlanPopulation& population) {
  if (population.spec.kind == NeuronKind::relay) return 0;
  return population.keeps_currents() ? 2 : 1;
}

/// Most values of a row that a backward pass with recomputation holds at the same time.
std::uint64_t recomputed_rows(const Plan& plan) {
  std::uint64_t shared = 0, gradients = 0, most_gradients = 0;
  std::vector<bool> begun(plan.populations.size(), false);
  const auto begin = [&](std::size_t id) {
    if (!begun[id] && id != plan.input) gradients += plan.populations[id].neurons;
    begun[id] = true;
  };
  for (auto id = plan.order.rbegin(); id != plan.order.rend(); ++id) {
    if (*id == plan.input) continue;
    const PlanPopulation& population = plan.populations[*id];
    begin(*id);
    for (const std::size_t projection : population.feed_forward)
      begin(plan.projections[projection].source);
    most_gradients = std::max(most_gradients, gradients);
    gradients -= population.neurons;
    if (*id != plan.readout) shared = std::max(shared, kept_rows(population) * population.neurons);
  }
  const PlanPopulation& readout = plan.populations[plan.readout];
  return shared + kept_rows(readout) * readout.neurons + most_gradients;
}

}  // namespace

BatchMemory batch_memory(const Plan& plan, const TrainingOptions& options, bool recomputing) {
  BatchMemory memory;
  for (const PlanPopulation& population : plan.populations) {
    if (population.spec.kind == NeuronKind::input) continue;
    if (population.spiking()) memory.per_row += row_bytes + index * population.neurons / 4;
    if (!recomputing)
      memory.per_row += real * population.neurons * (1 + kept_rows(population));
  }
  if (recomputing) memory.per_row += real * recomputed_rows(plan);
  // The parameters, their gradient, that of all parts together, one or two moments; for weights
  // also the quantised ones and those with the source's slopes.
  // A dense weight gradient reads copies of its target's tiles, one a thread at a time.
  std::uint64_t widest = 0;
  for (const PlanProjection& projection : plan.projections)
    if (projection.spec.kind == ProjectionKind::dense)
      widest = std::max<std::uint64_t>(widest, projection.columns);
  memory.per_row += real * widest;
  const std::uint64_t gradients = options.memory_budget_mib > 0 ? 2 : 1;
  const std::uint64_t moments = options.optimizer == OptimizerKind::sgd ? 1 : 2;
  for (const PlanProjection& projection : plan.projections)
    memory.fixed += real * projection.rows * projection.columns * (1 + gradients + moments + 2);
  return memory;
}

MicroBatches cut_batch(const Plan& plan, const TrainingOptions& options, std::uint64_t steps) {
  BatchMemory memory = batch_memory(plan, options);
  const auto samples = static_cast<std::uint64_t>(options.batch_size);
  MicroBatches cut;
  cut.largest = samples;
  cut.whole_bytes = cut.part_bytes = memory.bytes(samples * steps);
  const double budget = options.memory_budget_mib * mebibyte;
  if (options.memory_budget_mib <= 0 || static_cast<double>(cut.whole_bytes) <= budget) return cut;
  const BatchMemory recomputed = batch_memory(plan, options, true);
  cut.recomputing = recomputed.per_row < memory.per_row;  // not with one large population alone
  if (cut.recomputing) memory = recomputed;
  cut.part_bytes = memory.bytes(samples * steps);
  if (static_cast<double>(memory.bytes(steps)) > budget)
    throw Error(fmt::format("one recording of {} steps is predicted to need {:.1f} MiB, the budget "
                            "is {} MiB",
                            steps, static_cast<double>(memory.bytes(steps)) / mebibyte,
                            options.memory_budget_mib),
                "training.memory_budget_mib", "raise it, or give the dataset fewer steps");
  for (std::uint64_t parts = 1; static_cast<double>(cut.part_bytes) > budget; ++parts) {
    cut.largest = (samples + parts - 1) / parts;
    cut.part_bytes = memory.bytes(cut.largest * steps);
  }
  return cut;
}

}  // namespace volley
