// Building a circuit and asking it for its parts; what makes it valid is in circuit_check.cpp.
#include "models/circuit.hpp"

#include <cmath>

#include "base/error.hpp"
#include "models/network.hpp"

// g++ 12 with sanitizers sees an uninitialised optional inside boost::add_vertex, which is not
// there.
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"

namespace volley {

double Distribution::mean() const {
  switch (kind) {
    case DistributionKind::constant:
    case DistributionKind::normal:
    case DistributionKind::exponential: return a;
    case DistributionKind::uniform: return (a + b) / 2;
    case DistributionKind::lognormal: return std::exp(a + b * b / 2);
    case DistributionKind::one_bit: return a * (2 * b - 1);
  }
  return 0;
}

Circuit::Circuit(const Circuit& other)
    : name(other.name), options(other.options), graph_(other.graph_) {
  index_edges();
}

Circuit& Circuit::operator=(const Circuit& other) {
  name = other.name;
  options = other.options;
  graph_ = other.graph_;
  index_edges();
  return *this;
}

void Circuit::index_edges() {
  edges_.resize(boost::num_edges(graph_));
  const auto [first, last] = boost::edges(graph_);
  for (auto edge = first; edge != last; ++edge) edges_[graph_[*edge].id] = *edge;
}

std::size_t Circuit::add_population(CellPopulation population) {
  if (!usable_name(population.name))
    throw Error("a population has an unusable name", "'" + population.name + "'",
                "use letters, digits, '_', '-' and '.', at most 64 of them");
  for (std::size_t id = 0; id < populations(); ++id)
    if (graph_[id].name == population.name)
      throw Error("two populations have the same name", population.name, "rename one");
  if (population.columns == 0) population.columns = population.neurons;
  return boost::add_vertex(std::move(population), graph_);
}

std::size_t Circuit::add_projection(std::size_t source, std::size_t target,
                                    CellProjection projection) {
  if (source >= populations() || target >= populations())
    throw Error("a projection joins a population that there is not");
  projection.id = edges_.size();
  edges_.push_back(boost::add_edge(source, target, std::move(projection), graph_).first);
  return edges_.size() - 1;
}

std::string Circuit::projection_name(std::size_t id) const {
  return population(source(id)).name + "->" + population(target(id)).name;
}

std::size_t Circuit::find(const std::string& wanted) const {
  std::string known;
  for (std::size_t id = 0; id < populations(); ++id) {
    if (graph_[id].name == wanted) return id;
    known += (known.empty() ? "" : ", ") + graph_[id].name;
  }
  throw Error("there is no population '" + wanted + "'", name, "there are: " + known);
}

double Circuit::expected_synapses(std::size_t id) const {
  const CellProjection& each = projection(id);
  const CellPopulation& from = population(source(id));
  const CellPopulation& to = population(target(id));
  const double pairs = static_cast<double>(from.neurons) * to.neurons -
                       (source(id) == target(id) && !each.autapses ? from.neurons : 0.0);
  switch (each.rule) {
    case ConnectionRule::all_to_all: return pairs;
    case ConnectionRule::one_to_one: return to.neurons;
    case ConnectionRule::fixed_probability: return pairs * each.probability;
    case ConnectionRule::fixed_in_degree: return static_cast<double>(each.in_degree) * to.neurons;
    case ConnectionRule::distance: {
      // The integral of the bell over the line or the plane, an upper bound of that over the grid.
      const double spread = each.sigma * std::sqrt(2 * M_PI);
      const bool line = to.rows == 1 || to.columns == 1;
      return pairs * each.probability * std::min(1.0, line ? spread : spread * spread);
    }
    case ConnectionRule::file: return 0;
  }
  return 0;
}

const char* to_string(DistributionKind kind) {
  switch (kind) {
    case DistributionKind::constant: return "constant";
    case DistributionKind::normal: return "normal";
    case DistributionKind::uniform: return "uniform";
    case DistributionKind::lognormal: return "lognormal";
    case DistributionKind::exponential: return "exponential";
    case DistributionKind::one_bit: return "one_bit";
  }
  return "";
}

const char* to_string(CellKind kind) {
  switch (kind) {
    case CellKind::lif: return "lif";
    case CellKind::integrate_and_fire: return "integrate_and_fire";
    case CellKind::poisson: return "poisson";
    case CellKind::recorded: return "recorded";
  }
  return "";
}

const char* to_string(ConnectionRule rule) {
  switch (rule) {
    case ConnectionRule::all_to_all: return "all_to_all";
    case ConnectionRule::one_to_one: return "one_to_one";
    case ConnectionRule::fixed_probability: return "fixed_probability";
    case ConnectionRule::fixed_in_degree: return "fixed_in_degree";
    case ConnectionRule::distance: return "distance";
    case ConnectionRule::file: return "file";
  }
  return "";
}

const char* to_string(Receptor receptor) {
  switch (receptor) {
    case Receptor::excitatory: return "excitatory";
    case Receptor::inhibitory: return "inhibitory";
    case Receptor::delta: return "delta";
  }
  return "";
}

const char* to_string(CellReset reset) {
  return reset == CellReset::value ? "value" : "subtract";
}

}  // namespace volley
