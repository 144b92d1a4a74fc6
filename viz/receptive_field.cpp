// Weights out of a frozen network as receptive fields. Must not know how they are drawn.
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/error.hpp"
#include "viz/weights_panel.hpp"

namespace volley {

namespace {
constexpr float none = std::numeric_limits<float>::quiet_NaN();

/// The shape in which a source is best seen: a flatten's is that of the map it came from.
Shape map_of(const Network& network, PopulationId source) {
  const Population& population = network.population(source);
  const std::vector<std::size_t> incoming = network.incoming(source);
  if (population.kind == NeuronKind::relay && incoming.size() == 1 &&
      network.projection(incoming.front()).kind == ProjectionKind::flatten)
    return map_of(network, network.source(incoming.front()));
  return population.shape;
}

std::size_t as_size(int value) { return static_cast<std::size_t>(value); }

void fill_dense(const std::vector<float>& weights, std::size_t columns, WeightField& field) {
  field.shape = field.source_shape;
  field.weights.resize(field.shape.size());
  for (std::size_t row = 0; row < field.weights.size(); ++row)
    field.weights[row] = weights[row * columns + field.neuron];
}

void fill_conv(const Projection& projection, const Shape& target, const std::vector<float>& weights,
               WeightField& field) {
  const auto columns = as_size(target.channels);
  const std::size_t position = field.neuron / columns, channel = field.neuron % columns;
  const int y = static_cast<int>(position / as_size(target.width));
  const int x = static_cast<int>(position % as_size(target.width));
  const int group_channels = field.source_shape.channels / projection.groups;
  const int dy = projection.dilation.height, dx = projection.dilation.width;
  field.shape = {group_channels, (projection.kernel_height - 1) * dy + 1,
                 (projection.kernel_width - 1) * dx + 1};
  field.top = y * projection.stride.height - projection.padding.height;
  field.left = x * projection.stride.width - projection.padding.width;
  field.first_channel =
      static_cast<int>(channel) / (target.channels / projection.groups) * group_channels;
  field.weights.assign(field.shape.size(), none);
  for (int c = 0; c < group_channels; ++c)
    for (int ky = 0; ky < projection.kernel_height; ++ky)
      for (int kx = 0; kx < projection.kernel_width; ++kx) {
        const int row = field.top + ky * dy, column = field.left + kx * dx;
        if (row < 0 || row >= field.source_shape.height || column < 0 ||
            column >= field.source_shape.width)
          continue;  // padding
        const std::size_t from =
            as_size((c * projection.kernel_height + ky) * projection.kernel_width + kx);
        const std::size_t to =
            as_size((ky * dy * field.shape.width + kx * dx) * group_channels + c);
        field.weights[to] = weights[from * columns + channel];
      }
}

WeightField field_of(const FrozenNetwork& frozen, std::size_t projection_id, std::size_t neuron) {
  const Network& network = frozen.network;
  const Projection& projection = network.projection(projection_id);
  const PopulationId source = network.source(projection_id);
  const Population& target = network.population(network.target(projection_id));
  WeightField field;
  field.projection = network.projection_name(projection_id);
  field.projection_id = projection_id;
  field.population = network.target(projection_id);
  field.neuron = neuron;
  field.source = network.population(source).name;
  field.source_shape = map_of(network, source);
  field.polarity = network.population(source).kind == NeuronKind::input &&
                   field.source_shape.channels == 2;
  const std::vector<float>& weights = frozen.weights[projection_id];
  if (projection.kind == ProjectionKind::dense) {
    fill_dense(weights, target.shape.size(), field);
  } else if (projection.kind == ProjectionKind::conv2d) {
    fill_conv(projection, target.shape, weights, field);
  } else {  // one_to_one
    const auto channels = as_size(target.shape.channels);
    const std::size_t position = neuron / channels;
    field.shape = {1, 1, 1};
    field.first_channel = static_cast<int>(neuron % channels);
    field.top = static_cast<int>(position / as_size(target.shape.width));
    field.left = static_cast<int>(position % as_size(target.shape.width));
    field.weights = {weights[neuron % channels]};
  }
  return field;
}

/// Projections into a population that have weights of their own.
std::vector<std::size_t> weighted_into(const Network& network, PopulationId population) {
  if (population >= network.populations())
    throw Error(fmt::format("there is no population {}", population), "weights",
                fmt::format("the network has {}", network.populations()));
  std::vector<std::size_t> found;
  for (const std::size_t id : network.incoming(population))
    if (network.projection(id).trainable()) found.push_back(id);
  if (found.empty())
    throw Error("no projection with weights leads to it", network.population(population).name,
                "choose another population; volley describe lists them");
  return found;
}
}  // namespace

std::vector<WeightField> receptive_fields(const FrozenNetwork& network, PopulationId population,
                                          std::size_t neuron) {
  const std::vector<std::size_t> incoming = weighted_into(network.network, population);
  const Population& target = network.network.population(population);
  if (neuron >= target.shape.size())
    throw Error(fmt::format("has no neuron {}", neuron), target.name,
                fmt::format("its neurons are 0 to {}", target.shape.size() - 1));
  std::vector<WeightField> fields;
  for (const std::size_t id : incoming) fields.push_back(field_of(network, id, neuron));
  return fields;
}

std::vector<WeightField> field_gallery(const FrozenNetwork& network, PopulationId population,
                                       std::size_t most) {
  const std::size_t id = weighted_into(network.network, population).front();
  const Shape shape = network.network.population(population).shape;
  const bool conv = network.network.projection(id).kind == ProjectionKind::conv2d;
  const std::size_t all = conv ? as_size(shape.channels) : shape.size();
  const std::size_t count = std::min(all, std::max<std::size_t>(1, most));
  const std::size_t middle =
      as_size(shape.height / 2 * shape.width + shape.width / 2) * as_size(shape.channels);
  std::vector<WeightField> fields;
  for (std::size_t i = 0; i < count; ++i)
    fields.push_back(field_of(network, id, (conv ? middle : 0) + i * all / count));
  return fields;
}

}  // namespace volley
