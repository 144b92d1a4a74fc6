// The synapses of one projection, drawn by its rule. Owns the rules and which random stream each
// row draws from; must not know threads' shares, engines or how synapses are stored to run.
#pragma once

#include <cstdint>
#include <vector>

#include "base/random.hpp"
#include "models/circuit.hpp"

namespace volley {

/// Synapses by source: those of source s are the entries offsets[s] up to but not including
/// offsets[s + 1], with ascending targets (equal ones beside each other where multapses are
/// allowed).
struct Connectivity {
  std::vector<std::uint64_t> offsets{0};
  std::vector<std::uint32_t> targets;
  std::vector<float> weights;         ///< empty where the weight is constant
  std::vector<std::uint16_t> delays;  ///< steps; empty where the delay is constant

  std::uint64_t synapses() const { return targets.size(); }
  friend bool operator==(const Connectivity&, const Connectivity&) = default;
};

/// Draws projection `id`. Each source has a random stream of its own, and so has each target for
/// fixed_in_degree: the same synapses for any number of threads.
/// Random pairs are drawn by the geometric distribution of the gap to the next synapse, so the cost
/// goes with synapses, not with pairs; distance thins pairs drawn at its peak probability.
/// @throws Error where a file of synapses is at fault
Connectivity connect(const Circuit& circuit, std::size_t id, std::uint64_t seed);

/// One number. Constant ones draw nothing.
double draw(const Distribution& distribution, RandomEngine& engine);

/// Milliseconds as whole steps, 0 to most_circuit_delay_steps.
std::uint16_t delay_in_steps(double delay_ms, double dt_ms);

}  // namespace volley
