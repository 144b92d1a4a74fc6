// Microsecond mode: a network trained in steps, its events handled at their microsecond. What it
// computes is defined in sim/microsecond_dynamics.hpp; how: events, delayed spikes and neurons that
// fire on their own meet in a time wheel, and nothing happens between them. Must not know files.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "datasets/recording.hpp"
#include "sim/event_engine.hpp"
#include "sim/microsecond_population.hpp"
#include "sim/microsecond_readout.hpp"
#include "sim/delayed_spikes.hpp"
#include "sim/stream_run.hpp"
#include "sim/time_wheel.hpp"

namespace volley {

/// A tick is a microsecond. Time goes up to most_stream_us and the longest delay.
class MicrosecondEngine final : public TickedNetwork {
public:
  /// Told of a population's ascending spikes in a tick, where it has any; input and relays too.
  using Listener = std::function<void(std::size_t population, std::int64_t tick,
                                      std::span<const std::uint32_t> spikes)>;

  /// The plan must outlive the engine. @throws Error as microsecond_dynamics() does
  explicit MicrosecondEngine(const FrozenPlan& plan);

  void reset() override;
  void tick(std::span<const std::uint32_t> input) override;
  void silence(std::uint64_t ticks) override;
  void begin_scores() override;
  /// Of a lif readout: spikes for each step's length of time.
  std::span<const float> scores() override;
  std::uint64_t synaptic_operations() const override { return operations_; }

  /// Ticks since reset().
  std::uint64_t ticks() const { return static_cast<std::uint64_t>(now_ + 1); }
  void listen(Listener listener) { listener_ = std::move(listener); }
  /// Spikes of a population since reset(), those of a relay included.
  std::uint64_t spikes(std::size_t population) const { return counts_[population]; }
  /// Membrane of a leaky_integrator readout in the last tick in which a spike reached it.
  std::span<const double> readout_membrane() const { return readout_->membrane(); }
  /// Bytes held that could grow with the stream: spikes under way, lists of one tick.
  std::size_t bytes() const;

private:
  /// Spikes that left a population act on a projection's synapses of one delay.
  struct Line {
    std::size_t projection, tap;
    std::int64_t delay;       ///< ticks, above 0
    DelayedSpikes::Place place;    ///< of the first spike that has not acted
  };

  void build_lines();
  void build_rows(const PlanProjection& projection);
  void run_tick(std::int64_t t, std::span<const std::uint32_t> input, bool due);
  void run_relay(const PlanPopulation& relay, std::vector<std::uint32_t>& fired);
  bool bring(const PlanPopulation& population, const std::vector<std::size_t>& projections);
  void deliver(const PlanProjection& projection, std::size_t tap,
               std::span<const std::uint32_t> spikes);
  void add(const PlanProjection& projection, std::size_t column, const float* weights,
           std::size_t first, std::size_t count);
  void send(std::size_t population);
  void wait(std::size_t line);
  void schedule(std::size_t population);

  const FrozenPlan& frozen_;
  std::int64_t step_ticks_;
  std::vector<MicrosecondPopulation> populations_;   ///< lif only, by slot
  std::vector<std::size_t> slot_, first_item_;       ///< by population; its columns in the wheel
  std::optional<MicrosecondReadout> readout_;
  std::vector<AlignedVector<float>> rows_;           ///< by projection: padded rows of weights
  std::vector<Line> lines_;
  std::vector<std::vector<std::size_t>> lines_from_, lines_into_;  ///< by population; projection
  std::vector<DelayedSpikes> logs_;                       ///< by population: what has not yet acted
  TimeWheel wheel_{0};                               ///< lines first, then columns
  std::vector<std::uint32_t> due_;
  std::vector<char> line_due_;                       ///< in this tick
  std::vector<std::size_t> passed_;                  ///< slowest lines that were due in this tick
  std::vector<std::vector<std::uint32_t>> fired_;    ///< by population, in this tick
  std::vector<std::uint32_t> arriving_;
  std::vector<std::uint64_t> counts_;
  std::vector<std::uint32_t> class_counts_;
  std::vector<float> class_scores_;
  std::int64_t now_ = -1, scores_begin_ = -1;
  std::int64_t readout_at_ = -1;
  std::uint64_t operations_ = 0;
  Listener listener_;
};

/// A recording from rest for so many steps of the network (0: to the end of the step of its last
/// event), input spikes being the events from its start on.
/// @throws Error where the sensor does not fit the network or BinnedStream refuses an event
SampleSummary classify(MicrosecondEngine& engine, const FrozenPlan& plan,
                       const Recording& recording, std::uint32_t steps);

}  // namespace volley
