// A network's numbers as 32-bit fixed point: what the integer C program and its twin in sim compute
// with. Owns the choice of the binary point; must not know how a step runs.
#pragma once

#include <cstdint>
#include <vector>

#include "models/step_network.hpp"

namespace volley {

/// All values of a population are integers in units of 2^-fraction: the largest fraction for which
/// one step's current from every input at once, with bias and thresholds, stays below 2^30. A
/// membrane that leaves 32 bits by adding up over steps saturates.
struct FixedPopulation {
  int fraction = 0;
  std::int32_t threshold = 0;
  std::int32_t adaptation = 0;                   ///< rise of the threshold for one spike
  std::vector<std::int32_t> bias;                ///< by neuron
  std::vector<std::int32_t> beta;                ///< by channel, units of 2^-30, as the two below
  std::int32_t synapse_beta = 0, adaptation_beta = 0;
};

struct FixedLink {
  std::vector<std::int32_t> weights;             ///< in units of the target; empty where codes are
  /// Of evenly spaced weights, in units of 2^-shift of the target's: a step's current is
  /// round((scale * sum + offset * count) / 2^shift).
  std::vector<std::int32_t> scale, offset;
  int shift = 0;
};

struct FixedNetwork {
  std::vector<FixedPopulation> populations;      ///< by id
  std::vector<FixedLink> links;                  ///< by id
};

/// Nearest integers. @throws Error naming a population whose currents leave its threshold under 8
/// bits.
FixedNetwork fixed_point(const StepNetwork& network);

/// x / 2^bits to the nearest integer, halves away from 0. The one rounding of the arithmetic.
constexpr std::int64_t rounded_shift(std::int64_t x, int bits) {
  if (bits == 0) return x;
  const std::int64_t half = std::int64_t{1} << (bits - 1);
  return x >= 0 ? (x + half) >> bits : -((half - x) >> bits);
}
/// Decay (units of 2^-30) times x.
constexpr std::int64_t fixed_decay(std::int32_t decay, std::int32_t x) {
  return rounded_shift(std::int64_t{decay} * x, 30);
}
constexpr std::int32_t saturated(std::int64_t x) {
  return x > INT32_MAX ? INT32_MAX : x < -INT32_MAX ? -INT32_MAX : static_cast<std::int32_t>(x);
}

}  // namespace volley
