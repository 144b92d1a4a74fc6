// Synaptic operations counted as NeuroBench counts them, while an engine runs. Owns what one spike
// costs on every projection; must not know populations' dynamics or reports.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sim/frozen_plan.hpp"

namespace volley {

/// Connections of a frozen network, one spike at a time: how many neurons a source neuron reaches
/// (real fan-out: fewer at the borders of a map) and how many of them by a weight other than zero.
/// Found as NeuroBench does, by sending ones through a network whose weights are ones. Read-only
/// once made; must not outlive the plan's projections.
class SynapticTable {
public:
  explicit SynapticTable(const FrozenPlan& plan);

  std::uint32_t effective(std::size_t projection, std::uint32_t source) const {
    return effective_[projection][source];
  }
  /// Connections of a projection: what one dense call of it computes.
  std::uint64_t connections(std::size_t projection) const { return connections_[projection]; }
  /// Of all projections together: what one dense step computes.
  std::uint64_t connections() const { return all_; }

private:
  std::vector<std::vector<std::uint32_t>> effective_;  ///< by projection and source neuron
  std::vector<std::uint64_t> connections_;
  std::uint64_t all_ = 0;
};

/// NeuroBench's SynapticOperations. A layer call is one projection in one step of one recording: an
/// accumulate (AC) for each effective connection of each spike where all its inputs are 0, 1 or -1;
/// a multiply-accumulate (MAC) where one is not, by graded input or by sum pooling. Biases are not counted; pooling
/// and flattening are not connections. Dense: every connection in every step, recurrent ones too.
struct SynapticOperations {
  std::uint64_t effective_macs = 0, effective_acs = 0, dense = 0;

  friend bool operator==(const SynapticOperations&, const SynapticOperations&) = default;
};

class SynapticCounter {
public:
  /// The table must outlive the counter.
  explicit SynapticCounter(const SynapticTable& table) : table_(&table) {}

  /// A step of the network begins.
  void step() { counts_.dense += table_->connections(); }
  /// These ascending spikes (one repeated where pooling summed) go through a projection.
  /// @param values of graded spikes; empty: every spike counts 1
  void call(std::size_t projection, std::span<const std::uint32_t> spikes,
            std::span<const float> values = {});
  const SynapticOperations& counts() const { return counts_; }

private:
  const SynapticTable* table_;
  SynapticOperations counts_;
};

}  // namespace volley
