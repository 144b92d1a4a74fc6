// How long the spikes of one projection travel: one delay for all of them, or one of many values.
// Owns the options and the shape of what is stored; must not know how a delay is trained or run.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

namespace volley {

/// Which synapses share a delay.
enum class DelayKind {
  fixed,       ///< all of them, delay_steps
  synapse,     ///< each has its own
  source,      ///< those of one source neuron: an axon's delay
  projection,  ///< all of them, one value that can be learned
};

struct DelayFacts {
  DelayKind kind;
  const char* name;  ///< in recipes
};

/// Every kind, in the order of the enumeration.
inline constexpr std::array<DelayFacts, 4> delay_facts{{
    {DelayKind::fixed, "fixed"},
    {DelayKind::synapse, "synapse"},
    {DelayKind::source, "source"},
    {DelayKind::projection, "projection"},
}};

inline constexpr const char* to_string(DelayKind kind) {
  return delay_facts[static_cast<std::size_t>(kind)].name;
}

/// Delays other than fixed lie within delay_steps and `longest`. They begin uniformly at random;
/// where they are learned it is by a kernel that narrows while training (sim/delay_kernel.hpp).
struct Delays {
  DelayKind kind = DelayKind::fixed;
  int longest = 0;    ///< steps; not used by fixed
  bool learn = false;
  double sigma = 0;   ///< steps: width of the kernel when training begins; 0 = half the range
  double rate = 10;   ///< factor on the learning rate

  friend bool operator==(const Delays&, const Delays&) = default;
};

/// Shape of the stored delays of a projection with so many sources and targets; empty for fixed.
inline std::vector<std::size_t> delay_shape(const Delays& delays, std::size_t sources,
                                            std::size_t targets) {
  switch (delays.kind) {
    case DelayKind::fixed: return {};
    case DelayKind::synapse: return {sources, targets};
    case DelayKind::source: return {sources};
    case DelayKind::projection: return {1};
  }
  return {};
}

}  // namespace volley
