// The window on a real X server without a screen. Each test runs in a process of its own (a death
// test), because a lost display is lost for the whole process.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <thread>

#include "base/error.hpp"
#include "fake_trace.hpp"
#include "support.hpp"
#include "viz/dashboard.hpp"
#include "viz/live_window.hpp"
#include "viz/scrub_bar.hpp"
#include "x_server.hpp"

// Mesa and fontconfig keep what they allocate once.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() {
  return "leak:_dri.so\nleak:libGLX\nleak:libfontconfig\nleak:libX11\nleak:libLLVM\n";
}
// Mesa's own threads, which the thread sanitizer cannot follow.
extern "C" const char* __tsan_default_suppressions();
extern "C" const char* __tsan_default_suppressions() {
  return "race:_dri.so\nmutex:_dri.so\ndeadlock:_dri.so\nthread:_dri.so\nrace:libLLVM\n";
}

namespace volley {

namespace {
using namespace std::chrono_literals;

#define NEEDS(program) \
  if (!fake::installed(program)) GTEST_SKIP() << program " is not installed"
#define EXPECT_ENDS_WELL(body) EXPECT_EXIT((body(), std::exit(0)), testing::ExitedWithCode(0), "")

class Window : public testing::Test {
protected:
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

void require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "not so: %s\n", what);
  std::_Exit(1);
}

/// Waits until the condition holds; says what never came to be otherwise.
void await(const std::function<bool()>& condition, const char* what) {
  for (int i = 0; i < 600; ++i) {
    if (condition()) return;
    std::this_thread::sleep_for(50ms);
  }
  require(false, what);
}

/// `how` is "key", or "keydown" where the window is gone before the key comes up.
void press(const std::string& keys, const std::string& how = "key --delay 60") {
  const std::string command =
      "xdotool search --name '^volley$' windowfocus --sync " + how + " " + keys + " >/dev/null";
  require(std::system(command.c_str()) == 0, ("xdotool presses " + keys).c_str());
}

DashboardLayout full_layout(const SampleTrace& trace, const TrainingHistory& history) {
  DashboardView view;
  view.trace = &trace;
  view.history = &history;
  view.theme = theme(ThemeKind::dark);
  return dashboard_layout(view);
}

void shows_every_panel() {
  fake::XServer server;
  require(server.started(), "Xvfb starts");
  const fake::TempFolder folder;
  const SampleTrace trace = fake::trace(100);
  const TrainingHistory history = fake::history(4, 30);
  {
    LiveWindow window;
    require(window.is_open() && window.wants_trace(), "a fresh window wants a trace");
    window.show(trace);
    window.show(history);
    const DashboardLayout layout = full_layout(trace, history);
    for (const Box& panel :
         {layout.events, layout.raster, layout.rates, layout.scores, layout.curves})
      await([&] { return fake::coloured(server.look(), inset(panel, 30)) > 150; },
            "each panel holds colours");
    // The events move.
    const auto events = [&] {
      const Pixels now = server.look();
      std::vector<Colour> part;
      for (int x = 60; x < 340; x += 3)
        for (int y = 100; y < 400; y += 3) part.push_back(now.at(x, y));
      return part;
    };
    const auto before = events();
    await([&] { return events() != before; }, "events move");
    window.save_next_frame(folder.path() / "frame.png");
    await([&] { return std::filesystem::exists(folder.path() / "frame.png"); }, "a frame is saved");
    window.save_next_frame(folder.path() / "frame.png" / "impossible.png");
    for (int i = 0; i < 1000; ++i) window.show(trace);
    require(window.dropped() > 900, "what comes too fast is dropped and counted");
    BatchRecord batch = history.batches.back();
    for (int i = 0; i < 1000; ++i) window.add(batch), window.add(history.epochs.back());
    window.status("a status");
    std::this_thread::sleep_for(300ms);
    require(window.is_open(), "the window bears it all");
  }
  LiveWindow again;  // a second one in the same process
  require(again.is_open(), "a second window opens");
}

void exits_with_an_open_window() {
  fake::XServer server;
  require(server.started(), "Xvfb starts");
  LiveWindow window;
  window.show(fake::trace(100));
  std::this_thread::sleep_for(300ms);
  std::exit(0);
}

void obeys_keys() {
  fake::XServer server;
  require(server.started(), "Xvfb starts");
  const fake::TempFolder folder;
  std::filesystem::current_path(folder.path());
  LiveWindow window;
  std::atomic<int> place{0};
  std::atomic<bool> mistakes{false};
  window.set_navigation([&](int by, const RecordingFilter& filter) {
    mistakes = filter.mistakes;
    place += by;
    if (place == 2) throw Error("no more recordings");
    window.show(fake::deep_trace(80));
  });
  window.show(fake::trace(100));
  const Colour dark = theme(ThemeKind::dark).background, light = theme(ThemeKind::light).background;
  await([&] { return server.look().at(2, 2) == dark; }, "the window opens dark");
  press("space");
  std::this_thread::sleep_for(700ms);
  // The header's clock: the right end of the first line.
  const auto clock = [&] {
    const Pixels now = server.look();
    std::vector<Colour> part;
    for (int x = 1150; x < 1275; ++x)
      for (int y = 8; y < 26; ++y) part.push_back(now.at(x, y));
    return part;
  };
  const auto stopped = clock();
  std::this_thread::sleep_for(400ms);
  require(clock() == stopped, "space stops the clock");
  press("Right Right Right");
  await([&] { return clock() != stopped; }, "a step moves the clock");
  press("t");
  await([&] { return server.look().at(2, 2) == light; }, "t changes the theme");
  press("m n");
  await([&] { return place == 1 && mistakes; }, "n asks for the next recording, m for mistakes");
  press("n");
  await([&] { return place == 2; }, "a failing answer does no harm");
  press("p");
  await([&] { return place == 1; }, "p asks for the previous recording");
  const Box spikes{500, 60, 700, 250};
  const int plain = fake::coloured(server.look(), spikes);
  press("question");
  await([&] { return fake::coloured(server.look(), spikes) < plain / 3; }, "help veils the rest");
  press("Escape plus minus Up Down s Escape");
  await([&] { return std::filesystem::exists("volley-1.png"); }, "s takes a screenshot");
  require(window.is_open(), "escape goes back and never closes the window");
  press("q", "keydown");
  window.wait_until_closed();
  require(!window.is_open(), "q closes the window");
  window.show(fake::trace(20));
  window.add(BatchRecord{});
  require(!window.wants_trace(), "a closed window wants nothing");
  window.set_navigation({});
  std::filesystem::current_path("/");
}

/// xdotool with these words.
void drive(const std::string& words) {
  require(std::system(("xdotool " + words + " >/dev/null").c_str()) == 0,
          ("xdotool " + words).c_str());
}

std::string at(Point place) {
  return std::to_string(std::lround(place.x)) + " " + std::to_string(std::lround(place.y));
}

std::vector<Colour> part_of(const Pixels& pixels, Box box) {
  std::vector<Colour> part;
  for (int y = static_cast<int>(box.y); y < static_cast<int>(box.bottom()); ++y)
    for (int x = static_cast<int>(box.x); x < static_cast<int>(box.right()); ++x)
      part.push_back(pixels.at(x, y));
  return part;
}

void obeys_the_pointer() {
  fake::XServer server;
  require(server.started(), "Xvfb starts");
  const fake::TempFolder folder;
  std::filesystem::current_path(folder.path());
  const SampleTrace trace = fake::trace(100);
  LiveWindow window;
  window.show(trace);
  DashboardView view;  // as the window has it
  view.trace = &trace;
  view.theme = theme(ThemeKind::dark);
  const DashboardLayout layout = dashboard_layout(view);
  await([&] { return fake::coloured(server.look(), inset(layout.raster, 30)) > 150; }, "it opens");
  press("space");

  const Box track = scrub_layout(layout.scrub, view.theme).track;
  const auto head_at = [&](double share) {
    const Pixels now = server.look();
    const auto x = static_cast<int>(track.x + share * track.width);
    for (int i = x - 3; i <= x + 3; ++i)
      if (now.at(i, static_cast<int>(track.centre().y)) == view.theme.head) return true;
    return false;
  };
  drive("mousemove " + at({track.x + 0.2F * track.width, track.centre().y}) + " mousedown 1");
  await([&] { return head_at(0.2); }, "a press on the bar moves the head");
  drive("mousemove " + at({track.x + 0.6F * track.width, track.centre().y}) + " mouseup 1");
  await([&] { return head_at(0.6); }, "dragging moves it along");

  const RasterLayout raster = raster_layout(trace, layout.raster, view.theme);
  const Box band = raster.bands[1];
  const Box rates = inset(raster.rates, 2);
  drive("mousemove 640 3");
  std::this_thread::sleep_for(200ms);
  const auto whole = part_of(server.look(), rates);
  drive("mousemove " + at(band.centre()) + " click 4 click 4 click 4 click 4");
  await([&] { return part_of(server.look(), rates) != whole; }, "the wheel zooms time");
  const auto zoomed = part_of(server.look(), rates);
  drive("mousemove " + at(band.centre()) + " mousedown 1 mousemove_relative 60 0 sleep 0.1 "
        "mousemove_relative 60 0 sleep 0.1 mouseup 1");
  await([&] { return part_of(server.look(), rates) != zoomed; }, "dragging moves what is zoomed");
  drive("mousemove 640 3");
  press("w");
  await([&] { return part_of(server.look(), rates) == whole; }, "w shows the whole again");

  const Box label{band.centre().x + 14, band.centre().y - 30, 60, 16};
  const auto bare = part_of(server.look(), label);
  drive("mousemove " + at(band.centre()));
  await([&] { return part_of(server.look(), label) != bare; }, "hovering tells the neuron");
  const Box marks{band.right() + 3, band.y, 4, band.height};
  const auto unmarked = part_of(server.look(), marks);
  drive("click 1");
  await([&] { return part_of(server.look(), marks) != unmarked; }, "a click picks a neuron");
  press("Escape");
  await([&] { return part_of(server.look(), marks) == unmarked; }, "escape lets it go");

  const Box lower = inset(layout.rates, 4);
  for (const char* panel : {"rates over time", "class scores over time", "the confusion matrix"}) {
    const auto one_before = part_of(server.look(), lower);
    press("Tab");
    await([&] { return part_of(server.look(), lower) != one_before; }, panel);
  }
  await([&] {  // of the one recording shown, which was right
    const auto cells = part_of(server.look(), lower);
    return std::count(cells.begin(), cells.end(), view.theme.good) > 100;
  }, "the cell of what was predicted right");

  const PopulationTrace& input = *input_population(trace);
  const Box sensor = sensor_box(layout.events, input, view.events, view.theme);
  const Box ticks{sensor.x - 1, sensor.bottom() + 3, sensor.width, 14};
  const auto all_columns = part_of(server.look(), ticks);
  drive("mousemove " + at({sensor.x + 9, sensor.y + 9}) + " click 4 click 4 click 4");
  await([&] { return part_of(server.look(), ticks) != all_columns; }, "the wheel zooms the sensor");

  drive("search --name '^volley$' windowsize 1000 600");
  await([&] { return part_of(server.look(), {1010, 300, 20, 20}) ==
                     std::vector<Colour>(400, Colour{0, 0, 0, 255}); }, "it is resized");
  press("s");
  await([&] { return std::filesystem::exists("volley-1.png"); }, "a screenshot is saved");
  press("r");
  std::this_thread::sleep_for(400ms);
  press("r");
  await([&] {
    for (const auto& file : std::filesystem::directory_iterator("."))
      if (file.path().filename().string().rfind("volley-2", 0) == 0 ||
          file.path().filename().string().rfind("volley-1.mp4", 0) == 0)
        return true;
    return false;
  }, "a recording is written");
  std::filesystem::current_path("/");
}

/// Pieces far faster than they can be shown: the feeder never waits, and the newest are seen.
void shows_a_stream() {
  fake::XServer server;
  require(server.started(), "Xvfb starts");
  LiveWindow window;
  StreamDescription description{"stream", 1, 500, {}};
  description.populations.push_back(fake::moving_ring(34, 1));
  window.begin_stream(description);
  const SpikeTrain spikes = fake::moving_ring(34, 20).spikes;
  for (std::uint64_t i = 0; i < 3000; ++i) window.add(StreamPiece{i * 20, 20, {spikes}});
  require(window.dropped() > 0, "a flood is dropped and counted");
  std::uint64_t next = 3000;
  const Box middle{500, 100, 700, 400};
  await([&] {
    for (int i = 0; i < 3; ++i, ++next) window.add(StreamPiece{next * 20, 20, {spikes}});
    return fake::coloured(server.look(), middle) > 500;
  }, "the stream is seen");
  press("space");
  std::this_thread::sleep_for(200ms);
  const auto before = part_of(server.look(), middle);
  window.add(StreamPiece{(next + 50) * 20, 20, {spikes}});
  std::this_thread::sleep_for(200ms);
  require(part_of(server.look(), middle) == before, "a paused stream stands still");
}

void records_without_a_display() {
  ::unsetenv("DISPLAY");
  const fake::TempFolder folder;
  WindowOptions options;
  options.hidden = true;
  options.width = 640;
  options.height = 400;
  options.record = folder.path() / "frames.png";
  LiveWindow window(options);
  require(window.is_open() && window.wants_trace(), "it takes traces as a window does");
  window.show(fake::trace(100));
  window.add(fake::history(1, 3).epochs.back());
  await([&] { return window.frames() > 3; }, "frames are drawn");
  require(window.finish().find("frames-00001.png") != std::string::npos, "it tells the files");
  require(std::filesystem::exists(folder.path() / "frames-00003.png"), "they are there");
}

void outlives_the_display() {
  fake::XServer server;
  require(server.started(), "Xvfb starts");
  {
    LiveWindow window;
    window.show(fake::trace(100));
    std::this_thread::sleep_for(500ms);
    server.kill();
    window.wait_until_closed();
    require(!window.is_open(), "a lost display closes the window");
    for (int i = 0; i < 100; ++i) window.show(fake::trace(5));
  }
  require(!LiveWindow::why_not().empty(), "no second window after a loss");
}

void ends_well_when_the_display_went_after_the_window() {
  fake::XServer server;
  require(server.started(), "Xvfb starts");
  {
    LiveWindow window;
    window.show(fake::trace(100));
    std::this_thread::sleep_for(300ms);
  }
  server.kill();
}

void explains_a_missing_display() {
  ::unsetenv("DISPLAY");
  require(LiveWindow::why_not().find("DISPLAY") != std::string::npos, "DISPLAY is named");
  require(LiveWindow::why_not().find("--out") != std::string::npos, "the way out is named");
  try {
    LiveWindow window;
    require(false, "an Error is thrown");
  } catch (const Error&) {
  }
  ::setenv("DISPLAY", ":54321", 1);
  require(LiveWindow::why_not().find(":54321") != std::string::npos, "the display is named");
}
}  // namespace

TEST_F(Window, ExplainsAMissingDisplay) { EXPECT_ENDS_WELL(explains_a_missing_display); }

TEST_F(Window, ShowsEveryPanel) {
  NEEDS("Xvfb");
  EXPECT_ENDS_WELL(shows_every_panel);
}

TEST_F(Window, TheProgramMayExitWithItOpen) {
  NEEDS("Xvfb");
  EXPECT_ENDS_WELL(exits_with_an_open_window);
}

TEST_F(Window, ObeysKeys) {
  NEEDS("Xvfb");
  NEEDS("xdotool");
  EXPECT_ENDS_WELL(obeys_keys);
}

TEST_F(Window, ObeysThePointer) {
  NEEDS("Xvfb");
  NEEDS("xdotool");
  EXPECT_ENDS_WELL(obeys_the_pointer);
}

TEST_F(Window, ShowsAStream) {
  NEEDS("Xvfb");
  NEEDS("xdotool");
  EXPECT_ENDS_WELL(shows_a_stream);
}

TEST_F(Window, RecordsWithoutADisplay) { EXPECT_ENDS_WELL(records_without_a_display); }

TEST_F(Window, OutlivesTheDisplay) {
  NEEDS("Xvfb");
  EXPECT_ENDS_WELL(outlives_the_display);
}

TEST_F(Window, EndsWellWhenTheDisplayWentFirst) {
  NEEDS("Xvfb");
  EXPECT_ENDS_WELL(ends_well_when_the_display_went_after_the_window);
}

}  // namespace volley
