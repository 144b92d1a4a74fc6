// The plain-loop twin of the weight quantisers, written from the formulas in
// sim/weight_quantizer.hpp alone; slow, for tests only.
#pragma once

#include <vector>

#include "models/quantizer.hpp"

namespace volley {

/// What quantisation did at one point of parameter space, by weight.
struct WeightNoise {
  std::vector<double> weight, quantised, slope;  // w0, q0, dq/dw
  std::vector<double> a, b, ridge;               // of its group
};

/// w_hat of w [rows][columns]. @param frozen false: quantise, and write what happened to `noise`;
/// true: a smooth function of w with that noise, whose gradient the estimator says
std::vector<double> reference_weights(const WeightQuantizer& quantizer,
                                      const std::vector<double>& w, std::size_t rows,
                                      std::size_t columns, WeightNoise& noise, bool frozen);

}  // namespace volley
