// Synapses ready to run: compressed rows, cut by the blocks of their targets. Owns how projections
// become tables and how much memory they take; must not know time or threads.
#pragma once

#include <cstdint>
#include <vector>

#include "base/huge_pages.hpp"
#include "sim/circuit_layout.hpp"
#include "sim/connectivity.hpp"

namespace volley {

/// Synapses of one source population that share receptor, weight and delay, whatever projection
/// they came from; or that share the receptor only and have weights or delays of their own. One-bit
/// weights become two tables, one for each sign: a synapse is then nothing but its target.
struct SynapseTable {
  /// Rows of one block of targets. Entries of source s: offsets[s] to offsets[s + 1].
  struct Rows {
    HugeVector<std::uint64_t> offsets;
    HugeVector<std::uint16_t> targets;   ///< slot within the block
    HugeVector<float> weights;           ///< empty: `weight` for all
    HugeVector<std::uint16_t> delays;    ///< empty: `delay` for all
  };
  std::size_t source = 0;  ///< population
  std::size_t source_slot = 0, source_slots = 0;  ///< of its neurons
  Receptor receptor = Receptor::excitatory;
  float weight = 0;
  std::uint16_t delay = 0;     ///< steps; where synapses have their own, the shortest of them
  std::uint16_t longest = 0;   ///< steps
  bool own_weights = false, own_delays = false;
  std::vector<Rows> rows;      ///< of each block
};

/// The tables of every source population, by population and then in the order of projections.
/// @throws Error where more memory is needed than there is, before taking it, and for faults of
/// files. @param memory_limit bytes; 0: what the machine has free
std::vector<SynapseTable> synapse_tables(const Circuit& circuit, const CircuitLayout& layout,
                                         std::uint64_t seed, std::uint64_t memory_limit);

/// Bytes that the machine could still give.
std::uint64_t free_memory();

}  // namespace volley
