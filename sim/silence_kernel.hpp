// For how long a row of plain neurons certainly stays silent without input. One text, compiled per
// instruction set by Highway and chosen at run time. Must not know networks or wake-ups.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

namespace volley {

inline constexpr std::int64_t never_fires = std::numeric_limits<std::int64_t>::max();

/// Neurons v[k+1] = beta v[k] + bias under a threshold, between two spikes.
struct SilenceRow {
  const float* next;  ///< membrane potential one step from now, without input
  const float* push;  ///< silence_push() of each neuron
  float leak;         ///< 1 - beta
  float threshold;
};

/// What pushes a neuron up, bias and the rounding of a step: or minus infinity for one that cannot
/// fire on its own, its rest v* = bias / (1 - beta) being safely under the threshold.
float silence_push(float bias, float beta, float threshold);

/// Steps from now in which none of n neurons fires; 0 where one fires in the next step, never_fires
/// where none ever does. A lower bound: on its way to v* a neuron rises by less in every step than
/// in the first, bias - leak * next.
std::int64_t silent_steps(const SilenceRow& row, std::size_t n);

}  // namespace volley
