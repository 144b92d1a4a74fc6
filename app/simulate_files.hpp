// What `volley simulate --out` leaves behind, and the recorded spikes it reads. Must not know
// options or progress.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sim/circuit_simulator.hpp"

namespace volley {

/// Spikes of every population of kind recorded: from a .csv file (time_ms,neuron), or an event file
/// whose sensor is the population's grid with polarities (columns = width x polarities).
/// @throws Error naming the file
std::vector<SpikeTrain> read_recorded(const Circuit& circuit);

struct SimulationFiles {
  std::filesystem::path folder;
  bool npy = false;      ///< else csv
  double bin_ms = 10;    ///< of rates
};

/// spikes (csv: one file; npy: a file a population), rates.csv, membrane.csv and raster.png.
/// @return the files, in the order written. @throws Error where one cannot be written
std::vector<std::filesystem::path> write_simulation(const CircuitSimulator& simulator,
                                                    const SimulationFiles& files);

}  // namespace volley
