#include "sample_networks.hpp"

#include <algorithm>
#include <cmath>

#include "base/random.hpp"
#include "sim/plan.hpp"

namespace volley {

ChainBuilder::ChainBuilder(Shape input) {
  Population population;
  population.name = "input";
  population.kind = NeuronKind::input;
  population.shape = input;
  last = network.add_population(population);
}

ChainBuilder& ChainBuilder::add(Population population, Projection projection) {
  population.name = "layer" + std::to_string(++count_);
  const PopulationId id = network.add_population(std::move(population));
  network.add_projection(last, id, projection);
  last = id;
  return *this;
}

ChainBuilder& ChainBuilder::dense(int neurons, Population spec, Projection projection) {
  spec.shape = {neurons, 1, 1};
  projection.kind = ProjectionKind::dense;
  return add(std::move(spec), projection);
}

ChainBuilder& ChainBuilder::conv(int channels, int kernel, int stride, int padding,
                                 Population spec, Projection projection) {
  projection.kind = ProjectionKind::conv2d;
  projection.kernel_height = projection.kernel_width = kernel;
  projection.stride = stride;
  projection.padding = padding;
  const Shape from = network.population(last).shape;
  spec.shape = {channels, (from.height + 2 * padding - kernel) / stride + 1,
                (from.width + 2 * padding - kernel) / stride + 1};
  return add(std::move(spec), projection);
}

ChainBuilder& ChainBuilder::pool(ProjectionKind kind, int kernel) {
  Projection projection;
  projection.kind = kind;
  projection.kernel_height = projection.kernel_width = kernel;
  projection.stride = kernel;
  Population relay;
  relay.kind = NeuronKind::relay;
  const Shape from = network.population(last).shape;
  relay.shape = {from.channels, from.height / kernel, from.width / kernel};
  return add(std::move(relay), projection);
}

ChainBuilder& ChainBuilder::flatten() {
  Projection projection;
  projection.kind = ProjectionKind::flatten;
  Population relay;
  relay.kind = NeuronKind::relay;
  relay.shape = {static_cast<int>(network.population(last).shape.size()), 1, 1};
  return add(std::move(relay), projection);
}

ChainBuilder& ChainBuilder::readout(int classes, double beta, Projection projection) {
  Population spec;
  spec.kind = NeuronKind::leaky_integrator;
  spec.beta = beta;
  spec.normalise = false;
  projection.bias = true;
  return dense(classes, spec, projection);
}

SpikeTrain random_train(std::uint32_t steps, std::uint32_t inputs, double rate,
                        std::uint64_t seed) {
  RandomEngine engine = random_stream(seed, StreamPurpose::bench, {steps, inputs});
  boost::random::uniform_real_distribution<double> uniform(0, 1);
  SpikeTrain train;
  train.steps = steps;
  train.inputs = inputs;
  for (std::uint32_t t = 0; t < steps; ++t) {
    for (std::uint32_t i = 0; i < inputs; ++i)
      if (uniform(engine) < rate) train.indices.push_back(i);
    train.offsets.push_back(static_cast<std::uint32_t>(train.indices.size()));
  }
  return train;
}

std::vector<SpikeTrain> random_trains(std::size_t samples, std::uint32_t steps,
                                      std::uint32_t inputs, double rate, std::uint64_t seed) {
  std::vector<SpikeTrain> trains;
  for (std::size_t b = 0; b < samples; ++b)
    trains.push_back(random_train(steps, inputs, rate, seed * 1000 + b));
  return trains;
}

void grade(SpikeTrain& train, std::uint64_t seed) {
  RandomEngine engine = random_stream(seed, StreamPurpose::bench, {21});
  boost::random::uniform_real_distribution<float> uniform(0, 2);
  for (std::size_t k = 0; k < train.indices.size(); ++k) train.values.push_back(uniform(engine));
}

FrozenNetwork random_frozen(const Network& network, std::uint64_t seed) {
  const Plan plan = compile(network);
  RandomEngine engine = random_stream(seed, StreamPurpose::bench, {7});
  FrozenNetwork frozen;
  frozen.network = network;
  frozen.weights.resize(plan.projections.size());
  frozen.bias.resize(plan.populations.size());
  frozen.delays.resize(plan.projections.size());
  for (const PlanProjection& projection : plan.projections) {
    boost::random::uniform_int_distribution<int> delay(
        projection.spec.delay_steps,
        std::max(projection.spec.delay_steps, projection.spec.delays.longest));
    for (std::size_t k = 0; projection.delayed() && k < projection.rows * projection.columns; ++k)
      frozen.delays[projection.id].push_back(static_cast<std::uint16_t>(delay(engine)));
    const double bound = 2.0 / std::sqrt(static_cast<double>(projection.rows) + 1.0);
    boost::random::uniform_real_distribution<double> uniform(-bound, 1.2 * bound);
    for (std::size_t k = 0; k < projection.rows * projection.columns; ++k)
      frozen.weights[projection.id].push_back(static_cast<float>(uniform(engine)));
  }
  for (const PlanPopulation& population : plan.populations) {
    if (population.spec.kind == NeuronKind::input || population.spec.kind == NeuronKind::relay)
      continue;
    boost::random::uniform_real_distribution<double> uniform(-0.2, 0.2);
    for (std::size_t n = 0; n < population.neurons; ++n)
      frozen.bias[population.id].push_back(static_cast<float>(uniform(engine)));
  }
  frozen.beta.resize(plan.populations.size());
  for (const PlanPopulation& population : plan.populations) {
    boost::random::uniform_real_distribution<double> uniform(0.4, 1.0);
    for (std::size_t c = 0; c < population.channels; ++c)
      if (population.spec.learn_tau != LearnTau::no)
        frozen.beta[population.id].push_back(static_cast<float>(uniform(engine)));
  }
  frozen.early.resize(plan.populations.size());
  for (const PlanPopulation& population : plan.populations) {
    const auto steps = static_cast<std::size_t>(population.spec.normalise_steps) - 1;
    boost::random::uniform_real_distribution<float> uniform(0.5f, 1.5f);
    FrozenNetwork::EarlySteps& early = frozen.early[population.id];
    for (std::size_t k = 0; k < steps * population.channels; ++k)
      early.ratio.push_back(uniform(engine));
    for (std::size_t k = 0; k < steps * population.neurons; ++k)
      early.shift.push_back(uniform(engine) - 1.0f);
  }
  return frozen;
}

LabelledSpikes toy_data(std::size_t samples, std::uint64_t seed) {
  LabelledSpikes data;
  data.sensor = {6, 4, 2};
  data.classes = 3;
  RandomEngine engine = random_stream(seed, StreamPurpose::synthetic, {samples});
  boost::random::uniform_real_distribution<double> uniform(0, 1);
  for (std::size_t b = 0; b < samples; ++b) {
    const int label = static_cast<int>(b % 3);
    SpikeTrain train;
    train.steps = 6;
    train.inputs = 48;
    for (std::uint32_t t = 0; t < train.steps; ++t) {
      for (std::uint32_t i = 0; i < train.inputs; ++i)
        if (uniform(engine) < (static_cast<int>(i / 16) == label ? 0.4 : 0.1))
          train.indices.push_back(i);
      train.offsets.push_back(static_cast<std::uint32_t>(train.indices.size()));
    }
    data.trains.push_back(std::move(train));
    data.labels.push_back(label);
    data.names.push_back("toy-" + std::to_string(b));
  }
  return data;
}

}  // namespace volley
