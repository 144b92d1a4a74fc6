// Where the neurons of a circuit stand in the arrays of its engine, and which thread owns which.
// Must not know synapses.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "models/circuit.hpp"

namespace volley {

/// Every population begins at a slot that is a multiple of cell_group and is filled up to one.
/// Slots are cut into blocks of whole groups, at most 65,536 slots each, so that a synapse names
/// its target within the block by 16 bits; a thread owns consecutive blocks.
struct CircuitLayout {
  /// Neurons of one population within one block.
  struct Segment {
    std::size_t population = 0;
    std::size_t first_slot = 0, slots = 0;           ///< multiples of cell_group
    std::uint32_t first_neuron = 0, neurons = 0;     ///< without those that only fill up
  };
  struct Block {
    std::size_t first_slot = 0, slots = 0;
    std::vector<Segment> segments;
  };
  std::size_t slots = 0;
  std::vector<std::size_t> first_slot;        ///< of each population
  std::vector<Block> blocks;
  std::vector<std::size_t> first_block{0};    ///< of each thread, and the number of blocks at last

  std::size_t threads() const { return first_block.size() - 1; }
};

/// @param threads at least 1. Shares are of equal numbers of groups; sources count as neurons.
CircuitLayout circuit_layout(const Circuit& circuit, std::size_t threads);

/// Threads, at most so many, that such a circuit keeps busy: threads that meet every step are slower
/// than fewer where each has less than some microseconds to do. Estimated from the numbers of
/// neurons and synapses, the rates of Poisson sources and 5 spikes a second of other neurons; all
/// of them where spikes are recorded or synapses come from a file.
std::size_t worthwhile_threads(const Circuit& circuit, std::size_t threads);

}  // namespace volley
