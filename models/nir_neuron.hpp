// The neurons of NIR turned into volley's step by forward Euler. Owns the arithmetic of tau, r,
// leak, reset and thresholds; must not know edges.
#pragma once

#include <string>
#include <vector>

#include "models/network.hpp"
#include "models/nir_fields.hpp"

namespace volley {

/// What a file leaves to its readers, from the metadata of its graph.
struct NirConventions {
  double dt = 0.0;        ///< seconds per step in the file's own time
  bool dt_known = false;  ///< false where dt is assumed
  double step_ms = 0.0;   ///< true length of a step
  std::string reset;      ///< "subtract", "none", or anything else for NIR's reset
};

/// @param assumptions gets a line where dt is not said. @throws Error for unusable numbers
NirConventions read_conventions(const Hdf5Node& graph, const std::string& file,
                                std::vector<std::string>& assumptions);

/// v <- beta v + gain I + offset, in volley's membrane.
struct NirNeuron {
  Population population;  ///< name and shape not set
  double gain = 1.0;
  double offset = 0.0;
};

bool is_nir_neuron(const std::string& type);

/// @param type LIF, LI, IF or I
/// @throws Error for parameters that differ between neurons or have no meaning
NirNeuron read_neuron(const NirFields& fields, const std::string& type, const std::string& name,
                      const NirConventions& conventions, std::vector<std::string>& assumptions);

}  // namespace volley
