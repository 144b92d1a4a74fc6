// How well a frozen network classifies in microsecond mode. Must not know files.
#pragma once

#include <functional>
#include <span>

#include "datasets/recording.hpp"
#include "sim/evaluate.hpp"

namespace volley {

/// As evaluate(), in microsecond mode (sim/microsecond_engine.hpp), each recording loaded when its
/// turn comes and forgotten after it. Firing rates are per neuron and step's length of time.
/// @param load   recording by index; called from any thread. What it throws comes out of here
/// @param steps  of each recording; 0: to the end of its last event's step
/// @throws Error as MicrosecondEngine and classify() do
Evaluation evaluate_microseconds(const FrozenPlan& plan,
                                 const std::function<Recording(std::size_t)>& load,
                                 std::span<const int> labels, std::uint32_t steps,
                                 const std::function<bool(std::size_t done)>& progress = {});

}  // namespace volley
