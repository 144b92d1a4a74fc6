#include "sim/study_statistics.hpp"

#include <boost/math/distributions/students_t.hpp>
#include <cassert>
#include <cmath>
#include <vector>

namespace volley {

SampleSummary summarise(std::span<const double> values) {
  SampleSummary summary;
  summary.count = values.size();
  if (values.empty()) return summary;
  const double count = static_cast<double>(values.size());
  for (const double value : values) summary.mean += value / count;
  double squares = 0;
  for (const double value : values) squares += (value - summary.mean) * (value - summary.mean);
  if (values.size() > 1) summary.deviation = std::sqrt(squares / (count - 1));
  return summary;
}

PairedDifference paired_difference(std::span<const double> first, std::span<const double> second,
                                   double confidence) {
  assert(first.size() == second.size());
  std::vector<double> differences;
  for (std::size_t i = 0; i < first.size(); ++i) differences.push_back(first[i] - second[i]);
  const SampleSummary summary = summarise(differences);
  PairedDifference result{summary.count, summary.mean, summary.mean, summary.mean, 1};
  if (!result.tested()) return result;
  const double count = static_cast<double>(summary.count);
  const double error = summary.deviation / std::sqrt(count);
  if (!(error > 0)) {
    result.p = summary.mean == 0 ? 1 : 0;
    return result;
  }
  const boost::math::students_t distribution(count - 1);
  const double reach = boost::math::quantile(distribution, (1 + confidence) / 2) * error;
  result.low -= reach;
  result.high += reach;
  result.p = 2 * boost::math::cdf(boost::math::complement(distribution,
                                                          std::abs(summary.mean) / error));
  return result;
}

}  // namespace volley
