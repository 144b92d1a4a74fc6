#include "sim/study_statistics.hpp"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cassert>
#include <cmath>
#include <vector>

namespace volley {

SpreadSummary summarise(std::span<const double> values) {
  SpreadSummary summary;
  summary.count = values.size();
  if (values.empty()) return summary;
  const double count = static_cast<double>(values.size());
  for (const double value : values) summary.mean += value;
  summary.mean /= count;
  double squares = 0;
  for (const double value : values) squares += (value - summary.mean) * (value - summary.mean);
  if (values.size() > 1) summary.deviation = std::sqrt(squares / (count - 1));
  return summary;
}

PairedDifference paired_difference(std::span<const double> first, std::span<const double> second,
                                   double confidence) {
  assert(first.size() == second.size());
  std::vector<double> differences;
  double largest = 0;
  for (std::size_t i = 0; i < first.size(); ++i) {
    differences.push_back(first[i] - second[i]);
    largest = std::max({largest, std::abs(first[i]), std::abs(second[i])});
  }
  const SpreadSummary summary = summarise(differences);
  PairedDifference result;
  result.count = summary.count;
  result.mean = summary.mean;
  // Equal differences may differ by the rounding of their subtraction.
  if (result.count < 2 || summary.deviation <= 1e-12 * largest) return result;
  const double count = static_cast<double>(summary.count);
  const double error = summary.deviation / std::sqrt(count);
  const boost::math::students_t distribution(count - 1);
  const double reach = boost::math::quantile(distribution, (1 + confidence) / 2) * error;
  result.tested = true;
  result.low = summary.mean - reach;
  result.high = summary.mean + reach;
  result.p = 2 * boost::math::cdf(boost::math::complement(distribution,
                                                          std::abs(summary.mean) / error));
  return result;
}

}  // namespace volley
