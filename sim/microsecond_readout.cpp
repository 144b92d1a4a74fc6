#include "sim/microsecond_readout.hpp"

#include <algorithm>

namespace volley {

MicrosecondReadout::MicrosecondReadout(const PlanPopulation& population,
                                       MicrosecondDynamics dynamics, ReadoutScore score)
    : dynamics_(std::move(dynamics)),
      score_(score),
      v_(population.neurons),
      sum_(population.neurons),
      largest_(population.neurons),
      scores_(population.neurons) {
  // A channel is a neuron of a flat readout, and repeats over the positions of a map.
  if (dynamics_.leak.size() > 1)
    for (std::size_t n = population.channels; n < population.neurons; ++n)
      dynamics_.leak.push_back(dynamics_.leak[n % population.channels]);
}

void MicrosecondReadout::reset() {
  std::fill(v_.begin(), v_.end(), 0.0);
  last_ = -1;
  counted_ = true;
  begin_scores(-1);
}

/// The membrane of the present tick is final.
void MicrosecondReadout::count_present() {
  if (counted_) return;
  counted_ = true;
  for (std::size_t n = 0; n < v_.size(); ++n) {
    sum_[n] += v_[n];
    largest_[n] = std::max(largest_[n], v_[n]);
  }
}

/// Ticks up to `until` without input, counted; between two inputs a membrane goes one way only.
void MicrosecondReadout::silence(std::int64_t until) {
  count_present();
  const std::int64_t ticks = until - last_;
  if (ticks <= 0) return;
  ExactLeak leak;
  double decay = 0, gain = 0, decay_sum = 0, gain_sum = 0, first_decay = 0, first_gain = 0;
  for (std::size_t n = 0; n < v_.size(); ++n) {
    if (n == 0 || dynamics_.leak.size() > 1) {
      leak = dynamics_.leak_of(n);
      decay = leak.decay(ticks);
      gain = leak.gain(ticks);
      first_decay = leak.decay(1);
      first_gain = leak.gain(1);
      decay_sum = leak.decay_sum(ticks);
      gain_sum = leak.gain_sum(ticks);
    }
    const double drive = dynamics_.drive[n];
    sum_[n] += v_[n] * decay_sum + drive * gain_sum;
    largest_[n] = std::max(largest_[n], v_[n] * first_decay + drive * first_gain);
    v_[n] = v_[n] * decay + drive * gain;
    largest_[n] = std::max(largest_[n], v_[n]);
  }
  last_ = until;
}

void MicrosecondReadout::advance(std::int64_t t) {
  silence(t - 1);
  for (std::size_t n = 0; n < v_.size(); ++n) {
    const ExactLeak& leak = dynamics_.leak_of(n);
    v_[n] = v_[n] * leak.decay(1) + dynamics_.drive[n] * leak.gain(1);
  }
  last_ = t;
  counted_ = false;
}

void MicrosecondReadout::arrive(const float* weights, std::size_t first, std::size_t count) {
  for (std::size_t n = 0; n < count; ++n) v_[first + n] += static_cast<double>(weights[n]);
}

void MicrosecondReadout::begin_scores(std::int64_t t) {
  silence(t);
  begin_ = t;
  std::fill(sum_.begin(), sum_.end(), 0.0);
  std::fill(largest_.begin(), largest_.end(), 0.0);
}

std::span<const float> MicrosecondReadout::scores(std::int64_t t) {
  silence(t);
  const auto ticks = static_cast<double>(std::max<std::int64_t>(1, t - begin_));
  for (std::size_t n = 0; n < v_.size(); ++n) {
    const double score = score_ == ReadoutScore::mean  ? sum_[n] / ticks
                         : score_ == ReadoutScore::max ? largest_[n]
                                                       : v_[n];
    scores_[n] = static_cast<float>(score);
  }
  return scores_;
}

}  // namespace volley
