// What the estimators `progressive` and `learned` (models/quantizer.hpp) add to a step back through
// time: the gradient of the discretisation error, and that of a trained sharpness. On rows of float
// or double; must not know networks or threads.
//
// Discretisation error of a population: weight * mean over rows and neurons of (x - s)^2 with
//   progressive: x = clip(d / w + 1/2, 0, 1);  learned: x = sigma(k d);  d = v - threshold,
// s = 1[d >= 0] being constant almost everywhere:  dE/dv = 2 weight / N (x - s) dx/dv.
// Trained sharpness k = exp(c): s = sigma(k d) + a perturbation held constant, so
//   dL/dc = sum over rows and neurons of (dL/ds + 2 weight / N (x - s)) sigma'(k d) k d.
// Of extended neurons d = u - threshold (sim/neuron_kernels.hpp), and a refractory one has no part
// in either sum: there is no spike that x could stand for.
#pragma once

#include <cstddef>

#include "models/network.hpp"
#include "sim/neuron_kernels.hpp"

namespace volley {

/// One step of a row of neurons with its estimator's constants.
template <class Real>
struct EstimatorTerms {
  Estimator estimator;
  Real beta, threshold, window, sharpness;
  Reset reset;
  bool attached;
  Real error_factor;  ///< 2 weight / N of the discretisation error; 0 without
  const Real *v, *next, *recurrent;  ///< as in BackwardRow
  Real* gradient;
  const NeuronStatus* status;  ///< of extended neurons; null: none is refractory

  bool open(std::size_t i) const { return status == nullptr || status[i] != refractory_status; }
};

/// dL/dc of the row, the error's part included. Call while gradient holds dL/dy.
template <class Real>
double sharpness_gradient(const EstimatorTerms<Real>& row, std::size_t n);

/// Adds dE/dv. Call once gradient holds dL/dv.
template <class Real>
void add_discretisation_gradient(const EstimatorTerms<Real>& row, std::size_t n);

}  // namespace volley
