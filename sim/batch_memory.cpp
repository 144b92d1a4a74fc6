#include "sim/batch_memory.hpp"

#include <fmt/format.h>

#include "base/error.hpp"

namespace volley {

namespace {
constexpr double mebibyte = 1024.0 * 1024.0;
}

BatchMemory batch_memory(const Plan& plan, const TrainingOptions& options) {
  constexpr std::uint64_t real = sizeof(float), index = sizeof(std::uint32_t);
  // Of a row of spikes: where it begins and ends, twice.
  constexpr std::uint64_t row = 2 * sizeof(std::size_t) + sizeof(std::size_t);
  BatchMemory memory;
  for (const PlanPopulation& population : plan.populations) {
    const NeuronKind kind = population.spec.kind;
    const std::uint64_t neurons = population.neurons;
    if (kind == NeuronKind::input) continue;
    memory.per_row += real * neurons * (kind == NeuronKind::relay ? 1 : 3);
    if (population.spiking()) memory.per_row += row + index * neurons / 4;
  }
  // The parameters, their gradient, that of all parts together, one or two moments; for weights
  // also the quantised ones and those with the source's slopes.
  const std::uint64_t gradients = options.memory_budget_mib > 0 ? 2 : 1;
  const std::uint64_t moments = options.optimizer == OptimizerKind::sgd ? 1 : 2;
  for (const PlanProjection& projection : plan.projections)
    memory.fixed += real * projection.rows * projection.columns * (1 + gradients + moments + 2);
  return memory;
}

MicroBatches cut_batch(const Plan& plan, const TrainingOptions& options, std::uint64_t steps) {
  const BatchMemory memory = batch_memory(plan, options);
  const auto samples = static_cast<std::uint64_t>(options.batch_size);
  MicroBatches cut;
  cut.largest = samples;
  cut.whole_bytes = cut.part_bytes = memory.bytes(samples * steps);
  if (options.memory_budget_mib <= 0) return cut;
  const double budget = options.memory_budget_mib * mebibyte;
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
