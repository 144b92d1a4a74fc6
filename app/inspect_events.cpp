// What is in an event recording, read as a stream: any length in bounded memory.
#include <fmt/format.h>

#include <algorithm>

#include "app/data.hpp"
#include "app/inspect_report.hpp"
#include "app/text.hpp"

namespace volley {

namespace {

struct EventSummary {
  std::uint64_t events = 0, on = 0;
  std::int64_t first_us = 0, last_us = 0;
  int min_x = 0, max_x = 0, min_y = 0, max_y = 0;

  void add(const Event& event) {
    if (events == 0) {
      first_us = event.t;
      min_x = max_x = event.x;
      min_y = max_y = event.y;
    }
    ++events;
    on += event.p;
    last_us = event.t;
    min_x = std::min<int>(min_x, event.x);
    max_x = std::max<int>(max_x, event.x);
    min_y = std::min<int>(min_y, event.y);
    max_y = std::max<int>(max_y, event.y);
  }
  double seconds() const { return static_cast<double>(last_us - first_us + 1) * 1e-6; }
  double on_share() const { return static_cast<double>(on) / static_cast<double>(events); }
};

}  // namespace

Json inspect_events(const std::filesystem::path& file, const SensorSize& sensor, bool& damaged,
                    Console& console) {
  const auto stream = open_event_stream(file, sensor);
  EventSummary summary;
  std::vector<Event> batch;
  while (stream->next(batch))
    for (const Event& event : batch) summary.add(event);
  const StreamReport& report = stream->report();
  damaged = report.damaged();
  Json json{{"kind", "events"},      {"format", "ATIS .bin"},
            {"events", summary.events}, {"skipped", report.skipped},
            {"sensor", {{"width", sensor.width}, {"height", sensor.height}}},
            {"damage", damaged ? Json(report.damage) : Json(nullptr)}};
  std::string text = fmt::format("event recording (ATIS .bin, decoded for {} x {} pixels)\n",
                                 sensor.width, sensor.height);
  text += fmt::format("events     {}", count_text(summary.events));
  text += report.skipped == 0 ? "\n" : fmt::format(" and {} overflow marks\n",
                                                   count_text(report.skipped));
  if (summary.events > 0) {
    const double rate = static_cast<double>(summary.events) / summary.seconds();
    text += fmt::format("time       {} us to {} us, {:.1f} ms\n", count_text(
                            static_cast<std::uint64_t>(summary.first_us)),
                        count_text(static_cast<std::uint64_t>(summary.last_us)),
                        1e3 * summary.seconds());
    text += fmt::format("rate       {} events/s\n", rate_text(rate));
    text += fmt::format("pixels     x {} to {}, y {} to {}\n", summary.min_x, summary.max_x,
                        summary.min_y, summary.max_y);
    text += fmt::format("ON         {}\n", percent_text(summary.on_share()));
    json["first_us"] = summary.first_us;
    json["last_us"] = summary.last_us;
    json["duration_ms"] = 1e3 * summary.seconds();
    json["events_per_second"] = rate;
    json["x"] = {summary.min_x, summary.max_x};
    json["y"] = {summary.min_y, summary.max_y};
    json["on_share"] = summary.on_share();
  }
  console.result(text);
  return json;
}

}  // namespace volley
