// Times of very many events in little memory: a histogram whose bins are within 1 % of what is in
// them. Must not know what is timed.
#pragma once

#include <cstdint>
#include <vector>

#include "app/console.hpp"

namespace volley {

class LatencyHistogram {
public:
  LatencyHistogram();

  /// So many events that took `nanoseconds` each.
  void add(std::uint64_t nanoseconds, std::uint64_t events = 1);
  /// All that another one has seen.
  void add(const LatencyHistogram& other);
  std::uint64_t events() const { return events_; }
  /// Nanoseconds within which this share of the events was done (the middle of its bin; the largest
  /// as it was); 0 without events.
  double quantile(double share) const;
  /// {"median", "p99", "max"} in microseconds.
  Json microseconds_json() const;

private:
  std::vector<std::uint64_t> counts_;
  std::uint64_t events_ = 0, largest_ = 0;
};

/// "median 1.2, 99 % 3.4, max 56 us" of microseconds_json().
std::string latency_text(const Json& microseconds);

}  // namespace volley
