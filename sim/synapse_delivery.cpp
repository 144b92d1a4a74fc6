// Plain loops: each entry reads, adds and writes one float somewhere in the block. Rows of large
// networks come from far memory, so those of the next spikes are asked for ahead.
#include "sim/synapse_delivery.hpp"

namespace volley {

namespace {

constexpr std::size_t ahead = 16;         ///< spikes whose rows are fetched early
constexpr std::size_t entries_line = 32;  ///< 16-bit entries of a cache line
constexpr std::size_t most_lines = 8;     ///< the hardware follows from there on its own

void fetch_offsets(const SynapseTable::Rows& rows, std::span<const std::uint32_t> spikes,
                   std::size_t i) {
  if (i < spikes.size()) __builtin_prefetch(rows.offsets.data() + spikes[i]);
}

void fetch_row(const SynapseTable::Rows& rows, std::span<const std::uint32_t> spikes,
               std::size_t i) {
  if (i >= spikes.size()) return;
  const std::uint64_t first = rows.offsets[spikes[i]], last = rows.offsets[spikes[i] + 1];
  const std::uint64_t most = first + most_lines * entries_line;
  for (std::uint64_t k = first; k < last && k < most; k += entries_line)
    __builtin_prefetch(rows.targets.data() + k);
}

template <class Entry>
std::uint64_t for_entries(const SynapseTable::Rows& rows, std::span<const std::uint32_t> spikes,
                          const Entry& entry) {
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < 2 * ahead && i < spikes.size(); ++i) fetch_offsets(rows, spikes, i);
  for (std::size_t i = 0; i < ahead && i < spikes.size(); ++i) fetch_row(rows, spikes, i);
  for (std::size_t i = 0; i < spikes.size(); ++i) {
    fetch_offsets(rows, spikes, i + 2 * ahead);
    fetch_row(rows, spikes, i + ahead);
    const std::uint64_t begin = rows.offsets[spikes[i]], end = rows.offsets[spikes[i] + 1];
    for (std::uint64_t k = begin; k < end; ++k) entry(k);
    count += end - begin;
  }
  return count;
}

}  // namespace

std::uint64_t deliver(const SynapseTable& table, const SynapseTable::Rows& rows,
                      std::span<const std::uint32_t> spikes, float* currents) {
  const std::uint16_t* targets = rows.targets.data();
  if (table.own_weights) {
    const float* weights = rows.weights.data();
    return for_entries(rows, spikes,
                       [=](std::uint64_t k) { currents[targets[k]] += weights[k]; });
  }
  const float weight = table.weight;
  return for_entries(rows, spikes, [=](std::uint64_t k) { currents[targets[k]] += weight; });
}

std::uint64_t deliver_delayed(const SynapseTable& table, const SynapseTable::Rows& rows,
                              std::span<const std::uint32_t> spikes, float* ring,
                              std::size_t stride, std::size_t slices, std::uint32_t step) {
  return for_entries(rows, spikes, [&](std::uint64_t k) {
    const std::size_t slice = (step + rows.delays[k]) & (slices - 1);
    ring[slice * stride + rows.targets[k]] += table.own_weights ? rows.weights[k] : table.weight;
  });
}

}  // namespace volley
