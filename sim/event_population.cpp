#include "sim/event_population.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "sim/membrane_kernels.hpp"
#include "sim/spike_levels.hpp"

namespace volley {

namespace {
constexpr std::size_t wheel_size = 256;
constexpr std::int64_t never = FrozenNeurons::never;
}  // namespace

EventPopulation::EventPopulation(const Population& spec, const std::vector<float>& bias,
                                 std::vector<float> channel_beta)
    : spec_(spec),
      channels_(static_cast<std::size_t>(spec.shape.channels)),
      columns_(spec.shape.area()),
      beta_(static_cast<float>(spec.beta)),
      threshold_(static_cast<float>(spec.threshold)),
      bias_(bias),
      v_(spec.shape.size()),
      before_(channels_),
      current_(spec.shape.size()),
      zero_(channels_),
      rest_(spec.shape.size()),
      may_fire_alone_(spec.shape.size()),
      last_(columns_),
      wake_(columns_),
      is_touched_(columns_),
      wheel_(wheel_size),
      found_(channels_) {
  if (spec_.extended()) extended_.emplace(spec_, std::move(channel_beta), bias_);
  // Rounding of a repeated step stays within a few units in the last place of the sum's limit.
  const double leak = 1 - static_cast<double>(beta_);
  for (std::size_t n = 0; n < bias_.size(); ++n) {
    const double b = static_cast<double>(bias_[n]);
    if (leak <= 0) {
      may_fire_alone_[n] = b > 0;
      continue;
    }
    rest_[n] = b / leak;
    const double margin = 1e-5 * (1 + std::abs(rest_[n])) / std::max(leak, 1e-3);
    may_fire_alone_[n] = rest_[n] >= static_cast<double>(threshold_) - margin;
  }
  reset();
}

void EventPopulation::reset() {
  std::fill(v_.begin(), v_.end(), 0.0f);
  if (extended_) extended_->reset();
  std::fill(current_.begin(), current_.end(), 0.0f);
  std::fill(last_.begin(), last_.end(), -1);
  std::fill(wake_.begin(), wake_.end(), never);
  std::fill(is_touched_.begin(), is_touched_.end(), 0);
  touched_.clear();
  for (auto& bucket : wheel_) bucket.clear();
  updates_ = 0;
  for (std::size_t column = 0; column < columns_; ++column) schedule(column, -1);
}

void EventPopulation::touch(std::size_t column) {
  if (is_touched_[column] != 0) return;
  is_touched_[column] = 1;
  touched_.push_back(static_cast<std::uint32_t>(column));
}

void EventPopulation::touch_all() {
  for (std::size_t column = 0; column < columns_; ++column) touch(column);
}

void EventPopulation::finish_step(std::int64_t t, std::vector<std::uint32_t>& fired) {
  auto& due = wheel_[static_cast<std::size_t>(t) % wheel_size];
  for (const std::uint32_t column : due)
    if (wake_[column] == t) touch(column);
  due.clear();
  std::sort(touched_.begin(), touched_.end());
  for (const std::uint32_t column : touched_) {
    advance_silently(column, t - 1);
    advance(column, t, fired);
    schedule(column, t);
    is_touched_[column] = 0;
  }
  updates_ += touched_.size();
  touched_.clear();
}

void EventPopulation::advance_silently(std::size_t column, std::int64_t t) {
  if (extended_) {
    for (; last_[column] < t; ++last_[column])
      if (!extended_->step_silently(column)) {
        last_[column] = t;
        return;
      }
    return;
  }
  float* v = v_.data() + column * channels_;
  for (; last_[column] < t; ++last_[column]) {
    std::copy_n(v, channels_, before_.data());
    membrane_row({beta_, threshold_, spec_.reset, before_.data(), zero_.data(), nullptr,
                  bias_.data() + column * channels_, v, spec_.quantizer.levels},
                 channels_);
    assert(find_spikes(v, channels_, threshold_, found_.data()) == 0);
    if (std::equal(v, v + channels_, before_.data())) {
      last_[column] = t;  // at rest to the last bit: further steps change nothing
      return;
    }
  }
}

void EventPopulation::advance(std::size_t column, std::int64_t t,
                              std::vector<std::uint32_t>& fired) {
  const std::size_t first = column * channels_;
  float* v = v_.data() + first;
  float* current = current_.data() + first;
  if (extended_) {
    extended_->step(column, column + 1, current);
    extended_->append_fired(column, column + 1, fired);
  } else {
    std::copy_n(v, channels_, before_.data());
    membrane_row({beta_, threshold_, spec_.reset, before_.data(), current, nullptr,
                  bias_.data() + first, v, spec_.quantizer.levels},
                 channels_);
    const std::size_t count = find_spikes(v, channels_, threshold_, found_.data());
    append_spikes<float>({found_.data(), count}, v, threshold_, spec_.quantizer.levels,
                         static_cast<std::uint32_t>(first), fired);
  }
  std::fill_n(current, channels_, 0.0f);
  last_[column] = t;
}

void EventPopulation::schedule(std::size_t column, std::int64_t t) {
  std::int64_t silent = never;
  for (std::size_t n = column * channels_; n < (column + 1) * channels_ && silent > 0; ++n)
    silent = std::min(silent, silent_steps(n));
  if (silent == never) {
    wake_[column] = never;
    return;
  }
  const auto reach = static_cast<std::int64_t>(wheel_size) - 1;
  const std::int64_t wake = t + 1 + std::min(silent, reach - 1);
  if (wake_[column] == wake) return;  // already in the wheel
  wake_[column] = wake;
  wheel_[static_cast<std::size_t>(wake) % wheel_size].push_back(
      static_cast<std::uint32_t>(column));
}

/// Steps without input during which the neuron certainly does not fire; `never` for all of them.
std::int64_t EventPopulation::silent_steps(std::size_t n) const {
  if (extended_) return extended_->silent_steps(n);
  float kept = v_[n];
  if (kept >= threshold_) {
    if (spec_.reset == Reset::subtract) {
      const auto levels = static_cast<float>(spec_.quantizer.levels);
      kept -= levels > 1 ? threshold_ * spike_count(kept, threshold_, levels) : threshold_;
    }
    if (spec_.reset == Reset::zero) kept = 0.0f;
  }
  const float next = beta_ * kept + (0.0f + bias_[n]);
  if (next >= threshold_) return 0;
  if (may_fire_alone_[n] == 0) return never;
  const double now = static_cast<double>(next), goal = static_cast<double>(threshold_);
  const double b = static_cast<double>(bias_[n]), rest = rest_[n];
  double steps = 0;
  if (beta_ >= 1.0f) {
    steps = (goal - now) / b;
  } else if (now >= rest) {
    return rest < goal ? 1 : never;  // falling towards a rest close under the threshold
  } else if (rest > goal) {
    steps = std::log((rest - goal) / (rest - now)) / std::log(static_cast<double>(beta_));
  }
  // One part in a thousand and two steps cover the rounding of the steps in between.
  const double safe = std::min(std::floor(steps * 0.999) - 1, 1e9);
  return safe > 1 ? static_cast<std::int64_t>(safe) : 1;
}

}  // namespace volley
