// What a network is: populations of neurons joined by projections, as a Boost graph with its checks
// and its order. Must not know how it runs, files, threads or windows.
#pragma once

#include <boost/graph/adjacency_list.hpp>
#include <string>
#include <vector>

#include "models/quantizer.hpp"
#include "models/shape.hpp"

namespace volley {

enum class NeuronKind {
  input,             ///< spikes from outside
  lif,               ///< leaky integrate-and-fire; beta = 1 makes it integrate-and-fire
  leaky_integrator,  ///< membrane without spikes: a readout
  relay,             ///< no dynamics: passes pooled or reshaped spikes on within the step
};

/// What a spike does to the membrane before the next step's leak.
enum class Reset {
  subtract,  ///< v <- v - threshold ("soft")
  zero,      ///< v <- 0 ("hard")
  none,
};

/// A population. Its step, for lif:
///   v[t] = beta * reset(v[t-1]) + I[t];  s[t] = 1 where v[t] >= threshold
/// for leaky_integrator: v[t] = beta * v[t-1] + I[t]. I[t] is the sum of what the incoming
/// projections bring, temporally batch-normalised where `normalise` is set.
struct Population {
  std::string name;
  NeuronKind kind = NeuronKind::lif;
  Shape shape;
  double beta = 0.9;       ///< membrane decay per step, exp(-dt / tau)
  double threshold = 1.0;
  Reset reset = Reset::subtract;
  bool normalise = true;   ///< temporal batch normalisation of the current (folded at inference)
  double shift = -0.5;     ///< initial shift of the normalised current
  SpikeQuantizer quantizer;

  friend bool operator==(const Population&, const Population&) = default;
};

enum class ProjectionKind { dense, conv2d, sum_pool, max_pool, flatten };

/// A projection between two populations. A spike at step t acts at step t + delay_steps.
struct Projection {
  ProjectionKind kind = ProjectionKind::dense;
  int kernel_height = 1, kernel_width = 1;  ///< conv2d and pooling
  int stride = 1;                           ///< conv2d and pooling, both axes
  int padding = 0;                          ///< conv2d, zeros, both axes
  bool bias = false;                        ///< dense and conv2d: one per output neuron or channel
  int delay_steps = 0;                      ///< >= 1 on every cycle
  double gain = 1.0;                        ///< factor on the initial weights
  WeightQuantizer weights;
  std::size_t id = 0;                       ///< order of insertion; set by Network

  bool trainable() const {
    return kind == ProjectionKind::dense || kind == ProjectionKind::conv2d;
  }
  friend bool operator==(const Projection&, const Projection&) = default;
};

using NetworkGraph = boost::adjacency_list<boost::vecS, boost::vecS, boost::bidirectionalS,
                                           Population, Projection>;
using PopulationId = NetworkGraph::vertex_descriptor;
using ProjectionId = NetworkGraph::edge_descriptor;

class Network {
public:
  Network() = default;
  /// Written out because edge descriptors point into the graph they came from.
  Network(const Network& other);
  Network& operator=(const Network& other);

  /// @throws Error for an empty, repeated or unusable name (letters, digits, '_', '-' and '.', at
  /// most 64 of them, not beginning with '.').
  PopulationId add_population(Population population);

  /// Joins two populations. @throws Error for an unknown population or a second projection of the
  /// same kind and delay between the same two.
  std::size_t add_projection(PopulationId source, PopulationId target, Projection projection);

  const NetworkGraph& graph() const { return graph_; }
  std::size_t populations() const { return boost::num_vertices(graph_); }
  std::size_t projections() const { return edges_.size(); }
  const Population& population(PopulationId id) const { return graph_[id]; }
  Population& population(PopulationId id) { return graph_[id]; }
  /// Projection by its id (order of insertion).
  const Projection& projection(std::size_t id) const { return graph_[edges_[id]]; }
  Projection& projection(std::size_t id) { return graph_[edges_[id]]; }
  PopulationId source(std::size_t id) const { return boost::source(edges_[id], graph_); }
  PopulationId target(std::size_t id) const { return boost::target(edges_[id], graph_); }
  /// "source->target"; unique, used for parameters and messages. A second projection between the
  /// same two is "source->target#2" and so on.
  std::string projection_name(std::size_t id) const;
  /// Ids of the projections into a population, in order of insertion.
  std::vector<std::size_t> incoming(PopulationId id) const;
  std::vector<std::size_t> outgoing(PopulationId id) const;

  /// The population named so. @throws Error listing the names there are.
  PopulationId find(const std::string& name) const;
  PopulationId input() const;    ///< the one input population; call after check()
  PopulationId readout() const;  ///< the one population nothing leaves; call after check()

  /// The whole network or an Error that names the population or projection: exactly one input and
  /// one readout (lif or leaky_integrator), every population reachable from the input and reaching
  /// the readout, no cycle without delay, and the shapes of every projection fitting.
  void check() const;

  /// Populations so that every projection without delay goes forward (strong components of the
  /// delayed graph aside); stable: among free choices the first inserted comes first.
  std::vector<PopulationId> order() const;

  /// Equal populations and projections, in the same order.
  friend bool operator==(const Network& a, const Network& b);

private:
  void index_edges();

  NetworkGraph graph_;
  std::vector<ProjectionId> edges_;
};

/// Limits that keep a recipe from exhausting memory; Network::check enforces them.
inline constexpr std::size_t most_populations = 4096;
inline constexpr std::size_t most_projections = 16384;
inline constexpr std::size_t most_neurons = std::size_t{1} << 26;  ///< of one population
inline constexpr std::size_t most_weights = std::size_t{1} << 31;  ///< of one projection
inline constexpr int most_delay_steps = 1024;

/// Whether a name may be given to a population.
bool usable_name(const std::string& name);

/// Words used in recipes, files and messages: "lif", "conv2d", "subtract".
const char* to_string(NeuronKind kind);
const char* to_string(ProjectionKind kind);
const char* to_string(Reset reset);

/// Whether a population sends only 0 and 1: an input, a lif population, or a relay that passes on
/// such without summing. Call for populations of a network without cycles of relays.
bool binary(const Network& network, PopulationId id);

/// Whether training changes the sharpness of the population's estimator.
inline bool learns_sharpness(const Population& population) {
  return population.kind == NeuronKind::lif &&
         population.quantizer.estimator == Estimator::learned;
}

/// Shape that a projection makes of `source`. For dense the target decides: returns `target`.
/// @throws Error where the kernel does not fit into the padded map.
Shape projected_shape(const Projection& projection, const Shape& source, const Shape& target,
                      const std::string& name);

/// Inputs per output neuron or channel: the rows of the weight matrix [fan_in][outputs].
/// dense: row = source neuron. conv2d: row = (source channel * kernel_height + ky) * kernel_width
/// + kx. Columns: target neuron (dense) or target channel (conv2d).
std::size_t fan_in(const Projection& projection, const Shape& source);
std::size_t weight_columns(const Projection& projection, const Shape& target);

}  // namespace volley
