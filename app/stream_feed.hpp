// Joins a stream of events with a running network, and times every event. Owns the loop between the
// two; must not know files, models or what is printed.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "app/latency.hpp"
#include "datasets/event_stream.hpp"
#include "sim/stream_run.hpp"

namespace volley {

enum class TimeResolution { step, microsecond };

struct FeedOptions {
  TimeResolution resolution = TimeResolution::step;
  std::uint64_t step_us = 1000;    ///< a step of the network
  std::uint64_t window_steps = 0;  ///< after which it goes back to rest; 0: never
  double interval_ms = 100;        ///< of class scores; rounded to whole steps, at least one
  bool timed = true;               ///< event by event
};

struct FeedFigures {
  std::uint64_t events = 0, ticks = 0, synaptic_operations = 0;
  double seconds = 0;
  bool stopped = false;        ///< before the end of the stream
  /// Where timed: of every event, from the moment at which the first event of its step (or
  /// microsecond) is asked of the stream to the end of all that it causes within it: decoding,
  /// binning and steps without events before it included.
  LatencyHistogram latency;
};

/// The engine for a resolution. @throws Error as MicrosecondEngine does
std::unique_ptr<TickedNetwork> make_network(const FrozenPlan& plan, TimeResolution resolution);

/// Length of a tick and options in ticks.
std::uint64_t tick_us(const FeedOptions& options);
StreamTiming stream_timing(const FeedOptions& options);

/// Runs the whole stream from rest, to the end of the step of its last event.
/// @param origin of the stream, for messages  @param report at the end of each interval
/// @param go_on asked now and then; false ends the stream there
/// @throws Error as BinnedStream and StreamRun do
FeedFigures feed(EventStream& stream, TickedNetwork& network, const FeedOptions& options,
                 const std::string& origin, const StreamRun::Report& report,
                 const std::function<bool()>& go_on = {});

}  // namespace volley
