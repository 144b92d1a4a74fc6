// Runs a network in 32-bit fixed point, in plain loops over all neurons: the meaning of an exported
// integer program, to the bit. Must not know any language.
//
//   I = sum over links of the weights of spikes, or round((scale * sum + offset * count) / 2^shift)
//   i[t] = saturate(alpha i[t-1] + I + bias)        or I + bias itself
//   v[t] = saturate(beta reset(v[t-1]) + i[t])
//   a[t] = saturate(rho a[t-1] + kappa s[t-1]),  s[t] = how many of 1 .. levels have
//          v[t] - a[t] >= k threshold; 0 while refractory
// Products with decays are rounded by fixed_decay() before they are added.
#pragma once

#include <cstdint>
#include <vector>

#include "models/fixed_point.hpp"
#include "sim/frozen_plan.hpp"

namespace volley {

struct FixedTrace {
  SampleTrace trace;                    ///< a readout's membrane in the network's own units
  std::vector<std::int32_t> membrane;   ///< the same as integers
};

class FixedEngine {
public:
  /// All must outlive the engine. `fixed` is fixed_point(network), `network` step_network(plan).
  FixedEngine(const FrozenPlan& plan, const StepNetwork& network, const FixedNetwork& fixed);

  /// One recording from rest. @throws Error where the train does not fit the input
  FixedTrace run(const SpikeTrain& input);

private:
  struct State {
    std::vector<std::int32_t> v, synapse, adaptation, refractory;
    std::vector<int> spikes;  ///< of the last step
  };
  void add_link(std::size_t id, std::span<const std::uint32_t> spikes,
                std::vector<std::int64_t>& current) const;
  void add_arriving(std::size_t id, const SampleTrace& trace, std::uint32_t t,
                    std::vector<std::int64_t>& current) const;
  void step_neurons(std::size_t id, const std::vector<std::int64_t>& current);

  const FrozenPlan& plan_;
  const StepNetwork& network_;
  const FixedNetwork& fixed_;
  std::vector<State> state_;
};

}  // namespace volley
