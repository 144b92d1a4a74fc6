// Plain loops: each entry reads, adds and writes one float somewhere in the block. Rows of large
// networks come from far memory, so those of the next spikes are asked for ahead.
#include "sim/synapse_delivery.hpp"

namespace volley {

namespace {

constexpr std::size_t ahead = 16;         ///< spikes whose rows are fetched early
constexpr std::size_t entries_line = 32;  ///< 16-bit entries of a cache line
constexpr std::size_t most_lines = 8;     ///< the hardware follows from there on its own

/// Rows by the slots of their sources.
struct SourceRows {
  SourceRows(const SynapseTable& table, const SynapseTable::Rows& rows)
      : first(table.source_slot), offsets(rows.offsets.data()), targets(rows.targets.data()) {}

  void fetch_offsets(std::uint32_t slot) const { __builtin_prefetch(offsets + (slot - first)); }
  void fetch_row(std::uint32_t slot) const {
    const std::uint64_t begin = offsets[slot - first], end = offsets[slot - first + 1];
    const std::uint64_t most = begin + most_lines * entries_line;
    for (std::uint64_t k = begin; k < end && k < most; k += entries_line)
      __builtin_prefetch(targets + k);
  }

  std::size_t first;
  const std::uint64_t* offsets;
  const std::uint16_t* targets;
};

template <class Entry>
std::uint64_t for_entries(const SourceRows& rows, std::span<const std::uint32_t> spikes,
                          const Entry& entry) {
  std::uint64_t count = 0;
  const std::size_t n = spikes.size();
  for (std::size_t i = 0; i < 2 * ahead && i < n; ++i) rows.fetch_offsets(spikes[i]);
  for (std::size_t i = 0; i < ahead && i < n; ++i) rows.fetch_row(spikes[i]);
  for (std::size_t i = 0; i < n; ++i) {
    if (i + 2 * ahead < n) rows.fetch_offsets(spikes[i + 2 * ahead]);
    if (i + ahead < n) rows.fetch_row(spikes[i + ahead]);
    const std::uint64_t* offset = rows.offsets + (spikes[i] - rows.first);
    for (std::uint64_t k = offset[0]; k < offset[1]; ++k) entry(k);
    count += offset[1] - offset[0];
  }
  return count;
}

}  // namespace

std::uint64_t deliver(const SynapseTable& table, const SynapseTable::Rows& rows,
                      std::span<const std::uint32_t> spikes, float* currents) {
  const std::uint16_t* targets = rows.targets.data();
  if (table.own_weights) {
    const float* weights = rows.weights.data();
    return for_entries({table, rows}, spikes,
                       [=](std::uint64_t k) { currents[targets[k]] += weights[k]; });
  }
  const float weight = table.weight;
  return for_entries({table, rows}, spikes, [=](std::uint64_t k) { currents[targets[k]] += weight; });
}

std::uint64_t deliver_delayed(const SynapseTable& table, const SynapseTable::Rows& rows,
                              std::span<const std::uint32_t> spikes, float* ring,
                              std::size_t stride, std::size_t slices, std::uint32_t step) {
  return for_entries({table, rows}, spikes, [&](std::uint64_t k) {
    const std::size_t slice = (step + rows.delays[k]) & (slices - 1);
    ring[slice * stride + rows.targets[k]] += table.own_weights ? rows.weights[k] : table.weight;
  });
}

void fetch_rows(const SynapseTable& table, const SynapseTable::Rows& rows,
                std::span<const std::uint32_t> spikes) {
  const SourceRows sources(table, rows);
  for (const std::uint32_t slot : spikes) sources.fetch_offsets(slot);
  for (const std::uint32_t slot : spikes) sources.fetch_row(slot);
}

}  // namespace volley
