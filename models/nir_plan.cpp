// Judging whether a network can be said in NIR, and planning how.
#include <algorithm>
#include <bit>
#include <cmath>
#include <set>

#include "base/error.hpp"
#include "models/nir_graph.hpp"

namespace volley {

namespace {

bool on_maps(const Network& network, std::size_t id) {
  const Projection& projection = network.projection(id);
  return projection.pools() || (projection.weighted() && projection.kind != ProjectionKind::dense &&
                                !scales_in_nir(network, id));
}

void check_neuron(const Population& population) {
  const std::string where = "population '" + population.name + "'";
  if (population.synapse_beta != 0 && population.beta == 1.0)
    throw Error("NIR has no synaptic current before a neuron without leak", where,
                "use beta below 1, or synapse_beta = 0, and train again");
  if (population.adaptation != 0)
    throw Error("NIR has no adaptive threshold", where, "use adaptation = 0 and train again");
  if (population.normalise_steps > 1)
    throw Error("NIR has no weights that change from step to step", where,
                "use normalise_steps = 1 and train again");
  if (population.refractory_steps != 0)
    throw Error("NIR has no refractory period", where, "use refractory_steps = 0 and train again");
}

void check_projection(const Network& network, const NirPlan& plan, std::size_t id) {
  const Projection& projection = network.projection(id);
  const PopulationId source = network.source(id), target = network.target(id);
  const std::string where = "projection '" + network.projection_name(id) + "'";
  if (projection.kind == ProjectionKind::max_pool)
    throw Error("NIR has no maximum pooling", where,
                "use sum_pool, or a conv2d with a stride, and train again");
  if (projection.kind == ProjectionKind::concat)
    throw Error("NIR has no concatenation", where,
                "give the next population a projection from each source and train again");
  if (scales_in_nir(network, id) &&
      (plan.spatial[source] != plan.spatial[target] || !plan.layout[source].flat()))
    throw Error(std::string("a ") + to_string(projection.kind) +
                    " projection between a map and neurons without axes is not written",
                where, "use a dense projection and train again");
  if (projection.delays.kind != DelayKind::fixed)
    throw Error(std::string("delays per ") + to_string(projection.delays.kind) +
                    " are not written: no importer reads them",
                where, "use delays = \"fixed\" and train again");
  if (source == target && projection.delay_steps != 1)
    throw Error("NIR knows recurrence with a delay of one step only", where,
                "use delay_steps = 1 and train again");
  if (projection.kind == ProjectionKind::dense && plan.spatial[target])
    throw Error("NIR's Affine makes no map", where,
                "make '" + network.population(target).name +
                    "' a flat population, or use a conv2d projection, and train again");
  if (on_maps(network, id) && network.population(source).kind == NeuronKind::relay &&
      !plan.spatial[source])
    throw Error("a map cannot follow a flatten in NIR", where, "flatten after the last map");
  if (source != target || projection.weighted()) return;
  throw Error("cannot be said in NIR", where, "use a dense or conv2d projection");
}

}  // namespace

bool scales_in_nir(const Network& network, std::size_t id) {
  const Projection& projection = network.projection(id);
  return projection.weighted() && !projection.matrix() &&
         network.population(network.target(id)).shape.flat() &&
         network.source(id) != network.target(id);
}

NirPlan plan_nir(const Network& network, NirProfile profile) {
  NirPlan plan;
  plan.profile = profile;
  plan.delay.assign(network.projections(), 0);
  plan.synapse.assign(network.populations(), false);
  plan.spatial.assign(network.populations(), false);
  plan.layout.resize(network.populations());
  plan.node.resize(network.projections());
  plan.bias_carrier.assign(network.populations(), network.projections());
  std::set<std::string> names;
  for (PopulationId id = 0; id < network.populations(); ++id) {
    plan.spatial[id] = !network.population(id).shape.flat();
    names.insert(network.population(id).name);
  }
  for (std::size_t id = 0; id < network.projections(); ++id) {
    if (!on_maps(network, id)) continue;
    plan.spatial[network.target(id)] = true;
    const PopulationId source = network.source(id);
    const auto in = network.incoming(source);
    const bool flattened = std::any_of(in.begin(), in.end(), [&](std::size_t edge) {
      return network.projection(edge).kind == ProjectionKind::flatten;
    });
    if (!flattened) plan.spatial[source] = true;
  }
  std::set<PopulationId> before;
  for (const PopulationId id : network.order()) {
    check_neuron(network.population(id));
    plan.synapse[id] = network.population(id).synapse_beta != 0;
    plan.layout[id] = network.population(id).shape;
    std::size_t loops = 0;
    for (const std::size_t edge : network.incoming(id)) {
      check_projection(network, plan, edge);
      const PopulationId source = network.source(edge);
      if (network.projection(edge).kind == ProjectionKind::flatten)
        plan.layout[id] = plan.layout[source];
      // Every importer lets an edge that closes a cycle act one step later.
      plan.delay[edge] =
          network.projection(edge).delay_steps - (before.count(source) == 0 ? 1 : 0);
      if (source == id && ++loops > 1)
        throw Error("more than one projection from the population to itself is not written",
                    "population '" + network.population(id).name + "'", "keep one of them");
      if (!network.projection(edge).weighted()) continue;
      if (source == id) {
        if (profile == NirProfile::portable && network.population(id).beta != 1.0)
          plan.synapse[id] = true;
        plan.node[edge] = {network.population(id).name, "w_rec"};
        continue;
      }
      std::string name = network.population(source).name + "_to_" + network.population(id).name;
      while (!names.insert(name).second) name += "_";
      plan.node[edge] = {name};
      if (plan.bias_carrier[id] == network.projections() && !scales_in_nir(network, edge))
        plan.bias_carrier[id] = edge;
    }
    before.insert(id);
  }
  return plan;
}

std::size_t nir_weight_index(const FrozenNetwork& network, const NirPlan& plan, std::size_t id,
                             std::size_t row, std::size_t column) {
  const Projection& projection = network.network.projection(id);
  const PopulationId source = network.network.source(id);
  const std::size_t rows = fan_in(projection, network.network.population(source).shape);
  if (projection.kind == ProjectionKind::dense) {
    const Shape& map = plan.layout[source];
    const auto channels = static_cast<std::size_t>(map.channels);
    row = row % channels * map.area() + row / channels;
  }
  return column * rows + row;
}

namespace {
// Neighbouring floats have neighbouring keys.
std::int64_t key(float value) {
  const auto bits = std::bit_cast<std::int32_t>(value);
  return bits >= 0 ? bits : -static_cast<std::int64_t>(bits & 0x7fffffff);
}

float from_key(std::int64_t key, bool negative) {
  const auto magnitude = static_cast<std::uint32_t>(key < 0 ? -key : key);
  return std::bit_cast<float>(magnitude | (key < 0 || (key == 0 && negative) ? 0x80000000U : 0U));
}
}  // namespace

double nir_share(const NirPlan& plan, PopulationId id, double beta) {
  const bool whole = beta == 1.0 || plan.profile == NirProfile::sinabs || plan.synapse[id];
  return whole ? 1.0 : 1.0 - beta;
}

float to_nir(float value, double share) {
  return static_cast<float>(static_cast<double>(value) / share);
}

float from_nir(float stored, double share, int correction) {
  const auto value = static_cast<float>(static_cast<double>(stored) * share);
  if (correction == 0) return value;
  return from_key(key(value) + correction, std::signbit(stored));
}

int nir_correction(float value, double share) {
  return static_cast<int>(key(value) - key(from_nir(to_nir(value, share), share, 0)));
}

}  // namespace volley
