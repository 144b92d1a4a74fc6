// What is written reads back equal, in every format that is written, from whole and from cut files.
#include <map>

#include "recordings.hpp"

namespace volley::test {
namespace {

struct Case {
  SensorSize sensor;
  std::int64_t longest_us;
};

/// What each format can say.
Case case_of(const std::string& format) {
  if (format == "atis") return {{200, 240, 2}, 60'000'000};
  if (format == "bs1") return {{700, 1, 2}, 8'000'000};
  if (format == "bs3") return {{1280, 720, 2}, 16'000'000};
  if (format == "aedat2") return {{346, 260, 2}, 4'000'000'000};
  if (format == "es") return {{1280, 720, 2}, 100'000'000};
  if (format == "evt2" || format == "evt2.1") return {{1280, 720, 2}, 60'000'000'000};
  if (format == "evt3") return {{1280, 720, 2}, 900'000'000};
  return {{1280, 720, 2}, 4'000'000'000};
}

/// Formats without a mark are told by their name where they are short.
std::string name_of(const std::string& format) {
  const std::map<std::string, std::string> names = {
      {"atis", "a.bin"}, {"bs1", "a.bs1"}, {"bs3", "a.bs3"}};
  return names.contains(format) ? names.at(format) : "anything";
}

class RoundTrip : public testing::TestWithParam<std::string> {};

TEST_P(RoundTrip, ReadsBackEqual) {
  const TempFolder folder;
  const std::string format = GetParam();
  const Case limits = case_of(format);
  RandomEngine random(7);
  for (const int count : {0, 1, 2, 100, 5000, 40000}) {
    const auto events =
        random_events(random, static_cast<std::size_t>(count), limits.sensor, limits.longest_us);
    for (const std::string compression : {"lz4", "zstd", "none"}) {
      const std::string bytes = written(folder, format, events, limits.sensor, compression);
      const auto stream = stream_of(bytes, name_of(format));
      EXPECT_EQ(stream->sensor_stated(), format == "aedat4" || format == "dat" ||
                                             format == "evt2" || format == "evt2.1" ||
                                             format == "evt3" || format == "es");
      if (stream->sensor_stated()) {
        EXPECT_EQ(stream->sensor(), limits.sensor);
      }
      const Decoded decoded = decode(*stream);
      ASSERT_EQ(decoded.report.damage, "") << count;
      ASSERT_EQ(decoded.events, events) << count;
      EXPECT_EQ(decoded.report.dropped, 0u);
      EXPECT_EQ(decoded.report.out_of_order, 0u);
      if (format != "aedat4") break;
    }
  }
}

TEST_P(RoundTrip, ACutFileKeepsWhatCameBefore) {
  const TempFolder folder;
  const std::string format = GetParam();
  const Case limits = case_of(format);
  RandomEngine random(11);
  const auto events = random_events(random, 3000, limits.sensor, limits.longest_us);
  const std::string bytes = written(folder, format, events, limits.sensor);
  for (std::size_t part = 1; part < 40; ++part) {
    const std::size_t size = bytes.size() * part / 40 - part % 3;
    StreamOptions options;
    options.sensor = limits.sensor;
    options.format = format;
    Decoded decoded;
    try {
      decoded = decode(*stream_of(bytes.substr(0, size), name_of(format), options));
    } catch (const Error&) {
      continue;  // cut in its header
    }
    ASSERT_LE(decoded.events.size(), events.size());
    // A text's last line may be a number cut short, which nobody can tell.
    if (format == "text" && !decoded.events.empty()) decoded.events.pop_back();
    ASSERT_TRUE(std::equal(decoded.events.begin(), decoded.events.end(), events.begin()));
    if (!decoded.report.damaged()) continue;  // cut between two events
    const std::size_t colon = decoded.report.damage.find(": ");
    ASSERT_NE(colon, std::string::npos);
    EXPECT_LE(std::stoul(decoded.report.damage.substr(5, colon - 5)), size);
  }
}

INSTANTIATE_TEST_SUITE_P(Each, RoundTrip, testing::ValuesIn(writable_formats()),
                         [](const auto& each) {
                           std::string name = each.param;
                           std::erase(name, '.');
                           return name;
                         });

TEST(EventWriter, RefusesWhatAFormatCannotSay) {
  const TempFolder folder;
  const fs::path path = folder / "a";
  write_file(path, "older");
  const auto refuses = [&](const std::string& format, const Event& event, std::string_view what,
                           const SensorSize& sensor = {65536, 65536, 2}) {
    expect_error(
        [&] {
          const auto writer = create_recording(path, format, {sensor});
          writer->write(std::vector<Event>{{0, 0, 0, 0}});
          writer->write(std::vector<Event>{event});
          writer->finish();
        },
        what, path.string(), "another format");
    EXPECT_EQ(read_file(path), "older");
  };
  refuses("npy", {0, 9, 0, 0}, "event 1 lies outside the 9 x 9 sensor", {9, 9, 2});
  refuses("npy", {-1, 0, 0, 0}, "event 1 is earlier");
  refuses("npy", {0, 0, 0, 2}, "polarity");
  refuses("atis", {0, 256, 0, 0}, "coordinate above 255");
  refuses("atis", {0, 0, 240, 0}, "y = 240");
  refuses("bs1", {0, 0, 1, 0}, "one row");
  refuses("bs1", {8388608, 0, 0, 0}, "time outside");
  refuses("bs3", {0, 4096, 0, 0}, "above 4095");
  refuses("bs3", {16777216, 0, 0, 0}, "time outside");
  refuses("dat", {0, 16384, 0, 0}, "above 16383");
  refuses("dat", {std::int64_t{1} << 32, 0, 0, 0}, "time outside");
  refuses("aedat2", {0, 1024, 0, 0}, "above 1023");
  refuses("aedat3", {0, 32768, 0, 0}, "above 32767");
  refuses("aedat4", {0, 0, 32768, 0}, "above 32767");
  refuses("evt2", {0, 2048, 0, 0}, "above 2047");
  refuses("evt3", {0, 0, 2048, 0}, "above 2047");
  refuses("evt3", {std::int64_t{1} << 60, 0, 0, 0}, "thousands of overflows");
  refuses("evt2.1", {std::int64_t{1} << 60, 0, 0, 0}, "thousands of overflows");
  expect_error(
      [&] {
        create_recording(path, "mat", {{1, 1, 2}});
      },
      "no format 'mat'", path.string(), "evt3");
  EXPECT_EQ(format_of_extension("A.RAW"), "evt3");
  EXPECT_EQ(format_of_extension("a.xyz"), "");
}

TEST(EventWriter, LongPausesAndLateStartsAreSaid) {
  const TempFolder folder;
  // Over several overflows of each format's counter, and exactly at their edges.
  const std::vector<Event> late = {{16'777'215, 1, 1, 0},
                                   {16'777'216, 2, 1, 1},
                                   {5 * 16'777'216LL - 1, 3, 1, 1},
                                   {5 * 16'777'216LL, 4, 1, 0},
                                   {9 * 16'777'216LL + 4095, 5, 1, 0},
                                   {9 * 16'777'216LL + 4096, 6, 1, 0}};
  for (const std::string format : {"evt3", "evt2", "evt2.1", "aedat4", "es", "npy", "dat", "text"})
    EXPECT_EQ(decode(*stream_of(written(folder, format, late, {64, 64, 2}))).events, late)
        << format;
  const std::int64_t hours = std::int64_t{1} << 34;
  const std::vector<Event> later = {
      {3 * hours + 1, 1, 1, 0}, {3 * hours + 64, 1, 1, 0}, {5 * hours, 2, 2, 1}};
  for (const std::string format : {"evt2", "evt2.1", "aedat3", "aedat4", "npy", "text"})
    EXPECT_EQ(decode(*stream_of(written(folder, format, later, {64, 64, 2}))).events, later)
        << format;
}

}  // namespace
}  // namespace volley::test
