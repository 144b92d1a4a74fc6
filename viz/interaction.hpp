// What keys and pointer do to what is shown: a model that needs no window. Must not know windows,
// files, clocks or where traces come from.
#pragma once

#include <optional>
#include <string>

#include "viz/dashboard.hpp"
#include "viz/playback.hpp"
#include "viz/pointing.hpp"
#include "viz/seen_outcomes.hpp"

namespace volley {

/// What a key stands for.
enum class Act {
  none, play_pause, step_on, step_back, faster, slower, to_start, to_end, next, previous,
  mistakes, same_label, lower_panel, zoom_in, zoom_out, whole, longer_window, shorter_window, change_theme,
  larger, smaller, save, record, help, back, close
};

/// Which recordings "next" and "previous" stop at.
struct RecordingFilter {
  bool mistakes = false;  ///< those whose prediction is not the label
  int label = -1;         ///< those of this label; -1: any
  bool all() const { return !mistakes && label < 0; }
  friend bool operator==(const RecordingFilter&, const RecordingFilter&) = default;
};

/// What is asked of whoever owns the window; taken once.
struct Wishes {
  int navigate = 0;  ///< recordings forward or back
  bool save = false, record = false, close = false;
  bool inspect = false;  ///< what is known of the picked neuron
};

class Interaction {
public:
  /// @param scale of text and spacing @param speed recording milliseconds per real second
  Interaction(ThemeKind theme, double scale, double speed);

  // What there is to see. Nothing is owned.

  /// A recording from its start. Zoom of the sensor and a neuron that still exists are kept.
  void show(const SampleTrace* trace);
  /// The newest part of a stream: the head is at its end unless the user has paused.
  /// @param head_ms the newest step, from the first one of the trace
  void follow(const SampleTrace* trace, double origin_ms, double head_ms);
  /// Of the traces that are shown; null: none.
  void set_network(const Network* network);
  /// Of the neuron that is picked; null: nothing is known. Ignored where another is picked by now.
  void inspect(NeuronId neuron, const InspectedNeuron* inspected);
  void set_history(const TrainingHistory* history) { history_ = history; }
  void resize(int width, int height);
  void advance(double seconds);

  // What the user does. Points are in pixels of the page.

  void act(Act act);
  void wheel(Point at, double clicks, bool rows);  ///< rows: zoom neurons, not time
  void press(Point at);
  void move(Point at);
  void release(Point at);
  void leave();

  /// Without status words.
  DashboardView view() const;
  std::string status() const;  ///< speed, pause, filter, in a few words
  /// Where the pointer stands while nothing is dragged: a hover label belongs there.
  std::optional<Point> hover() const;
  bool help() const { return help_; }
  ThemeKind theme() const { return theme_; }
  const Playback& playback() const { return playback_; }
  const RecordingFilter& filter() const { return filter_; }
  std::optional<NeuronId> picked() const { return picked_; }

  Wishes take_wishes();
  /// Whether what does not move with the head has changed since the last call.
  bool take_ground_change();
  /// Whether anything at all has.
  bool take_change();

private:
  enum class Drag { none, pressed, scrub, events, raster };

  void zoom(Point at, double factor, bool rows);
  void pan(Point to);
  void seek_at(Point at);
  void click(Point at);
  void go_back();
  RasterView whole() const;
  bool zoomed_in() const;
  void pick(std::optional<NeuronId> neuron);
  void changed(bool ground = true);
  void change_event_window(int by);

  ThemeKind theme_;
  double scale_;
  Playback playback_;
  const SampleTrace* trace_ = nullptr;
  const TrainingHistory* history_ = nullptr;
  int width_ = 1280, height_ = 720;
  EventsOptions events_;
  RasterView raster_;
  RecordingFilter filter_;
  std::optional<NeuronId> picked_;
  bool help_ = false;
  std::optional<Point> pointer_;
  Drag drag_ = Drag::none;
  PanelKind pressed_on_ = PanelKind::none;
  Point pressed_at_{};
  EventsOptions drag_events_;  ///< as they were where the drag began
  RasterView drag_raster_;
  LowerPanel lower_ = LowerPanel::rates;
  SeenOutcomes seen_;
  const Network* network_ = nullptr;
  const InspectedNeuron* inspected_ = nullptr;
  Wishes wishes_;
  bool ground_changed_ = true, changed_ = true;
};

}  // namespace volley
