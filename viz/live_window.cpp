#include "viz/live_window.hpp"

#include <pthread.h>
#include <signal.h>

#include <chrono>
#include <exception>
#include <optional>
#include <utility>

#include "base/error.hpp"
#include "viz/fonts.hpp"
#include "viz/live_state.hpp"
#include "viz/x11_guard.hpp"

namespace volley {

namespace {
const std::string instead = "pictures need no display: use --out and look at the PNG files";

/// Signals are for the program's own threads (Ctrl-C saves a training run), never for the window's.
class SignalsBlocked {
public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

private:
  sigset_t before_;
};

/// Whether this thread is answering N or P: its trace is shown at once.
thread_local const LiveState* answering = nullptr;

void run_navigator(const std::shared_ptr<LiveState>& state) {
  std::unique_lock hold(state->lock);
  for (;;) {
    state->changed.wait(hold, [&] { return state->requested != 0 || state->stop_navigating; });
    if (state->stop_navigating) return;
    const int by = std::exchange(state->requested, 0);
    if (!state->navigate) continue;
    const std::function<void(int)> navigate = state->navigate;
    state->navigating = true;
    hold.unlock();
    answering = state.get();
    std::optional<std::string> failure;
    try {
      navigate(by);
    } catch (const Error& error) {
      failure = error.problem() + (error.where().empty() ? "" : " (" + error.where() + ")");
    } catch (const std::exception& error) {
      failure = error.what();
    }
    answering = nullptr;
    hold.lock();
    if (failure) state->status = std::move(failure);
    state->navigating = false;
    state->changed.notify_all();
  }
}
}  // namespace

std::string LiveWindow::why_not() {
  const std::string problem = display_problem();
  return problem.empty() ? problem : problem + "; " + instead;
}

LiveWindow::LiveWindow(LiveOptions options) : state_(std::make_shared<LiveState>(options)) {
  const std::string problem = display_problem();
  if (!problem.empty()) throw Error("no window can be opened: " + problem, "", instead);
  find_fonts();
  {
    const SignalsBlocked blocked;
    window_ = std::thread([state = state_] { run_viewer(state); });
    navigator_ = std::thread([state = state_] { run_navigator(state); });
  }
  std::string failure;
  {
    std::unique_lock hold(state_->lock);
    state_->changed.wait(hold, [&] { return state_->phase != LiveState::Phase::opening; });
    if (state_->phase == LiveState::Phase::open) return;
    failure = state_->failure.empty() ? "the display was lost" : state_->failure;
  }
  close();
  throw Error("no window can be opened: " + failure, "", instead);
}

LiveWindow::~LiveWindow() { close(); }

void LiveWindow::close() {
  state_->close_wanted = true;
  set_navigation({});
  {
    std::unique_lock hold(state_->lock);
    state_->stop_navigating = true;
    state_->changed.notify_all();
    // A display that neither answers nor breaks must not hold up the program's end.
    state_->changed.wait_for(hold, std::chrono::seconds(5), [&] { return state_->over(); });
  }
  navigator_.join();
  if (state_->phase == LiveState::Phase::closed) {
    window_.join();
    return;
  }
  give_up_display();
  window_.detach();
}

void LiveWindow::show(SampleTrace trace) {
  if (!is_open()) return;
  std::optional<SampleTrace> newest(std::move(trace));
  const bool is_answer = answering == state_.get();
  {
    const std::lock_guard hold(state_->lock);
    // What the user asked for is not pushed out by what training sends after it.
    if (!state_->trace || !state_->trace_is_answer || is_answer) {
      std::swap(state_->trace, newest);
      state_->trace_is_answer = is_answer;
    }
  }
  if (newest) ++state_->dropped;
}

bool LiveWindow::wants_trace() const {
  if (!is_open()) return false;
  const std::lock_guard hold(state_->lock);
  return state_->viewer_waits && !state_->trace;
}

void LiveWindow::show(const TrainingHistory& history) {
  if (!is_open()) return;
  TrainingHistory copy = history;
  const std::lock_guard hold(state_->lock);
  std::swap(state_->history, copy);
  state_->history_replaced = true;
}

void LiveWindow::add(const BatchRecord& batch) {
  if (!is_open()) return;
  const std::lock_guard hold(state_->lock);
  state_->history.batches.push_back(batch);
}

void LiveWindow::add(const EpochRecord& epoch) {
  if (!is_open()) return;
  const std::lock_guard hold(state_->lock);
  state_->history.epochs.push_back(epoch);
}

void LiveWindow::status(std::string words) {
  if (!is_open()) return;
  const std::lock_guard hold(state_->lock);
  state_->status = std::move(words);
}

void LiveWindow::save_next_frame(std::filesystem::path path) {
  if (!is_open()) return;
  const std::lock_guard hold(state_->lock);
  state_->save = std::move(path);
}

void LiveWindow::set_navigation(std::function<void(int)> navigate) {
  std::unique_lock hold(state_->lock);
  state_->navigate = std::move(navigate);
  if (!state_->navigate)
    state_->changed.wait(hold, [&] { return !state_->navigating; });
}

bool LiveWindow::is_open() const { return state_->phase == LiveState::Phase::open; }

void LiveWindow::wait_until_closed() {
  std::unique_lock hold(state_->lock);
  state_->changed.wait(hold, [&] { return state_->over(); });
}

std::uint64_t LiveWindow::dropped() const { return state_->dropped; }

}  // namespace volley
