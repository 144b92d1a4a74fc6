// Spikes of a stream gathered, step by step, into the pieces that a window takes. Must not know where
// they come from.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <vector>

#include "viz/live_window.hpp"

namespace volley {

class StreamPieces {
public:
  /// The window shows the stream from now on. It outlives this.
  StreamPieces(LiveWindow& window, StreamDescription description);
  ~StreamPieces() { flush(); }
  StreamPieces(const StreamPieces&) = delete;
  StreamPieces& operator=(const StreamPieces&) = delete;

  /// Steps without spikes up to `step`.
  void advance_to(std::uint64_t step);
  /// Spikes of a population in the present step, ascending.
  void spikes(std::size_t population, std::span<const std::uint32_t> indices);
  /// The present step is over. Hands a piece over a few dozen times a second.
  void end_step();
  void flush();

private:
  void begin_piece();
  void silent_steps(std::uint64_t count);

  LiveWindow& window_;
  std::size_t populations_;
  std::vector<std::uint32_t> inputs_;
  std::uint64_t step_ = 0;  ///< the present one
  StreamPiece piece_;
  std::chrono::steady_clock::time_point flushed_;
};

/// About a second of steps at once.
std::uint32_t shown_steps(double dt_ms);

}  // namespace volley
