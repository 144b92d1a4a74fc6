// The synapses of a projection with delays of their own, by source and delay: what the event engine
// follows from a spike of the past. Must not know time.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sim/plan.hpp"

namespace volley {

struct DelayedSynapse {
  std::uint32_t target;
  float weight;
};

struct DelayTable {
  std::vector<std::uint32_t> offsets;    ///< by source * taps + tap, plus one
  std::vector<DelayedSynapse> synapses;  ///< ascending target within a source and tap
  std::size_t taps = 0;

  std::span<const DelayedSynapse> from(std::size_t source, std::size_t tap) const {
    const std::size_t at = source * taps + tap;
    return {synapses.data() + offsets[at], synapses.data() + offsets[at + 1]};
  }
};

/// Table of a projection whose delays are not fixed; empty otherwise. Weights and delays are
/// [rows][columns].
DelayTable make_delay_table(const PlanProjection& projection, const std::vector<float>& weights,
                            const std::vector<std::uint16_t>& delays);

}  // namespace volley
