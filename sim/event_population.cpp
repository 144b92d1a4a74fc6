#include "sim/event_population.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <numeric>

#include "sim/membrane_kernels.hpp"
#include "sim/silence_kernel.hpp"
#include "sim/spike_levels.hpp"

namespace volley {

namespace {
constexpr std::size_t wheel_size = 256;
constexpr std::int64_t never = never_fires;
}  // namespace

namespace {
/// The first `period` values where the first n repeat them (those of a convolution without borders
/// do), so that a sweep need not read them all; else all.
AlignedVector<float> repeated_part(const AlignedVector<float>& values, std::size_t neurons,
                                   std::size_t period) {
  if (period >= neurons) return values;
  for (std::size_t n = period; n < neurons; ++n)
    if (std::bit_cast<std::uint32_t>(values[n]) !=
        std::bit_cast<std::uint32_t>(values[n - period]))
      return values;
  return {values.begin(), values.begin() + static_cast<std::ptrdiff_t>(period)};
}
}  // namespace

EventPopulation::EventPopulation(const Population& spec, const std::vector<float>& bias,
                                 std::vector<float> channel_beta)
    : spec_(spec),
      channels_(static_cast<std::size_t>(spec.shape.channels)),
      columns_(spec.shape.area()),
      beta_(static_cast<float>(spec.beta)),
      threshold_(static_cast<float>(spec.threshold)),
      bias_(bias.begin(), bias.end()),
      v_(volley::swept(spec.shape.size()) + sweep_alignment),  // kernels read whole vectors
      before_(channels_),
      current_(v_.size()),
      zero_(channels_),
      next_(channels_),
      last_(columns_),
      wake_(columns_, never),
      is_touched_(columns_),
      wheel_(wheel_size),
      found_(channels_) {
  if (spec_.extended()) extended_.emplace(spec_, std::move(channel_beta), bias);
  for (const float own : bias) push_.push_back(silence_push(own, beta_, threshold_));
  bias_.resize(v_.size());
  sweep_bias_ = repeated_part(bias_, bias.size(), std::lcm(channels_, sweep_alignment));
  for (std::size_t column = 0; column < columns_; ++column) {
    schedule(column, -1);
    if (wake_[column] != never) waking_.push_back(static_cast<std::uint32_t>(column));
  }
  rest_wake_ = wake_;
  reset();
}

void EventPopulation::reset() {
  std::fill(v_.begin(), v_.end(), 0.0f);
  if (extended_) extended_->reset();
  std::fill(current_.begin(), current_.end(), 0.0f);
  std::fill(last_.begin(), last_.end(), -1);
  for (const std::uint32_t column : touched_) is_touched_[column] = 0;
  touched_.clear();
  if (in_wheel_)
    for (auto& bucket : wheel_) bucket.clear();
  in_wheel_ = false;
  if (!swept_) {  // else nobody waits, and all are scheduled when the sweeps end
    wake_ = rest_wake_;
    for (const std::uint32_t column : waking_)
      wheel_[static_cast<std::size_t>(wake_[column]) % wheel_size].push_back(column);
    in_wheel_ = !waking_.empty();
  }
  updates_ = arrivals_ = 0;
}

void EventPopulation::touch(std::size_t column) {
  ++arrivals_;
  if (is_touched_[column] != 0) return;
  is_touched_[column] = 1;
  touched_.push_back(static_cast<std::uint32_t>(column));
}

void EventPopulation::touch_all() {
  if (swept_) return arrive(columns_);
  for (std::size_t column = 0; column < columns_; ++column) touch(column);
}

void EventPopulation::finish_step(std::int64_t t, StepSpikes& fired) {
  if (swept_) {
    sweep(fired);
    finish_sweeps(t, {&arrivals_, 1});
    return;
  }
  auto& due = wheel_[static_cast<std::size_t>(t) % wheel_size];
  const std::uint64_t arrivals = arrivals_;
  for (const std::uint32_t column : due)
    if (wake_[column] == t) touch(column);
  arrivals_ = arrivals;
  std::sort(touched_.begin(), touched_.end());
  fired.write_list([&](std::vector<std::uint32_t>& list) {
    for (const std::uint32_t column : touched_) {
      advance_silently(column, t - 1);
      advance(column, t, list);
      schedule(column, t);
    }
  });
  updates_ += touched_.size();
  due.clear();
  for (const std::uint32_t column : touched_) is_touched_[column] = 0;
  touched_.clear();
  constexpr std::uint64_t many = 2;  // columns / arrivals
  if (arrivals_ * many >= columns_) begin_sweeps(t);
  arrivals_ = 0;
}

void EventPopulation::finish_sweeps(std::int64_t t, std::span<const std::uint64_t> arrivals) {
  constexpr std::uint64_t few = 8;  // columns / arrivals
  constexpr int patience = 8;
  updates_ += arrivals.size() * columns_;
  auto step = static_cast<std::size_t>(t) + 1 - arrivals.size();
  for (const std::uint64_t own : arrivals) {
    wheel_[step++ % wheel_size].clear();
    quiet_steps_ = own * few < columns_ ? quiet_steps_ + 1 : 0;
  }
  for (const std::uint32_t column : touched_) is_touched_[column] = 0;
  touched_.clear();
  arrivals_ = 0;
  if (quiet_steps_ >= patience) end_sweeps(t);
}

SweepRow EventPopulation::sweep_row() {
  return {beta_, threshold_, spec_.reset, sweep_bias_.data(), sweep_bias_.size(), current_.data(),
          v_.data()};
}

/// From the step behind t on.
void EventPopulation::begin_sweeps(std::int64_t t) {
  for (std::size_t column = 0; column < columns_; ++column) advance_silently(column, t);
  std::fill(wake_.begin(), wake_.end(), never);
  swept_ = true;
  quiet_steps_ = 0;
}

void EventPopulation::end_sweeps(std::int64_t t) {
  swept_ = false;
  std::fill(last_.begin(), last_.end(), t);
  for (std::size_t column = 0; column < columns_; ++column) schedule(column, t);
}

/// One step of every neuron.
void EventPopulation::sweep(StepSpikes& fired) {
  const std::size_t neurons = columns_ * channels_;
  if (extended_) {
    extended_->step(0, columns_, current_.data());
    fired.write_list(
        [&](std::vector<std::uint32_t>& list) { extended_->append_fired(0, columns_, list); });
  } else if (spec_.quantizer.levels > 1) {
    before_ = v_;
    membrane_row({beta_, threshold_, spec_.reset, before_.data(), current_.data(), nullptr,
                  bias_.data(), v_.data(), spec_.quantizer.levels},
                 neurons);
    found_.resize(neurons);
    const std::size_t count = find_spikes(v_.data(), neurons, threshold_, found_.data());
    fired.write_list([&](std::vector<std::uint32_t>& list) {
      append_spikes<float>({found_.data(), count}, v_.data(), threshold_, spec_.quantizer.levels, 0,
                           list);
    });
  } else {
    fired.write_bits([&](std::uint64_t* bits) {
      return sweep_membranes(sweep_row(), neurons, bits);
    });
    return;
  }
  std::fill(current_.begin(), current_.end(), 0.0f);
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
  in_wheel_ = true;
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
