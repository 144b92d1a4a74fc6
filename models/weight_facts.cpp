#include "models/weight_facts.hpp"

#include <fmt/format.h>

#include <cmath>

#include "base/error.hpp"

namespace volley {

namespace {

/// Binary entropy in bits.
double entropy(double share) {
  if (share <= 0 || share >= 1) return 0;
  return -share * std::log2(share) - (1 - share) * std::log2(1 - share);
}

/// log2 of the ways to choose.
double log2_choices(int chosen, int of) {
  double sum = 0;
  for (int k = 1; k <= chosen; ++k)
    sum += std::log2(static_cast<double>(of - chosen + k) / static_cast<double>(k));
  return sum;
}

/// The rules for sparsity and pattern.
void check_zeros(const WeightQuantizer& q, const std::string& where) {
  const bool pattern = q.kept != 0 || q.of != 0, sparse = q.sparsity != 0;
  if (!(q.sparsity >= 0 && q.sparsity < 1))
    throw Error("weight_sparsity is not within 0 and below 1", where);
  if (!(q.sparsity_ramp >= 0 && q.sparsity_ramp <= 1))
    throw Error("weight_sparsity_ramp is not within 0 and 1", where);
  if (!sparse && q.sparsity_ramp != 0)
    throw Error("weight_sparsity_ramp has no meaning without weight_sparsity", where, "remove it");
  if (pattern && !(q.kept >= 1 && q.kept < q.of && q.of <= longest_pattern))
    throw Error(fmt::format("weight_pattern = {}:{} is not N:M with 1 <= N < M <= {}", q.kept, q.of,
                            longest_pattern),
                where, "write weight_pattern = \"2:4\", for example");
  if (pattern && sparse)
    throw Error("weight_sparsity and weight_pattern both choose the zeros", where,
                "keep one of the two");
  if (!pattern && !q.interleaved)
    throw Error("weight_interleaved has no meaning without weight_pattern", where, "remove it");
  if (q.levels == WeightLevels::unipolar && !pattern)
    throw Error("weight_levels = unipolar needs a weight_pattern", where,
                "write weight_pattern = \"2:4\", for example");
  if (q.levels == WeightLevels::sign && !pattern && !sparse)
    throw Error("weight_levels = sign needs weight_sparsity or weight_pattern", where,
                "give one of them, or write weight_bits = 1 instead");
  if (!pattern && !sparse) return;
  if (q.levels == WeightLevels::ternary)
    throw Error("ternary weights choose their zeros themselves", where,
                "write weight_levels = \"sign\" for a sparsity or pattern of your own");
  if (q.levels == WeightLevels::unipolar && sparse)
    throw Error("weight_sparsity has no meaning for unipolar weights", where, "remove it");
  if (q.levels == WeightLevels::uniform && q.bits == 1)
    throw Error("weight_bits = 1 has no value 0 to leave out", where,
                "write weight_levels = \"sign\" instead of weight_bits");
  if (q.on_grid() && q.grid == WeightGrid::asymmetric)
    throw Error("an asymmetric grid need not hold 0, which sparsity and pattern need", where,
                "write weight_grid = \"symmetric\"");
}

}  // namespace

void check_weights(const WeightQuantizer& q, const std::string& where) {
  if (!(q.bits == 32 || (q.bits >= 1 && q.bits <= 8)))
    throw Error("weight_bits is neither 32 nor 1 to 8", where);
  if (q.levels != WeightLevels::uniform && q.bits != 32)
    throw Error("weight_bits has meaning for uniform weight_levels only", where,
                "keep one of the two");
  if (!(std::isfinite(q.lambda) && q.lambda >= 0)) throw Error("weight_lambda is below 0", where);
  if (!(std::isfinite(q.deviations) && q.deviations >= 0))
    throw Error("weight_deviations is below 0", where);
  if (!q.on_grid() && (q.grid != WeightGrid::symmetric || q.range != WeightRange::deviation ||
                       q.deviations != 0))
    throw Error("weight_grid, weight_range and weight_deviations have meaning for 2 to 8 bits only",
                where, "remove them");
  if (q.range != WeightRange::deviation && q.deviations != 0)
    throw Error("weight_deviations has meaning for weight_range = \"std\" only", where,
                "remove it");
  if (q.grid == WeightGrid::symmetric && q.range == WeightRange::minmax)
    throw Error("a symmetric grid reaches as far below 0 as above: minmax has no meaning for it",
                where, "write weight_range = \"absmax\", or weight_grid = \"asymmetric\"");
  if (q.grid == WeightGrid::asymmetric && q.range == WeightRange::absmax)
    throw Error("absmax reaches as far below 0 as above, which a symmetric grid does", where,
                "write weight_range = \"minmax\", or weight_grid = \"symmetric\"");
  const bool sub_channel = q.group == WeightGroup::sub_channel;
  if (sub_channel ? q.group_size < 2 : q.group_size != 0)
    throw Error(sub_channel ? "weight_group_size is below 2"
                            : "weight_group_size has meaning for weight_group = sub_channel only",
                where, sub_channel ? "write weight_group_size = 64, for example" : "remove it");
  check_zeros(q, where);
  if (q.group == WeightGroup::mixed && !q.intercept)
    throw Error("weight_group = mixed is about intercepts, and there are none", where,
                "write weight_group = \"tensor\", or weight_intercept = true");
  if (!q.quantised() && !(q.group == WeightGroup::channel && q.intercept &&
                          q.estimator == WeightEstimator::denoise))
    throw Error("weight_group, weight_intercept and weight_estimator have no meaning for float "
                "weights",
                where, "remove them, or write weight_bits");
}

double kept_share(const WeightQuantizer& q) {
  if (q.of > 0) return static_cast<double>(q.kept) / static_cast<double>(q.of);
  return 1 - q.sparsity;
}

double bits_per_weight(const WeightQuantizer& q) {
  if (q.levels == WeightLevels::ternary) return std::log2(3.0);
  const double places = q.of > 0 ? log2_choices(q.kept, q.of) / static_cast<double>(q.of)
                                 : entropy(q.sparsity);
  if (q.levels == WeightLevels::unipolar) return places;
  return places + kept_share(q) * (q.levels == WeightLevels::sign ? 1 : q.bits);
}

std::uint64_t weight_bytes(const WeightQuantizer& q, std::uint64_t rows, std::uint64_t columns) {
  const double bits = bits_per_weight(q) * static_cast<double>(rows * columns);
  const auto matrix = static_cast<std::uint64_t>(std::ceil(bits / 8));
  if (!q.quantised()) return matrix;
  std::uint64_t slopes = columns, intercepts = columns;
  if (q.group == WeightGroup::tensor || q.group == WeightGroup::mixed) slopes = 1;
  if (q.group == WeightGroup::tensor) intercepts = 1;
  if (q.group == WeightGroup::sub_channel) {
    const auto size = static_cast<std::uint64_t>(q.group_size);
    slopes = intercepts = columns * ((rows + size - 1) / size);
  }
  return matrix + 4 * (slopes + (q.intercept ? intercepts : 0));
}

std::string weight_words(const WeightQuantizer& q) {
  std::string words;
  if (q.of > 0) words = fmt::format("{}:{}, ", q.kept, q.of);
  else if (q.sparsity > 0) words = fmt::format("{:.4g} % zero, ", 100 * q.sparsity);
  if (q.levels == WeightLevels::ternary) words += "ternary, ";
  if (q.levels == WeightLevels::sign) words += "sign, ";
  if (q.levels == WeightLevels::unipolar) words += "0 or 1, ";
  return words + fmt::format("{:.3g} bits", bits_per_weight(q));
}

}  // namespace volley
