// Spikes of a share from the first step to now: counted, and kept where their population is
// recorded. Must not know how they come about.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sim/circuit_plan.hpp"

namespace volley {

/// The part of ascending slots in [first, end).
std::span<const std::uint32_t> within(std::span<const std::uint32_t> slots, std::size_t first,
                                      std::size_t end);

class SpikeRecord {
public:
  /// Of a share with these slots.
  SpikeRecord(const CircuitPlan& plan, std::size_t first_slot, std::size_t end_slot);

  /// Those of the next step, ascending slots.
  void add(std::span<const std::uint32_t> slots);

  std::uint64_t spikes(std::size_t population) const { return spikes_[population]; }
  /// Slots of recorded populations that spiked at a step.
  std::span<const std::uint32_t> operator[](std::uint32_t step) const {
    const std::size_t first = step == 0 ? 0 : ends_[step - 1];
    return {kept_.data() + first, ends_[step] - first};
  }

private:
  struct Part {
    std::size_t population, first_slot, end_slot;
    bool kept;
  };
  std::vector<Part> parts_;            ///< populations with neurons in the share
  std::vector<std::uint64_t> spikes_;  ///< of each population
  std::vector<std::uint32_t> kept_;
  std::vector<std::size_t> ends_;      ///< of each step
};

}  // namespace volley
