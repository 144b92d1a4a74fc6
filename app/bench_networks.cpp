// Reference networks in code.
#include "app/bench_networks.hpp"

#include <boost/random/uniform_01.hpp>

#include "base/error.hpp"
#include "base/random.hpp"

namespace volley {

namespace {

class Builder {
public:
  explicit Builder(Shape input) {
    Population population;
    population.name = "input";
    population.kind = NeuronKind::input;
    population.shape = input;
    last_ = network_.add_population(population);
  }

  void lif(const std::string& name, Shape shape, double beta, Projection projection) {
    Population population;
    population.name = name;
    population.shape = projected_shape(
        projection, network_.population(last_).shape, shape, name);
    population.beta = beta;
    population.normalise = false;
    population.quantizer.estimator = Estimator::atan;
    population.quantizer.attached_reset = false;
    add(population, projection);
  }
  void dense(const std::string& name, int neurons, double beta, double gain) {
    Projection projection;
    projection.gain = gain;
    lif(name, {neurons, 1, 1}, beta, projection);
  }
  void conv(const std::string& name, int channels, int kernel, double beta, double gain) {
    Projection projection;
    projection.kind = ProjectionKind::conv2d;
    projection.kernel_height = projection.kernel_width = kernel;
    projection.gain = gain;
    lif(name, {channels, 1, 1}, beta, projection);
  }
  void max_pool(const std::string& name) {
    Projection projection;
    projection.kind = ProjectionKind::max_pool;
    projection.kernel_height = projection.kernel_width = 2;
    projection.stride = 2;
    Population population;
    population.name = name;
    population.kind = NeuronKind::relay;
    population.shape = projected_shape(projection, network_.population(last_).shape, {}, name);
    add(population, projection);
  }
  void recurrent(double gain) {
    Projection projection;
    projection.delay_steps = 1;
    projection.gain = gain;
    network_.add_projection(last_, last_, projection);
  }
  Network finish() {
    network_.check();
    return std::move(network_);
  }

private:
  void add(const Population& population, const Projection& projection) {
    const PopulationId id = network_.add_population(population);
    network_.add_projection(last_, id, projection);
    last_ = id;
  }

  Network network_;
  PopulationId last_ = 0;
};

}  // namespace

namespace {

void quantise(Network& network, int weight_bits) {
  for (std::size_t id = 0; id < network.projections(); ++id)
    if (network.projection(id).trainable() && network.target(id) != network.readout())
      network.projection(id).weights.bits = weight_bits;
}

ReferenceNetwork float_network(const std::string& name, const std::optional<Shape>& input) {
  const Shape map = input.value_or(Shape{2, 34, 34});
  if (name == "mlp") {
    Builder builder(map);
    builder.dense("hidden", 512, 0.5, 8.5);
    builder.dense("readout", 10, 0.5, 4.0);
    return {name, builder.finish(), 20, 0.03};
  }
  if (name == "conv") {
    Builder builder(map);
    builder.conv("conv1", 16, 5, 0.5, 7.0);
    builder.max_pool("pool1");
    builder.conv("conv2", 32, 3, 0.5, 2.5);
    builder.max_pool("pool2");
    builder.dense("readout", 10, 0.5, 3.0);
    return {name, builder.finish(), 20, 0.03};
  }
  if (name == "rsnn") {
    Builder builder(input.value_or(Shape{700, 1, 1}));
    builder.dense("hidden", 256, 0.9, 7.0);
    builder.recurrent(0.5);
    builder.dense("readout", 20, 0.9, 3.0);
    return {name, builder.finish(), 100, 0.015};
  }
  throw Error("there is no such reference network", name, "use mlp, conv or rsnn");
}

}  // namespace

ReferenceNetwork reference_network(const std::string& name, int weight_bits,
                                   const std::optional<Shape>& input) {
  ReferenceNetwork reference = float_network(name, input);
  quantise(reference.network, weight_bits);
  reference.network.check();
  return reference;
}

void train_denoised(ReferenceNetwork& reference) {
  Network& network = reference.network;
  for (std::size_t id = 0; id < network.populations(); ++id) {
    Population& population = network.population(id);
    if (population.kind != NeuronKind::lif || id == network.readout()) continue;
    population.normalise = true;
    population.quantizer = SpikeQuantizer{};
  }
  network.check();
}

std::vector<std::string> reference_network_names() { return {"mlp", "conv", "rsnn"}; }

BenchBatch bernoulli_batch(const ReferenceNetwork& reference, std::size_t samples,
                           std::uint64_t seed, std::uint64_t index) {
  const Network& network = reference.network;
  const auto inputs =
      static_cast<std::uint32_t>(network.population(network.input()).shape.size());
  const auto classes =
      static_cast<int>(network.population(network.readout()).shape.size());
  BenchBatch batch;
  boost::random::uniform_01<double> uniform;
  for (std::size_t sample = 0; sample < samples; ++sample) {
    RandomEngine engine = random_stream(seed, StreamPurpose::bench, {index, sample});
    SpikeTrain train;
    train.steps = reference.steps;
    train.inputs = inputs;
    for (std::uint32_t t = 0; t < reference.steps; ++t) {
      for (std::uint32_t i = 0; i < inputs; ++i)
        if (uniform(engine) < reference.density) train.indices.push_back(i);
      train.offsets.push_back(static_cast<std::uint32_t>(train.indices.size()));
    }
    batch.trains.push_back(std::move(train));
    batch.labels.push_back(boost::random::uniform_int_distribution<int>(0, classes - 1)(engine));
  }
  return batch;
}

}  // namespace volley
