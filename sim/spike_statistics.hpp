// What a spike train is like: rate and irregularity. Must not know engines or files.
#pragma once

#include <cstdint>

#include "datasets/spike_train.hpp"

namespace volley {

struct SpikeStatistics {
  std::uint64_t spikes = 0;
  double rate_hz = 0;            ///< mean over all neurons
  double interval_cv = 0;        ///< mean over neurons with at least two intervals; 0 for none
  std::uint32_t cv_neurons = 0;  ///< how many those are
};

/// Of the steps from `first_step` on. The coefficient of variation of a neuron's inter-spike
/// intervals is their standard deviation (dividing by their number) over their mean: 1 for a
/// Poisson process, 0 for a clock.
SpikeStatistics spike_statistics(const SpikeTrain& train, double dt_ms,
                                 std::uint32_t first_step = 0);

}  // namespace volley
