#include "sim/neuron_kernels.hpp"

#include <algorithm>

#include "sim/spike_levels.hpp"

namespace volley {

namespace {

template <class Real>
Real reset_membrane(const NeuronDynamics<Real>& dynamics, Real v, Real spikes) {
  if (spikes == 0 || dynamics.reset == Reset::none) return v;
  return dynamics.reset == Reset::zero ? Real(0) : v - spikes * dynamics.threshold;
}

template <class Real>
Real spikes_of(NeuronStatus status) {
  return static_cast<Real>(std::max(status, NeuronStatus{0}));
}

template <class Real>
NeuronStatus threshold_spikes(const NeuronDynamics<Real>& dynamics, Real relative) {
  if (dynamics.levels == 1) return relative >= dynamics.threshold ? 1 : 0;
  return static_cast<NeuronStatus>(
      spike_count(relative, dynamics.threshold, static_cast<Real>(dynamics.levels)));
}

template <class Real>
void neuron_row_text(const NeuronDynamics<Real>& dynamics, const NeuronRow<Real>& row,
                     std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) {
    Real input = row.current[i];
    if (dynamics.synapse) row.synapse[i] = input = dynamics.synapse_beta * row.synapse[i] + input;
    const Real spikes = dynamics.spiking ? spikes_of<Real>(row.status_before[i]) : Real(0);
    const Real kept = reset_membrane(dynamics, row.v_before[i], spikes);
    const Real v = dynamics.beta[i] * kept + input;
    row.v[i] = v;
    if (!dynamics.spiking) continue;
    Real relative = v;
    if (dynamics.adapts) {
      const Real a = dynamics.adaptation_beta * row.adaptation[i] + spikes;
      row.adaptation[i] = a;
      relative = v - dynamics.adaptation * a;
    }
    if (row.relative != nullptr) row.relative[i] = relative;
    NeuronStatus status = threshold_spikes(dynamics, relative);
    if (dynamics.refractory_steps > 0) {
      std::int32_t& left = row.refractory[i];
      left = spikes > 0 ? dynamics.refractory_steps : std::max(left - 1, 0);
      if (left > 0) status = refractory_status;
    }
    row.status[i] = status;
  }
}

template <class Real>
void add_later_spike_text(const NeuronDynamics<Real>& dynamics, bool attached,
                          const NeuronBackwardRow<Real>& row, Real* wanted, Real* any,
                          std::size_t n) {
  const bool zero = dynamics.reset == Reset::zero;
  Real* reset = zero ? any : wanted;
  for (std::size_t i = 0; i < n; ++i) {
    if (dynamics.adapts) wanted[i] += row.carry_a[i];
    if (!attached || dynamics.reset == Reset::none) continue;
    reset[i] -= dynamics.beta[i] * (zero ? row.v[i] : dynamics.threshold) * row.carry_v[i];
  }
}

template <class Real>
void neuron_backward_text(const NeuronDynamics<Real>& dynamics,
                          const NeuronBackwardRow<Real>& row, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) {
    Real dv = row.gradient[i], passed = Real(1);
    if (dynamics.spiking) {
      if (row.status[i] == refractory_status) dv = Real(0);
      if (dynamics.adapts)
        row.carry_a[i] = dynamics.adaptation_beta * row.carry_a[i] - dynamics.adaptation * dv;
      if (dynamics.reset == Reset::zero && row.status[i] > 0) passed = Real(0);
    }
    dv += dynamics.beta[i] * passed * row.carry_v[i];
    row.carry_v[i] = dv;
    if (row.decay != nullptr) {
      const bool first = row.v_before == nullptr;
      const Real spikes =
          dynamics.spiking && !first ? spikes_of<Real>(row.status_before[i]) : Real(0);
      row.decay[i] = first ? Real(0) : dv * reset_membrane(dynamics, row.v_before[i], spikes);
    }
    const bool flows = dynamics.synapse && row.synapse_after != nullptr;
    row.gradient[i] = flows ? dv + dynamics.synapse_beta * row.synapse_after[i] : dv;
  }
}

}  // namespace

template <class Real>
NeuronDynamics<Real> neuron_dynamics(const Population& population, const Real* beta) {
  return {beta,
          static_cast<Real>(population.threshold),
          population.reset,
          population.kind == NeuronKind::lif,
          population.synapse_beta != 0,
          population.adaptation != 0,
          static_cast<Real>(population.synapse_beta),
          static_cast<Real>(population.adaptation),
          static_cast<Real>(population.adaptation_beta),
          population.refractory_steps,
          population.quantizer.levels};
}
template NeuronDynamics<float> neuron_dynamics(const Population&, const float*);
template NeuronDynamics<double> neuron_dynamics(const Population&, const double*);

void append_spikes(const NeuronStatus* status, std::size_t n, std::uint32_t first,
                   std::vector<std::uint32_t>& spikes) {
  for (std::size_t i = 0; i < n; ++i)
    for (NeuronStatus k = 0; k < status[i]; ++k)
      spikes.push_back(first + static_cast<std::uint32_t>(i));
}

#define VOLLEY_NEURON_KERNELS(Real)                                                               \
  void neuron_row(const NeuronDynamics<Real>& d, const NeuronRow<Real>& row, std::size_t n) {     \
    neuron_row_text(d, row, n);                                                                   \
  }                                                                                               \
  void add_later_spike(const NeuronDynamics<Real>& d, bool attached,                              \
                       const NeuronBackwardRow<Real>& row, Real* wanted, Real* any,               \
                       std::size_t n) {                                                           \
    add_later_spike_text(d, attached, row, wanted, any, n);                                       \
  }                                                                                               \
  void neuron_backward_row(const NeuronDynamics<Real>& d, const NeuronBackwardRow<Real>& row,     \
                           std::size_t n) {                                                       \
    neuron_backward_text(d, row, n);                                                              \
  }
VOLLEY_NEURON_KERNELS(float)
VOLLEY_NEURON_KERNELS(double)
#undef VOLLEY_NEURON_KERNELS

}  // namespace volley
