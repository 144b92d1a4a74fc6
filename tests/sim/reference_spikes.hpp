// Slopes and probabilities of spikes, written from the formulas in models/quantizer.hpp alone.
#pragma once

#include "models/quantizer.hpp"

namespace volley {

/// clip(d / (2 half) + 1/2, 0, 1)
double ramp(double d, double half);

/// The smooth step whose derivative a surrogate uses, k its sharpness; that of soft_round is meant
/// for the window alone. 0 for the other estimators.
double smooth_step(Estimator estimator, double d, double k, double half);

/// Of a function of one variable, by finite differences of fourth order: the truncation error
/// stays below rounding.
template <class Function>
double derivative(const Function& f, double x) {
  const double h = 1e-5;
  return (8 * (f(x + h) - f(x - h)) - (f(x + 2 * h) - f(x - 2 * h))) / (12 * h);
}

/// ds/dv: by finite differences of the smooth step, or of the clipped ramp, which climbs `levels`
/// thresholds.
double reference_slope(const SpikeQuantizer& quantizer, double d, double half, double threshold,
                       int levels, double k);

/// Of a spike that is drawn, `progress` of the training done.
double reference_probability(const SpikeQuantizer& quantizer, double d, double half, double k,
                             double progress);

}  // namespace volley
