// A window in a thread of its own that shows traces and curves while the program goes on computing.
// Whoever hands things over never waits for it: what comes too fast is dropped and counted, and
// neither closing the window nor losing the display disturbs the producer.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "sim/trace.hpp"
#include "sim/training_history.hpp"
#include "viz/theme.hpp"

namespace volley {

struct LiveOptions {
  std::string title = "volley";
  int width = 1280, height = 720;     ///< pixels; the user may resize
  ThemeKind theme = ThemeKind::dark;
  double speed = 100;                 ///< recording milliseconds per real second
  /// Share of one core that drawing may take; frames come at most 60 a second and as much more
  /// seldom as this asks for. Lower it where training shares the machine.
  double core_share = 1.0;
};

/// Keys (also shown in the window on `?`): Space play / pause, Right / Left one step while paused,
/// Up / Down speed, N / P next / previous recording, + / - time window of the events, T theme,
/// S screenshot (volley-<n>.png in the current folder), H or ? help, Q or Escape close.
class LiveWindow {
public:
  /// Empty where a window can be opened, else the reason and what to do instead.
  static std::string why_not();

  /// Opens the window and returns once it is there. @throws Error with why_not(), or where no font
  /// is installed.
  explicit LiveWindow(LiveOptions options = {});
  /// Closes the window and waits for its thread; a thread stuck on a lost display is left behind.
  ~LiveWindow();
  LiveWindow(const LiveWindow&) = delete;
  LiveWindow& operator=(const LiveWindow&) = delete;

  // All of the following may be called from any thread, return at once and do nothing on a closed
  // window.

  /// Hands over the newest trace. It is shown when the one on show has been seen to its end; a
  /// trace still waiting by then is replaced and counted as dropped. While the user has paused,
  /// nothing replaces what is on show but the answer to N or P.
  void show(SampleTrace trace);
  /// Whether a trace handed over now would be the next one shown: lets a producer save the work of
  /// making one that would be dropped.
  bool wants_trace() const;
  /// Replaces the whole history.
  void show(const TrainingHistory& history);
  void add(const BatchRecord& batch);
  void add(const EpochRecord& epoch);
  /// A few words at the top right.
  void status(std::string words);
  /// Writes the next frame as the window shows it to a PNG file. What goes wrong is said in the
  /// window, not thrown.
  void save_next_frame(std::filesystem::path path);

  /// `navigate` is called with +1 or -1 (more where the user pressed faster than it answers) and
  /// usually calls show(). It runs on a thread of its own, one call at a time, and may take as long
  /// as it likes; what it throws is said in the window. An empty function takes it away, after a
  /// running call has ended; do not do so from within the call.
  void set_navigation(std::function<void(int)> navigate);

  bool is_open() const;
  /// Returns when the user has closed the window or the display is lost.
  void wait_until_closed();
  /// Traces that were replaced before they were shown.
  std::uint64_t dropped() const;

private:
  void close();

  std::shared_ptr<struct LiveState> state_;
  std::thread window_, navigator_;
};

}  // namespace volley
