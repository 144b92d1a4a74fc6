#include "sim/stream_run.hpp"

#include <algorithm>
#include <cassert>
#include <limits>

#include "base/error.hpp"
#include "sim/loss.hpp"

namespace volley {

namespace {
constexpr std::uint64_t never = std::numeric_limits<std::uint64_t>::max();
}

TickedEngine::TickedEngine(const FrozenPlan& plan) : plan_(plan), engine_(plan) { begin_scores(); }

void TickedEngine::reset() {
  operations_before_ += engine_.synaptic_operations();
  engine_.reset();
  begin_scores();
}

void TickedEngine::tick(std::span<const std::uint32_t> input) {
  engine_.step(input);
  ++steps_;
  if (plan_.plan().populations[plan_.plan().readout].spiking())
    reader_.spikes(engine_.spikes(plan_.plan().readout));
  else
    reader_.membrane(engine_.readout_membrane());
}

void TickedEngine::silence(std::uint64_t ticks) {
  for (; ticks > 0; --ticks) tick({});
}

void TickedEngine::begin_scores() {
  const PlanPopulation& readout = plan_.plan().populations[plan_.plan().readout];
  reader_.begin(readout.spec.kind, readout.neurons, plan_.network().readout);
  steps_ = 0;
}

std::span<const float> TickedEngine::scores() {
  ScoreReader reader = reader_;  // finish() ends the reading
  const auto scores = reader.finish(steps_);
  scores_.assign(scores.begin(), scores.end());
  return scores_;
}

std::uint64_t TickedEngine::synaptic_operations() const {
  return operations_before_ + engine_.synaptic_operations();
}

StreamRun::StreamRun(TickedNetwork& network, const StreamTiming& options, Report report)
    : network_(network),
      options_(options),
      report_(std::move(report)),
      window_end_(options.window == 0 ? never : options.window),
      interval_end_(std::min(options.interval, window_end_)) {
  assert(options.interval >= 1);
  network_.reset();
}

void StreamRun::end_interval() {
  const auto scores = network_.scores();
  interval_.scores.assign(scores.begin(), scores.end());
  interval_.predicted = predicted_class(interval_.scores);
  report_(interval_);
  network_.begin_scores();
  interval_.first += interval_.ticks;
  interval_.ticks = 0;
}

/// Counts ticks that the network has run, up to the end of an interval at most.
void StreamRun::passed(std::uint64_t ticks) {
  done_ += ticks;
  interval_.ticks += ticks;
  if (done_ != interval_end_) return;
  end_interval();
  if (done_ == window_end_) {
    network_.reset();
    ++interval_.window;
    window_end_ += options_.window;
  }
  interval_end_ = std::min(done_ + options_.interval, window_end_);
}

void StreamRun::silence(std::uint64_t until) {
  while (done_ < until) {
    const std::uint64_t ticks = std::min(until, interval_end_) - done_;
    network_.silence(ticks);
    passed(ticks);
  }
}

void StreamRun::input(std::uint64_t number, std::span<const std::uint32_t> input) {
  assert(number >= done_);
  if (options_.most_silence > 0 && number - done_ > options_.most_silence)
    throw Error("has no events for " + std::to_string(number - done_) + " steps from step " +
                    std::to_string(done_) + " on, more than " +
                    std::to_string(options_.most_silence),
                "stream", "use longer steps (--dt-ms), or cut the silence out of the recording");
  silence(number);
  network_.tick(input);
  passed(1);
}

void StreamRun::finish(std::uint64_t ticks) {
  silence(std::max({done_, ticks, std::uint64_t{1}}));
  if (options_.window != 0 && done_ % options_.window != 0) silence(window_end_);
  if (interval_.ticks > 0) end_interval();
}

}  // namespace volley
