#include "sim/spike_record.hpp"

#include <algorithm>

namespace volley {

std::span<const std::uint32_t> within(std::span<const std::uint32_t> slots, std::size_t first,
                                      std::size_t end) {
  const auto from = std::lower_bound(slots.begin(), slots.end(), first);
  return {from, std::lower_bound(from, slots.end(), end)};
}

SpikeRecord::SpikeRecord(const CircuitPlan& plan, std::size_t first_slot, std::size_t end_slot)
    : spikes_(plan.circuit.populations()) {
  for (std::size_t id = 0; id < spikes_.size(); ++id) {
    const std::size_t first = std::max(plan.layout.first_slot[id], first_slot);
    const std::size_t end = std::min(plan.layout.end_slot(id), end_slot);
    if (first < end) parts_.push_back({id, first, end, plan.circuit.population(id).record_spikes});
  }
}

void SpikeRecord::add(std::span<const std::uint32_t> slots) {
  if (!slots.empty())
    for (const Part& each : parts_) {
      const auto part = within(slots, each.first_slot, each.end_slot);
      spikes_[each.population] += part.size();
      if (each.kept) kept_.insert(kept_.end(), part.begin(), part.end());
    }
  ends_.push_back(kept_.size());
}

}  // namespace volley
