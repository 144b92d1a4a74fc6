#include "datasets/event_binner.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "base/error.hpp"

namespace volley {

std::uint64_t step_microseconds(double dt_ms) {
  const double dt_us = std::round(dt_ms * 1000);
  if (!(dt_us >= 1 && dt_us <= 1e12))
    throw Error("a step must last from 0.001 ms (1 us) to 1e9 ms", "dt_ms",
                "choose a value such as 10");
  return static_cast<std::uint64_t>(dt_us);
}

std::uint32_t count_inputs(const SensorSize& size, const std::string& origin) {
  // Widths and heights of at most 2^16 (what an Event can say) keep the product within 64 bits.
  const bool possible = size.width > 0 && size.width <= 65536 && size.height > 0 &&
                        size.height <= 65536 && size.polarities > 0 && size.polarities <= 256 &&
                        size.inputs() <= std::numeric_limits<std::uint32_t>::max();
  if (!possible)
    throw Error("a sensor of " + std::to_string(size.width) + " x " +
                    std::to_string(size.height) + " x " + std::to_string(size.polarities) +
                    " cannot be binned",
                origin, "give the sensor a size from 1 to 65536 pixels a side");
  return static_cast<std::uint32_t>(size.inputs());
}

void EventCheck::refuse(const Event& event) const {
  const char* const reason = event.t < start_      ? "lies before the start"
                             : event.t < previous_ ? "is earlier than the one before"
                                                   : "lies outside the sensor";
  throw Error("event " + std::to_string(number_) + " at " + std::to_string(event.t) + " us " +
                  reason,
              origin_, "read the recording again with its own decoder and sensor size");
}

StepSorter::StepSorter(std::uint32_t inputs)
    : words_((std::size_t{inputs} + 63) / 64), most_listed_(std::max<std::size_t>(words_, 4096)) {}

void StepSorter::mark() {
  bits_.resize(words_);
  for (const std::uint32_t address : addresses_)
    bits_[address / 64] |= std::uint64_t{1} << (address % 64);
  addresses_.clear();
  marked_ = true;
}

void StepSorter::flush(std::vector<std::uint32_t>& sorted) {
  if (!marked_ && addresses_.size() * 8 < words_) {
    std::sort(addresses_.begin(), addresses_.end());
    sorted.insert(sorted.end(), addresses_.begin(),
                  std::unique(addresses_.begin(), addresses_.end()));
    addresses_.clear();
    return;
  }
  mark();
  for (std::size_t word = 0; word < words_; ++word) {
    for (std::uint64_t rest = bits_[word]; rest != 0; rest &= rest - 1)
      sorted.push_back(static_cast<std::uint32_t>(word * 64) +
                       static_cast<std::uint32_t>(std::countr_zero(rest)));
    bits_[word] = 0;
  }
  marked_ = false;
}

std::size_t StepSorter::bytes() const {
  return bits_.capacity() * sizeof(std::uint64_t) + addresses_.capacity() * sizeof(std::uint32_t);
}

}  // namespace volley
