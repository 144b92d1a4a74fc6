// A LiveWindow without a window: the same frames, drawn in memory for a moving picture.
#include <algorithm>
#include <exception>
#include <thread>

#include "viz/frame_writer.hpp"
#include "viz/live_model.hpp"
#include "viz/trace_recorder.hpp"

namespace volley {

namespace {
constexpr double recorded_per_second = 20;
using Seconds = std::chrono::duration<double>;

void record(LiveState& state) {
  const WindowOptions& options = state.options;
  LiveModel model(state, 1);
  FrameWriter writer(options.record, options.width, options.height, recorded_per_second);
  state.enter(LiveState::Phase::open);
  const int cores = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  DrawingBudget budget(recorded_per_second, options.process_share, cores);
  GroundPicture ground;
  bool last = false;  // what was handed over before the end is still seen
  while (!std::exchange(last, state.close_wanted.load())) {
    const double start = wall_seconds();
    model.advance(1 / recorded_per_second);  // the picture's time, however seldom a frame is drawn
    if (model.ground_due()) ground.draw(model.ground());
    writer.add(ground.with(model.moving()));
    state.drawing_us = static_cast<std::int64_t>(1e6 * thread_seconds());
    budget.frame(wall_seconds(), process_seconds(), thread_seconds());
    const double end = start + budget.period();
    while (!state.close_wanted && wall_seconds() < end)
      std::this_thread::sleep_for(Seconds(std::clamp(end - wall_seconds(), 0.0, 0.05)));
  }
  writer.finish();
  const std::lock_guard hold(state.lock);
  state.recorded = writer.written();
}
}  // namespace

void run_recorder(const std::shared_ptr<LiveState>& state) {
  try {
    record(*state);
  } catch (const std::exception& error) {
    const std::lock_guard hold(state->lock);
    state->failure = error.what();
  }
  state->enter(LiveState::Phase::closed);
}

}  // namespace volley
