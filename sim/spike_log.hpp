// The last spikes of some neurons, step by step. Must not know neurons, synapses or threads.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace volley {

/// Steps stand one behind the other in as little memory as their spikes take, so that a log of a
/// hundred quiet steps stays in a few cache lines.
class SpikeLog {
public:
  /// @param steps how many of the last are kept, at least 1
  explicit SpikeLog(std::size_t steps = 1)
      : steps_(steps), ends_(std::bit_ceil(steps + 1), 0), mask_(ends_.size() - 1) {}

  /// Adds to the step that is being written, the first of which is 0.
  void append(std::span<const std::uint32_t> spikes) {
    values_.insert(values_.end(), spikes.begin(), spikes.end());
  }

  /// Closes that step and begins the next.
  void end_step() {
    ends_[step_++ & mask_] = values_.size();
    if (const std::size_t dead = begin_of(oldest()); dead > most_dead && dead > values_.size() / 2)
      drop(dead);
  }

  /// Spikes of a closed step that is still kept, until the log is changed.
  std::span<const std::uint32_t> operator[](std::uint32_t step) const {
    const std::size_t begin = begin_of(step);
    return {values_.data() + begin, ends_[step & mask_] - begin};
  }

private:
  static constexpr std::size_t most_dead = 256;

  std::uint32_t oldest() const {
    return step_ > steps_ ? step_ - static_cast<std::uint32_t>(steps_) : 0;
  }
  std::size_t begin_of(std::uint32_t step) const { return step == 0 ? 0 : ends_[(step - 1) & mask_]; }

  void drop(std::size_t dead) {
    values_.erase(values_.begin(), values_.begin() + static_cast<std::ptrdiff_t>(dead));
    for (std::size_t& end : ends_) end = end > dead ? end - dead : 0;
  }

  std::size_t steps_;
  std::vector<std::size_t> ends_;  ///< of each step kept, and of the one before
  std::size_t mask_;
  std::vector<std::uint32_t> values_;
  std::uint32_t step_ = 0;
};

}  // namespace volley
