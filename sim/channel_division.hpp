// Division of neuron indices by a number of channels without a divide. Must not know anything else.
#pragma once

#include <cstddef>
#include <cstdint>

namespace volley {

/// index / channels by a multiplication: the remainder of the rounded-up reciprocal is below
/// `channels`, so the quotient is exact while index * channels < 2^40 (Granlund & Montgomery,
/// "Division by invariant integers using multiplication", 1994, theorem 4.2).
class ChannelDivision {
public:
  explicit ChannelDivision(std::size_t channels)
      : reciprocal_(((std::uint64_t{1} << shift) + channels - 1) / channels), channels_(channels) {}

  std::size_t quotient(std::uint32_t index) const {
    if (index >= limit) return index / channels_;
    return static_cast<std::size_t>(index * reciprocal_ >> shift);
  }

private:
  static constexpr int shift = 40;
  static constexpr std::uint32_t limit = 1u << 20;  // channels are fewer than that, too
  std::uint64_t reciprocal_;
  std::size_t channels_;
};

}  // namespace volley
