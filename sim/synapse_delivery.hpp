// Spikes through the rows of a synapse table into one block's targets. Must not know neurons or
// threads.
#pragma once

#include <cstdint>
#include <span>

#include "sim/synapse_table.hpp"

namespace volley {

/// For each spike in order and each entry of its row: currents[target] += weight.
/// @param spikes slots of the layout, in the table's source population. @param currents of the block's first slot. @return synapses that spikes went through
std::uint64_t deliver(const SynapseTable& table, const SynapseTable::Rows& rows,
                      std::span<const std::uint32_t> spikes, float* currents);

/// The same into a ring of currents to come, for tables with delays of their own: a synapse adds to
/// the slice (step + its delay) % slices, a power of two; slice k begins at ring + k * stride.
std::uint64_t deliver_delayed(const SynapseTable& table, const SynapseTable::Rows& rows,
                              std::span<const std::uint32_t> spikes, float* ring,
                              std::size_t stride, std::size_t slices, std::uint32_t step);

/// Asks for the rows of spikes that will be delivered soon.
void fetch_rows(const SynapseTable& table, const SynapseTable::Rows& rows,
                std::span<const std::uint32_t> spikes);

}  // namespace volley
