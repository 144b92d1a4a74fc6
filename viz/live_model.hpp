// What a LiveWindow shows, apart from where it is drawn: takes what is handed over, keeps what is on
// show, and gives it as scenes. Belongs to the thread that draws. Private to viz.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include "viz/drawing_budget.hpp"
#include "viz/interaction.hpp"
#include "viz/live_state.hpp"
#include "viz/rolling_trace.hpp"

namespace volley {

class LiveModel {
public:
  using Clock = std::chrono::steady_clock;

  /// @param scale of text where the options leave it open
  LiveModel(LiveState& state, double scale);

  Interaction& interaction() { return interaction_; }
  /// Takes what was handed over and moves the head by the time since the last call, or by
  /// `seconds` where given.
  void advance(std::optional<double> seconds = std::nullopt);
  /// Passes on what the user asked for; what is left is the window's to do.
  Wishes pass_wishes();
  /// A few words for some seconds.
  void note(std::string words);
  /// Says how drawing is held back, or no longer is.
  void limited(bool on, double frames_per_second);

  /// Whether the ground is to be drawn anew now, and whether anything at all is.
  bool ground_due() const;
  bool frame_due() const { return moved_ || ground_due() || save_.has_value(); }
  Scene ground();
  Scene moving();
  std::optional<std::filesystem::path> take_save() { return std::exchange(save_, std::nullopt); }

private:
  void take(LiveState::Message& message);
  void show_waiting();
  void refresh_stream();
  DashboardView view() const;

  LiveState& state_;
  Interaction interaction_;
  std::shared_ptr<const SampleTrace> trace_;
  std::optional<SampleTrace> waiting_;
  LiveState::Inspected inspected_;
  LiveState::NetworkShown network_;
  bool waiting_is_answer_ = false;
  std::optional<RollingTrace> stream_;
  bool stream_moved_ = false;
  TrainingHistory history_;
  std::string status_, note_;  ///< the producer's words; ours, for a few seconds
  Clock::time_point last_ = Clock::now(), noted_{}, ground_drawn_{}, frame_drawn_{};
  std::uint64_t dropped_ = 0;
  std::optional<std::filesystem::path> save_;
  std::string limit_;
  bool ground_stale_ = true;  ///< draw it in the next frame
  bool ground_aged_ = false;  ///< draw it when refresh_seconds are over
  bool moved_ = true;
};

/// Seconds of the clock that frames follow, and CPU seconds of the process and the calling thread.
double wall_seconds();
double process_seconds();
double thread_seconds();

}  // namespace volley
