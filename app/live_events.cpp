#include "app/live_events.hpp"

#include <fmt/format.h>

#include "app/interrupt.hpp"
#include "app/text.hpp"
#include "datasets/open_recording.hpp"
#include "datasets/start_at_zero.hpp"

namespace volley {

std::unique_ptr<EventStream> open_events(const EventSource& source, const SensorSize& sensor,
                                         Console& console) {
  StreamOptions reading;
  reading.sensor = sensor;
  reading.format = source.format;
  if (!is_live_source(source.name)) return start_at_zero(open_recording(source.name, reading));
  LiveSourceOptions options;
  options.sensor = sensor;
  options.idle_ms = source.idle_ms;
  options.recording = reading;
  options.go_on = [] { return !interrupted(); };
  auto stream = open_live_stream(source.name, options);
  if (stream->port() == 0)
    console.say("reading events from standard input; Ctrl-C ends");
  else
    console.say(fmt::format("waiting for packets at UDP port {}; Ctrl-C ends", stream->port()));
  return stream;
}

std::string losses_text(const StreamReport& report) {
  std::string kinds;
  for (const auto& [kind, count] : report.kinds)
    kinds += fmt::format("{}{} {}", kinds.empty() ? "" : ", ", kind, count);
  std::string text;
  if (report.dropped > 0) text = fmt::format("{} dropped ({})", report.dropped, kinds);
  if (report.out_of_order > 0)
    text += fmt::format("{}{} came late and {} moved to the time of the one before",
                        text.empty() ? "" : "; ", plural(report.out_of_order, "event"),
                        report.out_of_order == 1 ? "was" : "were");
  return text;
}

}  // namespace volley
