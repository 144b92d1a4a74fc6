// The rules of binning, shared by whole recordings and streams: which step an event belongs to,
// which index it has, what is refused, and that an address spikes once a step. Must not know files.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "datasets/event.hpp"

namespace volley {

/// Length of a step in microseconds. @throws Error below 1 us and above 10^9 ms
std::uint64_t step_microseconds(double dt_ms);

/// Addresses of a sensor. @throws Error (where = `origin`) for none or 2^32 and more
std::uint32_t count_inputs(const SensorSize& sensor, const std::string& origin);

/// Microseconds since the start, exact for any two times.
inline std::uint64_t since(std::int64_t start, std::int64_t t) {
  return static_cast<std::uint64_t>(t) - static_cast<std::uint64_t>(start);
}

/// Index of an event's address, see spike_train.hpp.
inline std::uint32_t address_index(const Event& event, const SensorSize& sensor) {
  return static_cast<std::uint32_t>(
      (event.y * static_cast<std::int64_t>(sensor.width) + event.x) * sensor.polarities + event.p);
}

/// Holds events against a sensor and a clock that never steps back.
class EventCheck {
public:
  EventCheck(const SensorSize& sensor, std::int64_t start_us, std::string origin)
      : sensor_(sensor), start_(start_us), previous_(start_us), origin_(std::move(origin)) {}

  /// The next event. @throws Error naming its number where it lies before the start or outside the
  /// sensor, or is earlier than the one before
  void next(const Event& event) {
    if (event.t < previous_ || event.x >= sensor_.width || event.y >= sensor_.height ||
        event.p >= sensor_.polarities)
      refuse(event);
    previous_ = event.t;
    ++number_;
  }

private:
  [[noreturn]] void refuse(const Event& event) const;

  SensorSize sensor_;
  std::int64_t start_, previous_;
  std::string origin_;
  std::uint64_t number_ = 0;
};

/// Sorts the addresses of one step and drops the repeated ones: over a bitmap where the step is
/// dense (time: addresses / 64), by sorting where it is sparse. Memory is bounded by the sensor,
/// however many events a step has.
class StepSorter {
public:
  explicit StepSorter(std::uint32_t inputs);

  /// @param address below `inputs`
  void add(std::uint32_t address) {
    addresses_.push_back(address);
    if (addresses_.size() >= most_listed_) mark();
  }
  bool empty() const { return addresses_.empty() && !marked_; }
  /// Appends what was added, ascending, and forgets it.
  void flush(std::vector<std::uint32_t>& sorted);
  /// Bytes held now.
  std::size_t bytes() const;

private:
  void mark();

  std::size_t words_, most_listed_;
  bool marked_ = false;
  std::vector<std::uint64_t> bits_;  // all zero unless marked
  std::vector<std::uint32_t> addresses_;
};

}  // namespace volley
