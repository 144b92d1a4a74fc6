#include "sim/event_population.hpp"

#include <algorithm>
#include <cassert>

#include "sim/membrane_kernels.hpp"
#include "sim/silence_kernel.hpp"
#include "sim/spike_levels.hpp"

namespace volley {

namespace {
constexpr std::size_t wheel_size = 256;
constexpr std::int64_t never = never_fires;
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
      next_(channels_),
      last_(columns_),
      wake_(columns_),
      is_touched_(columns_),
      wheel_(wheel_size),
      found_(channels_) {
  if (spec_.extended()) extended_.emplace(spec_, std::move(channel_beta), bias_);
  for (const float own : bias_) push_.push_back(silence_push(own, beta_, threshold_));
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
  const std::int64_t silent = silent_steps(column);
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

/// Steps without input during which certainly no neuron of the column fires.
std::int64_t EventPopulation::silent_steps(std::size_t column) {
  const std::size_t first = column * channels_;
  if (extended_) {
    std::int64_t silent = never;
    for (std::size_t n = first; n < first + channels_ && silent > 0; ++n)
      silent = std::min(silent, extended_->silent_steps(n));
    return silent;
  }
  membrane_row({beta_, threshold_, spec_.reset, v_.data() + first, zero_.data(), nullptr,
                bias_.data() + first, next_.data(), spec_.quantizer.levels},
               channels_);
  return volley::silent_steps({next_.data(), push_.data() + first, 1.0f - beta_, threshold_},
                              channels_);
}

}  // namespace volley
