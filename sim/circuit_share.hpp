// The neurons of one thread: their state, their last spikes and those that have arrived. Owns the
// order of events within a step; must not know how spikes come from other shares.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "base/aligned.hpp"
#include "base/huge_pages.hpp"
#include "sim/cell_kernels.hpp"
#include "sim/circuit_plan.hpp"
#include "sim/spike_log.hpp"
#include "sim/spike_record.hpp"

namespace volley {

/// Once fire(first step); then for each step in order settle(step), arrive() for every share's spikes
/// of step - plan.shortest, and advance(step); for the last one finish(step) instead. Spikes are
/// slots of the layout, ascending.
///
/// A target's currents are summed in the order of tables and source neurons, whatever the shares,
/// so the spikes are the same to the byte. The one exception cannot be seen: where all synapses of
/// each receptor have one weight and all have one delay, sums do not depend on their order, and
/// spikes are delivered as they arrive, the share's own while those of others are on their way.
class alignas(128) CircuitShare {
public:
  CircuitShare(const CircuitPlan& plan, std::size_t share);

  /// Neurons move on to a step. @return those that spike, until settle()
  std::span<const std::uint32_t> fire(std::uint32_t step);
  /// What a step leaves to do that needs no other share's spikes of step - plan.shortest.
  void settle(std::uint32_t step);
  /// Spikes of the next share in order.
  void arrive(std::span<const std::uint32_t> slots);
  /// The same where that share is this one; of a step no longer ago than plan.shortest.
  void arrive_own(std::uint32_t step);
  /// Receives what is due at a step and moves the neurons on to the next, block by block while they
  /// are in the cache. @return those that spike, until settle()
  std::span<const std::uint32_t> advance(std::uint32_t step);
  /// Receives what is due at a step.
  void finish(std::uint32_t step);

  std::size_t first_slot() const { return first_slot_; }
  std::size_t slots() const { return slots_; }
  float v(std::size_t slot) const { return v_[slot - first_slot_]; }
  void set_v(std::size_t slot, float value) { v_[slot - first_slot_] = value; }
  const SpikeRecord& record() const { return record_; }
  std::uint64_t synaptic_events() const { return events_; }
  /// v after each step of record_membrane[k] of a population; empty where another share has it.
  std::span<const float> membrane(std::size_t population, std::size_t k) const;

private:
  /// What a segment's neurons have in common.
  struct Cells {
    CircuitLayout::Segment place;
    CellCoefficients coefficients;
    bool pauses = false;                    ///< refractory for longer than a step
    std::uint32_t draw_threshold = 0;       ///< poisson: share of 2^32 that spikes
    std::vector<std::uint32_t> cumulative;  ///< poisson_input: shares of counts
    Receptor input_receptor = Receptor::excitatory;
    float input_weight = 0;
  };
  /// Neurons that are refractory for longer than a step.
  struct Pause {
    std::size_t first_slot, end_slot;
    std::uint32_t steps;
  };
  struct Probe {
    std::size_t population, k, slot;
    std::vector<float> values;
  };

  void add_population(std::size_t id);
  void add_cells(const CircuitLayout::Segment& place);
  void release(std::uint32_t step);
  void fire_block(std::size_t block, std::uint32_t step);
  std::size_t fire_cells(const Cells& cells, std::uint32_t step, std::uint32_t* room);
  std::span<const std::uint32_t> fired(std::uint32_t step);
  void note();
  void stimulate(std::size_t block, std::uint32_t step);
  void receive(std::size_t block, std::uint32_t step);
  void receive_delayed(std::size_t block, std::uint32_t step);
  void fetch(std::size_t block, std::uint32_t step) const;
  std::span<const std::uint32_t> due(const SynapseTable& table, std::uint32_t step) const;
  void deliver_now(std::span<const std::uint32_t> spikes);
  float* currents(Receptor receptor, std::size_t slot) {
    return g_[static_cast<std::size_t>(receptor)] + (slot - first_slot_);
  }
  /// Block i of the sweep that makes a step.
  std::size_t in_order(std::size_t i, std::uint32_t step) const {
    return step % 2 == 1 ? blocks_ - 1 - i : i;
  }
  const CircuitLayout::Block& block_at(std::size_t block) const {
    return plan_.layout.blocks[first_block_ + block];
  }

  const CircuitPlan& plan_;
  std::size_t first_block_, blocks_;
  std::size_t first_slot_, slots_;
  std::vector<Cells> cells_;
  std::vector<std::size_t> first_cells_;                ///< of each block, and their number
  std::vector<Pause> pauses_;
  bool any_order_;                                      ///< sums do not depend on it
  HugeVector<float> state_;                             ///< v_ and g_, row after row
  float* v_ = nullptr;
  std::array<float*, receptor_count> g_{};              ///< null where nobody has the receptor
  std::array<HugeVector<float>, receptor_count> delayed_;  ///< slices x slots, where delays differ
  AlignedVector<std::uint64_t> refractory_;
  SpikeLog own_, arrived_;
  std::vector<std::uint32_t> fired_;                    ///< in the order of the sweep
  std::size_t fired_count_ = 0;
  SpikeRecord record_;
  std::vector<Probe> probes_;
  std::uint64_t events_ = 0;
};

}  // namespace volley
