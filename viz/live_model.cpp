#include "viz/live_model.hpp"

#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "viz/key_help.hpp"

namespace volley {

namespace {
using Seconds = std::chrono::duration<double>;

constexpr double note_seconds = 4;
constexpr double redraw_seconds = 0.5;    // SFML does not tell when another window uncovered ours
constexpr double refresh_seconds = 0.25;  // curves and counts need no more than four a second
constexpr double limited_refresh_seconds = 1;  // and one, where drawing is held back
constexpr double stream_seconds = 0.05;   // a stream scrolls

double clock_seconds(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

template <class... Cases>
struct Overload : Cases... {
  using Cases::operator()...;
};
template <class... Cases>
Overload(Cases...) -> Overload<Cases...>;
}  // namespace

double wall_seconds() {
  return std::chrono::duration<double>(LiveModel::Clock::now().time_since_epoch()).count();
}
double process_seconds() { return clock_seconds(CLOCK_PROCESS_CPUTIME_ID); }
double thread_seconds() { return clock_seconds(CLOCK_THREAD_CPUTIME_ID); }

LiveModel::LiveModel(LiveState& state, double scale)
    : state_(state),
      interaction_(state.options.theme, state.options.scale > 0 ? state.options.scale : scale,
                   state.options.speed) {
  interaction_.resize(state.options.width, state.options.height);
  interaction_.set_history(&history_);
}

void LiveModel::take(LiveState::Message& message) {
  std::visit(Overload{[&](LiveState::Shown& shown) {
                        --state_.traces_waiting;
                        if (waiting_ && waiting_is_answer_ && !shown.answer) {
                          // What the user asked for is not pushed out by what training sends.
                          ++state_.dropped;
                          return;
                        }
                        if (waiting_) ++state_.dropped;
                        waiting_ = std::move(shown.trace);
                        waiting_is_answer_ = shown.answer;
                      },
                      [&](TrainingHistory& history) {
                        history_ = std::move(history);
                        ground_aged_ = true;
                      },
                      [&](const BatchRecord& batch) {
                        history_.batches.push_back(batch);
                        ground_aged_ = true;
                      },
                      [&](EpochRecord& epoch) {
                        history_.epochs.push_back(std::move(epoch));
                        ground_aged_ = true;
                      },
                      [&](LiveState::Status& status) {
                        if (status.words == status_) return;
                        status_ = std::move(status.words);
                        ground_aged_ = true;
                      },
                      [&](LiveState::Save& save) { save_ = std::move(save.path); },
                      [&](StreamDescription& description) {
                        stream_.emplace(std::move(description));
                      },
                      [&](LiveState::Inspected& inspected) {
                        if (inspected.trace != trace_ || interaction_.picked() != inspected.neuron)
                          return;
                        interaction_.inspect(inspected.neuron, nullptr);
                        inspected_ = std::move(inspected);
                        interaction_.inspect(inspected_.neuron, &inspected_.known);
                      },
                      [&](LiveState::NetworkShown& network) {
                        interaction_.set_network(network.get());
                        network_ = std::move(network);
                      },
                      [&](StreamPiece& piece) {
                        --state_.pieces_waiting;
                        if (!stream_) return;
                        stream_->add(std::move(piece));
                        stream_moved_ = true;
                      }},
             message);
}

void LiveModel::show_waiting() {
  const Playback& playback = interaction_.playback();
  const bool seen = !trace_ || (playback.playing() && playback.seen());
  if (waiting_ && (seen || waiting_is_answer_)) {
    trace_ = std::make_shared<const SampleTrace>(std::move(*waiting_));
    waiting_.reset();
    interaction_.show(trace_.get());
    state_.viewer_waits = false;
    return;
  }
  state_.viewer_waits = seen && !waiting_;
}

void LiveModel::refresh_stream() {
  if (!stream_moved_ || !interaction_.playback().playing()) return;
  if (Seconds(Clock::now() - ground_drawn_).count() < stream_seconds) return;
  stream_moved_ = false;
  const auto before = trace_;  // the interaction looks at it until it follows the next
  trace_ = std::make_shared<const SampleTrace>(stream_->trace());
  interaction_.follow(trace_.get(), stream_->origin_ms(),
                      (std::max(1U, stream_->filled()) - 1) * trace_->dt_ms);
}

void LiveModel::advance(std::optional<double> seconds) {
  const Clock::time_point now = Clock::now();
  state_.queue.consume_all([this](LiveState::Message* message) {
    const std::unique_ptr<LiveState::Message> held(message);
    take(*held);
  });
  if (stream_) refresh_stream();
  else show_waiting();
  interaction_.advance(seconds.value_or(Seconds(now - last_).count()));
  last_ = now;
  if (!note_.empty() && Seconds(now - noted_).count() >= note_seconds) {
    note_.clear();
    ground_aged_ = true;
  }
  if (dropped_ != state_.dropped) {
    dropped_ = state_.dropped;
    ground_aged_ = true;
  }
  if (Seconds(now - frame_drawn_).count() >= redraw_seconds) moved_ = true;
  if (interaction_.take_ground_change()) ground_stale_ = true;
  if (interaction_.take_change()) moved_ = true;
}

Wishes LiveModel::pass_wishes() {
  Wishes wishes = interaction_.take_wishes();
  if (wishes.navigate != 0) {
    const std::lock_guard hold(state_.lock);
    state_.requested += std::exchange(wishes.navigate, 0);
    state_.filter = interaction_.filter();
    state_.changed.notify_all();
  }
  if (std::exchange(wishes.inspect, false) && trace_ && interaction_.picked() && !stream_) {
    const std::lock_guard hold(state_.lock);
    state_.inspected_trace = trace_;
    state_.inspected = *interaction_.picked();
    state_.changed.notify_all();
  }
  return wishes;
}

void LiveModel::note(std::string words) {
  note_ = std::move(words);
  noted_ = Clock::now();
  ground_stale_ = true;
}

void LiveModel::limited(bool on, double frames_per_second) {
  std::string words =
      on ? fmt::format("{:.0f} frames/s, drawing takes {:g} % of the CPU time", frames_per_second,
                       100 * state_.options.process_share)
         : std::string();
  if (words == limit_) return;
  limit_ = std::move(words);
  ground_aged_ = true;
}

bool LiveModel::ground_due() const {
  return ground_stale_ ||
         (ground_aged_ && Seconds(Clock::now() - ground_drawn_).count() >=
                              (limit_.empty() ? refresh_seconds : limited_refresh_seconds));
}

DashboardView LiveModel::view() const {
  DashboardView result = interaction_.view();
  const auto add = [&](const std::string& words) {
    if (!words.empty()) result.status += (result.status.empty() ? "" : "  \u00b7  ") + words;
  };
  result.status = status_;
  add(note_);
  add(limit_);
  if (dropped_ > 0) add(fmt::format("{} not shown", dropped_));
  if (stream_ && stream_->missing_steps() > 0)
    add(fmt::format("{} steps not shown", stream_->missing_steps()));
  add(interaction_.status());
  return result;
}

Scene LiveModel::ground() {
  ground_stale_ = ground_aged_ = false;
  ground_drawn_ = Clock::now();
  return dashboard_ground(view());
}

Scene LiveModel::moving() {
  const DashboardView now = view();
  Scene scene = dashboard_moving(now);
  if (const std::optional<Point> at = interaction_.hover()) draw_hover(scene, now, *at);
  if (interaction_.help()) draw_key_help(scene, now.theme);
  moved_ = false;
  frame_drawn_ = Clock::now();
  ++state_.frames;
  return scene;
}

}  // namespace volley
