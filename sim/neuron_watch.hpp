// Membranes of chosen neurons during one recording, for pictures and for finding out why a neuron
// fires or does not. Must not know what is done with them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "sim/frozen_plan.hpp"

namespace volley {

struct NeuronId {
  std::size_t population = 0;  ///< id in the network
  std::size_t neuron = 0;
  friend bool operator==(const NeuronId&, const NeuronId&) = default;
};

struct NeuronTrace {
  NeuronId id;
  std::string population;                 ///< its name
  Shape shape;                            ///< of the population
  std::vector<float> membrane;            ///< v[t] by step, before the reset that a spike brings
  std::vector<float> threshold;           ///< by step, with what adaptation adds; empty: readout
  std::vector<std::uint32_t> spikes;      ///< steps in which it fired, ascending, each once
};

/// Runs the recording from rest on the clocked engine and keeps these neurons, in their order.
/// @throws Error where a neuron is not one of a lif or leaky_integrator population, and as
/// ClockedInference::run does
std::vector<NeuronTrace> watch_neurons(const FrozenPlan& plan, const SpikeTrain& input,
                                       std::span<const NeuronId> neurons);

/// The `count` neurons of a population that fire most in a trace, most first; of those that fire
/// alike the first ones. Of a population without spikes the first `count`.
std::vector<NeuronId> busiest_neurons(const SampleTrace& trace, std::size_t population,
                                      std::size_t count);

}  // namespace volley
