// What a LiveWindow and its threads share. What is handed over goes through a bounded queue without
// locks: whoever hands over never waits, and what finds the queue full is dropped and counted. The
// lock guards only what the two threads of the window itself tell each other.
#pragma once

#include <atomic>
#include <boost/lockfree/queue.hpp>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <variant>

#include "viz/live_window.hpp"

namespace volley {

struct LiveState {
  enum class Phase { opening, open, closed, lost };

  /// A trace; `answer` where the user asked for it.
  struct Shown {
    SampleTrace trace;
    bool answer = false;
  };
  struct Inspected {
    std::shared_ptr<const SampleTrace> trace;
    NeuronId neuron;
    InspectedNeuron known;
  };
  using NetworkShown = std::shared_ptr<const Network>;
  struct Status {
    std::string words;
  };
  struct Save {
    std::filesystem::path path;
  };
  using Message = std::variant<Shown, TrainingHistory, BatchRecord, EpochRecord, Status, Save,
                               StreamDescription, StreamPiece, Inspected, NetworkShown>;

  explicit LiveState(WindowOptions wanted) : options(std::move(wanted)) {}
  ~LiveState() {
    queue.consume_all([](Message* message) { delete message; });
  }
  LiveState(const LiveState&) = delete;
  LiveState& operator=(const LiveState&) = delete;

  /// From any thread, at once. @return false where it was dropped and counted
  bool push(Message message) {
    auto held = std::make_unique<Message>(std::move(message));
    if (!queue.push(held.get())) {
      ++dropped;
      return false;
    }
    static_cast<void>(held.release());  // the queue's now
    return true;
  }

  const WindowOptions options;
  boost::lockfree::queue<Message*, boost::lockfree::capacity<4096>> queue;
  /// Traces and pieces of a stream, which are large, are bounded more narrowly than the queue.
  std::atomic<int> traces_waiting{0}, pieces_waiting{0};
  std::atomic<bool> viewer_waits{true};  ///< nothing on show, or seen to its end, and none waiting
  std::atomic<bool> close_wanted{false};
  std::atomic<std::uint64_t> dropped{0}, frames{0};
  std::atomic<std::int64_t> drawing_us{0};
  std::atomic<Phase> phase{Phase::opening};

  mutable std::mutex lock;
  std::condition_variable changed;  ///< phase, requested, stop_navigating

  // Guarded by the lock.
  std::string failure;   ///< why opening failed, or recording
  std::string recorded;  ///< files that were recorded
  LiveWindow::Navigate navigate;
  LiveWindow::Inspect inspect;
  std::shared_ptr<const SampleTrace> inspected_trace;  ///< asked for; null: nothing
  NeuronId inspected;
  int requested = 0;
  RecordingFilter filter;
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
/// The same without a display: frames go into options.record. Defined in live_recorder.cpp.
void run_recorder(const std::shared_ptr<LiveState>& state);

}  // namespace volley
