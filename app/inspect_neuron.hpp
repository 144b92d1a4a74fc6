// What a window is told of a neuron that was picked: its membrane during the recording on show, and
// its receptive fields. Must not know windows' insides.
#pragma once

#include "sim/frozen_plan.hpp"
#include "viz/live_window.hpp"

namespace volley {

/// The window's answer to a pick, and its picture of the network, from now on. The recording is run
/// anew from its input spikes, with the weights of the plan.
void tell_of_neurons(LiveWindow& window, FrozenNetwork network);

}  // namespace volley
