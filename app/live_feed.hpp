// The window that commands show their work in, or the recording that stands for it: its options, how
// it is opened, and what is said about it in the end. Must not know what is shown.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "app/console.hpp"
#include "app/options.hpp"
#include "viz/live_window.hpp"

namespace volley {

struct LiveChoice {
  bool live = false;      ///< --live
  std::string record;     ///< --record FILE
  std::string theme = "dark";
  double scale = 0;       ///< 0: as the display says
  bool wanted() const { return live || !record.empty(); }
};

/// --record, --theme and --scale; --live with these words where they are given.
void add_live_options(CLI::App& command, LiveChoice& choice, const std::string& live_words);

/// What drawing may take of the CPU time while training or simulation keeps every core busy; a display
/// server without a graphics card takes as much again and more.
inline constexpr double live_process_share = 0.02;

/// A window where there is a display, else (or without --live) a recording into --record. Without
/// either it says what to do instead, `goes_on` behind it, and returns null.
/// @param options title, speed and process_share; the rest is the choice's
/// @throws Error where the recording cannot be made
std::unique_ptr<LiveWindow> open_live(const LiveChoice& choice, WindowOptions options,
                                      const std::string& goes_on, Console& console);

/// --record of traces that are there already, one after another: played at `speed` recording
/// milliseconds a second. @return the files, in words
/// @throws Error as FrameWriter does
std::string record_traces(const std::function<SampleTrace(std::size_t)>& trace, std::size_t count,
                          const LiveChoice& choice, double speed, Console& console);

/// Returns when the user has closed the window, or pressed Ctrl-C where that is caught.
void wait_for_user(LiveWindow& window);

/// Closes it, and says what was drawn, recorded and not shown. @return the same for --json; null
/// without a window
Json close_live(std::unique_ptr<LiveWindow>& window, Console& console);

}  // namespace volley
