// Small networks and spikes for the tests of sim.
#pragma once

#include <cstdint>
#include <vector>

#include "datasets/load_spikes.hpp"
#include "models/frozen_network.hpp"

namespace volley {

/// A chain under construction: every call adds a population and the projection into it.
struct ChainBuilder {
  explicit ChainBuilder(Shape input);

  ChainBuilder& dense(int neurons, Population spec = {}, Projection projection = {});
  ChainBuilder& conv(int channels, int kernel, int stride, int padding, Population spec = {},
                     Projection projection = {});
  ChainBuilder& pool(ProjectionKind kind, int kernel);
  ChainBuilder& flatten();
  ChainBuilder& readout(int classes, double beta = 0.8, Projection projection = {});

  Network network;
  PopulationId last;

private:
  ChainBuilder& add(Population population, Projection projection);
  int count_ = 0;
};

/// Bernoulli spikes, the same for the same seed.
SpikeTrain random_train(std::uint32_t steps, std::uint32_t inputs, double rate,
                        std::uint64_t seed);
std::vector<SpikeTrain> random_trains(std::size_t samples, std::uint32_t steps,
                                      std::uint32_t inputs, double rate, std::uint64_t seed);

/// Gives every spike a random value between 0 and 2: graded input.
void grade(SpikeTrain& train, std::uint64_t seed);

/// Random weights and biases for a topology: rates between silent and busy, some neurons firing on
/// their own, delays of any length that is allowed.
FrozenNetwork random_frozen(const Network& network, std::uint64_t seed);

/// A learnable toy set: class c spikes mostly in its own band of inputs.
LabelledSpikes toy_data(std::size_t samples, std::uint64_t seed);

}  // namespace volley
