// The parts behind a live window: how often it draws, streams, recordings.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "base/error.hpp"
#include "fake_trace.hpp"
#include "support.hpp"
#include "viz/drawing_budget.hpp"
#include "viz/frame_writer.hpp"
#include "viz/rolling_trace.hpp"
#include "viz/trace_recorder.hpp"

namespace volley {

namespace {
/// Seconds of drawing at the budget's own pace while others keep `busy` cores; a frame takes `cost`.
double share_taken(DrawingBudget& budget, double busy, double cost, double seconds) {
  double wall = 0, drawing = 0;
  while (wall < seconds) {
    budget.frame(wall, wall * busy + drawing, drawing);
    wall += std::max(budget.period(), cost);
    drawing += cost;
  }
  return drawing / (drawing + wall * busy);
}
}  // namespace

TEST(DrawingBudget, DrawsAtFullRateWhileCoresAreFree) {
  DrawingBudget budget(60, 0.05, 2);
  share_taken(budget, 0.3, 0.005, 10);
  EXPECT_NEAR(budget.period(), 1.0 / 60, 1e-9);
  EXPECT_FALSE(budget.limited());
}

TEST(DrawingBudget, KeepsToItsShareWhileAllCoresWork) {
  DrawingBudget budget(60, 0.05, 2);
  EXPECT_LT(share_taken(budget, 1.9, 0.015, 60), 0.056);
  EXPECT_TRUE(budget.limited());
  EXPECT_NEAR(1 / budget.period(), 1, 0.1) << "once a second where the processor draws";
  DrawingBudget cheap(60, 0.05, 2, 0.1);
  EXPECT_LT(share_taken(cheap, 1.9, 0.015, 60), 0.056);
  EXPECT_GT(1 / cheap.period(), 5) << "more often where a card does, and within its share";
  share_taken(budget, 0.1, 0.015, 5);  // clocks that ran back are the caller's mistake: no crash
  DrawingBudget slow(60, 0.05, 2);
  share_taken(slow, 1.9, 3.0, 60);
  EXPECT_LE(slow.period(), 2.0) << "it never stands still";
}

TEST(RollingTrace, KeepsTheNewestSteps) {
  StreamDescription description{"stream", 2, 10, {}};
  description.populations.push_back({"a", NeuronKind::lif, {8, 1, 1}, {}, {}});
  RollingTrace rolling(description);
  const auto piece = [](std::uint64_t first, std::uint32_t steps) {
    StreamPiece made{first, steps, {{}}};
    made.spikes[0].steps = steps;
    made.spikes[0].inputs = 8;
    for (std::uint32_t i = 0; i < steps; ++i) {
      made.spikes[0].indices.push_back(static_cast<std::uint32_t>((first + i) % 8));
      made.spikes[0].offsets.push_back(i + 1);
    }
    return made;
  };
  rolling.add(piece(0, 3));
  EXPECT_EQ(rolling.filled(), 3U);
  SampleTrace trace = rolling.trace();
  ASSERT_EQ(trace.steps, 10U);
  EXPECT_EQ(trace.populations[0].spikes.offsets,
            (std::vector<std::uint32_t>{0, 1, 2, 3, 3, 3, 3, 3, 3, 3, 3}));
  rolling.add(piece(3, 9));  // steps 2 to 11 are shown
  trace = rolling.trace();
  EXPECT_DOUBLE_EQ(rolling.origin_ms(), 4);
  EXPECT_EQ(trace.populations[0].spikes.indices,
            (std::vector<std::uint32_t>{2, 3, 4, 5, 6, 7, 0, 1, 2, 3}));
  rolling.add(piece(15, 2));  // 12 to 14 are missing; 7 to 16 are shown
  trace = rolling.trace();
  EXPECT_EQ(rolling.missing_steps(), 3U);
  EXPECT_EQ(trace.populations[0].spikes.offsets,
            (std::vector<std::uint32_t>{0, 1, 2, 3, 4, 5, 5, 5, 5, 6, 7}));
  rolling.add(piece(10, 2));              // from the past
  rolling.add({17, 4, {}});               // of another shape
  EXPECT_EQ(rolling.trace().populations[0].spikes.indices, trace.populations[0].spikes.indices);
}

TEST(FrameWriter, WritesASequenceOfPictures) {
  const fake::TempFolder folder;
  const SampleTrace trace = fake::trace(30);
  RecordOptions options;
  options.width = 320;
  options.height = 240;
  FrameWriter writer(folder.path() / "frames.png", 320, 240, options.frames_per_second);
  record_trace(trace, options, writer);
  writer.finish();
  EXPECT_EQ(writer.frames(), 9U) << "30 ms at 100 ms a second and 30 frames a second";
  EXPECT_TRUE(std::filesystem::exists(folder.path() / "frames-00009.png"));
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "frames-00010.png"));
  EXPECT_THROW(writer.add(Pixels{5, 5, std::vector<std::uint8_t>(100)}), Error);
}

TEST(FrameWriter, SaysWhatIsMissing) {
  EXPECT_TRUE(FrameWriter::why_not("a.png").empty());
  EXPECT_NE(FrameWriter::why_not("a.txt").find(".mp4"), std::string::npos);
  EXPECT_THROW(FrameWriter("a.txt", 10, 10, 30), Error);
  const std::string path = std::getenv("PATH");
  ::setenv("PATH", "/nowhere", 1);
  const std::string reason = FrameWriter::why_not("a.gif");
  EXPECT_THROW(FrameWriter("a.gif", 10, 10, 30), Error);
  ::setenv("PATH", path.c_str(), 1);
  EXPECT_NE(reason.find("ffmpeg"), std::string::npos);
  EXPECT_NE(reason.find(".png"), std::string::npos);
}

/// An ffmpeg of our own tells what it is given: the real one is no package of the tests.
TEST(FrameWriter, FeedsFfmpegWholeFrames) {
  const fake::TempFolder folder;
  const std::filesystem::path program = folder.path() / "ffmpeg";
  std::ofstream(program) << "#!/bin/sh\nfor last; do :; done\ncat > \"$last\"\n";
  std::filesystem::permissions(program, std::filesystem::perms::owner_all);
  const std::string path = std::getenv("PATH");
  ::setenv("PATH", (folder.path().string() + ":" + path).c_str(), 1);
  const std::filesystem::path video = folder.path() / "out" / "a.mp4";
  {
    FrameWriter writer(video, 5, 4, 30);  // an odd column is cut off
    Pixels frame{5, 4, std::vector<std::uint8_t>(80, 7)};
    writer.add(frame);
    writer.add(frame);
    EXPECT_FALSE(std::filesystem::exists(video)) << "it appears when it is whole";
    writer.finish();
  }
  EXPECT_EQ(std::filesystem::file_size(video), 2U * 4 * 4 * 4);
  {
    FrameWriter given_up(folder.path() / "b.gif", 4, 4, 30);
    given_up.add(Pixels{4, 4, std::vector<std::uint8_t>(64)});
  }
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "b.gif"));
  std::ofstream(program) << "#!/bin/sh\necho no such codec >&2\nexit 1\n";
  FrameWriter failing(folder.path() / "c.mp4", 4, 4, 30);
  try {
    for (int i = 0; i < 100000; ++i) failing.add(Pixels{4, 4, std::vector<std::uint8_t>(64)});
    failing.finish();
    ADD_FAILURE() << "the failure is noticed";
  } catch (const Error& error) {
    EXPECT_NE(error.problem().find("no such codec"), std::string::npos) << error.what();
  }
  ::setenv("PATH", path.c_str(), 1);
}

}  // namespace volley
