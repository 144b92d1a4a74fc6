#include "sim/synaptic_counter.hpp"

#include <algorithm>

#include "base/parallel.hpp"
#include "sim/projection_kernels.hpp"

namespace volley {

namespace {

/// Sum of the currents that one spike makes through weights of ones and zeros. Exact in float: a
/// current is a count far below 2^24.
std::uint64_t reached(const PlanProjection& projection, const std::vector<float>& ones,
                      std::uint32_t source, std::vector<float>& currents) {
  std::fill(currents.begin(), currents.end(), 0.0f);
  add_currents<float>(projection, ones.data(), {&source, 1}, currents.data());
  double sum = 0;
  for (const float current : currents) sum += static_cast<double>(current);
  return static_cast<std::uint64_t>(sum);
}

}  // namespace

SynapticTable::SynapticTable(const FrozenPlan& plan) {
  for (const PlanProjection& projection : plan.plan().projections) {
    auto& effective = effective_.emplace_back();
    connections_.push_back(0);
    const std::vector<float>& weights = plan.network().weights[projection.id];
    if (weights.empty()) continue;
    const std::vector<float> all(weights.size(), 1.0f);
    std::vector<float> present(weights.size());
    std::transform(weights.begin(), weights.end(), present.begin(),
                   [](float weight) { return weight != 0 ? 1.0f : 0.0f; });
    const std::size_t sources = projection.source_shape.size();
    effective.resize(sources);
    std::vector<std::uint64_t> connections(sources);
    parallel_for(sources, [&](std::size_t source) {
      thread_local std::vector<float> currents;
      currents.resize(projection.target_shape.size());
      const auto neuron = static_cast<std::uint32_t>(source);
      effective[source] = static_cast<std::uint32_t>(reached(projection, present, neuron, currents));
      connections[source] = reached(projection, all, neuron, currents);
    });
    for (const std::uint64_t count : connections) connections_.back() += count;
    all_ += connections_.back();
  }
}

void SynapticCounter::call(std::size_t projection, std::span<const std::uint32_t> spikes,
                           std::span<const float> values) {
  std::uint64_t operations = 0;
  bool ones = true;
  for (std::size_t i = 0; i < spikes.size(); ++i) {
    const float value = values.empty() ? 1.0f : values[i];
    if (value == 0) continue;
    ones = ones && (value == 1 || value == -1);
    if (i > 0 && spikes[i] == spikes[i - 1]) ones = false;
    else operations += table_->effective(projection, spikes[i]);
  }
  (ones ? counts_.effective_acs : counts_.effective_macs) += operations;
}

}  // namespace volley
