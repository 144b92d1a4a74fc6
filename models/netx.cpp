// Layers of netx, one population each, in a chain.
#include "models/netx.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "models/hdf5_tree.hpp"
#include "models/nir_fields.hpp"

namespace volley {

namespace {

constexpr int longest = 1 << 16;
constexpr double full_decay = 4096;
constexpr std::size_t most_layers = 1024;

class NetxReader {
public:
  NetxReader(const Hdf5Node& root, const std::string& file, std::vector<std::string>& assumptions)
      : root_(root), file_(file), assumptions_(assumptions) {}

  FrozenNetwork read() {
    const std::vector<const Hdf5Node*> layers = ordered_layers();
    read_step_length();
    for (std::size_t i = 0; i < layers.size(); ++i) read_layer(*layers[i], i);
    if (frozen_.network.populations() < 2)
      NirFields(*root_.find("layer"), file_).fail("", "holds no layer with weights");
    assumptions_.push_back("currents and membranes are not rounded to integers, as Loihi does it");
    frozen_.beta.resize(frozen_.network.populations());
    frozen_.network.check();
    return std::move(frozen_);
  }

private:
  /// Layers are named by their number.
  std::vector<const Hdf5Node*> ordered_layers() const {
    const Hdf5Node& group = *root_.find("layer");
    const NirFields fields(group, file_);
    if (group.children.empty() || group.children.size() > most_layers)
      fields.fail("", "holds " + std::to_string(group.children.size()) + " layers, not 1 to " +
                          std::to_string(most_layers));
    std::vector<const Hdf5Node*> layers;
    for (std::size_t i = 0; i < group.children.size(); ++i) {
      const Hdf5Node* layer = group.find(std::to_string(i));
      if (layer == nullptr || !layer->group())
        fields.fail(std::to_string(i).c_str(), "is missing, or no group");
      layers.push_back(layer);
    }
    return layers;
  }

  void read_step_length() {
    frozen_.dt_ms = 1.0;
    const Hdf5Node* simulation = root_.find("simulation");
    if (simulation == nullptr) {
      assumptions_.push_back("no length of a step: 1 ms");
      return;
    }
    const NirFields fields(*simulation, file_);
    if (!fields.has("Ts")) return;
    frozen_.dt_ms = fields.uniform("Ts");
    if (!(frozen_.dt_ms > 0 && frozen_.dt_ms <= 1e6)) fields.fail("Ts", "is no step length in ms");
  }

  PopulationId add(Population population, const Shape& shape) {
    if (shape.size() > most_neurons - neurons_)
      throw Error("/layer declares more neurons than volley runs", file_, "split the network");
    neurons_ += shape.size();
    population.shape = shape;
    const bool neuron = population.kind == NeuronKind::lif;
    const PopulationId id = frozen_.network.add_population(std::move(population));
    frozen_.bias.emplace_back(neuron ? shape.size() : 0, 0.0F);
    return id;
  }

  void add_input(const Shape& shape) {
    Population input;
    input.name = "input";
    input.kind = NeuronKind::input;
    input.normalise = false;
    last_ = add(std::move(input), shape);
    layout_ = shape;
    begun_ = true;
  }

  Shape shape_of(const NirFields& fields) const {
    const std::vector<int> sides =
        fields.integers("shape", fields.numbers("shape").size(), 1, longest);
    if (sides.size() != 1 && sides.size() != 3) fields.fail("shape", "has neither 1 nor 3 sides");
    Shape shape{sides[0], 1, 1};
    if (sides.size() == 3) shape = {sides[0], sides[1], sides[2]};
    const double neurons = static_cast<double>(shape.channels) * shape.height * shape.width;
    if (neurons > static_cast<double>(most_neurons)) fields.fail("shape", "makes too many neurons");
    return shape;
  }

  void read_layer(const Hdf5Node& layer, std::size_t number) {
    const NirFields fields(layer, file_);
    const std::string type = fields.text("type");
    if (fields.has("delay")) {
      const std::vector<double> delays = fields.values("delay");
      if (delays.size() != 1 || delays.front() != 0)
        fields.fail("delay", "is not 0, and volley reads no delays of netx",
                    "train without delays");
    }
    if (type == "input") return read_input(fields);
    if (type == "flatten") return read_flatten(fields);
    if (type != "dense" && type != "conv")
      fields.fail("type", "is " + type.substr(0, 100) + ", which volley does not read",
                  "use the layers input, dense, conv and flatten");
    if (!begun_) {
      if (type == "conv")
        fields.fail("", "is the first layer, and nothing says the size of its input",
                    "begin with a layer of type input");
      add_input({fields.integers("inFeatures", 1, 1, longest * 64)[0], 1, 1});
    }
    Projection projection;
    const Shape shape = shape_of(fields);
    std::vector<float> weights = type == "dense" ? read_dense(fields, shape)
                                                 : read_conv(fields, shape, projection);
    add_neurons(fields, "layer" + std::to_string(number), shape, projection, std::move(weights));
  }

  /// What comes from outside, led to neurons by one weight for all where the layer has neurons.
  void read_input(const NirFields& fields) {
    if (begun_) fields.fail("", "is a second input");
    const Shape shape = shape_of(fields);
    add_input(shape);
    if (!fields.has("neuron")) return;
    Projection projection;
    projection.kind = ProjectionKind::one_to_one;
    const double weight = fields.has("weight") ? fields.uniform("weight") : 1.0;
    add_neurons(fields, "encoder", shape, projection,
                std::vector<float>(static_cast<std::size_t>(shape.channels),
                                   static_cast<float>(weight)));
  }

  void read_flatten(const NirFields& fields) {
    if (!begun_) fields.fail("", "has no layer before it");
    const Shape before = frozen_.network.population(last_).shape;
    if (before.flat()) return;
    Population relay;
    relay.name = "flatten" + std::to_string(frozen_.network.populations());
    relay.kind = NeuronKind::relay;
    relay.normalise = false;
    const PopulationId id = add(std::move(relay), {static_cast<int>(before.size()), 1, 1});
    Projection projection;
    projection.kind = ProjectionKind::flatten;
    frozen_.network.add_projection(last_, id, projection);
    frozen_.weights.emplace_back();
    last_ = id;
  }

  std::vector<float> read_dense(const NirFields& fields, const Shape& shape) {
    const Hdf5Node& weight = fields.numbers("weight");
    const Shape source = frozen_.network.population(last_).shape;
    const std::size_t rows = source.size(), columns = shape.size();
    if (weight.shape.size() != 2 || weight.shape[0] != columns || weight.shape[1] != rows ||
        !shape.flat())
      fields.fail("weight", "does not lead " + to_string(source) + " neurons to " +
                                to_string(shape));
    std::vector<float> made(rows * columns);
    const auto channels = static_cast<std::size_t>(layout_.channels);
    for (std::size_t row = 0; row < rows; ++row) {
      const std::size_t from = row % channels * layout_.area() + row / channels;
      for (std::size_t column = 0; column < columns; ++column)
        made[row * columns + column] = static_cast<float>(weight.number(column * rows + from));
    }
    return made;
  }

  std::vector<float> read_conv(const NirFields& fields, const Shape& shape,
                               Projection& projection) {
    const Hdf5Node& weight = fields.numbers("weight");
    const Shape source = frozen_.network.population(last_).shape;
    std::vector<std::size_t> sides = weight.shape;
    if (sides.size() == 5 && sides.back() == 1) sides.pop_back();  // an axis of time
    if (sides.size() != 4) fields.fail("weight", "has not the 4 axes of a kernel");
    const auto axes = [&](const char* name, int low, int fallback) {
      if (!fields.has(name)) return PerAxis(fallback);
      const std::vector<int> values = fields.integers(name, 2, low, longest);
      return PerAxis(values[0], values[1]);
    };
    const int groups = fields.has("groups") ? fields.integers("groups", 1, 1, longest)[0] : 1;
    projection.kind = ProjectionKind::conv2d;
    projection.groups = groups;
    projection.stride = axes("stride", 1, 1);
    projection.padding = axes("padding", 0, 0);
    projection.dilation = axes("dilation", 1, 1);
    const std::size_t part = sides[1], area = sides[2] * sides[3], columns = sides[0];
    if (sides[2] < 1 || sides[3] < 1 || sides[2] > longest || sides[3] > longest ||
        part * static_cast<std::size_t>(groups) != static_cast<std::size_t>(source.channels) ||
        columns != static_cast<std::size_t>(shape.channels))
      fields.fail("weight", "does not lead " + to_string(source) + " neurons to " +
                                to_string(shape));
    projection.kernel_height = static_cast<int>(sides[2]);
    projection.kernel_width = static_cast<int>(sides[3]);
    const Shape made = projected_shape(projection, source, shape, fields.path());
    if (!(made == shape))
      fields.fail("shape", "is " + to_string(shape) + ", the kernel makes " + to_string(made));
    std::vector<float> weights(part * area * columns);
    for (std::size_t column = 0; column < columns; ++column)
      for (std::size_t i = 0; i < part * area; ++i)
        weights[i * columns + column] =
            static_cast<float>(weight.number(column * part * area + i));
    return weights;
  }

  Population read_neuron(const NirFields& layer) const {
    const Hdf5Node* group = nullptr;
    for (const Hdf5Node& child : layer.group().children)
      if (child.name == "neuron" && child.group()) group = &child;
    if (group == nullptr) layer.fail("neuron", "is missing");
    const NirFields fields(*group, file_);
    const std::string type = fields.text("type");
    if (type != "CUBA" && type != "LOIHI")
      fields.fail("type", "is " + type.substr(0, 100) + ", which volley does not read",
                  "use CUBA or LOIHI neurons");
    if (fields.has("gradedSpike") && fields.holds_numbers("gradedSpike") &&
        fields.uniform("gradedSpike") != 0)
      fields.fail("gradedSpike", "is set: volley's spikes are binary", "train without it");
    const auto decay = [&](const char* name) {
      const int value = fields.integers(name, 1, 0, static_cast<int>(full_decay))[0];
      return 1.0 - value / full_decay;
    };
    Population population;
    population.kind = NeuronKind::lif;
    population.normalise = false;
    population.reset = Reset::zero;
    population.beta = decay("vDecay");
    population.synapse_beta = decay("iDecay");
    population.threshold = fields.integers("vThMant", 1, 1, 1 << 30)[0];
    const int refractory =
        fields.has("refDelay") ? fields.integers("refDelay", 1, 1, most_refractory_steps)[0] : 1;
    population.refractory_steps = refractory - 1;
    return population;
  }

  void add_neurons(const NirFields& fields, const std::string& name, const Shape& shape,
                   const Projection& projection, std::vector<float> weights) {
    Population population = read_neuron(fields);
    population.name = name;
    const PopulationId id = add(std::move(population), shape);
    if (fields.has("bias")) {
      const std::vector<double> bias = fields.values("bias");
      const auto channels = static_cast<std::size_t>(shape.channels);
      if (bias.size() != 1 && bias.size() != channels)
        fields.fail("bias", "has " + std::to_string(bias.size()) + " values instead of " +
                                std::to_string(channels));
      for (std::size_t i = 0; i < shape.size(); ++i)
        frozen_.bias[id][i] = static_cast<float>(bias[bias.size() == 1 ? 0 : i % channels]);
    }
    frozen_.network.add_projection(last_, id, projection);
    frozen_.weights.push_back(std::move(weights));
    last_ = id;
    layout_ = shape;
  }

  const Hdf5Node& root_;
  const std::string& file_;
  std::vector<std::string>& assumptions_;
  FrozenNetwork frozen_;
  PopulationId last_ = 0;
  Shape layout_;  ///< of the neurons before a flatten
  bool begun_ = false;
  std::size_t neurons_ = 0;
};

Hdf5Node read_tree(const std::filesystem::path& file) {
  std::error_code failure;
  const std::uintmax_t size = std::filesystem::file_size(file, failure);
  Hdf5Limits limits;
  if (!failure) limits.bytes += 16 * static_cast<std::size_t>(size);
  limits.seconds = 2 + (failure ? 0 : static_cast<int>(size >> 23));
  return read_hdf5(file, limits);
}

}  // namespace

bool is_netx(const std::filesystem::path& file) {
  const Hdf5Node root = read_tree(file);
  const Hdf5Node* layers = root.find("layer");
  return layers != nullptr && layers->group() && root.find("node") == nullptr;
}

FrozenNetwork read_netx(const std::filesystem::path& file, std::vector<std::string>& assumptions) {
  const std::string name = file.string();
  const Hdf5Node root = read_tree(file);
  if (const Hdf5Node* layers = root.find("layer"); layers == nullptr || !layers->group())
    throw Error("/layer is missing", name, "this HDF5 file is no network of lava-dl");
  try {
    return NetxReader(root, name, assumptions).read();
  } catch (const Error& error) {
    if (error.where().rfind(name, 0) == 0) throw;
    throw Error(error.where() + ": " + error.problem(), name, error.how());
  }
}

}  // namespace volley
