// Spikes of recordings as they went through a network, for other tools: .npy, .ras of Auryn and
// SONATA's HDF5. Owns those layouts; must not know engines or options.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "sim/trace.hpp"

namespace volley {

/// Takes traces one after another and writes the file at the end.
///   .npy: int64 rows (recording, population, neuron, step)
///   .ras: lines "seconds neuron"; neurons are counted over all spiking populations
///   .h5:  /spikes/<population>/{timestamps in ms, node_ids}, sorted by time (SONATA 0.1)
/// In .ras and .h5 recordings follow each other in time; /recordings of the .h5 says their starts.
class SpikeFile {
public:
  /// @throws Error for an extension that is none of the above
  explicit SpikeFile(std::filesystem::path file);
  ~SpikeFile();

  void add(const SampleTrace& trace);

  /// @return the number of spikes. @throws Error where the file cannot be written
  std::uint64_t write();

private:
  struct Content;
  std::filesystem::path file_;
  std::unique_ptr<Content> content_;
};

}  // namespace volley
