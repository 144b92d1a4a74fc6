// Spikes that a simulation left behind (volley simulate --out), as a trace to look at. Must not know
// who looks.
#pragma once

#include <filesystem>

#include "sim/trace.hpp"

namespace volley {

/// Whether a file is such: spikes.csv by its first line, spikes-NAME.npy by its name and beginning.
bool is_spike_file(const std::filesystem::path& file);

/// A population for each name in the file, as large as its highest neuron needs.
/// @param dt_ms length of a step of the trace; 0: a two-thousandth of the duration, at least 0.1 ms
/// @throws Error naming file and line (or byte) for what is no number or a neuron above 2^24, and
/// where there are more than a thousand populations or too many steps
SampleTrace read_spike_file(const std::filesystem::path& file, double dt_ms = 0);

}  // namespace volley
