#include "app/live_feed.hpp"

#include <fmt/format.h>

#include <chrono>
#include <thread>

#include "app/interrupt.hpp"
#include "app/text.hpp"
#include "base/error.hpp"
#include "viz/trace_recorder.hpp"

namespace volley {

void add_live_options(CLI::App& command, LiveChoice& choice, const std::string& live_words) {
  if (!live_words.empty()) command.add_flag("--live", choice.live, live_words);
  command
      .add_option("--record", choice.record,
                  "record what the window shows, with a display or without: .mp4, .gif (by ffmpeg), "
                  "or .png for a sequence of pictures")
      ->type_name("FILE");
  command.add_option("--theme", choice.theme, "colours of the window")
      ->type_name("dark|light")
      ->check(CLI::IsMember({"dark", "light"}).description(""))
      ->capture_default_str();
  command
      .add_option("--scale", choice.scale,
                  "size of words and spacing in the window (default: as dense as the display is)")
      ->type_name("X")
      ->check(between(0.5, 4.0));
}

std::unique_ptr<LiveWindow> open_live(const LiveChoice& choice, WindowOptions options,
                                      const std::string& goes_on, Console& console) {
  if (!choice.wanted()) return nullptr;
  options.theme = choice.theme == "light" ? ThemeKind::light : ThemeKind::dark;
  options.scale = choice.scale;
  options.record = choice.record;
  options.hidden = !choice.live;
  if (choice.live) {
    if (const std::string reason = LiveWindow::why_not(); !reason.empty()) {
      console.warn("no live window: " + reason +
                   (choice.record.empty() ? goes_on : "; it is recorded only"));
      if (choice.record.empty()) return nullptr;
      options.hidden = true;
    }
  }
  try {
    return std::make_unique<LiveWindow>(options);
  } catch (const Error& error) {  // the display may go between the question and the window
    if (!options.record.empty()) throw;
    console.warn(error.problem() + goes_on);
    return nullptr;
  }
}

std::string record_traces(const std::function<SampleTrace(std::size_t)>& trace, std::size_t count,
                          const LiveChoice& choice, double speed, Console& console) {
  RecordOptions options;
  options.theme = choice.theme == "light" ? ThemeKind::light : ThemeKind::dark;
  options.scale = choice.scale > 0 ? static_cast<float>(choice.scale) : 1.0F;
  options.speed = speed;
  FrameWriter writer(choice.record, options.width, options.height, options.frames_per_second);
  for (std::size_t i = 0; i < count; ++i) {
    if (count > 1) options.status = fmt::format("recording {} of {}", i + 1, count);
    record_trace(trace(i), options, writer);
  }
  writer.finish();
  console.result(
      fmt::format("recorded {} ({})", writer.written(), plural(writer.frames(), "frame")));
  return writer.written();
}

void wait_for_user(LiveWindow& window) {
  while (window.is_open() && !interrupted())
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
}

Json close_live(std::unique_ptr<LiveWindow>& window, Console& console) {
  if (!window) return nullptr;
  std::string recorded;
  try {
    recorded = window->finish();
  } catch (const Error& error) {  // the work itself is done and kept
    console.warn(error.what());
  }
  const std::uint64_t frames = window->frames(), dropped = window->dropped();
  const double seconds = window->drawing_seconds();
  window.reset();
  console.say(fmt::format("window    {} frames drawn in {} of CPU time; {} too fast to be shown",
                          count_text(frames), seconds_text(seconds),
                          plural(dropped, "trace or record")));
  if (!recorded.empty()) console.result("recorded " + recorded);
  return {{"frames", frames},
          {"drawing_cpu_seconds", seconds},
          {"not_shown", dropped},
          {"recorded", recorded.empty() ? Json(nullptr) : Json(recorded)}};
}

}  // namespace volley
