// The exact way back from a file that volley wrote: the network from its metadata, the numbers from
// its nodes. The graph that such a network gives is made again and compared, so that a file changed
// by another tool is never read by what it once was.
#include <algorithm>
#include <cmath>
#include <map>

#include "base/error.hpp"
#include "models/nir_graph.hpp"
#include "models/nir_read.hpp"
#include "models/recipe.hpp"

namespace volley {

namespace {

/// The group of a node, by the names from the graph down.
const Hdf5Node* node_group(const Hdf5Node& graph, const std::vector<std::string>& names) {
  const Hdf5Node* at = &graph;
  for (const std::string& name : names) {
    at = at->find("nodes");
    if (at != nullptr) at = at->find(name);
    if (at == nullptr) return nullptr;
  }
  return at;
}

const Hdf5Node* child(const Hdf5Node* group, const char* name) {
  return group == nullptr ? nullptr : group->find(name);
}

bool is_floats(const Hdf5Node* node, std::size_t size) {
  return node != nullptr && node->kind == Hdf5Node::Kind::floats && node->floats.size() == size &&
         std::all_of(node->floats.begin(), node->floats.end(),
                     [](float value) { return std::isfinite(value); });
}

/// Every tensor is in the file in its size; after this the file bounds what is allocated.
bool sizes_fit(const Hdf5Node& graph, const Network& network, const NirPlan& plan) {
  for (PopulationId id = 0; id < network.populations(); ++id) {
    const Population& population = network.population(id);
    if (population.kind == NeuronKind::input || population.kind == NeuronKind::relay) continue;
    const Hdf5Node* group = node_group(graph, {population.name});
    const Hdf5Node* nested = group == nullptr ? nullptr : node_group(*group, {"lif"});
    if (!is_floats(child(nested == nullptr ? group : nested, "r"), population.shape.size()))
      return false;
  }
  for (std::size_t id = 0; id < network.projections(); ++id) {
    if (!network.projection(id).weighted()) continue;
    const std::size_t columns =
        weight_columns(network.projection(id), network.population(network.target(id)).shape);
    const std::size_t rows =
        fan_in(network.projection(id), network.population(network.source(id)).shape);
    const Hdf5Node* group = node_group(graph, plan.node[id]);
    const bool scale = scales_in_nir(network, id);
    if (!is_floats(child(group, scale ? "scale" : "weight"),
                   scale ? network.population(network.target(id)).shape.size() : rows * columns) ||
        (!scale && !is_floats(child(group, "bias"), columns)))
      return false;
  }
  return true;
}

bool same_field(const NirField& field, const Hdf5Node& node) {
  if (node.shape != field.shape) return false;
  if (field.name == "weight" || field.name == "bias" || field.name == "scale") return true;
  if (const auto* integers = std::get_if<std::vector<std::int64_t>>(&field.values))
    return *integers == node.integers;
  if (const auto* floats = std::get_if<std::vector<float>>(&field.values))
    return *floats == node.floats;
  return false;
}

bool same_edges(const std::vector<std::pair<std::string, std::string>>& edges,
                const Hdf5Node* node) {
  if (node == nullptr || node->kind != Hdf5Node::Kind::texts ||
      node->shape != std::vector<std::size_t>{edges.size(), 2})
    return false;
  std::vector<std::pair<std::string, std::string>> found, expected = edges;
  for (std::size_t row = 0; row < edges.size(); ++row)
    found.emplace_back(node->texts[2 * row], node->texts[2 * row + 1]);
  std::sort(found.begin(), found.end());
  std::sort(expected.begin(), expected.end());
  return found == expected;
}

bool same_node(const NirNode& expected, const Hdf5Node& group) {
  const Hdf5Node* type = group.find("type");
  if (type == nullptr || type->texts != std::vector<std::string>{expected.type}) return false;
  std::size_t members = 1 + expected.fields.size() + (group.find("metadata") != nullptr ? 1 : 0);
  for (const NirField& field : expected.fields) {
    const Hdf5Node* node = group.find(field.name);
    if (node == nullptr || !same_field(field, *node)) return false;
  }
  if (expected.type == "NIRGraph") {
    members += 2;
    const Hdf5Node* nodes = group.find("nodes");
    if (nodes == nullptr || nodes->children.size() != expected.nodes.size() ||
        !same_edges(expected.edges, group.find("edges")))
      return false;
    for (const NirNode& inner : expected.nodes) {
      const Hdf5Node* node = nodes->find(inner.name);
      if (node == nullptr || !same_node(inner, *node)) return false;
    }
  }
  return group.children.size() == members;
}

/// Corrections of a node's weight or bias; all zero where the file has none.
std::vector<int> corrections(const Hdf5Node* group, const char* name, std::size_t size) {
  std::vector<int> ulps(size, 0);
  const Hdf5Node* node = child(child(group, "metadata"), name);
  if (node == nullptr || node->kind != Hdf5Node::Kind::integers || node->integers.size() != size)
    return ulps;
  for (std::size_t i = 0; i < size; ++i)
    ulps[i] = static_cast<int>(std::clamp<std::int64_t>(node->integers[i], -128, 127));
  return ulps;
}

void check_finite(const std::vector<float>& values) {
  if (!std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); }))
    throw Error("corrections lead to numbers that are not finite");
}

/// Learned betas, which the nodes' tau repeats rounded.
void take_betas(const Hdf5Node& graph, FrozenNetwork& frozen) {
  const Network& network = frozen.network;
  frozen.beta.resize(network.populations());
  for (PopulationId id = 0; id < network.populations(); ++id) {
    const Population& population = network.population(id);
    if (population.learn_tau == LearnTau::no) continue;
    const Hdf5Node* group = node_group(graph, {population.name});
    const Hdf5Node* nested = group == nullptr ? nullptr : node_group(*group, {"lif"});
    const Hdf5Node* node = child(child(nested == nullptr ? group : nested, "metadata"), "beta");
    if (node == nullptr) continue;
    if (!is_floats(node, static_cast<std::size_t>(population.shape.channels)) ||
        !std::all_of(node->floats.begin(), node->floats.end(),
                     [](float beta) { return beta >= 0.0F && beta < 1.0F; }))
      throw Error("learned betas that are none");
    frozen.beta[id] = node->floats;
  }
}

void take_numbers(const Hdf5Node& graph, const NirPlan& plan, FrozenNetwork& frozen) {
  const Network& network = frozen.network;
  for (std::size_t id = 0; id < network.projections(); ++id) {
    if (!network.projection(id).weighted()) continue;
    const PopulationId target = network.target(id);
    const Population& population = network.population(target);
    const auto share = [&](std::size_t column) {
      const auto channels = static_cast<std::size_t>(population.shape.channels);
      const double beta = frozen.beta[target].empty()
                              ? population.beta
                              : static_cast<double>(frozen.beta[target][column % channels]);
      return nir_share(plan, target, beta);
    };
    const Hdf5Node* group = node_group(graph, plan.node[id]);
    const bool scale = scales_in_nir(network, id);
    const std::vector<float>& weight = group->find(scale ? "scale" : "weight")->floats;
    const std::size_t count = frozen.weights[id].size();
    const std::vector<int> ulps = corrections(group, "ulp_correction", count);
    const std::size_t columns = weight_columns(network.projection(id), population.shape);
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t from = nir_weight_index(frozen, plan, id, i / columns, i % columns);
      frozen.weights[id][i] = from_nir(weight[from], share(i % columns), ulps[from]);
    }
    check_finite(frozen.weights[id]);
    if (plan.bias_carrier[target] != id) continue;
    const std::vector<float>& bias = group->find("bias")->floats;
    const std::vector<int> bias_ulps = corrections(group, "bias_ulp_correction", bias.size());
    for (std::size_t neuron = 0; neuron < frozen.bias[target].size(); ++neuron)
      frozen.bias[target][neuron] =
          from_nir(bias[neuron % columns], share(neuron % columns), bias_ulps[neuron % columns]);
    check_finite(frozen.bias[target]);
  }
}

FrozenNetwork empty_network(const Recipe& recipe) {
  FrozenNetwork frozen;
  frozen.network = recipe.network;
  frozen.dt_ms = recipe.dataset.dt_ms;
  if (recipe.dataset.name != unknown_dataset) frozen.dataset = recipe.dataset.name;
  frozen.steps = recipe.dataset.steps;
  frozen.encoding = recipe.dataset.encoding;
  frozen.readout = recipe.training.readout;
  const Network& network = frozen.network;
  frozen.weights.resize(network.projections());
  frozen.bias.resize(network.populations());
  for (std::size_t id = 0; id < network.projections(); ++id)
    frozen.weights[id].resize(
        fan_in(network.projection(id), network.population(network.source(id)).shape) *
        weight_columns(network.projection(id), network.population(network.target(id)).shape));
  for (PopulationId id = 0; id < network.populations(); ++id) {
    const NeuronKind kind = network.population(id).kind;
    if (kind == NeuronKind::lif || kind == NeuronKind::leaky_integrator)
      frozen.bias[id].resize(network.population(id).shape.size());
  }
  return frozen;
}

}  // namespace

std::optional<FrozenNetwork> read_own_nir(const Hdf5Node& graph,
                                          std::vector<std::string>& assumptions) {
  const Hdf5Node* text = child(graph.find("metadata"), "volley_recipe");
  if (text == nullptr || text->texts.size() != 1) return std::nullopt;
  const auto changed = [&](const std::string& why) {
    assumptions.push_back("the file was changed after volley wrote it (" + why +
                          "): it is read as another tool's");
    return std::nullopt;
  };
  try {
    const Recipe recipe = parse_recipe(text->texts.front(), "metadata/volley_recipe");
    const Hdf5Node* step = child(graph.find("metadata"), "step");
    const bool sinabs = step != nullptr && step->texts.size() == 1 &&
                        step->texts.front() == to_string(NirStep::sinabs);
    const NirPlan plan =
        plan_nir(recipe.network, sinabs ? NirProfile::sinabs : NirProfile::portable);
    if (!sizes_fit(graph, recipe.network, plan)) return changed("sizes");
    FrozenNetwork frozen = empty_network(recipe);
    take_betas(graph, frozen);
    if (!same_node(make_nir_graph(frozen, plan), graph)) return changed("nodes or parameters");
    take_numbers(graph, plan, frozen);
    return frozen;
  } catch (const Error& error) {
    return changed(error.problem());
  }
}

}  // namespace volley
