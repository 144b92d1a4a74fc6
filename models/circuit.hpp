// What a large network is before it is built: populations of point neurons and sources of spikes,
// joined by rules. Owns the Boost graph, its words and its checks; must not know how synapses are
// drawn, how it runs, or files other than by name.
#pragma once

#include <boost/graph/adjacency_list.hpp>
#include <cstdint>
#include <string>
#include <vector>

namespace volley {

/// A number drawn for each neuron or synapse.
enum class DistributionKind {
  constant,     ///< always `a`
  normal,       ///< mean a, standard deviation b
  uniform,      ///< a <= x < b
  lognormal,    ///< exp(x) with x normal of mean a and standard deviation b
  exponential,  ///< mean a
  one_bit,      ///< +a with probability b, else -a: only the sign is drawn
};

struct Distribution {
  DistributionKind kind = DistributionKind::constant;
  double a = 0, b = 0;

  double mean() const;
  friend bool operator==(const Distribution&, const Distribution&) = default;
};

enum class CellKind {
  lif,                 ///< leaky integrate-and-fire
  integrate_and_fire,  ///< without the leak; delta synapses only
  poisson,             ///< source: every neuron fires at random, at rate_hz
  recorded,            ///< source: spikes from a file
};

enum class CellReset {
  value,     ///< v <- reset
  subtract,  ///< v <- v - (threshold - reset): nothing above the threshold is lost
};

/// Where a spike arrives.
enum class Receptor {
  excitatory,  ///< current that decays with tau_excitatory_ms
  inhibitory,  ///< current that decays with tau_inhibitory_ms
  delta,       ///< the membrane itself, at once
};
inline constexpr int receptor_count = 3;

/// Random spikes from outside, a train of its own for every neuron.
struct PoissonInput {
  double rate_hz = 0;  ///< of all of a neuron's outside synapses together; 0: none
  double weight = 0;
  Receptor receptor = Receptor::excitatory;
  friend bool operator==(const PoissonInput&, const PoissonInput&) = default;
};

/// A population. Neurons of kind lif follow, between spikes and solved exactly over a step,
///   tau dv/dt = rest + drive - v + g_e + g_i,  tau_e dg_e/dt = -g_e,  tau_i dg_i/dt = -g_i
/// and integrate_and_fire dv/dt = drive (in units of v a millisecond). A step: v and g move on by
/// dt; where v >= threshold a neuron spikes and is reset; then spikes due at this step are added to
/// g, or to v for delta synapses, and act in the next step. For refractory_ms from its spike on
/// the neuron keeps its v while its currents decay on (as in Brian2); what delta synapses bring
/// meanwhile is lost. Units of v, g and weights: those of the file, millivolts in the shipped ones.
struct CellPopulation {
  std::string name;
  CellKind kind = CellKind::lif;
  std::uint32_t neurons = 0;
  std::uint32_t rows = 1, columns = 0;  ///< of the grid in the unit square; row-major
  double tau_ms = 20, tau_excitatory_ms = 5, tau_inhibitory_ms = 10;
  double rest = 0, threshold = 1, reset_value = 0, drive = 0;
  CellReset reset = CellReset::value;
  double refractory_ms = 0;
  Distribution initial;        ///< of v
  PoissonInput poisson_input;
  double rate_hz = 0;          ///< kind poisson
  std::string file;            ///< kind recorded: as written in the circuit's file
  bool record_spikes = true;   ///< false: only counted
  std::vector<std::uint32_t> record_membrane;  ///< neurons whose v is kept at every step

  bool source() const { return kind == CellKind::poisson || kind == CellKind::recorded; }
  friend bool operator==(const CellPopulation&, const CellPopulation&) = default;
};

enum class ConnectionRule {
  all_to_all,
  one_to_one,
  fixed_probability,  ///< every pair by itself, with `probability`
  fixed_in_degree,    ///< every target has `in_degree` sources
  distance,           ///< every pair with probability * exp(-d^2 / (2 sigma^2))
  file,               ///< pairs listed in a file
};

struct CellProjection {
  ConnectionRule rule = ConnectionRule::all_to_all;
  double probability = 1, sigma = 0.1;
  bool periodic = false;        ///< distance: opposite sides of the unit square meet
  std::uint32_t in_degree = 0;
  bool autapses = true;         ///< whether a neuron may be joined to itself
  bool multapses = false;       ///< fixed_in_degree: whether a source may be drawn twice
  std::string file;
  Receptor receptor = Receptor::excitatory;
  Distribution weight{DistributionKind::constant, 1, 0};
  Distribution delay_ms;        ///< rounded to steps; negative draws count as 0
  std::size_t id = 0;           ///< order of insertion; set by Circuit
  friend bool operator==(const CellProjection&, const CellProjection&) = default;
};

/// How it is run where the command line does not say otherwise.
struct CircuitOptions {
  double dt_ms = 0.1, duration_ms = 1000;
  std::uint64_t seed = 1;
  friend bool operator==(const CircuitOptions&, const CircuitOptions&) = default;
};

using CircuitGraph = boost::adjacency_list<boost::vecS, boost::vecS, boost::bidirectionalS,
                                           CellPopulation, CellProjection>;

class Circuit {
public:
  Circuit() = default;
  /// Written out because edge descriptors point into the graph they came from.
  Circuit(const Circuit& other);
  Circuit& operator=(const Circuit& other);

  std::string name;
  CircuitOptions options;

  /// @throws Error for an unusable or repeated name
  std::size_t add_population(CellPopulation population);
  /// Between the same two there may be any number. @throws Error for an unknown population
  std::size_t add_projection(std::size_t source, std::size_t target, CellProjection projection);

  std::size_t populations() const { return boost::num_vertices(graph_); }
  std::size_t projections() const { return edges_.size(); }
  const CellPopulation& population(std::size_t id) const { return graph_[id]; }
  CellPopulation& population(std::size_t id) { return graph_[id]; }
  const CellProjection& projection(std::size_t id) const { return graph_[edges_[id]]; }
  CellProjection& projection(std::size_t id) { return graph_[edges_[id]]; }
  std::size_t source(std::size_t id) const { return boost::source(edges_[id], graph_); }
  std::size_t target(std::size_t id) const { return boost::target(edges_[id], graph_); }
  std::string projection_name(std::size_t id) const;  ///< "source->target"
  /// @throws Error listing the names there are
  std::size_t find(const std::string& name) const;

  /// The whole circuit or an Error that names the population or projection: numbers in their
  /// ranges, receptors that the target has, rules that fit the sizes, spikes that come from
  /// somewhere.
  void check() const;

  /// Synapses that projection `id` is expected to have; exact but for the random rules. 0 for
  /// rule file.
  double expected_synapses(std::size_t id) const;

private:
  void index_edges();

  CircuitGraph graph_;
  std::vector<CircuitGraph::edge_descriptor> edges_;
};

inline constexpr std::uint32_t most_cells = 1U << 28;  ///< of one population
inline constexpr int most_circuit_delay_steps = 60'000;

/// Words of files and messages: "one_bit", "fixed_in_degree", "delta".
const char* to_string(DistributionKind kind);
const char* to_string(CellKind kind);
const char* to_string(ConnectionRule rule);
const char* to_string(Receptor receptor);
const char* to_string(CellReset reset);

}  // namespace volley
