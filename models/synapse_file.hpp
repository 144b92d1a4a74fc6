// Synapses listed in a text file: source,target[,weight[,delay_ms]] a line. Owns the format; must
// not know rules or engines.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

namespace volley {

struct ListedSynapse {
  std::uint32_t source = 0, target = 0;
  double weight = 0, delay_ms = 0;
};

struct SynapseList {
  std::vector<ListedSynapse> synapses;  ///< by source, then target; equal ones in the file's order
  bool weights = false, delays = false; ///< whether the file has those columns
};

/// Reads a file of comma-separated numbers; a first line that begins with a letter is a heading,
/// '#' begins a comment. @param sources,targets sizes of the two populations
/// @throws Error naming file and line for what is no number, a neuron that there is not, a delay
/// below 0, or lines of different lengths
SynapseList read_synapses(const std::filesystem::path& file, std::uint32_t sources,
                          std::uint32_t targets);

}  // namespace volley
