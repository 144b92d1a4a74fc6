// A NIR graph in memory, as it is laid out in HDF5, and how a frozen network is said in it. Owns
// names, shapes, orders and scales of the `portable` profile; must not know the
// HDF5 library.
//
// Maps are channel first in NIR. A dense projection from a map reads it through Flatten(0, -1), so
// its rows are permuted. With tau = dt / (1 - beta) and r = 1 a step of forward Euler is
// v <- beta v + (1 - beta) I, so weights and biases are divided by 1 - beta.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "models/frozen_network.hpp"

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
  /// By population: has the axes channel, height, width in NIR (else one axis).
  std::vector<bool> spatial;
  /// By population: the map whose order its neurons have; behind a flatten that of the source.
  std::vector<Shape> layout;
  /// By projection: names of the nodes from the graph down to the one that holds its weights.
  std::vector<std::vector<std::string>> node;
  /// By population: the projection whose node carries the bias; projections() for none.
  std::vector<std::size_t> bias_carrier;
};

/// @throws Error naming what NIR cannot say and what to do instead
NirPlan plan_nir(const Network& network);

/// Index within NIR's weight [columns][rows] of volley's weight [row][column].
std::size_t nir_weight_index(const FrozenNetwork& network, const NirPlan& plan, std::size_t id,
                             std::size_t row, std::size_t column);

/// The whole graph, metadata included.
NirNode make_nir_graph(const FrozenNetwork& network, const NirPlan& plan);

/// Writes any graph as a file, atomically. @throws Error as AtomicFile does
void write_nir_graph(const NirNode& graph, const std::filesystem::path& file);

/// A weight or bias as stored, and back; the correction in units in the last place makes the way
/// back exact.
float to_nir(float value, double beta);
float from_nir(float stored, double beta, int correction);
int nir_correction(float value, double beta);

}  // namespace volley
