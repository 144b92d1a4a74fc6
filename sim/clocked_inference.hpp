// Runs a frozen network step by step over all neurons: the clocked twin of the event engine. Owns
// nothing but scratch; one object per thread. Must not know training.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "sim/frozen_currents.hpp"
#include "sim/frozen_neurons.hpp"
#include "sim/frozen_plan.hpp"
#include "sim/trace.hpp"

namespace volley {

class ClockedInference {
public:
  explicit ClockedInference(const FrozenPlan& plan);

  /// One recording from rest. The trace holds every population's spikes and the readout's membrane.
  /// @throws Error where the train has another number of inputs than the network
  SampleTrace run(const SpikeTrain& input);

  /// Whether runs count the membranes they change, by NeuroBench's rule: v[t] != v[t-1], and every
  /// membrane in the first step.
  void count_membrane_updates(bool on) { counting_ = on; }
  /// Of the last run that counted.
  std::uint64_t membrane_updates() const { return membrane_updates_; }

  /// Called in every step for each lif and leaky_integrator population with its membranes before the
  /// reset, and what spikes have added to the thresholds (empty where they do not adapt).
  using Look = std::function<void(std::size_t population, std::span<const float> membrane,
                                  std::span<const float> adaptation)>;
  /// From now on; an empty function ends it.
  void look(Look look) { look_ = std::move(look); }

private:
  /// Adds the spikes of a projection that act at step t.
  void add_arriving(const PlanProjection& projection, const SpikeTrain& input,
                    const SampleTrace& trace, std::uint32_t t, std::vector<float>& current);

  const FrozenPlan& frozen_;
  FrozenCurrents currents_;
  std::vector<StepSpikes> arriving_;  ///< by population, scratch
  Look look_;
  bool counting_ = false;
  std::uint64_t membrane_updates_ = 0;
  std::vector<std::vector<float>> membrane_, current_;  ///< by population
  std::vector<std::optional<FrozenNeurons>> extended_;  ///< by population
};

}  // namespace volley
