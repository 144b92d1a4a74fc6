// The neurons of NIR turned into volley's step. Owns the arithmetic of time constants, r, leak,
// reset and thresholds; must not know edges.
#pragma once

#include <string>
#include <vector>

#include "models/network.hpp"
#include "models/nir.hpp"
#include "models/nir_fields.hpp"

namespace volley {

/// What a file leaves to its readers: the options, else the metadata of its graph, else assumed.
struct NirConventions {
  double dt = 0.0;        ///< seconds per step in the file's own time; sinabs: steps, 1
  bool dt_known = false;  ///< false where dt is assumed
  double step_ms = 0.0;   ///< true length of a step
  NirStep step = NirStep::euler;
  bool several = false;   ///< spikes in a step
  std::string reset;      ///< "subtract", "none", or anything else for NIR's reset
  bool reset_is_option = false;  ///< it then stands above what a node's metadata say
};

/// @param assumptions gets a line for each thing that nobody says. @throws Error for unusable
/// numbers
NirConventions read_conventions(const Hdf5Node& graph, const std::string& file,
                                const NirReadOptions& options,
                                std::vector<std::string>& assumptions);

/// v <- beta v + i + offset, where i <- synapse_beta i + gain I. One value for all neurons, or one
/// for each in the file's order.
struct NirNeuron {
  Population population;  ///< name and shape not set; beta and threshold are the first neuron's
  std::vector<double> beta{1.0};
  std::vector<double> gain{1.0};  ///< thresholds that differ are in it too
  std::vector<double> offset{0.0};
};

bool is_nir_neuron(const std::string& type);

/// @param type LIF, LI, IF, I, CubaLIF, CubaLI or Threshold
/// @throws Error for parameters without meaning, and synaptic time constants that differ
NirNeuron read_neuron(const NirFields& fields, const std::string& type, const std::string& name,
                      const NirConventions& conventions, std::vector<std::string>& assumptions);

}  // namespace volley
