// One time step of a row of extended neurons, forward and back: a decay per neuron, synaptic
// current, adaptive threshold, refractory period. Plain loops, on rows of float or double; every
// engine runs this text, so that they agree to the bit. Must not know networks or threads.
//
//   i[t] = alpha i[t-1] + I[t]                    or I[t] itself without synaptic current
//   v[t] = beta reset(v[t-1]) + i[t]              reset where s[t-1] = 1, by the resting threshold
//   a[t] = rho a[t-1] + s[t-1],  u[t] = v[t] - kappa a[t]
//   s[t] = clamp(floor(u[t] / threshold), 0, levels), but 0 while refractory: where one of the
//          refractory_steps steps before had a spike. Drawn spikes stand for the former alone.
//
// Reset::subtract takes the threshold off once for each spike, Reset::zero asks only whether there
// was one: f[t] = 1 where s[t] > 0. A quantiser sees u, the membrane relative to the adapted
// threshold, so that its window and its regression stay around a constant threshold. While
// refractory its window is shut: s = 0, and neither spike nor regressed membrane nor the terms of
// sim/estimator_terms.hpp pass a gradient on. Backward, with dn = dL/dv[t+1] and an = dL/da[t+1], 0
// after the last step and where truncation cuts between the two:
//   dL/ds[t] = what the quantiser and recurrent projections want + an
//              - beta threshold dn (Reset::subtract, if attached)
//   dL/df[t] = - beta v[t] dn (Reset::zero, if attached)
//   du[t] = open (dL/ds ds/du + dL/df df/du + dL/dx dx/du)
//           the rows of sim/membrane_kernels.hpp and sim/level_kernels.hpp without `next`
//   dv[t] = du[t] + beta dn (1 - f[t] for Reset::zero),  da[t] = rho an - kappa du[t]
//   di[t] = dL/dI[t] = dv[t] + alpha di[t+1],  dL/dbeta = sum of dv[t] reset(v[t-1])
#pragma once

#include <cstddef>
#include <cstdint>

#include <vector>

#include "models/network.hpp"

namespace volley {

/// The constants of a population; `beta` is per neuron of the row.
template <class Real>
struct NeuronDynamics {
  const Real* beta;
  Real threshold;
  Reset reset;
  bool spiking;           ///< false: leaky integrator
  bool synapse, adapts;   ///< has a synaptic current, an adaptive threshold
  Real synapse_beta;      ///< alpha
  Real adaptation;        ///< kappa
  Real adaptation_beta;   ///< rho
  std::int32_t refractory_steps;
  int levels;             ///< most spikes in one step
};
/// @param beta per neuron of the rows to come; must outlive the result
template <class Real>
NeuronDynamics<Real> neuron_dynamics(const Population& population, const Real* beta);

/// Of a neuron in one step: its spikes, or `refractory_status`.
using NeuronStatus = std::int16_t;
inline constexpr NeuronStatus refractory_status = -1;

/// State of a row, all zero at rest: the step before and, apart or in place, this one. Pointers
/// that the dynamics do not need are not looked at.
template <class Real>
struct NeuronRow {
  const Real* current;                   ///< I[t]
  const Real* v_before;
  const NeuronStatus* status_before;
  Real* v;
  NeuronStatus* status;
  Real *synapse, *adaptation;            ///< i, a; in place
  std::int32_t* refractory;              ///< steps left without spike, this one included; in place
  Real* relative;                        ///< u, written where not null
};
void neuron_row(const NeuronDynamics<float>& dynamics, const NeuronRow<float>& row, std::size_t n);
void neuron_row(const NeuronDynamics<double>& dynamics, const NeuronRow<double>& row,
                std::size_t n);

/// Appends first + i to `spikes`, ascending, once for each spike of neuron i.
void append_spikes(const NeuronStatus* status, std::size_t n, std::uint32_t first,
                   std::vector<std::uint32_t>& spikes);

/// A row on the way back. dn and an are carried in place: of the step after before, of this one
/// afterwards.
template <class Real>
struct NeuronBackwardRow {
  const Real* v;
  const NeuronStatus* status;
  const Real* v_before;                  ///< null at the first step
  const NeuronStatus* status_before;
  Real *carry_v, *carry_a;               ///< dL/dv, dL/da
  const Real* synapse_after;             ///< di[t+1]; null at the last step
  Real* gradient;                        ///< in: dL/du without `open`; out: dL/dI
  Real* decay;                           ///< dv reset(v_before), the gradient of beta; may be null
};

/// wanted[i] += what the step after wants of this step's spikes, through adaptation and, where
/// `attached`, Reset::subtract; any[i] += what it wants of there being one at all, through
/// Reset::zero. With one level the two are the same, and `any` may be `wanted`.
void add_later_spike(const NeuronDynamics<float>& dynamics, bool attached,
                     const NeuronBackwardRow<float>& row, float* wanted, float* any,
                     std::size_t n);
void add_later_spike(const NeuronDynamics<double>& dynamics, bool attached,
                     const NeuronBackwardRow<double>& row, double* wanted, double* any,
                     std::size_t n);

void neuron_backward_row(const NeuronDynamics<float>& dynamics,
                         const NeuronBackwardRow<float>& row, std::size_t n);
void neuron_backward_row(const NeuronDynamics<double>& dynamics,
                         const NeuronBackwardRow<double>& row, std::size_t n);

}  // namespace volley
