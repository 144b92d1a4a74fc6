// What a LiveWindow and its threads share. The lock is held to move things in and out, never while
// anything is drawn, computed or freed.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "viz/live_window.hpp"

namespace volley {

struct LiveState {
  enum class Phase { opening, open, closed, lost };

  explicit LiveState(LiveOptions wanted) : options(std::move(wanted)) {}

  const LiveOptions options;
  std::atomic<bool> close_wanted{false};
  std::atomic<std::uint64_t> dropped{0};
  std::atomic<Phase> phase{Phase::opening};

  mutable std::mutex lock;
  std::condition_variable changed;  ///< phase, requested, stop_navigating

  // Guarded by the lock: the slots of what is handed over.
  std::string failure;                        ///< why opening failed
  std::optional<SampleTrace> trace;           ///< the one waiting
  bool trace_is_answer = false;               ///< asked for by N or P: shown at once
  bool viewer_waits = true;                   ///< nothing on show, or seen to its end
  bool history_replaced = false;
  TrainingHistory history;                    ///< added since the viewer last took it
  std::optional<std::string> status;
  std::optional<std::filesystem::path> save;

  // Guarded by the lock: navigation.
  std::function<void(int)> navigate;
  int requested = 0;
  bool navigating = false, stop_navigating = false;

  void enter(Phase next) {
    {
      const std::lock_guard hold(lock);
      phase = next;
    }
    changed.notify_all();
  }
  bool over() const { return phase == Phase::closed || phase == Phase::lost; }
};

/// The window's thread: opens, shows and closes it. Defined in live_viewer.cpp.
void run_viewer(const std::shared_ptr<LiveState>& state);

}  // namespace volley
