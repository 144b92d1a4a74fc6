// A frozen network as generators of code see it: flat, in order, every current with the arithmetic
// that the engines use. Filled by sim/step_network.hpp; must not know engines or any language.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/network.hpp"
#include "models/training_options.hpp"

namespace volley {

/// A projection. Weights are [rows][columns] as FrozenNetwork has them.
struct StepLink {
  Projection spec;
  std::string name;
  std::size_t source = 0, target = 0;       ///< population ids
  Shape source_shape, target_shape;
  std::size_t rows = 0, columns = 0;        ///< 0 where it ends in a relay
  std::size_t groups = 1;                   ///< as PlanProjection::groups
  std::size_t taps = 1;                     ///< delays from spec.delay_steps on
  std::size_t first_channel = 0;            ///< concat: where its channels begin in the target
  std::vector<float> weights;
  std::vector<std::uint16_t> delays;        ///< [rows][columns]; empty: all are spec.delay_steps
  /// Evenly spaced weights scale * code + offset, whose spikes are summed as integers (see
  /// sim/integer_weights.hpp); empty: the weights are added in float.
  std::vector<std::uint8_t> codes;          ///< [rows][columns]
  unsigned largest_code = 0;
  std::vector<float> scale, offset;         ///< by column

  std::size_t delay(std::size_t tap) const {
    return static_cast<std::size_t>(spec.delay_steps) + tap;
  }
  bool one_bit() const { return !codes.empty() && largest_code <= 1; }
};

struct StepPopulation {
  Population spec;
  std::size_t neurons = 0, channels = 0;
  std::size_t most_spikes = 1;              ///< of a neuron in one step; 1: bits say all
  std::size_t longest_delay = 0;            ///< of the links that leave it, in steps
  std::vector<float> bias;                  ///< by neuron; empty for input and relay
  std::vector<float> beta;                  ///< by channel
  std::vector<std::size_t> feed_forward, recurrent;  ///< ids of the links into it, in order
};

struct StepNetwork {
  std::string name;
  double dt_ms = 1.0;
  std::vector<StepPopulation> populations;  ///< by id
  std::vector<StepLink> links;              ///< by id
  std::vector<std::size_t> order;           ///< population ids; sources before their targets
  std::size_t input = 0, readout = 0;
  ReadoutScore score = ReadoutScore::mean;

  bool spiking_readout() const { return populations[readout].spec.kind == NeuronKind::lif; }
};

/// What a network did in one recording, beside an export to test it.
struct RecordedRun {
  std::uint32_t steps = 0;
  std::vector<std::vector<std::uint32_t>> inputs;  ///< by step, ascending
  /// By population id and step; empty for populations that are not lif. A neuron stands once for
  /// each of its spikes.
  std::vector<std::vector<std::vector<std::uint32_t>>> spikes;
  std::vector<float> membrane;                     ///< of a leaky readout, [steps][neurons]
  std::vector<std::int32_t> fixed_membrane;        ///< in place of it in fixed point
  int predicted = 0;
};

/// A population's name as part of a name in C or Verilog, unlike those of others.
std::string code_name(const StepNetwork& network, std::size_t population);

}  // namespace volley
