// What repeated runs say: mean, spread, and the paired comparison of two sets of runs with the same
// seeds. Must not know what was run.
#pragma once

#include <cstddef>
#include <span>

namespace volley {

struct SpreadSummary {
  std::size_t count = 0;
  double mean = 0;
  double deviation = 0;  ///< of the sample (divided by n - 1); 0 for fewer than two values
};
SpreadSummary summarise(std::span<const double> values);

/// The mean of first[i] - second[i] with an interval by Student's t distribution with n - 1 degrees
/// of freedom, and the two-sided p value of the paired t test. With fewer than two pairs, and where
/// all differences are equal (few test samples make it happen), there is neither interval nor p.
struct PairedDifference {
  std::size_t count = 0;
  double mean = 0;
  bool tested = false;  ///< whether what follows means anything
  double low = 0, high = 0, p = 1;
};
/// @param first, second of equal length, pair by pair
PairedDifference paired_difference(std::span<const double> first, std::span<const double> second,
                                   double confidence = 0.95);

}  // namespace volley
