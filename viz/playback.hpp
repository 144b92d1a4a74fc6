// The play head: where in the recording the window stands, and how it moves. Must not know windows
// or read a clock; time comes in as seconds passed.
#pragma once

namespace volley {

class Playback {
public:
  /// @param speed recording milliseconds per real second
  explicit Playback(double speed);

  /// A recording of steps * dt_ms; the head goes to its start.
  void start(unsigned steps, double dt_ms);
  /// Moves the head while playing; at the end it begins anew. Passed time that is not finite or
  /// negative counts as none.
  void advance(double seconds);

  void toggle() { playing_ = !playing_; }
  /// Moves by whole steps, held at both ends; only while paused.
  void step(int steps);
  /// To a time, held within the recording.
  void seek(double time_ms);
  /// From now on time does not move the head: whoever feeds a stream does, by seek().
  void hold() { held_ = true; }
  bool held() const { return held_; }
  /// Twice or half the speed, between 0.1 and 100,000 ms/s.
  void faster();
  void slower();

  bool playing() const { return playing_; }
  double speed() const { return speed_; }
  double head_ms() const { return head_ms_; }
  double duration_ms() const { return duration_ms_; }
  /// Whether the recording has been seen to its end, and for a second at least: what a newer one
  /// waits for.
  bool seen() const { return passes_ > 0 && shown_seconds_ >= 1; }

private:
  double speed_;
  double dt_ms_ = 1, duration_ms_ = 0, head_ms_ = 0, shown_seconds_ = 0;
  unsigned passes_ = 0;
  bool playing_ = true, held_ = false;
};

}  // namespace volley
