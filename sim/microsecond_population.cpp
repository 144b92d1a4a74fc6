#include "sim/microsecond_population.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace volley {

MicrosecondPopulation::MicrosecondPopulation(const PlanPopulation& population,
                                             MicrosecondDynamics dynamics)
    : dynamics_(std::move(dynamics)),
      channels_(population.channels),
      padded_(padded_column(channels_)) {
  const std::size_t columns = population.spec.shape.area();
  v_.resize(columns * padded_);
  drive_.resize(columns * padded_);
  last_.resize(columns);
  wake_.resize(columns);
  head_.resize(columns);
  tail_.resize(columns);
  is_touched_.resize(columns);
  if (dynamics_.refractory > 0) ready_.resize(population.neurons);
  for (std::size_t n = 0; n < population.neurons; ++n) {
    if (n % channels_ == 0) alone_begin_.push_back(static_cast<std::uint32_t>(alone_.size()));
    drive_[n / channels_ * padded_ + n % channels_] = dynamics_.drive[n];
    driven_ = driven_ || dynamics_.drive[n] != 0;
    if (std::isfinite(dynamics_.ticks_to_threshold(n, n % channels_, 0.0)))
      alone_.push_back(static_cast<std::uint32_t>(n));
  }
  alone_begin_.push_back(static_cast<std::uint32_t>(alone_.size()));
  reset();
  for (std::size_t column = 0; column < columns; ++column) {
    rest_wake_.push_back(forecast(column, -1));
    if (rest_wake_.back() != never) rest_due_.push_back(static_cast<std::uint32_t>(column));
  }
  reset();
}

void MicrosecondPopulation::reset() {
  std::fill(v_.begin(), v_.end(), 0.0);
  std::fill(last_.begin(), last_.end(), -1);
  std::fill(ready_.begin(), ready_.end(), 0);
  std::fill(head_.begin(), head_.end(), none);
  std::fill(is_touched_.begin(), is_touched_.end(), 0);
  touched_.clear();
  arrivals_.clear();
  wake_ = rest_wake_;
  wake_.resize(columns(), never);
  advanced_ = rest_due_;
}

void MicrosecondPopulation::touch(std::size_t column) {
  if (is_touched_[column] != 0) return;
  is_touched_[column] = 1;
  touched_.push_back(static_cast<std::uint32_t>(column));
}

void MicrosecondPopulation::append(std::size_t column, const Arrival& arrival) {
  touch(column);
  const auto own = static_cast<std::uint32_t>(arrivals_.size());
  arrivals_.push_back(arrival);
  if (head_[column] == none)
    head_[column] = own;
  else
    arrivals_[tail_[column]].next = own;
  tail_[column] = own;
}

void MicrosecondPopulation::arrive(std::size_t column, const float* weights, std::size_t first,
                                   std::size_t count) {
  append(column, {weights, static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(count),
                  none});
}

/// All channels leak alike: one decay a column, and whole rows added in the same pass.
void MicrosecondPopulation::advance_uniform(std::int64_t t) {
  rows_.clear();
  row_begin_.clear();
  steps_.clear();
  for (const std::uint32_t column : touched_) {
    row_begin_.push_back(rows_.size());
    for (std::uint32_t at = head_[column]; at != none; at = arrivals_[at].next)
      if (arrivals_[at].count == 0) rows_.push_back(arrivals_[at].weights);
  }
  row_begin_.push_back(rows_.size());
  const ExactLeak& leak = dynamics_.leak[0];
  for (std::size_t k = 0; k < touched_.size(); ++k) {
    const std::size_t column = touched_[k];
    const std::int64_t ticks = t - last_[column];
    steps_.push_back({v_.data() + column * padded_,
                      driven_ ? drive_.data() + column * padded_ : nullptr, leak.decay(ticks),
                      driven_ ? leak.gain(ticks) : 0.0, rows_.data() + row_begin_[k],
                      row_begin_[k + 1] - row_begin_[k], over_.data() + k * padded_ / 8});
  }
  step_columns(steps_.data(), steps_.size(), padded_, dynamics_.threshold);
}

/// Every channel leaks its own way.
void MicrosecondPopulation::advance_by_channel(std::int64_t t) {
  for (std::size_t k = 0; k < touched_.size(); ++k) {
    const std::size_t column = touched_[k];
    const std::int64_t ticks = t - last_[column];
    double* v = v_.data() + column * padded_;
    const double* drive = drive_.data() + column * padded_;
    for (std::size_t c = 0; c < channels_; ++c)
      v[c] = v[c] * dynamics_.leak[c].decay(ticks) + drive[c] * dynamics_.leak[c].gain(ticks);
    for (std::uint32_t at = head_[column]; at != none; at = arrivals_[at].next)
      for (std::size_t c = 0; arrivals_[at].count == 0 && c < channels_; ++c)
        v[c] += static_cast<double>(arrivals_[at].weights[c]);
    find_over(k);
  }
}

/// Adds what reaches single channels. @return whether there was any
bool MicrosecondPopulation::add_parts(std::size_t column) {
  bool any = false;
  for (std::uint32_t at = head_[column]; at != none; at = arrivals_[at].next) {
    const Arrival& arrival = arrivals_[at];
    double* v = v_.data() + column * padded_ + arrival.first;
    for (std::uint32_t c = 0; c < arrival.count; ++c)
      v[c] += static_cast<double>(arrival.weights[c]);
    any = any || arrival.count > 0;
  }
  return any;
}

void MicrosecondPopulation::find_over(std::size_t place) {
  const double* v = v_.data() + touched_[place] * padded_;
  std::uint8_t* over = over_.data() + place * padded_ / 8;
  std::fill_n(over, padded_ / 8, std::uint8_t{0});
  for (std::size_t c = 0; c < channels_; ++c)
    if (v[c] >= dynamics_.threshold)
      over[c / 8] = static_cast<std::uint8_t>(over[c / 8] | 1u << (c % 8));
}

/// Spikes and resets of a column whose neurons over threshold are known.
void MicrosecondPopulation::fire(std::size_t place, std::int64_t t,
                                 std::vector<std::uint32_t>& fired) {
  const std::size_t column = touched_[place];
  const std::uint8_t* over = over_.data() + place * padded_ / 8;
  again_ = never;
  for (std::size_t byte = 0; byte < padded_ / 8; ++byte)
    for (std::uint32_t rest = over[byte]; rest != 0; rest &= rest - 1) {
      const std::size_t c = 8 * byte + static_cast<std::size_t>(std::countr_zero(rest));
      if (c >= channels_) return;  // padding, over a threshold that is not above 0
      const std::size_t neuron = column * channels_ + c;
      double& v = v_[column * padded_ + c];
      if (ready_.empty() || ready_[neuron] <= t) {
        fired.push_back(static_cast<std::uint32_t>(neuron));
        v = dynamics_.reset == Reset::subtract ? v - dynamics_.threshold : 0.0;
        if (!ready_.empty()) ready_[neuron] = t + 1 + dynamics_.refractory;
      }
      if (v >= dynamics_.threshold)
        again_ = std::min(again_, ready_.empty() ? t + 1 : std::max(t + 1, ready_[neuron]));
    }
}

/// The first tick behind t at which a neuron that fires without input may do so: early rather than
/// late where rounding leaves a doubt.
std::int64_t MicrosecondPopulation::forecast(std::size_t column, std::int64_t t) const {
  constexpr double far = 0x1p60, doubt = 1e-9;
  std::int64_t wake = never;
  const auto at = [&](double ticks) {
    if (!(ticks < far)) return never;
    return t + std::max<std::int64_t>(
                   1, static_cast<std::int64_t>(std::ceil(ticks - doubt * (1 + ticks))));
  };
  const auto begin = alone_.begin() + alone_begin_[column];
  const auto end = alone_.begin() + alone_begin_[column + 1];
  const double* v = v_.data() + column * padded_;
  const std::size_t first = column * channels_;
  if (dynamics_.leak.size() > 1 || !ready_.empty()) {
    for (auto neuron = begin; neuron != end; ++neuron) {
      const std::int64_t own =
          at(dynamics_.ticks_to_threshold(*neuron, *neuron - first, v[*neuron - first]));
      if (own != never)
        wake = std::min(wake, ready_.empty() ? own : std::max(own, ready_[*neuron]));
    }
    return wake;
  }
  // Equal leaks: the neuron with the least share of its way to go is the first.
  double least = std::numeric_limits<double>::infinity();
  std::uint32_t nearest = none;
  const double* drive = drive_.data() + column * padded_;
  const bool leaks = dynamics_.leak[0].rate > 0;
  for (auto neuron = begin; neuron != end; ++neuron) {
    const std::size_t c = *neuron - first;
    const double way = leaks ? (drive[c] - v[c]) / (drive[c] - dynamics_.threshold)
                             : (dynamics_.threshold - v[c]) / drive[c];
    if (way >= least) continue;
    least = way;
    nearest = *neuron;
  }
  if (nearest == none) return never;
  return at(dynamics_.ticks_to_threshold(nearest, nearest - first, v[nearest - first]));
}

void MicrosecondPopulation::finish(std::int64_t t, std::vector<std::uint32_t>& fired) {
  std::sort(touched_.begin(), touched_.end());
  over_.resize(std::max(over_.size(), touched_.size() * padded_ / 8));
  if (dynamics_.leak.size() == 1)
    advance_uniform(t);
  else
    advance_by_channel(t);
  for (std::size_t k = 0; k < touched_.size(); ++k) {
    const std::size_t column = touched_[k];
    if (add_parts(column)) find_over(k);
    last_[column] = t;
    fire(k, t, fired);
    wake_[column] = again_;
    if (alone_begin_[column] != alone_begin_[column + 1])
      wake_[column] = std::min(wake_[column], forecast(column, t));
    is_touched_[column] = 0;
    head_[column] = none;
  }
  updates_ += touched_.size() * channels_;
  arrivals_.clear();
  advanced_.swap(touched_);
  touched_.clear();
}

std::size_t MicrosecondPopulation::bytes() const {
  return (v_.capacity() + drive_.capacity()) * sizeof(double) +
         (last_.capacity() + wake_.capacity() + ready_.capacity()) * sizeof(std::int64_t) +
         (alone_.capacity() + alone_begin_.capacity() + head_.capacity() + tail_.capacity() +
          touched_.capacity() + advanced_.capacity()) *
             sizeof(std::uint32_t) +
         is_touched_.capacity() + over_.capacity() + arrivals_.capacity() * sizeof(Arrival) +
         rows_.capacity() * sizeof(const float*) + row_begin_.capacity() * sizeof(std::size_t) +
         steps_.capacity() * sizeof(ColumnStep);
}

}  // namespace volley
