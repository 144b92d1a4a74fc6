// One walk over all numbers of a network serves both ways.
#include "models/tensors.hpp"

#include <map>

#include "base/error.hpp"

namespace volley {

namespace {

using Sides = std::vector<std::size_t>;

/// By population: the map whose order its neurons have; behind a flatten that of the source.
std::vector<Shape> layouts(const Network& network) {
  std::vector<Shape> layout(network.populations());
  for (const PopulationId id : network.order()) {
    layout[id] = network.population(id).shape;
    for (const std::size_t edge : network.incoming(id))
      if (network.projection(edge).kind == ProjectionKind::flatten)
        layout[id] = layout[network.source(edge)];
  }
  return layout;
}

/// Place of a neuron counted channel first.
std::size_t channel_first(const Shape& map, std::size_t neuron) {
  const auto channels = static_cast<std::size_t>(map.channels);
  return neuron % channels * map.area() + neuron / channels;
}

/// Calls visit(name, shape, count, place, value) for every tensor: value(i) is a reference to the
/// network's i-th number, place(i) where the file has it.
template <class Frozen, class Visit>
void each_tensor(Frozen& frozen, const Visit& visit) {
  const Network& network = frozen.network;
  const std::vector<Shape> layout = layouts(network);
  const auto side = [](int value) { return static_cast<std::size_t>(value); };
  for (std::size_t id = 0; id < network.projections(); ++id) {
    const Projection& projection = network.projection(id);
    if (!projection.weighted()) continue;
    const Shape& source = network.population(network.source(id)).shape;
    const Shape& target = network.population(network.target(id)).shape;
    const std::size_t rows = fan_in(projection, source);
    const std::size_t columns = weight_columns(projection, target);
    Sides shape{columns};
    if (projection.kind == ProjectionKind::dense) shape = {columns, rows};
    if (projection.kind == ProjectionKind::conv2d)
      shape = {columns, side(source.channels / projection.groups), side(projection.kernel_height),
               side(projection.kernel_width)};
    const Shape map = layout[network.source(id)];
    const bool dense = projection.kind == ProjectionKind::dense;
    const auto place = [=](std::size_t i) {
      const std::size_t row = i / columns;
      return i % columns * rows + (dense ? channel_first(map, row) : row);
    };
    const std::string name = network.projection_name(id);
    visit(name + "/weight", shape, frozen.weights[id], place);
    if (id < frozen.delays.size() && !frozen.delays[id].empty())
      visit(name + "/delay", shape, frozen.delays[id], place);
  }
  for (PopulationId id = 0; id < network.populations(); ++id) {
    const Population& population = network.population(id);
    const Shape map = population.shape;
    const Sides shape = map.flat() ? Sides{map.size()}
                                   : Sides{side(map.channels), side(map.height), side(map.width)};
    const auto place = [=](std::size_t i) { return channel_first(map, i); };
    if (!frozen.bias[id].empty())
      visit(population.name + "/bias", shape, frozen.bias[id], place);
  }
}

}  // namespace

std::vector<NamedTensor> tensors_of(const FrozenNetwork& frozen) {
  std::vector<NamedTensor> tensors;
  each_tensor(frozen, [&](const std::string& name, const Sides& shape, const auto& values,
                          const auto& place) {
    NamedTensor& tensor = tensors.emplace_back();
    tensor.name = name;
    tensor.shape = shape;
    tensor.values.resize(values.size());
    for (std::size_t i = 0; i < values.size(); ++i)
      tensor.values[place(i)] = static_cast<float>(values[i]);
  });
  for (PopulationId id = 0; id < frozen.network.populations(); ++id) {
    const Population& population = frozen.network.population(id);
    const bool lif = population.kind == NeuronKind::lif;
    if (!lif && population.kind != NeuronKind::leaky_integrator) continue;
    const std::vector<float> beta = frozen.channel_beta(id);
    tensors.push_back({population.name + "/beta", {beta.size()}, beta});
    if (lif)
      tensors.push_back(
          {population.name + "/threshold", {}, {static_cast<float>(population.threshold)}});
  }
  return tensors;
}

void put_tensors(const std::vector<NamedTensor>& tensors, FrozenNetwork& frozen) {
  std::map<std::string, const NamedTensor*> by_name;
  for (const NamedTensor& tensor : tensors) by_name[tensor.name] = &tensor;
  const auto take = [&](const std::string& name, const Sides& shape) {
    const auto found = by_name.find(name);
    if (found == by_name.end()) throw Error("is missing", "tensor '" + name + "'");
    const NamedTensor* tensor = found->second;
    by_name.erase(found);
    if (tensor->shape != shape) throw Error("has another shape", "tensor '" + name + "'");
    return tensor;
  };
  each_tensor(frozen, [&](const std::string& name, const Sides& shape, auto& values,
                          const auto& place) {
    const NamedTensor* tensor = take(name, shape);
    using Value = std::decay_t<decltype(values[0])>;
    for (std::size_t i = 0; i < values.size(); ++i)
      values[i] = static_cast<Value>(tensor->values[place(i)]);
  });
  frozen.beta.resize(frozen.network.populations());
  for (PopulationId id = 0; id < frozen.network.populations(); ++id) {
    Population& population = frozen.network.population(id);
    const bool lif = population.kind == NeuronKind::lif;
    if (!lif && population.kind != NeuronKind::leaky_integrator) continue;
    const Sides shape{static_cast<std::size_t>(population.shape.channels)};
    const std::vector<float>& beta = take(population.name + "/beta", shape)->values;
    if (!frozen.beta[id].empty())
      frozen.beta[id] = beta;
    else if (static_cast<float>(population.beta) != beta.front())
      population.beta = static_cast<double>(beta.front());
    if (!lif) continue;
    const float threshold = take(population.name + "/threshold", {})->values.front();
    if (static_cast<float>(population.threshold) != threshold)
      population.threshold = static_cast<double>(threshold);
  }
  if (!by_name.empty()) throw Error("is not known", "tensor '" + by_name.begin()->first + "'");
}

}  // namespace volley
