#include "sim/neurobench.hpp"

#include <tbb/enumerable_thread_specific.h>

#include <algorithm>
#include <mutex>

#include "base/parallel.hpp"
#include "models/weight_facts.hpp"
#include "sim/clocked_inference.hpp"
#include "sim/event_engine.hpp"

namespace volley {

namespace {

struct RecordingCounts {
  SynapticOperations operations;
  std::vector<std::uint64_t> spikes;  ///< by population id, lif only: neurons and steps with any
  std::uint64_t steps = 0, membrane_updates = 0;
};

/// Numbers of a membrane's population beside its biases: beta (one for each channel where learned)
/// and threshold; the decays and the rise of an extended one.
std::uint64_t constants(const FrozenNetwork& network, const PlanPopulation& population) {
  const std::size_t id = population.id;
  const std::uint64_t betas =
      id < network.beta.size() ? std::max<std::uint64_t>(1, network.beta[id].size()) : 1;
  return betas + 1 + (population.spec.extended() ? 3 : 0);
}

/// Numbers that a neuron keeps from step to step.
std::uint64_t state_of(const Population& population) {
  return 1u + (population.synapse_beta != 0 ? 1u : 0u) + (population.adaptation != 0 ? 1u : 0u) +
         (population.refractory_steps != 0 ? 1u : 0u);
}

/// Neurons and steps with a spike, however many one neuron sent in a step.
std::uint64_t nonzero(const SpikeTrain& train) {
  std::uint64_t count = 0;
  for (std::uint32_t t = 0; t < train.steps; ++t) {
    const auto step = train.step(t);
    for (std::size_t i = 0; i < step.size(); ++i)
      count += i == 0 || step[i] != step[i - 1] ? 1u : 0u;
  }
  return count;
}

}  // namespace

NeurobenchMetrics static_metrics(const FrozenPlan& plan) {
  NeurobenchMetrics metrics;
  std::uint64_t weights = 0, zeros = 0, others = 0;
  for (const PlanProjection& projection : plan.plan().projections) {
    const std::vector<float>& values = plan.network().weights[projection.id];
    weights += values.size();
    zeros += static_cast<std::uint64_t>(std::count(values.begin(), values.end(), 0.0f));
    metrics.footprint_quantised +=
        projection.spec.trainable()
            ? weight_bytes(projection.spec.weights, projection.rows, projection.columns)
            : sizeof(float) * values.size();
    if (projection.id >= plan.network().delays.size()) continue;
    const std::uint64_t delays = plan.network().delays[projection.id].size();
    metrics.parameter_count += delays;
    others += sizeof(std::uint16_t) * delays;
  }
  for (const PlanPopulation& population : plan.plan().populations) {
    const std::uint64_t biases = plan.network().bias[population.id].size();
    metrics.parameter_count += biases;
    if (population.id < plan.network().early.size()) {
      const FrozenNetwork::EarlySteps& early = plan.network().early[population.id];
      metrics.parameter_count += early.ratio.size() + early.shift.size();
      others += sizeof(float) * (early.ratio.size() + early.shift.size());
    }
    const bool membrane = population.spec.kind != NeuronKind::input &&
                          population.spec.kind != NeuronKind::relay;
    if (!membrane) continue;
    others += sizeof(float) * (biases + constants(plan.network(), population));
    metrics.membrane_bytes += sizeof(float) * population.neurons * state_of(population.spec);
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
      counts[i].spikes.push_back(
          population.kind == NeuronKind::lif ? nonzero(population.spikes) : 0);
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
