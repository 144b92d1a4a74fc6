// One step of point neurons and of random spikes from outside, on rows of float. One text, compiled
// per instruction set by Highway and chosen at run time; products and sums are rounded one by one,
// so every instruction set gives the same bits. Must not know circuits or threads.
#pragma once

#include <cstddef>
#include <cstdint>

namespace volley {

/// Neurons come in rows of whole groups: a group has one 64-bit word of refractory bits.
inline constexpr std::size_t cell_group = 64;

/// Exact solution over one step (Rotter and Diesmann, Biological Cybernetics 81, 1999) of
///   tau dv/dt = offset' - v + g_e + g_i,  tau_x dg_x/dt = -g_x
/// that is v <- decay v + from_excitatory g_e + from_inhibitory g_i + offset, g_x <- x_decay g_x.
struct CellCoefficients {
  float decay = 1, offset = 0;
  float from_excitatory = 0, excitatory_decay = 0;
  float from_inhibitory = 0, inhibitory_decay = 0;
  float threshold = 1, reset_value = 0;
  bool subtract = false;  ///< v <- v - (threshold - reset_value) at a spike, else reset_value
};

/// @param tau_ms 0: no leak, `drive` is per millisecond
CellCoefficients cell_coefficients(double dt_ms, double tau_ms, double tau_excitatory_ms,
                                   double tau_inhibitory_ms, double rest, double drive);

/// State of neurons, each array aligned to 64 bytes. What a population has not got is null.
struct CellRow {
  float* v = nullptr;
  float* excitatory = nullptr;
  float* inhibitory = nullptr;
  float* delta = nullptr;               ///< added to v before the step, then set to 0
  std::uint64_t* refractory = nullptr;  ///< bit i % 64 of word i / 64: v is kept, no spike
};

/// Moves n neurons (a multiple of cell_group) on by a step and sets the refractory bits of those
/// that spike where `refractory_after`. @param first index of the first neuron
/// @param backward from the last neuron to the first, so that what a sweep leaves in the cache is
/// met at once by one the other way. @param spikes room for n; indices of those that spiked, in the
/// order of the sweep. @return how many
std::size_t update_cells(const CellCoefficients& coefficients, const CellRow& row, std::size_t n,
                         bool refractory_after, std::uint32_t first, bool backward,
                         std::uint32_t* spikes);

/// A random 32-bit number for each neuron and key, the same wherever and in whatever order it is
/// drawn: two rounds of a 32-bit finaliser (Wellons' "lowbias32") around the halves of the key.
inline std::uint32_t cell_draw(std::uint64_t key, std::uint32_t neuron) {
  const auto mix = [](std::uint32_t x) {
    x ^= x >> 16;
    x *= 0x21f0aaadU;
    x ^= x >> 15;
    x *= 0xd35a2d97U;
    return x ^ (x >> 15);
  };
  return mix(mix(neuron + static_cast<std::uint32_t>(key)) ^
             static_cast<std::uint32_t>(key >> 32));
}

/// Indices first + i, i < count, whose draw is below `threshold`, ascending. @return how many
/// @param spikes room for `count` rounded up to whole groups
std::size_t draw_spikes(std::uint64_t key, std::uint32_t first, std::size_t count,
                        std::uint32_t threshold, std::uint32_t* spikes);

/// target[i] += weight * (number of `cumulative` that the draw of first + i reaches), i < n.
/// @param cumulative ascending: shares of counts up to k, in parts of 2^32; n a multiple of 64
void add_draws(float* target, std::uint64_t key, std::uint32_t first, std::size_t n, float weight,
               const std::uint32_t* cumulative, std::size_t counts);

/// target[i] += source[i], source[i] = 0, i < n, a multiple of 64.
void add_and_clear(float* target, float* source, std::size_t n);

}  // namespace volley
