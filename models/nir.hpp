// The Neuromorphic Intermediate Representation (NIR, Pedersen et al., Nature Communications 2024):
// writing a frozen network and reading one back. Owns its HDF5 layout and what importers accept;
// must not know engines.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "models/frozen_network.hpp"

namespace volley {

/// For whom a file is written. NIR prescribes no step, so that a file is exact for some tools only.
enum class NirProfile {
  /// snnTorch, Norse (dt = 1e-4) and SpikingJelly: forward Euler with dt = 1e-4 s in the file's own
  /// time, weights divided by 1 - beta.
  portable,
  /// sinabs: tau counted in steps, beta = exp(-1 / tau), weights as they are, thresholds that fire
  /// when they are reached.
  sinabs,
};

struct NirWriteOptions {
  NirProfile profile = NirProfile::portable;
};

/// One thing that the file cannot say: other tools run another network. volley itself finds it in
/// the metadata.
struct NirLoss {
  std::string kind;    ///< one of nir_loss_kinds()
  std::string where;   ///< "population 'hidden'"
  std::string reason;
};

/// What an export had to say: each line names the tools that differ, or that refuse the file.
struct NirReport {
  std::vector<std::string> warnings;
  std::vector<NirLoss> losses;
  bool portable = true;  ///< exact in the tools of the profile
};

/// "reset", "levels", "clip".
const std::vector<std::string>& nir_loss_kinds();

/// What would be lost. Writes nothing.
std::vector<NirLoss> nir_losses(const FrozenNetwork& network, const NirWriteOptions& options);

/// Writes the network as NIR, nodes in creation order; true step length, reset and bits under
/// metadata. Losses are reported, not refused.
/// @throws Error for what cannot be said at all (max pooling, a bias that differs within a channel
/// of a map, adaptive thresholds, refractory periods, delays per synapse) with the population's name
/// and what to do instead. A learned decay is written as a tau per neuron, a synaptic current as
/// CubaLIF or CubaLI, a delay as a Delay node, a weight per neuron as Scale.
NirReport write_nir(const FrozenNetwork& network, const std::filesystem::path& file,
                    const NirWriteOptions& options = {});

/// How the differential equations become a step.
enum class NirStep {
  euler,   ///< v <- v + dt / tau ((v_leak - v) + r I): snnTorch, Norse, SpikingJelly, Lava
  exact,   ///< v <- v_leak + (v - v_leak) e^(-dt / tau) + r I (1 - e^(-dt / tau))
  sinabs,  ///< v <- v e^(-1 / tau) + r I, tau in steps; fires where the threshold is reached
};

/// Words of options and metadata: "euler", "exact", "sinabs".
const char* to_string(NirStep step);

/// What NIR leaves open. What is not set is taken from the file's metadata, else assumed, and the
/// assumption is said.
struct NirReadOptions {
  std::optional<double> dt;  ///< seconds per step in the file's own time; else metadata, 1e-4
  std::optional<NirStep> step;           ///< else metadata, euler
  std::optional<Reset> reset;            ///< else metadata, the reset to v_reset that NIR describes
  std::optional<bool> several_spikes;    ///< in one step; else metadata, only one

  bool any() const { return dt || step || reset || several_spikes; }
};

/// Reads a graph of any nodes that NIR 1.0 has: Input, Output, Affine, Linear, Conv1d, Conv2d,
/// SumPool2d, AvgPool2d, Flatten, Scale, Delay, Threshold, I, IF, LI, LIF, CubaLI, CubaLIF and
/// NIRGraph. Files that volley wrote give back the same network to the bit, unless options are set.
/// @param assumptions what the file leaves open and was assumed, one line each
/// @throws Error naming the HDF5 path for a damaged, hostile or unsupported file.
FrozenNetwork read_nir(const std::filesystem::path& file, std::vector<std::string>& assumptions,
                       const NirReadOptions& options = {});

}  // namespace volley
