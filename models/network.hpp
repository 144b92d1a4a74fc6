// What a network is: populations of neurons joined by projections, as a Boost graph with its checks
// and its order. Must not know how it runs, files, threads or windows.
#pragma once

#include <boost/graph/adjacency_list.hpp>
#include <string>
#include <vector>

#include "models/delays.hpp"
#include "models/quantizer.hpp"
#include "models/shape.hpp"

namespace volley {

enum class NeuronKind {
  input,             ///< spikes from outside
  lif,               ///< leaky integrate-and-fire; beta = 1 makes it integrate-and-fire
  leaky_integrator,  ///< membrane without spikes: a readout
  relay,             ///< no dynamics: passes pooled, reshaped or joined spikes on within the step
};

/// What a spike does to the membrane before the next step's leak.
enum class Reset {
  subtract,  ///< v <- v - threshold for each spike ("soft")
  zero,      ///< v <- 0 ("hard")
  none,
};

/// Whether the membrane's decay is trained: beta = sigmoid(w), one w per population or per channel
/// (Fang et al., ICCV 2021).
enum class LearnTau { no, population, channel };

/// A population. Its step, for lif:
///   v[t] = beta * reset(v[t-1]) + I[t];  s[t] = 1 where v[t] >= threshold
/// and, with quantizer.levels above 1, up to so many spikes, one for each threshold in v[t];
/// for leaky_integrator: v[t] = beta * v[t-1] + I[t]. I[t] is the sum of what the incoming
/// projections bring, temporally batch-normalised where `normalise` is set.
///
/// Extended, each part by itself or together with the others:
///   i[t] = synapse_beta * i[t-1] + I[t]   stands for I[t]: synapses with a current of their own
///   a[t] = adaptation_beta * a[t-1] + s[t-1]
///   s[t] = 1 where v[t] - adaptation * a[t] >= threshold, or as levels say of that difference
///     (adaptive threshold, Bellec et al., NeurIPS 2018). Reset::subtract takes off the resting
///     threshold, as in Bellec et al., Nature Communications 2020.
///   s[t] = 0 for refractory_steps steps after a spike; the membrane leaks and integrates meanwhile
struct Population {
  std::string name;
  NeuronKind kind = NeuronKind::lif;
  Shape shape;
  double beta = 0.9;       ///< membrane decay per step, exp(-dt / tau)
  double threshold = 1.0;
  Reset reset = Reset::subtract;
  bool normalise = true;   ///< temporal batch normalisation of the current (folded at inference)
  /// The first so many steps have statistics of their own, later ones share the last's (after Kim
  /// and Panda's BNTT, Frontiers in Neuroscience 2021; gamma and shift stay one per channel). 1:
  /// pooled over all steps.
  int normalise_steps = 1;
  double shift = -0.5;     ///< initial shift of the normalised current
  double dropout = 0.0;    ///< lif: share of neurons unheard while training, see sim/dropout.hpp
  SpikeQuantizer quantizer;
  LearnTau learn_tau = LearnTau::no;  ///< beta is then its value before training
  double synapse_beta = 0;            ///< decay of the synaptic current per step; 0: no trace
  double adaptation = 0;              ///< rise of the threshold per unit of a; 0: none
  double adaptation_beta = 0.95;      ///< decay of a per step
  int refractory_steps = 0;

  /// Whether it has more than leak, threshold and reset: it is then run by sim/neuron_kernels.hpp.
  bool extended() const {
    return learn_tau != LearnTau::no || synapse_beta != 0 || adaptation != 0 ||
           refractory_steps != 0;
  }
  friend bool operator==(const Population&, const Population&) = default;
};

enum class ProjectionKind {
  dense,         ///< every neuron to every neuron
  conv2d,        ///< kernel over a map, channels in groups
  sum_pool,      ///< relay: spikes of a window, counted
  max_pool,      ///< relay: whether a window holds a spike
  flatten,       ///< relay: the same spikes without axes
  average_pool,  ///< relay: spikes of a window, each worth 1 / area
  concat,        ///< relay: channels of several sources stacked in the order of their projections
  one_to_one,    ///< neuron i to neuron i, a weight per channel
  identity,      ///< neuron i to neuron i by the fixed weight `gain`: a residual's skip. Its current
                 ///< is added to the others' before normalisation, as membrane shortcuts are (Hu et
                 ///< al., MS-ResNet, arXiv 2112.08954)
};

/// A projection between two populations. A spike at step t acts at step t + delay_steps, or at
/// t + d where `delays` gives synapses a d of their own, delay_steps <= d <= delays.longest. The
/// intercept of a denoised source is a constant current from the first step on, whatever the delay.
struct Projection {
  ProjectionKind kind = ProjectionKind::dense;
  int kernel_height = 1, kernel_width = 1;  ///< conv2d and pooling
  PerAxis stride = 1;                       ///< conv2d and pooling
  PerAxis padding = 0;                      ///< conv2d, zeros
  PerAxis dilation = 1;                     ///< conv2d: distance of the kernel's taps
  int groups = 1;                           ///< conv2d: of channels that do not see each other
  bool bias = false;                        ///< trainable: one per output neuron or channel
  int delay_steps = 0;                      ///< >= 1 on every cycle
  double gain = 1.0;                        ///< factor on the initial weights; identity: the weight
  /// dense and conv2d: w = g w / |w| per output with a trainable gain g, before the quantiser
  /// (Salimans and Kingma, arXiv 1602.07868).
  bool weight_norm = false;
  WeightQuantizer weights;
  Delays delays;                            ///< dense only
  std::size_t id = 0;                       ///< order of insertion; set by Network

  /// Whether it brings current by weights, to neurons; others end in a relay.
  bool weighted() const { return trainable() || kind == ProjectionKind::identity; }
  bool trainable() const { return matrix() || kind == ProjectionKind::one_to_one; }
  /// Whether every output has several weights.
  bool matrix() const { return kind == ProjectionKind::dense || kind == ProjectionKind::conv2d; }
  bool pools() const {
    return kind == ProjectionKind::sum_pool || kind == ProjectionKind::max_pool ||
           kind == ProjectionKind::average_pool;
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
  /// delayed graph aside); stable: among free choices the first inserted comes first. With
  /// `delayed`, those with a delay go forward too, save from a population to itself; a cycle
  /// through several populations is then left out.
  std::vector<PopulationId> order(bool delayed = false) const;

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
inline constexpr int most_refractory_steps = 65535;
inline constexpr int most_normalise_steps = 4096;

/// Whether a name may be given to a population.
bool usable_name(const std::string& name);

/// Words used in recipes, files and messages: "lif", "conv2d", "subtract".
const char* to_string(NeuronKind kind);
const char* to_string(ProjectionKind kind);
const char* to_string(Reset reset);
const char* to_string(LearnTau learn_tau);

/// Whether a population is a relay that passes on sums of spikes, itself or through others. Call,
/// as the next, for populations of a network without cycles of relays.
bool passes_sums(const Network& network, PopulationId id);

/// Whether a population sends only 0 and 1: an input, a lif population of one level, or a relay
/// that passes on such without summing.
bool binary(const Network& network, PopulationId id);

/// Whether training changes the sharpness of the population's estimator.
inline bool learns_sharpness(const Population& population) {
  return population.kind == NeuronKind::lif &&
         population.quantizer.estimator == Estimator::learned;
}

/// Shape that a projection makes of `source`. For dense the target decides: returns `target`; for
/// conv2d and concat it decides the channels.
/// @throws Error where the kernel does not fit into the padded map.
Shape projected_shape(const Projection& projection, const Shape& source, const Shape& target,
                      const std::string& name);

/// Inputs per output neuron or channel: the rows of the weight matrix [fan_in][outputs].
/// dense: row = source neuron. conv2d: row = (source channel * kernel_height + ky) * kernel_width
/// + kx, the source channel counted within the column's group. one_to_one and identity: one row.
/// Columns: target neuron (dense) or target channel. 0 for what ends in a relay.
std::size_t fan_in(const Projection& projection, const Shape& source);
std::size_t weight_columns(const Projection& projection, const Shape& target);

}  // namespace volley
