// One time step of a row of membranes, forward and back. Forward results are the same to the bit on
// every instruction set, so that engines agree. On rows of float or double; one text, compiled per
// instruction set by Highway and chosen at run time. Must not know networks or threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include "models/network.hpp"

namespace volley {

/// One step of a row of neurons: v[i] = beta * reset(previous[i]) + (current[i] * scale[i] +
/// offset[i]). `previous` null: from rest (0). `scale` null: 1. `offset` null: 0. Without spikes
/// (leaky integrator) use Reset::none. `current` may be `v`.
template <class Real>
struct MembraneRow {
  Real beta, threshold;
  Reset reset;
  const Real *previous, *current, *scale, *offset;
  Real* v;
  int levels = 1;  ///< most spikes in one step, each of which Reset::subtract takes off
};
void membrane_row(const MembraneRow<float>& row, std::size_t n);
void membrane_row(const MembraneRow<double>& row, std::size_t n);

/// Writes the ascending i with v[i] >= threshold to `spikes` (room for n) and returns how many.
std::size_t find_spikes(const float* v, std::size_t n, float threshold, std::uint32_t* spikes);
std::size_t find_spikes(const double* v, std::size_t n, double threshold, std::uint32_t* spikes);

/// membrane_row and then find_spikes of its membranes, in one pass. `current` may be `v`.
std::size_t spiking_row(const MembraneRow<float>& row, std::size_t n, std::uint32_t* spikes);
std::size_t spiking_row(const MembraneRow<double>& row, std::size_t n, std::uint32_t* spikes);

/// Constants per neuron of the backward scan, method formulas in sim/denoise.hpp:
///   dL/ds = slope_s * g + const_s + per_x * x + per_s * s,  dL/dx = const_x + per_spike * s
/// Those of neuron i stand at i modulo `period`.
template <class Real>
struct BackwardConstants {
  const Real *slope_s, *const_s, *per_x, *per_s, *const_x, *per_spike;
  std::size_t period = std::numeric_limits<std::size_t>::max();
};

/// One step back through time of a row of lif neurons; gradient[i] holds dL/dy (and becomes dL/dv),
/// next[i] is dL/dv of the step after (null at the last step, and for extended neurons, whose carry
/// through time is in sim/neuron_kernels.hpp). `recurrent` (or null) is what later
/// steps want of the spike itself. `window` and `sharpness` shape the spike's slope as the
/// estimator says; Estimator::custom reads it from `slopes`. `fired` is 1 where a spike was drawn
/// and 0 elsewhere, null where a spike is v >= threshold.
template <class Real>
struct BackwardRow {
  Estimator estimator;
  Real beta, threshold, window, sharpness;
  Reset reset;
  bool attached, clip;
  BackwardConstants<Real> constants;  ///< used by Estimator::denoise
  const Real *v, *next, *recurrent;
  Real* gradient;
  const Real *slopes = nullptr, *fired = nullptr;
};
void backward_row(const BackwardRow<float>& row, std::size_t n);
void backward_row(const BackwardRow<double>& row, std::size_t n);

}  // namespace volley
