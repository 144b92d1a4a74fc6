// Bins: one for each value below 128, then 64 of equal width for each power of two.
#include "app/latency.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>

namespace volley {

namespace {

constexpr unsigned bits = 6;
constexpr std::size_t per_power = std::size_t{1} << bits;

std::size_t bin_of(std::uint64_t value) {
  if (value < 2 * per_power) return static_cast<std::size_t>(value);
  const unsigned shift = static_cast<unsigned>(std::bit_width(value)) - bits - 1;
  return shift * per_power + static_cast<std::size_t>(value >> shift);
}

double middle_of(std::size_t bin) {
  if (bin < 2 * per_power) return static_cast<double>(bin);
  const std::size_t shift = bin / per_power - 1;
  const double width = std::ldexp(1.0, static_cast<int>(shift));
  return (static_cast<double>(bin - shift * per_power) + 0.5) * width - 0.5;
}

}  // namespace

LatencyHistogram::LatencyHistogram() : counts_(bin_of(~std::uint64_t{0}) + 1) {}

void LatencyHistogram::add(std::uint64_t nanoseconds, std::uint64_t events) {
  counts_[bin_of(nanoseconds)] += events;
  events_ += events;
  if (events > 0) largest_ = std::max(largest_, nanoseconds);
}

void LatencyHistogram::add(const LatencyHistogram& other) {
  for (std::size_t bin = 0; bin < counts_.size(); ++bin) counts_[bin] += other.counts_[bin];
  events_ += other.events_;
  largest_ = std::max(largest_, other.largest_);
}

double LatencyHistogram::quantile(double share) const {
  if (events_ == 0) return 0;
  const double wanted = std::max(1.0, std::ceil(share * static_cast<double>(events_)));
  const auto largest = static_cast<double>(largest_);
  if (wanted >= static_cast<double>(events_)) return largest;
  std::uint64_t passed = 0;
  for (std::size_t bin = 0; bin < counts_.size(); ++bin) {
    passed += counts_[bin];
    if (static_cast<double>(passed) >= wanted) return std::min(middle_of(bin), largest);
  }
  return largest;
}

Json LatencyHistogram::microseconds_json() const {
  return {{"median", 1e-3 * quantile(0.5)}, {"p99", 1e-3 * quantile(0.99)},
          {"max", 1e-3 * quantile(1.0)}};
}

std::string latency_text(const Json& microseconds) {
  return fmt::format("median {:.3g}, 99 % {:.3g}, max {:.3g} us",
                     microseconds["median"].get<double>(), microseconds["p99"].get<double>(),
                     microseconds["max"].get<double>());
}

}  // namespace volley
