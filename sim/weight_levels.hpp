// The quantising half f of sim/weight_quantizer.hpp: which weights are kept, and the level of each.
// Must not know the regression.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/weight_cells.hpp"
#include "sim/weight_quantizer.hpp"

namespace volley {

/// Whether q is the weight itself or 0.
inline bool float_levels(const WeightQuantizer& quantizer) {
  return quantizer.bits == 32 && quantizer.levels == WeightLevels::uniform;
}

/// Highest level of a grid.
inline double top_level(const WeightQuantizer& quantizer) {
  return static_cast<double>(
      (1 << quantizer.bits) - (quantizer.grid == WeightGrid::symmetric ? 2 : 1));
}

/// Writes levels, and of the statistics gradient_scale, zero and offset. Adds the sample variance
/// of the slope's group, by cell.
template <class Real>
void find_levels(const WeightQuantizer& quantizer, const WeightCells& cells,
                 const std::vector<Real>& weights, const std::vector<double>& mean,
                 WeightStatistics& statistics, std::vector<double>& variance);

}  // namespace volley
