// Sums per channel over a batch whose order does not depend on threads or ranks: one partial per
// sample, in double, added up in sample order. Must not know what is summed.
#pragma once

#include <algorithm>
#include <array>
#include <limits>
#include <vector>

#include "base/parallel.hpp"
#include "sim/spike_rows.hpp"

namespace volley {

/// Steps first .. last - 1 of every sample; all of them by itself.
struct StepRange {
  std::size_t first = 0, last = std::numeric_limits<std::size_t>::max();

  /// The rows of a sample that are meant.
  std::size_t begin(const BatchRows& rows, std::size_t sample) const {
    return rows.first[sample] + std::min(first, rows.steps(sample));
  }
  std::size_t end(const BatchRows& rows, std::size_t sample) const {
    return rows.first[sample] + std::min(last, rows.steps(sample));
  }
  std::size_t count(const BatchRows& rows) const {
    std::size_t sum = 0;
    for (std::size_t sample = 0; sample < rows.samples(); ++sample)
      sum += end(rows, sample) - begin(rows, sample);
    return sum;
  }
};

/// Calls add(row_index, {sums per neuron...}) for every row of every own sample, then folds neurons to
/// channels (neuron modulo channels) and samples in order. @return Count sums, each [channels].
template <std::size_t Count, class Add>
std::array<std::vector<double>, Count> channel_sums(const BatchRows& rows, std::size_t neurons,
                                                    std::size_t channels, const Add& add,
                                                    const StepRange& steps = {}) {
  const std::size_t samples = rows.samples();
  std::vector<double> partial(samples * Count * channels, 0.0);
  for_own_samples(rows, [&](std::size_t sample) {
    thread_local std::vector<double> sums;
    sums.assign(Count * neurons, 0.0);
    std::array<double*, Count> by_neuron;
    for (std::size_t k = 0; k < Count; ++k) by_neuron[k] = sums.data() + k * neurons;
    for (std::size_t row = steps.begin(rows, sample); row < steps.end(rows, sample); ++row)
      add(row, by_neuron);
    double* own = partial.data() + sample * Count * channels;
    for (std::size_t k = 0; k < Count; ++k)
      for (std::size_t neuron = 0; neuron < neurons; neuron += channels)
        for (std::size_t c = 0; c < channels; ++c)
          own[k * channels + c] += by_neuron[k][neuron + c];
  });
  complete_samples<double>(rows, Count * channels, partial);
  std::array<std::vector<double>, Count> total;
  for (std::size_t k = 0; k < Count; ++k) {
    total[k].assign(channels, 0.0);
    for (std::size_t sample = 0; sample < samples; ++sample)
      for (std::size_t c = 0; c < channels; ++c)
        total[k][c] += partial[(sample * Count + k) * channels + c];
  }
  return total;
}

/// Repeats a value per channel for every neuron of a channel-last map.
template <class Real>
void spread_channels(const std::vector<double>& by_channel, std::size_t neurons,
                     std::vector<Real>& by_neuron) {
  by_neuron.resize(neurons);
  for (std::size_t neuron = 0; neuron < neurons; ++neuron)
    by_neuron[neuron] = static_cast<Real>(by_channel[neuron % by_channel.size()]);
}

}  // namespace volley
