#include "app/stream_feed.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "datasets/binned_stream.hpp"
#include "datasets/binning.hpp"
#include "sim/microsecond_engine.hpp"

namespace volley {

namespace {
using Clock = std::chrono::steady_clock;

std::uint64_t nanoseconds_since(Clock::time_point start) {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - start).count());
}
}  // namespace

std::unique_ptr<TickedNetwork> make_network(const FrozenPlan& plan, TimeResolution resolution) {
  if (resolution == TimeResolution::step) return std::make_unique<TickedEngine>(plan);
  return std::make_unique<MicrosecondEngine>(plan);
}

std::uint64_t tick_us(const FeedOptions& options) {
  return options.resolution == TimeResolution::step ? options.step_us : 1;
}

StreamTiming stream_timing(const FeedOptions& options) {
  const std::uint64_t per_step = options.step_us / tick_us(options);
  const double steps = 1000 * options.interval_ms / static_cast<double>(options.step_us);
  StreamTiming made;
  made.window = options.window_steps * per_step;
  made.interval = static_cast<std::uint64_t>(std::clamp(std::round(steps), 1.0, 1e12)) * per_step;
  if (options.resolution == TimeResolution::step) made.most_silence = max_steps;
  return made;
}

FeedFigures feed(EventStream& stream, TickedNetwork& network, const FeedOptions& options,
                 const std::string& origin, const StreamRun::Report& report,
                 const std::function<bool()>& go_on) {
  constexpr std::uint64_t often = 1024;  // steps between two questions
  FeedFigures figures;
  const std::uint64_t operations = network.synaptic_operations();
  StreamRun run(network, stream_timing(options), report);
  BinnedStream binned(stream, tick_us(options), origin);
  BinnedStep step;
  const auto start = Clock::now();
  for (std::uint64_t steps = 0;; ++steps) {
    if (steps % often == 0 && go_on && !go_on()) {
      figures.stopped = true;
      break;
    }
    const auto taken = options.timed ? Clock::now() : start;
    if (!binned.next(step)) break;
    run.input(step.step, step.indices);
    if (options.timed) figures.latency.add(nanoseconds_since(taken), step.events);
    figures.events += step.events;
  }
  if (go_on && !go_on()) figures.stopped = true;  // also where that has ended a live stream
  const std::uint64_t per_step = options.step_us / tick_us(options);
  run.finish((run.ticks() + per_step - 1) / per_step * per_step);
  figures.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  figures.ticks = run.ticks();
  figures.synaptic_operations = network.synaptic_operations() - operations;
  return figures;
}

}  // namespace volley
