#include "viz/live_window.hpp"

#include <pthread.h>
#include <signal.h>

#include <chrono>
#include <cstdlib>
#include <exception>
#include <optional>
#include <utility>

#include "base/error.hpp"
#include "viz/fonts.hpp"
#include "viz/frame_writer.hpp"
#include "viz/live_state.hpp"
#include "viz/x11_guard.hpp"

namespace volley {

namespace {
const std::string instead =
    "without a display --record FILE.mp4 records what it would show, and volley plot and --out draw "
    "pictures";

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

/// The window whose user this thread answers: its traces are shown at once.
thread_local const LiveState* answering = nullptr;

/// Calls what the window's owner has given, and tells the user what it throws.
void answer(LiveState& state, const std::function<void()>& call) {
  std::optional<std::string> failure;
  try {
    call();
  } catch (const Error& error) {
    failure = error.problem() + (error.where().empty() ? "" : " (" + error.where() + ")");
  } catch (const std::exception& error) {
    failure = error.what();
  }
  if (failure) state.push(LiveState::Status{std::move(*failure)});
}

void run_navigator(const std::shared_ptr<LiveState>& state) {
  answering = state.get();
  std::unique_lock hold(state->lock);
  for (;;) {
    state->changed.wait(hold, [&] {
      return state->requested != 0 || state->inspected_trace || state->stop_navigating;
    });
    if (state->stop_navigating) return;
    const int by = std::exchange(state->requested, 0);
    const RecordingFilter filter = state->filter;
    const auto trace = std::exchange(state->inspected_trace, nullptr);
    const NeuronId neuron = state->inspected;
    const LiveWindow::Navigate navigate = state->navigate;
    const LiveWindow::Inspect inspect = state->inspect;
    state->navigating = true;
    hold.unlock();
    if (by != 0 && navigate) answer(*state, [&] { navigate(by, filter); });
    if (trace && inspect)
      answer(*state, [&] {
        state->push(LiveState::Inspected{trace, neuron, inspect(*trace, neuron)});
      });
    hold.lock();
    state->navigating = false;
    state->changed.notify_all();
  }
}
}  // namespace

std::string LiveWindow::why_not() {
  const std::string problem = display_problem();
  return problem.empty() ? problem : problem + "; " + instead;
}

LiveWindow::LiveWindow(WindowOptions options) : state_(std::make_shared<LiveState>(options)) {
  if (!options.hidden)
    if (const std::string problem = display_problem(); !problem.empty())
      throw Error("no window can be opened: " + problem, "", instead);
  if (!options.record.empty())
    if (const std::string reason = FrameWriter::why_not(options.record); !reason.empty())
      throw Error(reason, options.record.string());
  find_fonts();
  // Mesa's own drawing threads would compete with training, and their time could not be told apart.
  if (options.process_share > 0) ::setenv("LP_NUM_THREADS", "0", 0);
  {
    const SignalsBlocked blocked;
    window_ = std::thread([state = state_] {
      if (state->options.hidden) run_recorder(state);
      else run_viewer(state);
    });
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
  if (state_->options.hidden) throw Error(failure);
  throw Error("no window can be opened: " + failure, "", instead);
}

LiveWindow::~LiveWindow() { close(); }

void LiveWindow::close() {
  if (!window_.joinable()) return;
  state_->close_wanted = true;
  set_navigation({});
  set_inspection({});
  {
    std::unique_lock hold(state_->lock);
    state_->stop_navigating = true;
    state_->changed.notify_all();
    // A display that neither answers nor breaks must not hold up the program's end; a recording is
    // waited for.
    const auto patience = std::chrono::seconds(state_->options.hidden ? 600 : 5);
    state_->changed.wait_for(hold, patience, [&] { return state_->over(); });
  }
  navigator_.join();
  if (state_->phase == LiveState::Phase::closed) {
    window_.join();
    return;
  }
  give_up_display();
  window_.detach();
}

std::string LiveWindow::finish() {
  close();
  const std::lock_guard hold(state_->lock);
  if (!state_->failure.empty())
    throw Error((state_->options.hidden ? "the recording failed: " : "the window failed: ") +
                state_->failure);
  return state_->recorded;
}

void LiveWindow::show(SampleTrace trace) {
  if (!is_open()) return;
  const bool answer = answering == state_.get();
  constexpr int most_waiting = 2;
  if (!answer && state_->traces_waiting >= most_waiting) {
    ++state_->dropped;
    return;
  }
  ++state_->traces_waiting;
  state_->viewer_waits = false;
  if (!state_->push(LiveState::Shown{std::move(trace), answer})) --state_->traces_waiting;
}

bool LiveWindow::wants_trace() const { return is_open() && state_->viewer_waits; }

void LiveWindow::show(const TrainingHistory& history) {
  if (is_open()) state_->push(history);
}

void LiveWindow::add(const BatchRecord& batch) {
  if (is_open()) state_->push(batch);
}

void LiveWindow::add(const EpochRecord& epoch) {
  if (is_open()) state_->push(epoch);
}

void LiveWindow::begin_stream(StreamDescription description) {
  if (is_open()) state_->push(std::move(description));
}

bool LiveWindow::add(StreamPiece piece) {
  if (!is_open()) return false;
  constexpr int most_waiting = 64;
  if (state_->pieces_waiting >= most_waiting) {
    ++state_->dropped;
    return false;
  }
  ++state_->pieces_waiting;
  const bool taken = state_->push(std::move(piece));
  if (!taken) --state_->pieces_waiting;
  return taken;
}

void LiveWindow::status(std::string words) {
  if (is_open()) state_->push(LiveState::Status{std::move(words)});
}

void LiveWindow::save_next_frame(std::filesystem::path path) {
  if (is_open()) state_->push(LiveState::Save{std::move(path)});
}

void LiveWindow::set_navigation(Navigate navigate) {
  std::unique_lock hold(state_->lock);
  state_->navigate = std::move(navigate);
  if (!state_->navigate)
    state_->changed.wait(hold, [&] { return !state_->navigating; });
}

void LiveWindow::set_inspection(Inspect inspect) {
  std::unique_lock hold(state_->lock);
  state_->inspect = std::move(inspect);
  if (!state_->inspect)
    state_->changed.wait(hold, [&] { return !state_->navigating; });
}

void LiveWindow::set_network(const Network& network) {
  if (is_open()) state_->push(std::make_shared<const Network>(network));
}

bool LiveWindow::is_open() const { return state_->phase == LiveState::Phase::open; }

void LiveWindow::wait_until_closed() {
  std::unique_lock hold(state_->lock);
  state_->changed.wait(hold, [&] { return state_->over(); });
}

std::uint64_t LiveWindow::dropped() const { return state_->dropped; }
std::uint64_t LiveWindow::frames() const { return state_->frames; }
double LiveWindow::drawing_seconds() const {
  return 1e-6 * static_cast<double>(state_->drawing_us);
}

}  // namespace volley
