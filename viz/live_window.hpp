// A window in a thread of its own that shows traces, streams and curves while the program goes on
// computing. Whoever hands things over never waits for it: what comes too fast is dropped and
// counted, and neither closing the window nor losing the display disturbs the producer. Without a
// display the same frames can go into a moving picture.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "sim/trace.hpp"
#include "sim/training_history.hpp"
#include "viz/interaction.hpp"
#include "viz/rolling_trace.hpp"
#include "viz/theme.hpp"

namespace volley {

struct WindowOptions {
  std::string title = "volley";
  int width = 1280, height = 720;     ///< pixels; the user may resize
  ThemeKind theme = ThemeKind::dark;
  double speed = 100;                 ///< recording milliseconds per real second
  double scale = 0;                   ///< of text and spacing; 0: as the display's dots per inch say
  double frames_per_second = 60;      ///< at most
  /// Share of the process's CPU time that drawing may take while the program keeps every core busy;
  /// 0: no such limit. Set it where training shares the machine.
  double process_share = 0;
  /// Frames go into this file (see FrameWriter) from the start; empty: until R is pressed.
  std::filesystem::path record;
  /// No window: frames of the options' size are drawn in memory for `record` alone.
  bool hidden = false;
};

/// Keys and what the pointer does are listed in the window on `?` (viz/key_help.cpp); what they do is
/// Interaction's. Pictures and recordings go into the current folder as volley-<n>.png or .mp4.
class LiveWindow {
public:
  /// Called with +1 or -1 (more where the user pressed faster than it answers) and the recordings to
  /// stop at.
  using Navigate = std::function<void(int by, const RecordingFilter& filter)>;
  /// Called with the trace on show and a neuron that was picked in it.
  using Inspect = std::function<InspectedNeuron(const SampleTrace& trace, NeuronId neuron)>;

  /// Empty where a window can be opened, else the reason and what to do instead.
  static std::string why_not();

  /// Opens the window and returns once it is there. @throws Error with why_not(), or where no font
  /// is installed.
  explicit LiveWindow(WindowOptions options = {});
  /// Closes the window and waits for its thread; a thread stuck on a lost display is left behind.
  ~LiveWindow();
  LiveWindow(const LiveWindow&) = delete;
  LiveWindow& operator=(const LiveWindow&) = delete;

  // All of the following may be called from any thread, return at once and do nothing on a closed
  // window. What is handed over goes through a bounded queue without locks; where it is full, what
  // comes is dropped and counted.

  /// Hands over a trace. It is shown when the one on show has been seen to its end; a trace still
  /// waiting by then is replaced and counted as dropped. While the user has paused, nothing replaces
  /// what is on show but the answer to N or P.
  void show(SampleTrace trace);
  /// Whether a trace handed over now would be the next one shown: lets a producer save the work of
  /// making one that would be dropped.
  bool wants_trace() const;
  /// Replaces the whole history.
  void show(const TrainingHistory& history);
  void add(const BatchRecord& batch);
  void add(const EpochRecord& epoch);
  /// From now on the window shows the newest stretch of a stream instead of whole traces.
  void begin_stream(StreamDescription description);
  /// The stream's next steps. @return false where the viewer is too slow: they are not shown
  bool add(StreamPiece piece);
  /// A few words at the top right.
  void status(std::string words);
  /// Writes the next frame as the window shows it to a PNG file. What goes wrong is said in the
  /// window, not thrown.
  void save_next_frame(std::filesystem::path path);

  /// `navigate` usually calls show(). It runs on a thread of its own, one call at a time, and may
  /// take as long as it likes; what it throws is said in the window. An empty function takes it
  /// away, after a running call has ended; do not do so from within the call.
  void set_navigation(Navigate navigate);
  /// The same for what is known of a picked neuron, on the same thread.
  void set_inspection(Inspect inspect);
  /// Of the traces that are shown: its picture stands behind Tab.
  void set_network(const Network& network);

  bool is_open() const;
  /// Returns when the user has closed the window or the display is lost.
  void wait_until_closed();
  /// What was handed over and never shown: traces replaced, pieces and records that found no room.
  std::uint64_t dropped() const;
  /// Frames drawn so far, and the CPU seconds of the thread that draws.
  std::uint64_t frames() const;
  double drawing_seconds() const;
  /// Closes the window and ends the recording. @return the files it wrote, in words; empty: none
  /// @throws Error where the recording failed
  std::string finish();

private:
  void close();

  std::shared_ptr<struct LiveState> state_;
  std::thread window_, navigator_;
};

}  // namespace volley
