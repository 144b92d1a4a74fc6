// Do the two engines agree? Compares traces spike by spike. Must not know files.
#pragma once

#include <functional>
#include <span>
#include <string>

#include "sim/clocked_inference.hpp"
#include "sim/trace.hpp"

namespace volley {

struct Comparison {
  std::size_t recordings = 0, populations = 0;
  std::uint64_t steps = 0, spikes = 0;      ///< spikes of lif populations in the first trace
  std::uint64_t differing_spikes = 0;       ///< (population, neuron, step) fired in one only
  std::size_t differing_predictions = 0;
  double membrane_difference = 0;           ///< largest, relative to the readout's largest value
  std::string first_difference;             ///< "recording, population, neuron 7, step 3"; or empty

  void add(const Comparison& other);
};

/// Lif populations spike by spike, the readout by membrane.
Comparison compare_traces(const SampleTrace& first, const SampleTrace& second);

/// Runs every recording through both engines, in parallel over recordings.
Comparison compare_engines(const FrozenPlan& plan, std::span<const SpikeTrain> recordings,
                           std::span<const std::string> names,
                           const std::function<void(std::size_t done)>& progress = {});

}  // namespace volley
