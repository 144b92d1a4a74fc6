#include "runs.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/random/uniform_01.hpp>
#include <boost/random/uniform_real_distribution.hpp>
#include <cmath>

#include "sim/compare.hpp"
#include "sim/event_engine.hpp"

namespace volley::test {

namespace fs = std::filesystem;

ScratchFolder::ScratchFolder() {
  static int count = 0;
  path_ = fs::temp_directory_path() /
          ("volley-interchange-" + std::to_string(getpid()) + "-" + std::to_string(count++));
  fs::create_directories(path_);
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

SpikeTrain random_train(RandomEngine& random, std::uint32_t steps, std::uint32_t inputs,
                        double density) {
  boost::random::uniform_01<double> uniform;
  SpikeTrain train;
  train.steps = steps;
  train.inputs = inputs;
  for (std::uint32_t t = 0; t < steps; ++t) {
    for (std::uint32_t i = 0; i < inputs; ++i)
      if (uniform(random) < density) train.indices.push_back(i);
    train.offsets.push_back(static_cast<std::uint32_t>(train.indices.size()));
  }
  return train;
}

SampleTrace run_both(const FrozenNetwork& network, const SpikeTrain& train) {
  const FrozenPlan plan(network);
  const SampleTrace event = EventEngine(plan).run(train);
  const SampleTrace clocked = ClockedInference(plan).run(train);
  const Comparison found = compare_traces(event, clocked);
  EXPECT_EQ(found.differing_spikes, 0U) << found.first_difference;
  EXPECT_LE(found.membrane_difference, 1e-5);
  return event;
}

namespace {

Population plain(const std::string& name, NeuronKind kind, Shape shape) {
  Population population;
  population.name = name;
  population.kind = kind;
  population.shape = shape;
  population.normalise = false;
  population.reset = Reset::zero;
  return population;
}

void draw(RandomEngine& random, FrozenNetwork& frozen) {
  boost::random::uniform_real_distribution<float> real(-1.0F, 1.0F);
  const Network& network = frozen.network;
  for (std::size_t id = 0; id < network.projections(); ++id) {
    const std::size_t rows =
        fan_in(network.projection(id), network.population(network.source(id)).shape);
    std::vector<float>& weights = frozen.weights.emplace_back(
        rows * weight_columns(network.projection(id), network.population(network.target(id)).shape));
    for (float& weight : weights)
      weight = (0.3F + 3.0F * real(random)) / std::sqrt(static_cast<float>(rows));
  }
  for (PopulationId id = 0; id < network.populations(); ++id) {
    const Population& population = network.population(id);
    std::vector<float>& bias = frozen.bias.emplace_back();
    if (population.kind == NeuronKind::input || population.kind == NeuronKind::relay) continue;
    const auto channels = static_cast<std::size_t>(population.shape.channels);
    for (std::size_t i = 0; i < population.shape.size(); ++i)
      bias.push_back(i < channels ? 0.1F * real(random) : bias[i % channels]);
  }
  frozen.beta.resize(network.populations());
}

}  // namespace

FrozenNetwork random_portable_network(RandomEngine& random, const std::string& kind) {
  FrozenNetwork frozen;
  Network& network = frozen.network;
  const bool conv = kind == "conv";
  PopulationId last =
      network.add_population(plain("input", NeuronKind::input, conv ? Shape{2, 8, 8} : Shape{24, 1, 1}));
  if (conv) {
    const PopulationId map = network.add_population(plain("conv", NeuronKind::lif, {4, 8, 8}));
    Projection kernel;
    kernel.kind = ProjectionKind::conv2d;
    kernel.kernel_height = kernel.kernel_width = 3;
    kernel.padding = 1;
    network.add_projection(last, map, kernel);
    const PopulationId pooled = network.add_population(plain("pool", NeuronKind::relay, {4, 4, 4}));
    Projection pool;
    pool.kind = ProjectionKind::sum_pool;
    pool.kernel_height = pool.kernel_width = 2;
    pool.stride = 2;
    network.add_projection(map, pooled, pool);
    last = network.add_population(plain("flat", NeuronKind::relay, {64, 1, 1}));
    Projection flatten;
    flatten.kind = ProjectionKind::flatten;
    network.add_projection(pooled, last, flatten);
  }
  Population hidden = plain("hidden", NeuronKind::lif, {32, 1, 1});
  hidden.beta = 0.9375;
  const PopulationId next = network.add_population(hidden);
  network.add_projection(last, next, Projection{});
  if (kind == "recurrent") {
    Projection loop;
    loop.delay_steps = 1;
    network.add_projection(next, next, loop);
  }
  Population out = plain("output_neurons", NeuronKind::lif, {10, 1, 1});
  out.beta = 0.75;
  const PopulationId readout = network.add_population(out);
  network.add_projection(next, readout, Projection{});
  draw(random, frozen);
  return frozen;
}

}  // namespace volley::test
