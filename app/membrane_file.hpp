// Membranes that a simulation left behind (membrane.csv of volley simulate --out), with the spikes
// beside them. Must not know who looks.
#pragma once

#include <filesystem>
#include <vector>

#include "sim/neuron_watch.hpp"

namespace volley {

/// Whether a file is such, by its first line: time_ms,NAME[NEURON],...
bool is_membrane_file(const std::filesystem::path& file);

struct RecordedMembranes {
  double dt_ms = 1;
  std::uint32_t steps = 0;
  /// One for each column. `id.population` counts the names in their order; spikes are those of
  /// spikes.csv or spikes-NAME.npy in the same folder, none where there is no such file; the
  /// threshold is not known.
  std::vector<NeuronTrace> neurons;
};

/// @throws Error naming file and line for what is no number, for rows of another length and for
/// times that are not evenly spaced; and as read_spike_file does
RecordedMembranes read_membrane_file(const std::filesystem::path& file);

}  // namespace volley
