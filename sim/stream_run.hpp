// A network on a stream of any length: input tick by tick, class scores in intervals, back to rest
// by a rule, in memory that does not grow. Owns where intervals and windows end; must not know
// files, nor how a network keeps time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "sim/event_engine.hpp"

namespace volley {

/// A network that time passes through in ticks: steps, or microseconds.
class TickedNetwork {
public:
  virtual ~TickedNetwork() = default;
  /// Back to rest, before tick 0; scores begin anew.
  virtual void reset() = 0;
  /// One tick with the ascending input indices that spike in it.
  virtual void tick(std::span<const std::uint32_t> input) = 0;
  /// So many ticks without input.
  virtual void silence(std::uint64_t ticks) = 0;
  /// From the next tick on scores are those of what follows.
  virtual void begin_scores() = 0;
  /// Class scores since begin_scores(), as read_scores() defines them.
  virtual std::span<const float> scores() = 0;
  /// Weights added since it was made, resets included.
  virtual std::uint64_t synaptic_operations() const = 0;
};

/// The event engine, whose tick is a step.
class TickedEngine final : public TickedNetwork {
public:
  /// The plan must outlive it.
  explicit TickedEngine(const FrozenPlan& plan);

  void reset() override;
  void tick(std::span<const std::uint32_t> input) override;
  void silence(std::uint64_t ticks) override;
  void begin_scores() override;
  std::span<const float> scores() override;
  std::uint64_t synaptic_operations() const override;
  /// For spikes after each tick().
  const EventEngine& engine() const { return engine_; }

private:
  const FrozenPlan& plan_;
  EventEngine engine_;
  ScoreReader reader_;
  std::vector<float> scores_;
  std::uint64_t operations_before_ = 0;  ///< of windows that are over
  std::uint32_t steps_ = 0;              ///< since begin_scores()
};

struct StreamTiming {
  std::uint64_t window = 0;        ///< ticks after which the network goes back to rest; 0: never
  std::uint64_t interval = 1;      ///< ticks of an interval; windows begin a new one
  std::uint64_t most_silence = 0;  ///< ticks without input that are refused; 0: none
};

/// What one interval came to.
struct StreamInterval {
  std::uint64_t first = 0, ticks = 0;  ///< first: counted from the start of the stream
  std::uint64_t window = 0;            ///< resets before it
  int predicted = -1;
  std::vector<float> scores;           ///< of its ticks alone
};

class StreamRun {
public:
  using Report = std::function<void(const StreamInterval&)>;

  /// Begins at rest. @param report called at the end of each interval
  StreamRun(TickedNetwork& network, const StreamTiming& options, Report report);

  /// Everything up to and with tick `number`, at which `input` spikes. Numbers ascend.
  /// @throws Error where more than most_silence ticks had no input
  void input(std::uint64_t number, std::span<const std::uint32_t> input);
  /// The end of the stream: runs at least `ticks` ticks in all, completes the window, and reports
  /// what is left.
  void finish(std::uint64_t ticks = 1);
  std::uint64_t ticks() const { return done_; }

private:
  void silence(std::uint64_t until);
  void passed(std::uint64_t ticks);
  void end_interval();

  TickedNetwork& network_;
  StreamTiming options_;
  Report report_;
  StreamInterval interval_;
  std::uint64_t done_ = 0;        ///< ticks
  std::uint64_t window_end_, interval_end_;
};

}  // namespace volley
