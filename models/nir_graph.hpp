// A NIR graph in memory, as it is laid out in HDF5, and how a frozen network is said in it. Owns
// names, shapes, orders and scales of the profiles; must not know the HDF5 library.
//
// Maps are channel first in NIR. A dense projection from a map reads it through Flatten(0, -1), so
// its rows are permuted. With tau = dt / (1 - beta) and r = 1 a step of forward Euler is
// v <- beta v + (1 - beta) I, so weights and biases are divided by 1 - beta. Where there is a
// synaptic current r and w_in undo that, as importers want it, and weights stay as they are.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "models/frozen_network.hpp"
#include "models/nir.hpp"

namespace volley {

/// Seconds per step in the file's own time: snnTorch and SpikingJelly know no other.
inline constexpr double nir_dt = 1e-4;
/// Stands in the file where nobody said what a network was trained on.
inline constexpr const char* unknown_dataset = "unknown";

struct NirField {
  std::string name;
  std::vector<std::size_t> shape;  ///< empty for a scalar
  std::variant<std::vector<std::int64_t>, std::vector<float>, std::vector<double>,
               std::vector<std::int8_t>, std::string>
      values;
};

struct NirNode {
  std::string name, type;
  std::vector<NirField> fields, metadata;
  std::vector<NirNode> nodes;                               ///< of a NIRGraph
  std::vector<std::pair<std::string, std::string>> edges;   ///< of a NIRGraph
};

/// How a network is laid out.
struct NirPlan {
  NirProfile profile = NirProfile::portable;
  /// By population: has the axes channel, height, width in NIR (else one axis).
  std::vector<bool> spatial;
  /// By population: the map whose order its neurons have; behind a flatten that of the source.
  std::vector<Shape> layout;
  /// By projection: names of the nodes from the graph down to the one that holds its weights.
  std::vector<std::vector<std::string>> node;
  /// By population: the projection whose node carries the bias; projections() for none.
  std::vector<std::size_t> bias_carrier;
  /// By projection: steps of the Delay node before its weights; the step that a cycle takes by
  /// itself is not among them.
  std::vector<int> delay;
  /// By population: is written with a synapse. Those with recurrence are, for snnTorch wants
  /// r = tau / dt of them and Norse ignores the r of a LIF, but not that of a CubaLIF.
  std::vector<bool> synapse;
};

/// @throws Error naming what NIR cannot say and what to do instead
NirPlan plan_nir(const Network& network, NirProfile profile = NirProfile::portable);

/// Whether a projection is a Scale node: a weight per neuron, between populations without axes.
bool scales_in_nir(const Network& network, std::size_t id);

/// Index within NIR's weight [columns][rows] of volley's weight [row][column].
std::size_t nir_weight_index(const FrozenNetwork& network, const NirPlan& plan, std::size_t id,
                             std::size_t row, std::size_t column);

/// The whole graph, metadata included.
NirNode make_nir_graph(const FrozenNetwork& network, const NirPlan& plan);

/// Writes any graph as a file, atomically. @throws Error as AtomicFile does
void write_nir_graph(const NirNode& graph, const std::filesystem::path& file);

/// What a step of the file's neuron multiplies a stored weight with: 1 - beta, or 1.
double nir_share(const NirPlan& plan, PopulationId id, double beta);

/// A weight or bias as stored, and back; the correction in units in the last place makes the way
/// back exact.
float to_nir(float value, double share);
float from_nir(float stored, double share, int correction);
int nir_correction(float value, double share);

/// Warnings and losses of what is written.
NirReport report_nir(const FrozenNetwork& network, const NirWriteOptions& options);

}  // namespace volley
