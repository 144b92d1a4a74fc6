// One step of every neuron of a plain population at once: reset, leak, current and the search for
// spikes in one pass, spikes as bits. One text, compiled per instruction set by Highway and chosen
// at run time; results are those of membrane_row() to the bit. Must not know networks or wake-ups.
#pragma once

#include <cstddef>
#include <cstdint>

#include "models/network.hpp"

namespace volley {

/// Arrays of a sweep are padded to multiples of so many neurons.
inline constexpr std::size_t sweep_alignment = 64;
inline constexpr std::size_t swept(std::size_t neurons) {
  return (neurons + sweep_alignment - 1) / sweep_alignment * sweep_alignment;
}

struct SweepRow {
  float beta, threshold;
  Reset reset;
  const float* bias;   ///< repeats itself after `period` neurons, a multiple of sweep_alignment
  std::size_t period;
  float* current;      ///< set to 0 behind the step; this and v with room for swept(n) neurons
  float* v;
};

/// v[i] = beta * reset(v[i]) + (current[i] + bias[i % period]) for n neurons; bit i of `bits` (swept(n) / 64
/// words, zeros from n on) becomes v[i] >= threshold. @return how many bits are set
std::size_t sweep_membranes(const SweepRow& row, std::size_t n, std::uint64_t* bits);

/// How many bits are set.
std::size_t count_bits(const std::uint64_t* bits, std::size_t words);

/// Writes the ascending numbers of the set bits, as many as there are; needs room for 64 more.
/// @return how many
std::size_t list_bits(const std::uint64_t* bits, std::size_t words, std::uint32_t* numbers);

}  // namespace volley
