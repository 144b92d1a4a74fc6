#include "sim/spike_statistics.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace volley {

SpikeStatistics spike_statistics(const SpikeTrain& train, double dt_ms,
                                 std::uint32_t first_step) {
  struct Intervals {
    std::uint32_t last = 0, count = 0;
    bool spiked = false;
    double sum = 0, squares = 0;
  };
  std::vector<Intervals> neurons(train.inputs);
  SpikeStatistics result;
  for (std::uint32_t step = first_step; step < train.steps; ++step)
    for (const std::uint32_t neuron : train.step(step)) {
      Intervals& each = neurons[neuron];
      ++result.spikes;
      if (each.spiked) {
        const double interval = step - each.last;
        ++each.count;
        each.sum += interval;
        each.squares += interval * interval;
      }
      each.spiked = true;
      each.last = step;
    }
  double sum = 0;
  for (const Intervals& each : neurons) {
    if (each.count < 2) continue;
    const double mean = each.sum / each.count;
    sum += std::sqrt(std::max(0.0, each.squares / each.count - mean * mean)) / mean;
    ++result.cv_neurons;
  }
  if (result.cv_neurons > 0) result.interval_cv = sum / result.cv_neurons;
  if (train.steps > first_step && train.inputs > 0)
    result.rate_hz = static_cast<double>(result.spikes) / train.inputs /
                     ((train.steps - first_step) * dt_ms * 1e-3);
  return result;
}

}  // namespace volley
