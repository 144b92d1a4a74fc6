// The event engine: one recording at a time, work only where a spike arrives or a neuron is due to
// fire on its own. Same spikes as ClockedInference, neuron by neuron and step by step. Must not
// know training or files.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "sim/event_population.hpp"
#include "sim/frozen_currents.hpp"
#include "sim/frozen_plan.hpp"
#include "sim/readout.hpp"

namespace volley {

class SynapticCounter;

/// What a recording comes to, without its trace.
struct SampleSummary {
  int predicted = -1;
  std::vector<float> scores;            ///< one per class
  std::vector<std::uint64_t> spikes;    ///< by population id; 0 for a leaky_integrator
  std::uint64_t synaptic_operations = 0;
};

class EventEngine {
public:
  /// The plan must outlive the engine.
  explicit EventEngine(const FrozenPlan& plan);

  /// One recording from rest. Fills the trace's synaptic_operations.
  /// @throws Error where the train has another number of inputs than the network
  SampleTrace run(const SpikeTrain& input);
  /// The same, but only what it comes to: nothing is allocated once the engine has run.
  const SampleSummary& classify(const SpikeTrain& input);

  /// Step by step, for streams of any length in bounded memory: reset(), then step() with the
  /// ascending input indices of each step, reading spikes() and readout_membrane() in between.
  void reset();
  /// @param values  of graded input spikes, beside their indices; empty: 1 each
  void step(std::span<const std::uint32_t> input, std::span<const float> values = {});
  /// Spikes of a population in the last step, ascending.
  std::span<const std::uint32_t> spikes(std::size_t population) const;
  /// Membrane of a leaky_integrator readout after the last step; empty for a lif readout.
  std::span<const float> readout_membrane() const { return readout_; }
  /// Weights added so far: the synaptic operations really done.
  std::uint64_t synaptic_operations() const { return operations_; }
  /// Neuron updates so far.
  std::uint64_t neuron_updates() const;
  /// From now on every step and what goes through each projection is told to the counter; null ends
  /// it. @param counter must outlive the runs it counts
  void count_into(SynapticCounter* counter) { counter_ = counter; }

private:
  void deliver_all(const std::vector<std::size_t>& projections, EventPopulation& target);
  void deliver(const PlanProjection& projection, std::int64_t emitted, EventPopulation& target);
  void make_rings(std::size_t steps);
  void take_input(std::span<const std::uint32_t> input, std::span<const float> values);
  template <class Behind>
  void run_through(const SpikeTrain& input, const Behind& behind);
  /// Step t_ of a population and, where it is quicker, up to `steps` from there on, t_ then being
  /// the last. @return how many
  std::size_t advance(const PlanPopulation& population, std::size_t steps);
  /// The same by one kernel, from spikes to spikes; 0 where it cannot be.
  std::size_t sweep(const PlanPopulation& population, EventPopulation& target, std::size_t steps);
  /// Of a projection with delays of its synapses' own. `add` is called with target and current.
  template <class Add>
  void follow(const PlanProjection& projection, std::size_t tap, std::int64_t emitted,
              const Add& add);
  void step_relay(const PlanPopulation& relay, StepSpikes& fired);
  void step_readout(const PlanPopulation& population);
  const StepSpikes& history(std::size_t population, std::int64_t t) const;
  /// Values of graded spikes; empty where each counts 1.
  std::span<const float> values(std::size_t population, std::int64_t t) const;
  /// Calls body(tap, step of emission) for the delays whose spikes act now, the earliest first.
  template <class Body>
  void arriving(const PlanProjection& projection, const Body& body) const;

  const FrozenPlan& frozen_;
  FrozenCurrents currents_;
  std::vector<EventPopulation> populations_;         ///< lif only, by slot
  std::vector<std::size_t> slot_;                    ///< by population id
  std::vector<std::size_t> longest_;                 ///< delay, by source population
  std::vector<std::vector<StepSpikes>> history_;     ///< by population, ring over the delays
  std::vector<std::vector<float>> input_values_;     ///< of graded input, the same ring
  std::vector<float> readout_, readout_before_, readout_current_;
  std::optional<FrozenNeurons> extended_readout_;
  std::int64_t t_ = -1;
  std::uint64_t operations_ = 0;
  SynapticCounter* counter_ = nullptr;
  ScoreReader scores_;
  SampleSummary summary_;
};

}  // namespace volley
