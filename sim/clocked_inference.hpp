// Runs a frozen network step by step over all neurons: the clocked twin of the event engine. Owns
// nothing but scratch; one object per thread. Must not know training.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "models/frozen_network.hpp"
#include "sim/delay_table.hpp"
#include "sim/frozen_neurons.hpp"
#include "sim/plan.hpp"
#include "sim/trace.hpp"

namespace volley {

/// A frozen network compiled for running. Shared by engines; read-only.
class FrozenPlan {
public:
  /// @throws Error as compile() does, and where weights, biases, delays or betas do not fit the
  /// topology.
  explicit FrozenPlan(FrozenNetwork network);

  const FrozenNetwork& network() const { return network_; }
  const Plan& plan() const { return plan_; }
  /// Of a projection by id; empty where its delays are fixed.
  const DelayTable& delays(std::size_t projection) const { return delays_[projection]; }
  /// A trace with names, kinds and shapes filled in and `steps` empty steps begun.
  SampleTrace empty_trace(const SpikeTrain& input) const;
  /// Sets scores and the predicted class from the readout's trace.
  void read_scores(SampleTrace& trace) const;

private:
  FrozenNetwork network_;
  Plan plan_;
  std::vector<DelayTable> delays_;
};

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

private:
  const FrozenPlan& frozen_;
  bool counting_ = false;
  std::uint64_t membrane_updates_ = 0;
  std::vector<std::vector<float>> membrane_, current_;  ///< by population
  std::vector<std::optional<FrozenNeurons>> extended_;  ///< by population
};

/// @throws Error where the train does not fit the network's input.
void check_input(const FrozenPlan& plan, const SpikeTrain& input);
/// @throws Error where graded input would pass through a relay, which sends spikes alone.
void check_graded_input(const Plan& plan);

}  // namespace volley
