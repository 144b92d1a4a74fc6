// How many threads of a team pay: all of them or one alone. Threads that meet every microsecond cost
// more than they bring where a network is small or another program has a core; results do not depend
// on the choice, so it may follow the clock. Owns the choice; must not know what is run.
#pragma once

#include <array>
#include <cstdint>

namespace volley {

/// Pieces of work of equal kind, one after another: each is run by as many threads as `next()` says
/// and then told by `note()`. Both ways are tried at first; then the faster one runs, and the other
/// is tried again after 16 pieces, 32, 64, ..., or soon after it was the faster.
class TeamChoice {
public:
  /// @param threads of the whole team, at least 1
  explicit TeamChoice(std::size_t threads) : threads_(threads) {}

  /// 1 or all of the threads, for the piece that is next.
  std::size_t next() const;

  /// Steps of the next piece, so that it takes about ten milliseconds: long enough to start threads,
  /// short enough to try the slower way.
  std::uint32_t steps() const;

  /// @param steps of the piece that next() was asked for, at least 1
  void note(std::uint32_t steps, double seconds);

private:
  bool alone() const;

  std::size_t threads_;
  std::array<double, 2> step_seconds_{};  ///< of one thread, of all; 0: not tried
  std::uint32_t pieces_ = 0, wait_ = 16;  ///< since the slower way was tried; until it is again
};

}  // namespace volley
