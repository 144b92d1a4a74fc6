// Recordings and live sources behind one door, as `volley run` and windows take them. Owns what
// their names mean and that Ctrl-C ends a live one; must not know what becomes of the events.
#pragma once

#include <memory>
#include <string>

#include "app/console.hpp"
#include "datasets/live_stream.hpp"

namespace volley {

struct EventSource {
  std::string name;    ///< a file, also in an archive; "-", "udp:PORT" or "udp:ADDRESS:PORT"
  std::string format;  ///< of recording_formats(), of live sources also "aer"; empty: by content
  int idle_ms = 0;     ///< a live source ends after so long without a byte; 0 = never
};

/// The events of a source on a sensor of that size, by a clock that starts at 0 us. Says which port
/// is listened to. A live source ends once interrupted() (app/interrupt.hpp) is true.
/// @throws Error as open_event_stream() and open_live_stream() do
std::unique_ptr<EventStream> open_events(const EventSource& source, const SensorSize& sensor,
                                         Console& console);

/// What was lost on the way, in words: "90 dropped (queue full 90)"; empty where nothing was.
std::string losses_text(const StreamReport& report);

}  // namespace volley
