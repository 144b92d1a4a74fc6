// Sums per channel over a batch whose order does not depend on threads or ranks: one partial per
// sample, in double, added up in sample order. Must not know what is summed.
#pragma once

#include <algorithm>
#include <array>
#include <limits>
#include <vector>

#include "base/parallel.hpp"
#include "sim/channel_division.hpp"
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

/// Neurons after which values that are the same for all of a channel may repeat themselves: a multiple
/// of the channels that is small enough for the first-level cache.
inline std::size_t channel_period(std::size_t neurons, std::size_t channels) {
  constexpr std::size_t most = 512;
  if (neurons <= most) return neurons;
  return std::min(neurons, std::max<std::size_t>(most / channels, 1) * channels);
}

/// Sums of a sample's rows, not yet folded to channels: those of neuron n stand at n modulo the
/// period of its channels.
template <std::size_t Count>
class FoldedSums {
public:
  FoldedSums(std::size_t neurons, std::size_t channels)
      : neurons_(neurons), period_(channel_period(neurons, channels)), by_(period_) {
    values_.resize(Count * period_);
  }

  std::size_t period() const { return period_; }
  double* of(std::size_t sum) { return values_.data() + sum * period_; }
  /// @param neuron of a row
  double& at(std::size_t sum, std::uint32_t neuron) {
    const std::size_t place =
        period_ == neurons_ ? neuron : neuron - by_.quotient(neuron) * period_;
    return values_[sum * period_ + place];
  }
  /// body(first, count) for pieces of a row whose sums are of(sum)[0 .. count - 1].
  template <class Body>
  void for_pieces(const Body& body) const {
    for (std::size_t first = 0; first < neurons_; first += period_)
      body(first, std::min(period_, neurons_ - first));
  }

private:
  std::size_t neurons_, period_;
  ChannelDivision by_;
  std::vector<double> values_;
};

/// Calls add(row_index, sums) for every row of every own sample, then folds neurons to channels
/// (neuron modulo channels) and samples in order. @return Count sums, each [channels].
template <std::size_t Count, class Add>
std::array<std::vector<double>, Count> channel_sums(const BatchRows& rows, std::size_t neurons,
                                                    std::size_t channels, const Add& add,
                                                    const StepRange& steps = {}) {
  const std::size_t samples = rows.samples();
  std::vector<double> partial(samples * Count * channels, 0.0);
  for_own_samples(rows, [&](std::size_t sample) {
    FoldedSums<Count> sums(neurons, channels);
    for (std::size_t row = steps.begin(rows, sample); row < steps.end(rows, sample); ++row)
      add(row, sums);
    double* own = partial.data() + sample * Count * channels;
    for (std::size_t k = 0; k < Count; ++k)
      for (std::size_t first = 0; first < sums.period(); first += channels)
        for (std::size_t c = 0; c < channels; ++c) own[k * channels + c] += sums.of(k)[first + c];
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
