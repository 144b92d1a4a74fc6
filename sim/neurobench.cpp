#include "sim/neurobench.hpp"

#include <tbb/enumerable_thread_specific.h>

#include <algorithm>
#include <mutex>

#include "base/parallel.hpp"
#include "sim/event_engine.hpp"

namespace volley {

namespace {

struct RecordingCounts {
  SynapticOperations operations;
  std::vector<std::uint64_t> spikes;  ///< by population id
  std::uint64_t steps = 0, membrane_updates = 0;
};

/// Weights of a projection at its own number of bits, whole bytes.
std::uint64_t packed_bytes(const PlanProjection& projection, std::size_t weights) {
  const auto bits = static_cast<std::uint64_t>(projection.spec.weights.bits);
  if (bits >= 32) return sizeof(float) * weights;
  return (weights * bits + 7) / 8 + 2 * sizeof(float) * projection.columns;
}

}  // namespace

NeurobenchMetrics static_metrics(const FrozenPlan& plan) {
  NeurobenchMetrics metrics;
  std::uint64_t weights = 0, zeros = 0, others = 0;
  for (const PlanProjection& projection : plan.plan().projections) {
    const std::vector<float>& values = plan.network().weights[projection.id];
    weights += values.size();
    zeros += static_cast<std::uint64_t>(std::count(values.begin(), values.end(), 0.0f));
    metrics.footprint_quantised += packed_bytes(projection, values.size());
  }
  for (const PlanPopulation& population : plan.plan().populations) {
    const std::uint64_t biases = plan.network().bias[population.id].size();
    metrics.parameter_count += biases;
    const bool membrane = population.spec.kind != NeuronKind::input &&
                          population.spec.kind != NeuronKind::relay;
    if (!membrane) continue;
    others += sizeof(float) * (biases + 2);
    metrics.membrane_bytes += sizeof(float) * population.neurons;
  }
  metrics.parameter_count += weights;
  metrics.footprint = sizeof(float) * weights + others;
  metrics.footprint_quantised += others;
  if (weights > 0)
    metrics.connection_sparsity = static_cast<double>(zeros) / static_cast<double>(weights);
  return metrics;
}

NeurobenchMetrics measure(const FrozenPlan& plan, std::span<const SpikeTrain> recordings,
                          const std::function<void(std::size_t)>& progress) {
  NeurobenchMetrics metrics = static_metrics(plan);
  metrics.recordings = recordings.size();
  const SynapticTable table(plan);
  tbb::enumerable_thread_specific<EventEngine> events([&] { return EventEngine(plan); });
  tbb::enumerable_thread_specific<ClockedInference> clocked(
      [&] { return ClockedInference(plan); });
  std::vector<RecordingCounts> counts(recordings.size());
  std::mutex reporting;
  std::size_t done = 0;
  parallel_for(recordings.size(), [&](std::size_t i) {
    SynapticCounter counter(table);
    EventEngine& engine = events.local();
    engine.count_into(&counter);
    const SampleTrace trace = engine.run(recordings[i]);
    engine.count_into(nullptr);
    counts[i].operations = counter.counts();
    counts[i].steps = trace.steps;
    for (const PopulationTrace& population : trace.populations)
      counts[i].spikes.push_back(population.spikes.spikes());
    ClockedInference& twin = clocked.local();
    twin.count_membrane_updates(true);
    twin.run(recordings[i]);
    counts[i].membrane_updates = twin.membrane_updates();
    if (!progress) return;
    const std::lock_guard lock(reporting);
    progress(++done);
  });

  RecordingCounts total;
  total.spikes.assign(plan.plan().populations.size(), 0);
  for (const RecordingCounts& one : counts) {
    total.operations.effective_macs += one.operations.effective_macs;
    total.operations.effective_acs += one.operations.effective_acs;
    total.operations.dense += one.operations.dense;
    total.steps += one.steps;
    total.membrane_updates += one.membrane_updates;
    for (std::size_t p = 0; p < total.spikes.size(); ++p) total.spikes[p] += one.spikes[p];
  }
  const double count = static_cast<double>(std::max<std::size_t>(1, recordings.size()));
  metrics.effective_macs = static_cast<double>(total.operations.effective_macs) / count;
  metrics.effective_acs = static_cast<double>(total.operations.effective_acs) / count;
  metrics.dense = static_cast<double>(total.operations.dense) / count;
  metrics.membrane_updates = static_cast<double>(total.membrane_updates) / count;
  const auto sparsity = [](std::uint64_t spikes, std::uint64_t places) {
    return places == 0 ? 0.0 : 1.0 - static_cast<double>(spikes) / static_cast<double>(places);
  };
  std::uint64_t spikes = 0, places = 0;
  for (const PlanPopulation& population : plan.plan().populations) {
    if (population.spec.kind != NeuronKind::lif) continue;
    const std::uint64_t own = total.steps * population.neurons;
    metrics.layers.push_back({population.spec.name, sparsity(total.spikes[population.id], own)});
    spikes += total.spikes[population.id];
    places += own;
  }
  metrics.activation_sparsity = sparsity(spikes, places);
  return metrics;
}

std::array<EnergyEstimate, operation_energies.size()> energy_of(const NeurobenchMetrics& metrics) {
  std::array<EnergyEstimate, operation_energies.size()> table{};
  for (std::size_t i = 0; i < table.size(); ++i) {
    const OperationEnergy& cost = operation_energies[i];
    const double mac = cost.add_pj + cost.multiply_pj;
    table[i] = {cost.type,
                (metrics.effective_acs * cost.add_pj + metrics.effective_macs * mac) * 1e-3,
                metrics.dense * mac * 1e-3};
  }
  return table;
}

}  // namespace volley
