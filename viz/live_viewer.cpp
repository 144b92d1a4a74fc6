// The loop of a LiveWindow's thread: takes what was handed over, moves the play head, says when to
// draw. Must not make the producer wait.
#include "viz/live_viewer.hpp"

#include <SFML/System/Err.hpp>
#include <algorithm>
#include <exception>
#include <iterator>
#include <thread>
#include <utility>

#include "base/error.hpp"
#include "viz/x11_guard.hpp"

namespace volley {

namespace {
using Seconds = std::chrono::duration<double>;

constexpr double frame_seconds = 1.0 / 60;
constexpr double note_seconds = 4;
constexpr double redraw_seconds = 0.5;    // SFML does not tell when another window uncovered ours
constexpr double refresh_seconds = 0.25;  // curves and counts need no more than four a second

unsigned at_least_one(int pixels) { return static_cast<unsigned>(std::clamp(pixels, 1, 16384)); }
}  // namespace

LiveViewer::LiveViewer(LiveState& state)
    : state_(state),
      window_(sf::VideoMode(at_least_one(state.options.width), at_least_one(state.options.height)),
              state.options.title),
      playback_(state.options.speed),
      theme_(state.options.theme) {
  if (!window_.isOpen()) throw Error("OpenGL gave no window");
  const sf::VideoMode desktop = sf::VideoMode::getDesktopMode();
  const auto middle = [](unsigned outer, unsigned inner) {
    return outer > inner ? static_cast<int>((outer - inner) / 2) : 0;
  };
  window_.setPosition({middle(desktop.width, window_.getSize().x),
                       middle(desktop.height, window_.getSize().y)});
}

void LiveViewer::run() {
  const double share = std::clamp(state_.options.core_share, 0.01, 1.0);
  Clock::time_point last = Clock::now();
  bool polled = false, drawn = false;
  while (window_.isOpen() && !state_.close_wanted) {
    const Clock::time_point now = Clock::now();
    for (sf::Event event; window_.pollEvent(event);) handle(event);
    if (!window_.isOpen()) break;
    if (!std::exchange(polled, true)) guard_exit();
    take_handed_over();
    playback_.advance(Seconds(now - last).count());
    last = now;
    if (trace_ && playback_.playing()) moved_ = true;
    if (!note_.empty() && Seconds(now - noted_).count() >= note_seconds) {
      note_.clear();
      ground_aged_ = true;
    }
    if (ground_aged_ && Seconds(now - ground_drawn_).count() >= refresh_seconds)
      ground_stale_ = true;
    if (Seconds(now - frame_drawn_).count() >= redraw_seconds) moved_ = true;
    if (moved_ || ground_stale_ || save_) {
      draw();
      if (!std::exchange(drawn, true)) guard_exit();
    }
    const double spent = Seconds(Clock::now() - now).count();
    const double pause = std::max(frame_seconds - spent, spent / share - spent);
    std::this_thread::sleep_for(Seconds(std::clamp(pause, 0.001, 1.0)));
  }
}

void LiveViewer::take_handed_over() {
  std::optional<SampleTrace> newest;
  TrainingHistory added;
  std::optional<std::string> status;
  bool replaced = false;
  {
    const std::lock_guard hold(state_.lock);
    const bool seen = !trace_ || (playback_.playing() && playback_.seen());
    if (state_.trace && (seen || state_.trace_is_answer)) {
      newest = std::exchange(state_.trace, std::nullopt);
      state_.trace_is_answer = false;
    }
    state_.viewer_waits = seen && !newest;
    replaced = std::exchange(state_.history_replaced, false);
    std::swap(added, state_.history);
    status = std::exchange(state_.status, std::nullopt);
    if (state_.save) save_ = std::exchange(state_.save, std::nullopt);
  }
  if (newest) {
    std::swap(trace_, newest);
    playback_.start(trace_->steps, trace_->dt_ms);
    ground_stale_ = true;
  }
  if (replaced) {
    history_ = std::move(added);
    ground_aged_ = true;
  } else if (!added.batches.empty() || !added.epochs.empty()) {
    history_.batches.insert(history_.batches.end(), added.batches.begin(), added.batches.end());
    history_.epochs.insert(history_.epochs.end(), std::make_move_iterator(added.epochs.begin()),
                           std::make_move_iterator(added.epochs.end()));
    ground_aged_ = true;
  }
  if (status && *status != status_) {
    status_ = std::move(*status);
    ground_aged_ = true;
  }
  if (dropped_ != state_.dropped) {
    dropped_ = state_.dropped;
    ground_aged_ = true;
  }
}

void run_viewer(const std::shared_ptr<LiveState>& state) {
  // SFML would write what it finds unusual, such as missing vertical sync, between the program's
  // own lines.
  sf::err().rdbuf(nullptr);
  guard_display([state] { state->enter(LiveState::Phase::lost); });
  try {
    LiveViewer viewer(*state);
    state->enter(LiveState::Phase::open);
    viewer.run();
  } catch (const std::exception& error) {
    const std::lock_guard hold(state->lock);
    state->failure = error.what();
  }
  unguard_display();
  state->enter(LiveState::Phase::closed);
}

}  // namespace volley
