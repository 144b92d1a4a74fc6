// Spikes as text: time_ms,neuron a line. Owns the format; must not know networks.
#pragma once

#include <cstdint>
#include <filesystem>

#include "datasets/spike_train.hpp"

namespace volley {

/// Reads a file of comma-separated numbers, in any order; a first line that begins with a letter is
/// a heading, '#' begins a comment. Step k holds the spikes with k*dt <= time < (k+1)*dt; several
/// of a neuron in one step are one. As many steps as the last spike needs, at least 1.
/// @throws Error naming file and line for what is no number, a neuron that is not below `neurons`,
/// a negative time, or more than max_steps steps
SpikeTrain read_spike_csv(const std::filesystem::path& file, std::uint32_t neurons, double dt_ms);

}  // namespace volley
