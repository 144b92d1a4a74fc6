// The .bin decoder on bytes made by hand, the writer, and reading a whole file.
#include "datasets/atis_bin.hpp"

#include <sys/stat.h>

#include "datasets/read_recording.hpp"
#include "support.hpp"

namespace volley::test {
namespace {

using Events = std::vector<Event>;

TEST(AtisBin, DecodesBytesMadeByHand) {
  // x 3, y 5, ON, t = 0x012345; x 33, y 0, OFF, t = 0x7fffff
  const std::string bytes("\x03\x05\x81\x23\x45\x21\x00\x7f\xff\xff", 10);
  const Decoded decoded = decode(bytes);
  EXPECT_EQ(decoded.events, (Events{{0x012345, 3, 5, 1}, {0x7fffff, 33, 0, 0}}));
  EXPECT_EQ(decoded.report.skipped, 0u);
  EXPECT_FALSE(decoded.report.damaged());
}

TEST(AtisBin, EmptyFileIsAnEmptyRecording) {
  const TempFolder folder;
  write_file(folder / "empty.bin", "");
  const auto stream = open_atis_bin(folder / "empty.bin", {34, 34, 2});
  const Recording recording = read_recording(*stream, "empty.bin", OnDamage::fail);
  EXPECT_TRUE(recording.events.empty());
  EXPECT_EQ(recording.sensor, (SensorSize{34, 34, 2}));
  EXPECT_EQ(recording.duration_us(), 0);
}

TEST(AtisBin, TruncationKeepsWhatCameBefore) {
  for (std::size_t rest = 1; rest < 5; ++rest) {
    const Decoded decoded =
        decode(item(1, 2, 1, 10) + item(3, 4, 0, 20) + item(5, 6, 1, 30).substr(0, rest));
    EXPECT_EQ(decoded.events, (Events{{10, 1, 2, 1}, {20, 3, 4, 0}}));
    EXPECT_EQ(decoded.report.damage,
              "byte 10: truncated: the last event has " + std::to_string(rest) + " of 5 bytes");
  }
}

TEST(AtisBin, CoordinatesOutsideTheSensorAreDamage) {
  const Decoded x = decode(item(33, 33, 1, 1) + item(34, 0, 1, 2) + item(0, 0, 1, 3));
  EXPECT_EQ(x.events.size(), 1u);
  EXPECT_EQ(x.report.damage, "byte 5: pixel (34, 0) is outside the 34 x 34 sensor");
  const Decoded y = decode(item(0, 34, 1, 1));
  EXPECT_EQ(y.events.size(), 0u);
  EXPECT_EQ(y.report.damage, "byte 0: pixel (0, 34) is outside the 34 x 34 sensor");
}

TEST(AtisBin, TimeThatStepsBackIsDamage) {
  const Decoded decoded = decode(item(0, 0, 1, 7) + item(0, 0, 1, 7) + item(0, 0, 1, 6));
  EXPECT_EQ(decoded.events.size(), 2u);
  EXPECT_EQ(decoded.report.damage, "byte 10: time steps back from 7 to 6 us");
}

TEST(AtisBin, OverflowMarkAdds8192Microseconds) {
  const Decoded decoded = decode(item(1, 1, 0, 8000) + item(9, 240, 1, 5) + item(2, 2, 1, 10) +
                                 item(9, 240, 0, 0) + item(9, 240, 0, 0) + item(3, 3, 1, 0));
  EXPECT_EQ(decoded.events, (Events{{8000, 1, 1, 0}, {8202, 2, 2, 1}, {24576, 3, 3, 1}}));
  EXPECT_EQ(decoded.report.skipped, 3u);
  EXPECT_FALSE(decoded.report.damaged());
}

TEST(AtisBin, LongFilesComeInBoundedBatchesWithTrueOffsets) {
  std::string bytes;
  for (int i = 0; i < 20000; ++i) bytes += item(i % 34, i % 31, i & 1, i);
  const auto stream = open_atis_bin(
      memory_source(bytes + item(99, 0, 0, 30000), "memory"), {34, 34, 2});
  std::vector<Event> batch;
  std::size_t batches = 0, events = 0;
  for (; stream->next(batch); ++batches) {
    EXPECT_LE(batch.size(), 10000u);
    for (const Event& event : batch) EXPECT_EQ(event.t, static_cast<std::int64_t>(events++));
  }
  EXPECT_GE(batches, 2u);
  EXPECT_EQ(events, 20000u);
  EXPECT_EQ(stream->report().damage.substr(0, 12), "byte 100000:");

  // Marks alone fill whole blocks without an event: the stream goes on to what follows.
  std::string marks;
  for (int i = 0; i < 10000; ++i) marks += item(0, 240, 0, 0);
  const Decoded after = decode(marks + item(1, 1, 1, 1));
  EXPECT_EQ(after.events, (Events{{10000 * 8192 + 1, 1, 1, 1}}));
  EXPECT_EQ(after.report.skipped, 10000u);
}

TEST(AtisBin, WhatIsNoFileIsRefusedClearly) {
  const TempFolder folder;
  const auto open = [&](const fs::path& path) {
    return [path] { open_atis_bin(path, {34, 34, 2}); };
  };
  expect_error(open(folder / "none.bin"), "no such file", (folder / "none.bin").string(), "path");
  expect_error(open(folder.path()), "is a folder", folder.path().string(), "files inside");
  ASSERT_EQ(::mkfifo((folder / "pipe.bin").c_str(), 0600), 0);
  expect_error(open(folder / "pipe.bin"), "not a regular file", "pipe.bin", "copy");
  if (::geteuid() == 0) return;  // root may read everything
  write_file(folder / "secret.bin", "");
  fs::permissions(folder / "secret.bin", fs::perms::none);
  expect_error(open(folder / "secret.bin"), "cannot open", "secret.bin", "permissions");
}

TEST(ReadRecording, FailsAtTheByteOrKeepsWhatCameBefore) {
  const std::string bytes = item(1, 2, 1, 10) + item(3, 4, 0, 20) + "abc";
  const auto stream = [&] {
    return open_atis_bin(memory_source(bytes, "memory"), {34, 34, 2});
  };
  expect_error([&] { read_recording(*stream(), "a/b.bin", OnDamage::fail); },
               "truncated: the last event has 3 of 5 bytes", "a/b.bin: byte 10", "undamaged copy");
  StreamReport report;
  const Recording kept = read_recording(*stream(), "a/b.bin", OnDamage::keep, &report);
  EXPECT_EQ(kept.name, "a/b.bin");
  EXPECT_EQ(kept.label, -1);
  EXPECT_EQ(kept.events, (Events{{10, 1, 2, 1}, {20, 3, 4, 0}}));
  EXPECT_EQ(report.events, 2u);
  EXPECT_TRUE(report.damaged());
}

TEST(AtisBinWriter, ReadsBackEqual) {
  const TempFolder folder;
  Recording recording;
  recording.sensor = {256, 256, 2};
  recording.events = {{0, 0, 0, 0}, {0, 255, 255, 1}, {65536, 7, 239, 1}, {8388607, 9, 241, 0}};
  write_atis_bin(folder / "new" / "a.bin", recording);
  EXPECT_EQ(fs::file_size(folder / "new" / "a.bin"), 20u);
  const auto stream = open_atis_bin(folder / "new" / "a.bin", recording.sensor);
  EXPECT_EQ(read_recording(*stream, "a", OnDamage::fail).events, recording.events);

  recording.events.clear();
  write_atis_bin(folder / "empty.bin", recording);
  EXPECT_EQ(fs::file_size(folder / "empty.bin"), 0u);
}

TEST(AtisBinWriter, RefusesWhatTheContainerCannotSay) {
  const TempFolder folder;
  const fs::path path = folder / "a.bin";
  write_file(path, "older");
  const auto refuses = [&](SensorSize sensor, const Events& events, std::string_view what) {
    Recording recording;
    recording.sensor = sensor;
    recording.events = events;
    expect_error([&] { write_atis_bin(path, recording); }, what, path.string(), "");
    EXPECT_EQ(read_file(path), "older");
  };
  refuses({34, 34, 2}, {{0, 34, 0, 0}}, "event 0 lies outside the 34 x 34 sensor");
  refuses({34, 34, 2}, {{0, 0, 0, 0}, {1, 0, 34, 0}}, "event 1 lies outside");
  refuses({640, 480, 2}, {{0, 256, 0, 0}}, "coordinate above 255");
  refuses({640, 480, 2}, {{0, 0, 256, 0}}, "coordinate above 255");
  refuses({640, 480, 2}, {{0, 0, 240, 0}}, "y = 240");
  refuses({34, 34, 2}, {{8388608, 0, 0, 0}}, "time outside");
  refuses({34, 34, 2}, {{-1, 0, 0, 0}}, "time outside");
  refuses({34, 34, 2}, {{5, 0, 0, 0}, {4, 0, 0, 0}}, "event 1 is earlier");
  refuses({34, 34, 2}, {{0, 0, 0, 2}}, "polarity");
  Recording late;
  late.sensor = {34, 34, 2};
  late.start_us = 100;
  expect_error([&] { write_atis_bin(path, late); }, "starts at 100 us", path.string(),
               "starts at 0");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), {}), 1) << "nothing else is left";
}

}  // namespace
}  // namespace volley::test
