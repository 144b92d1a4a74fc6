// Shapes spread along the edges; every node is settled at most once, so that cycles do no harm.
#include "models/nir_shapes.hpp"

#include <algorithm>
#include <limits>
#include <optional>

#include "models/nir_current.hpp"
#include "models/nir_neuron.hpp"

namespace volley {

namespace {

bool is_affine(const std::string& type) { return type == "Affine" || type == "Linear"; }

/// What a node says of itself.
NirShape said_shape(const NirSourceNode& node, const NirFields& fields, bool lines) {
  NirShape found;
  if (node.type == "Input") {
    const std::size_t rank = fields.numbers("shape").size();
    std::vector<std::size_t> axes;
    if (rank >= 1 && rank <= 4)
      for (const int side :
           fields.integers("shape", rank, 1, std::numeric_limits<int>::max()))
        axes.push_back(static_cast<std::size_t>(side));
    found.shape = fields.shape("shape", axes, found.spatial, lines);
    found.sure = true;
  } else if (is_affine(node.type)) {
    const Hdf5Node& weight = fields.numbers("weight");
    if (weight.shape.size() != 2 || weight.shape[0] < 1 || weight.shape[0] > most_neurons)
      fields.fail("weight", "is not a matrix of a usable size");
    found = {{static_cast<int>(weight.shape[0]), 1, 1}, false, true};
  } else if (is_nir_neuron(node.type)) {
    for (const char* name :
         {"r", "tau", "v_threshold", "v_leak", "tau_mem", "tau_syn", "w_in", "threshold"}) {
      if (!fields.has(name) || fields.numbers(name).size() <= 1) continue;
      found.shape = fields.shape(name, fields.numbers(name).shape, found.spatial, lines);
      found.sure = true;
      break;
    }
  }
  return found;
}

/// What a node that says nothing makes of its input.
NirShape made_shape(const NirSourceNode& node, const NirFields& fields, const NirShape& source) {
  if (node.type == "Conv2d" || node.type == "Conv1d")
    return {read_conv(fields, {0, source.shape, source.shape, source.spatial}).shape, true,
            true};
  if (node.type == "SumPool2d" || node.type == "AvgPool2d")
    return {projected_shape(read_pool(fields), source.shape, {}, node.name), true, true};
  if (node.type == "Flatten")
    return {{static_cast<int>(source.shape.size()), 1, 1}, false, true};
  return source;
}

}  // namespace

std::vector<NirShape> find_shapes(const std::vector<NirSourceNode>& nodes,
                                  const std::string& file) {
  std::vector<NirShape> shapes(nodes.size());
  std::vector<std::vector<std::size_t>> to(nodes.size());
  std::vector<std::size_t> settled;
  const bool lines = std::any_of(nodes.begin(), nodes.end(), [](const NirSourceNode& node) {
    return node.type == "Conv1d";
  });
  for (std::size_t node = 0; node < nodes.size(); ++node) {
    for (const std::size_t source : nodes[node].from) to[source].push_back(node);
    shapes[node] = said_shape(nodes[node], NirFields(*nodes[node].group, file), lines);
    if (shapes[node].sure) settled.push_back(node);
  }
  while (!settled.empty()) {
    const std::size_t source = settled.back();
    settled.pop_back();
    for (const std::size_t node : to[source]) {
      if (shapes[node].sure) continue;
      shapes[node] =
          made_shape(nodes[node], NirFields(*nodes[node].group, file), shapes[source]);
      settled.push_back(node);
    }
  }
  return shapes;
}

}  // namespace volley
