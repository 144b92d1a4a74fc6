#include "app/view_live.hpp"

#include <fmt/format.h>

#include <chrono>
#include <stop_token>
#include <thread>

#include "app/interrupt.hpp"
#include "app/text.hpp"
#include "app/watched_network.hpp"
#include "datasets/binned_stream.hpp"
#include "datasets/live_stream.hpp"

namespace volley {

void watch_live(const LiveView& source, LiveWindow& window, Console& console) {
  LiveSourceOptions options;
  options.sensor = source.sensor;
  const auto stream = open_live_stream(source.live, options);
  console.say(fmt::format("waiting for events of {} x {} pixels on {}", source.sensor.width,
                          source.sensor.height,
                          stream->port() > 0 ? fmt::format("UDP port {}", stream->port())
                                             : std::string("standard input")));
  // next() waits for events: whoever waits for the window ends it.
  std::jthread ender([&](const std::stop_token& stop) {
    while (!stop.stop_requested() && window.is_open() && !interrupted())
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    stream->stop();
  });
  BinnedStream binned(*stream, step_microseconds(source.dt_ms), source.live);
  BinnedStep step;
  std::uint64_t events = 0;
  const auto counted = [&] {
    events += step.events;
    window.status(count_text(events) + " events");
  };
  if (source.model) {
    const FrozenPlan plan(source.model->frozen);
    WatchedNetwork network(plan, window, source.live, source.dt_ms);
    network.reset();
    for (std::uint64_t at = 0; binned.next(step); at = step.step + 1) {
      network.silence(step.step - at);
      network.tick(step.indices);
      counted();
    }
  } else {
    StreamDescription description{source.live, source.dt_ms, shown_steps(source.dt_ms), {}};
    description.populations.push_back({"input", NeuronKind::input,
                                       {source.sensor.polarities, source.sensor.height,
                                        source.sensor.width}, {}, {}});
    StreamPieces pieces(window, std::move(description));
    while (binned.next(step)) {
      pieces.advance_to(step.step);
      pieces.spikes(0, step.indices);
      pieces.end_step();
      counted();
    }
  }
  ender.request_stop();
  const StreamReport& report = stream->report();
  if (report.dropped > 0)
    console.warn(fmt::format("{} of the source could not be used", plural(report.dropped, "event")));
}

}  // namespace volley
