#include "random_networks.hpp"

#include "base/random.hpp"
#include "layer_networks.hpp"
#include "sample_networks.hpp"

namespace volley {

Population leaky(Reset reset, double beta) {
  Population spec;
  spec.reset = reset;
  spec.beta = beta;
  return spec;
}

Projection fixed_delay(int steps) {
  Projection projection;
  projection.delay_steps = steps;
  return projection;
}

Network any_network(std::uint64_t seed) {
  RandomEngine engine = random_stream(seed, StreamPurpose::bench, {9});
  const auto pick = [&](int n) {
    return boost::random::uniform_int_distribution<int>(0, n - 1)(engine);
  };
  const Reset resets[] = {Reset::subtract, Reset::zero, Reset::none};
  const double betas[] = {0.0, 0.5, 0.9, 0.97, 1.0};
  const bool extend = seed % 2 == 1;
  const auto spec = [&] {
    Population made = leaky(resets[pick(3)], betas[pick(5)]);
    if (seed % 3 == 0 && made.normalise) made.normalise_steps = 4;
    if (!extend) return made;
    const double decays[] = {0.3, 0.8, 0.995, 1.0};
    if (pick(2) == 0) made.synapse_beta = decays[pick(4)];
    if (pick(2) == 0) made.adaptation = 0.1 * (1 + pick(4));
    made.adaptation_beta = decays[pick(4)];
    if (pick(2) == 0) made.refractory_steps = 1 + pick(4);
    if (pick(2) == 0 && made.beta > 0 && made.beta < 1) made.learn_tau = LearnTau::channel;
    return made;
  };
  ChainBuilder chain({2, 9, 8});
  if (pick(2) == 0) add_random_layers(chain, engine, spec());
  if (pick(3) > 0) {
    chain.conv(3 + pick(3), 3, 1 + pick(2), pick(2), spec());
    if (pick(2) == 0)
      chain.pool(pick(2) == 0 ? ProjectionKind::sum_pool : ProjectionKind::max_pool, 2);
    if (pick(2) == 0) chain.conv(4, 2, 1, 1, spec());
    if (pick(2) == 0) chain.flatten();
  }
  const auto delays = [&](int least) {
    Projection projection;
    projection.delay_steps = least;
    if (pick(2) == 0)
      projection.delays = {delay_facts[static_cast<std::size_t>(pick(4))].kind,
                           least + pick(9), false, 0, 1};
    return projection;
  };
  chain.dense(12, spec(), delays(pick(3)));
  const PopulationId hidden = chain.last;
  if (pick(4) == 0) chain.conv(4, 1, 1, 0, spec(), fixed_delay(2));
  if (pick(2) == 0) {
    Projection recurrent = delays(1 + pick(3));
    recurrent.gain = 0.5;
    chain.network.add_projection(hidden, hidden, recurrent);
  }
  if (pick(3) == 0) chain.dense(4, spec(), delays(pick(2)));
  else chain.readout(4, betas[pick(5)], delays(pick(2)));
  Population& readout = chain.network.population(chain.last);
  if (extend && readout.kind == NeuronKind::leaky_integrator) {
    if (pick(2) == 0) readout.synapse_beta = 0.7;
    if (readout.beta > 0 && readout.beta < 1) readout.learn_tau = LearnTau::channel;
  }
  for (std::size_t id = 0; id < chain.network.populations(); ++id)
    chain.network.population(id).quantizer.estimator = Estimator::atan;  // fit for any readout
  return chain.network;
}

Network any_levels(std::uint64_t seed) {
  Network network = any_network(seed);
  RandomEngine engine = random_stream(seed, StreamPurpose::bench, {10});
  boost::random::uniform_int_distribution<int> any(0, 3);
  const int levels[] = {1, 2, 3, 15};
  for (std::size_t id = 0; id < network.populations(); ++id) {
    Population& population = network.population(id);
    if (population.kind != NeuronKind::lif) continue;
    SpikeQuantizer& quantizer = population.quantizer;
    quantizer.estimator = Estimator::straight_through;
    quantizer.levels = levels[any(engine)];
    for (const std::size_t edge : network.outgoing(id))
      if (network.projection(edge).kind == ProjectionKind::max_pool) quantizer.levels = 1;
  }
  return network;
}

}  // namespace volley
