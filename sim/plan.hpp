// A network compiled once into flat arrays: shapes, order and geometry. No Boost.Graph past this
// point. Must not know parameters or time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "models/network.hpp"
#include "sim/conv_runs.hpp"
#include "sim/conv_table.hpp"
#include "sim/conv_windows.hpp"
#include "sim/receptive_fields.hpp"

namespace volley {

struct PlanPopulation {
  std::size_t id = 0;
  Population spec;
  std::size_t neurons = 0, channels = 0;
  std::vector<std::size_t> feed_forward;  ///< projections into it from others, by id
  std::vector<std::size_t> recurrent;     ///< projections from itself, by id

  bool spiking() const { return spec.kind != NeuronKind::leaky_integrator; }
  /// Whether training wants currents beside membranes; else the scan turns the ones into the others
  /// where they stand.
  bool keeps_currents() const { return spec.normalise || spec.extended(); }
};

struct PlanProjection {
  std::size_t id = 0, source = 0, target = 0;
  Projection spec;
  std::string name;
  Shape source_shape, target_shape;
  std::size_t rows = 0, columns = 0;  ///< of the weight matrix; 0 without weights
  bool recurrent = false;
  /// Conv2d, one_to_one and identity: channels in groups that do not see each other; 1 elsewhere.
  std::size_t groups = 1;
  std::size_t first_channel = 0;      ///< concat: where its channels begin in the target
  std::size_t taps = 1;               ///< delays at which a spike may act, from delay_steps on
  ConvTable table;                    ///< all but dense, flatten and concat: who reaches whom
  ConvTable members;                  ///< of a max_pool: the same, seen from the targets
  ConvRuns runs;                      ///< of an ungrouped conv2d: the same, joined
  ConvWindows windows;                ///< of one that is not dilated either
  ReceptiveFields fields;             ///< likewise

  /// Run by the kernels of sim/grouped_kernels.hpp.
  bool grouped() const {
    return groups > 1 || spec.kind == ProjectionKind::one_to_one ||
           spec.kind == ProjectionKind::identity;
  }
  /// Whether synapses have delays of their own.
  bool delayed() const { return spec.delays.kind != DelayKind::fixed; }
  std::size_t delay(std::size_t tap) const {
    return static_cast<std::size_t>(spec.delay_steps) + tap;
  }
};

struct Plan {
  std::vector<PlanPopulation> populations;  ///< by id
  std::vector<PlanProjection> projections;  ///< by id
  std::vector<std::size_t> order;           ///< population ids; sources before their targets
  std::size_t input = 0, readout = 0;

  std::size_t classes() const { return populations[readout].neurons; }
};

/// Checks the network and compiles it. @throws Error as Network::check does, and for what the
/// engines cannot run: a delay on what ends in a relay, a cycle through several populations, a
/// recurrent projection that is not dense, one_to_one or identity.
Plan compile(const Network& network);

}  // namespace volley
