// The loop of a LiveWindow's thread: takes what was handed over, moves the play head, says when to
// draw. Must not make the producer wait.
#include "viz/live_viewer.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <SFML/System/Err.hpp>
#include <SFML/Window/Context.hpp>
#include <algorithm>
#include <exception>
#include <thread>
#include <utility>

#include "base/error.hpp"
#include "viz/x11_guard.hpp"

namespace volley {

namespace {
using Seconds = std::chrono::duration<double>;

/// Below the threads that compute. Linux keeps a niceness for each thread, and those that Mesa starts
/// for this one take it over.
void give_way() {
  constexpr int niceness = 10;
  static_cast<void>(::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), niceness));
}

/// Whether OpenGL has no graphics card to draw with. A window's context must be active.
bool drawn_by_processor() {
  constexpr unsigned renderer = 0x1F01;  // GL_RENDERER
  using GetString = const unsigned char* (*)(unsigned);
  const auto get_string =
      reinterpret_cast<GetString>(sf::Context::getFunction("glGetString"));
  const unsigned char* const told = get_string != nullptr ? get_string(renderer) : nullptr;
  if (told == nullptr) return true;
  const std::string name(reinterpret_cast<const char*>(told));
  for (const char* each : {"llvmpipe", "softpipe", "swrast", "SWR", "Software"})
    if (name.find(each) != std::string::npos) return true;
  return false;
}

unsigned at_least_one(int pixels) { return static_cast<unsigned>(std::clamp(pixels, 1, 16384)); }
}  // namespace

LiveViewer::LiveViewer(LiveState& state)
    : state_(state),
      window_(sf::VideoMode(at_least_one(state.options.width), at_least_one(state.options.height)),
              state.options.title),
      model_(state, state.options.scale > 0 ? state.options.scale : display_scale()) {
  if (!window_.isOpen()) throw Error("OpenGL gave no window");
  const sf::VideoMode desktop = sf::VideoMode::getDesktopMode();
  const auto middle = [](unsigned outer, unsigned inner) {
    return outer > inner ? static_cast<int>((outer - inner) / 2) : 0;
  };
  window_.setPosition({middle(desktop.width, window_.getSize().x),
                       middle(desktop.height, window_.getSize().y)});
  if (!state.options.record.empty()) start_recording(state.options.record);
}

void LiveViewer::run() {
  const int cores = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  DrawingBudget budget(state_.options.frames_per_second, state_.options.process_share, cores,
                       drawn_by_processor() ? 1.0 : 0.1);
  bool polled = false, drawn = false;
  while (window_.isOpen() && !state_.close_wanted) {
    const double start = wall_seconds();
    for (sf::Event event; window_.pollEvent(event);) handle(event);
    model_.interaction().resize(static_cast<int>(window_.getSize().x),
                                static_cast<int>(window_.getSize().y));
    do_wishes();
    if (!window_.isOpen()) break;
    if (!std::exchange(polled, true)) guard_exit();
    model_.advance();
    if (auto path = model_.take_save()) save_ = std::move(path);
    if (model_.frame_due() || save_ || recording_) {
      draw();
      if (!std::exchange(drawn, true)) guard_exit();
      state_.drawing_us = static_cast<std::int64_t>(1e6 * thread_seconds());
      budget.frame(wall_seconds(), process_seconds(), thread_seconds());
      model_.limited(budget.limited(), 1 / budget.period());
    }
    const double pause = budget.period() - (wall_seconds() - start);
    if (pause > 0) std::this_thread::sleep_for(Seconds(pause));
  }
  stop_recording();
}

void run_viewer(const std::shared_ptr<LiveState>& state) {
  // SFML would write what it finds unusual, such as missing vertical sync, between the program's
  // own lines.
  sf::err().rdbuf(nullptr);
  if (state->options.process_share > 0) give_way();
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
