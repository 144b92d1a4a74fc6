// Decoders on bytes made by hand from the formats' descriptions, where no real file is at hand:
// what they deliver, skip, drop, mend and call damage.
#include <array>

#include "datasets/formats/columns.hpp"
#include "recordings.hpp"

namespace volley::test {
namespace {

using Events = std::vector<Event>;
using namespace std::string_literals;

std::string little(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i) & 0xff);
  return text;
}
std::string big(std::uint64_t value, int bytes) {
  std::string text = little(value, bytes);
  return {text.rbegin(), text.rend()};
}
std::string words16(std::initializer_list<unsigned> values) {
  std::string text;
  for (const unsigned value : values) text += little(value, 2);
  return text;
}

StreamOptions format(const std::string& name) {
  StreamOptions options;
  options.format = name;
  return options;
}

TEST(Evt3Bytes, VectorsSingleEventsAndOtherWords) {
  const std::string header = "% evt 3.0\n% geometry 64x48\n% end\n";
  const Decoded decoded =
      decode(*stream_of(header + words16({0x2005,          // before any time: dropped
                                          0x8001, 0x6002,  // t = 0x1002
                                          0x0007,          // y = 7
                                          0x2805, 0x2006,  // ON at 5, OFF at 6
                                          0x3814,          // vectors from x = 20, ON
                                          0x4801, 0x5003,  // 20 and 31, then 32 and 33
                                          0x6001,          // a step back by 1 us
                                          0x2001,          // mended
                                          0xa000, 0x7000, 0xe000, 0xf000,  // no events
                                          0x9000,                          // unknown
                                          0x2040})));                      // x = 64, outside
  const std::int64_t t = 0x1002;
  EXPECT_EQ(decoded.events, (Events{{t, 5, 7, 1},
                                    {t, 6, 7, 0},
                                    {t, 20, 7, 1},
                                    {t, 31, 7, 1},
                                    {t, 32, 7, 1},
                                    {t, 33, 7, 1},
                                    {t, 1, 7, 0}}));
  EXPECT_EQ(decoded.report.skipped, 4u);
  EXPECT_EQ(decoded.report.kinds.at("trigger"), 1u);
  EXPECT_EQ(decoded.report.kinds.at("vendor word"), 3u);
  EXPECT_EQ(decoded.report.dropped, 3u);
  EXPECT_EQ(decoded.report.out_of_order, 1u);
  EXPECT_EQ(decoded.report.damage, "");
}

TEST(Evt3Bytes, TimeOverflowsOnlyAtALargeStepBack) {
  const std::string header = "% evt 3.0\n% end\n";
  const auto at = [&](std::initializer_list<unsigned> words) {
    return decode(*stream_of(header + words16(words)));
  };
  EXPECT_EQ(at({0x8fff, 0x6fff, 0x2001, 0x8000, 0x2001}).events,
            (Events{{0xffffff, 1, 0, 0}, {0x1000000, 1, 0, 0}}));
  const Decoded back = at({0x8005, 0x2001, 0x8004, 0x2001});
  EXPECT_EQ(back.events, (Events{{0x5000, 1, 0, 0}, {0x5000, 1, 0, 0}}));
  EXPECT_EQ(back.report.out_of_order, 1u);
  const Decoded damage = at({0x8105, 0x2001, 0x8005, 0x2001});
  EXPECT_EQ(damage.events.size(), 1u);
  EXPECT_EQ(damage.report.damage, "byte 22: time steps back from 1069056 to 20480 us");
}

TEST(Evt3Bytes, ALastOddByteIsTruncation) {
  const Decoded decoded = decode(*stream_of("% evt 3.0\n"s + words16({0x8001, 0x2001}) + "x"));
  EXPECT_EQ(decoded.events.size(), 1u);
  EXPECT_EQ(decoded.report.damage, "byte 14: truncated: the last event has 1 of 2 bytes");
}

TEST(Evt21Bytes, AWordHoldsUpTo32Pixels) {
  const auto word = [](std::uint64_t upper, std::uint64_t lower) {
    return little(upper << 32 | lower, 8);
  };
  const Decoded decoded =
      decode(*stream_of("% format EVT21;height=100;width=100\n% end\n" + word(0x80000002, 0) +
                        word(0x10000000 | 5u << 22 | 32u << 11 | 9, 0x80000001) +
                        word(0x00000000 | 6u << 22 | 0u << 11 | 9, 4) + word(0xa0000000, 0)));
  EXPECT_EQ(decoded.events, (Events{{133, 32, 9, 1}, {133, 63, 9, 1}, {134, 2, 9, 0}}));
  EXPECT_EQ(decoded.report.skipped, 1u);
}

TEST(Evt2Bytes, OldHeadersAndTheCamera) {
  const std::string header = "% Date 2020\n% plugin_name hal_plugin_gen41_evk3\n% evt 2.0\n";
  const std::string body = little(0x80000001, 4) + little(0x10000000 | 3u << 22 | 7u << 11 | 2, 4);
  const auto stream = stream_of(header + body);
  EXPECT_EQ(stream->sensor(), (SensorSize{1280, 720, 2}));
  EXPECT_EQ(decode(*stream).events, (Events{{67, 7, 2, 1}}));
  expect_error([&] { stream_of("% evt 4.0\n"s + body, "a", format("evt3")); }, "EVT version '4.0'",
               "byte 0", "2.0");
}

TEST(DatBytes, VersionsSensorAndTriggers) {
  const std::string two = "% Data file\n% Version 2\n% Height 240\n% Width 304\n";
  const std::string body = little(5, 4) + little(303 | 239u << 14 | 1u << 28, 4);
  const auto stream = stream_of(two + "\x0c\x08" + body);
  EXPECT_EQ(stream->sensor(), (SensorSize{304, 240, 2}));
  EXPECT_EQ(decode(*stream).events, (Events{{5, 303, 239, 1}}));
  EXPECT_EQ(decode(*stream_of(two + "\x0e\x08" + body)).report.skipped, 1u);
  const Decoded outside =
      decode(*stream_of(two + "\x0c\x08" + body + little(6, 4) + little(304, 4)));
  EXPECT_EQ(outside.report.damage, "byte 59: pixel (304, 0) is outside the 304 x 240 sensor");
  const std::string one = "% Data file\n% Version 1\n\x00\x08"s;
  EXPECT_EQ(decode(*stream_of(one + little(7, 4) + little(300 | 200u << 9 | 1u << 17, 4))).events,
            (Events{{7, 300, 200, 1}}));
  // The counter wraps.
  const Decoded wrapped = decode(*stream_of(two + "\x0c\x08" + little(0xffffffff, 4) +
                                            little(1, 4) + little(4, 4) + little(1, 4)));
  EXPECT_EQ(wrapped.events.back().t, 0x100000004);
  expect_error([&] { stream_of(two + "\x0c\x09"); }, "items of 9 bytes", "byte 49", "undamaged");
}

TEST(EsBytes, MarksResetsAndTheUpwardAxis) {
  const std::string head = "Event Stream\x02\x00\x00"s;
  const std::string size = little(10, 2) + little(8, 2);
  const Decoded dvs = decode(*stream_of(head + "\x01" + size + "\xff\xff\x05"s + little(3, 2) +
                                        little(0, 2) + "\xfe\x00"s + little(4, 2) + little(7, 2)));
  EXPECT_EQ(dvs.events, (Events{{256, 3, 7, 1}, {256, 4, 0, 0}}));
  EXPECT_EQ(dvs.report.kinds.at("reset"), 1u);
  const Decoded atis = decode(*stream_of(head + "\x02" + size + "\xfd\xfe\xff"s + "\x06"s +
                                         little(1, 2) + little(1, 2) + "\x05"s + little(2, 2) +
                                         little(2, 2) + "\x00"s + little(3, 2) + little(3, 2)));
  EXPECT_EQ(atis.events, (Events{{63 * 6 + 1, 1, 6, 1}, {63 * 6 + 2, 3, 4, 0}}));
  EXPECT_EQ(atis.report.kinds.at("exposure measurement"), 1u);
  const Decoded outside =
      decode(*stream_of(head + "\x01" + size + "\x00"s + little(3, 2) + little(8, 2)));
  EXPECT_EQ(outside.report.damage, "byte 20: pixel (3, 8) is outside the 10 x 8 sensor");
  const Decoded cut = decode(*stream_of(head + "\x00"s +
                                        "\x05\x0e"
                                        "abc"));
  EXPECT_EQ(cut.report.damage, "byte 21: truncated: the last event lacks 4 bytes");
  expect_error([&] { stream_of("Event Stream\x01\x00\x00\x01"s); }, "version 1", "byte 12", "tool");
  expect_error([&] { stream_of(head + "\x03"); }, "type 3", "byte 15", "dvs");
  expect_error([&] { stream_of(head + "\x01" + little(0, 4)); }, "0 x 0", "byte 16", "undamaged");
}

TEST(Aedat2Bytes, LayoutsFramesAndWraps) {
  const std::string head = "#!AER-DAT2.0\r\n# AEChip: ";
  const auto item = [](std::uint32_t address, std::uint32_t t) {
    return big(address, 4) + big(t, 4);
  };
  const std::string davis = head + "eu.seebetter.ini.chips.davis.DAVIS240C\r\n";
  const auto stream =
      stream_of(davis + item(5u << 22 | 7u << 12 | 1u << 11, 10) + item(0x80000000, 11) +
                item(0x400, 12) + item(239u << 12 | 179u << 22, 13));
  EXPECT_EQ(stream->sensor(), (SensorSize{240, 180, 2}));
  const Decoded decoded = decode(*stream);
  EXPECT_EQ(decoded.events, (Events{{10, 7, 5, 1}, {13, 239, 179, 0}}));
  EXPECT_EQ(decoded.report.kinds.at("frame or IMU sample"), 1u);
  EXPECT_EQ(decoded.report.kinds.at("external event"), 1u);

  const std::string dvs128 = head + "ch.unizh.ini.jaer.chip.retina.DVS128\r\n";
  const std::string events = item(3u << 8 | 2u << 1 | 1, 0xffffffff) + item(0, 4);
  EXPECT_EQ(decode(*stream_of(dvs128 + events)).events,
            (Events{{0xffffffff, 2, 3, 1}, {0x100000004, 0, 0, 0}}));
  StreamOptions cifar;
  cifar.layout = "cifar10-dvs";
  EXPECT_EQ(decode(*stream_of(dvs128 + events, "a", cifar)).events,
            (Events{{0xffffffff, 124, 125, 0}, {0x100000004, 127, 127, 1}}));
  // Data that begin like a comment.
  EXPECT_EQ(decode(*stream_of(dvs128 + item(0x23000000, 5))).report.damage.substr(0, 8), "");
  StreamOptions wrong;
  wrong.tick_us = 0;
  expect_error([&] { stream_of(dvs128, "a", wrong); }, "a tick of", "a", "above 0");
}

TEST(Aedat3Bytes, PacketsOfOtherTypesAndOverflows) {
  const std::string head = "#!AER-DAT3.1\r\n#Format: RAW\r\n#Source 1: DVS128\r\n#!END-HEADER\r\n";
  const auto packet = [](unsigned type, unsigned size, unsigned overflow, unsigned number) {
    return little(type, 2) + little(1, 2) + little(size, 4) + little(4, 4) + little(overflow, 4) +
           little(number, 4) + little(number, 4) + little(number, 4);
  };
  const auto event = [](unsigned x, unsigned y, unsigned p, unsigned valid, unsigned t) {
    return little(x << 17 | y << 2 | p << 1 | valid, 4) + little(t, 4);
  };
  const auto stream = stream_of(head + packet(3, 36, 0, 2) + std::string(72, 'x') +
                                packet(1, 8, 1, 2) + event(5, 6, 1, 1, 7) + event(5, 6, 1, 0, 8) +
                                packet(1, 8, 2, 1) + event(127, 127, 0, 1, 0));
  EXPECT_EQ(stream->sensor(), (SensorSize{128, 128, 2}));
  const Decoded decoded = decode(*stream);
  EXPECT_EQ(decoded.events, (Events{{(1LL << 31) + 7, 5, 6, 1}, {2LL << 31, 127, 127, 0}}));
  EXPECT_EQ(decoded.report.kinds.at("IMU sample"), 2u);
  EXPECT_EQ(decoded.report.kinds.at("invalid event"), 1u);
  ASSERT_EQ(decoded.report.notes.size(), 1u);
  EXPECT_NE(decoded.report.notes[0].find("--keep-invalid"), std::string::npos);
  const auto damage = [&](const std::string& body) {
    return decode(*stream_of(head + body)).report.damage;
  };
  EXPECT_EQ(damage(packet(1, 9, 0, 1)),
            "byte 61: polarity events of 9 bytes, 8 with the time at byte 4 are known");
  EXPECT_EQ(damage(packet(1, 8, 0, 2) + event(1, 1, 1, 1, 1)),
            "byte 97: truncated: the last packet lacks 1 events");
  EXPECT_EQ(damage(packet(0x8001, 8, 0, 2)),
            "byte 61: a compressed packet, which volley does not read");
  EXPECT_EQ(damage("abc"), "byte 61: truncated: the last packet header has 3 of 28 bytes");
}

TEST(TextBytes, OrdersUnitsSeparatorsAndSigns) {
  const auto events = [](const std::string& text, const StreamOptions& options = {}) {
    return decode(*stream_of(text, "a", options)).events;
  };
  EXPECT_EQ(events("0.003811000 96 133 0\n0.0038115 5 6 1\n"),
            (Events{{3811, 96, 133, 0}, {3812, 5, 6, 1}}));
  EXPECT_EQ(events("x,y,p,t\n3,4,-1,10\n5,6,1,20"), (Events{{10, 3, 4, 0}, {20, 5, 6, 1}}));
  EXPECT_EQ(events("# comment\n\n3;4;100;1\n3;4;250;0\n"),
            (Events{{100, 3, 4, 1}, {250, 3, 4, 0}}));
  EXPECT_EQ(events("timestamp[s]\tx\ty\tpolarity\n2\t3\t4\t1\n"), (Events{{2'000'000, 3, 4, 1}}));
  EXPECT_EQ(events("1.5e-05,1.0e+00,2,1\r\n2.5e-05,1,2,0\r\n"),
            (Events{{15, 1, 2, 1}, {25, 1, 2, 0}}));
  StreamOptions told;
  told.columns = "p y x t";
  told.time_unit_us = 1000;
  EXPECT_EQ(events("1 2 3 4\n0 2 3 4.5\n", told), (Events{{4000, 3, 2, 1}, {4500, 3, 2, 0}}));
  EXPECT_EQ(events("time,x\n7,9\n"), (Events{{7, 9, 0, 1}}));
  EXPECT_EQ(decode(*stream_of("", "a.csv")).events, Events{});
}

TEST(TextBytes, DamageNamesLineAndColumn) {
  const auto damage = [](const std::string& text) {
    return decode(*stream_of(text, "a")).report.damage;
  };
  EXPECT_EQ(damage("t,x,y,p\n1,2,3,1\n2,2,oops,1\n"),
            "byte 16: line 3: column 3 'oops' is no number");
  EXPECT_EQ(damage("t,x,y,p\n1,2,3,1\n2,2\n"), "byte 16: line 3: column 3 is missing");
  EXPECT_EQ(damage("t,x,y,p\n1,2.5,3,1\n"), "byte 8: line 2: no pixel has such coordinates");
  EXPECT_EQ(damage("t,x,y,p\n100000,2,3,1\n5,2,3,1\n"),
            "byte 21: time steps back from 100000 to 5 us");
  expect_error([] { stream_of("1 2 3\n4 5 6\n"); }, "3 columns", "m", "--columns");
  expect_error([] { stream_of("9 5 5 7\n1 4 4 3\n"); }, "never step back", "m", "--columns");
}

TEST(Columns, UnitsAreToldByNames) {
  using Unit = std::pair<const char*, double>;
  for (const auto& [name, unit] : {Unit{"t_us", 1.0}, Unit{"time[ms]", 1e3},
                                   Unit{"timestamp (ns)", 1e-3}, Unit{"Time_s", 1e6}}) {
    const ColumnPlan plan = plan_by_names({name, "x"}, "a");
    EXPECT_EQ(plan.unit_us, unit) << name;
    EXPECT_TRUE(plan.unit_told) << name;
  }
}

/// A .npy file of a type and shape.
std::string npy(const std::string& type, const std::string& shape, const std::string& data,
                bool fortran = false) {
  std::string header = "{'descr': " + type + ", 'fortran_order': " + (fortran ? "True" : "False") +
                       ", 'shape': " + shape + ", }\n";
  return "\x93NUMPY\x01\x00"s + little(header.size(), 2) + header + data;
}

TEST(NpyBytes, FieldsOfAnyOrderAndWidth) {
  const Decoded decoded = decode(
      *stream_of(npy("[('p', '?'), ('y', '>u4'), ('t', '<f8'), ('', '|V3'), ('x', '|i1')]", "(2,)",
                     "\x01"s + big(7, 4) + little(0x3ff8000000000000, 8) + "abc\x05" + "\x00"s +
                         big(8, 4) + little(0x4000000000000000, 8) + "abc\x06")));
  EXPECT_EQ(decoded.events, (Events{{1'500'000, 5, 7, 1}, {2'000'000, 6, 8, 0}}));
  EXPECT_EQ(decoded.report.damage, "");
}

TEST(NpyBytes, RowsColumnsAndOtherShapes) {
  std::string rows, columns;
  for (const auto& row : {std::array{10, 3, 4, 1}, std::array{12, 5, 6, 0}})
    for (const int value : row) rows += little(static_cast<std::uint64_t>(value), 8);
  for (const auto& column :
       {std::array{10, 12}, std::array{3, 5}, std::array{4, 6}, std::array{1, 0}})
    for (const int value : column) columns += little(static_cast<std::uint64_t>(value), 8);
  const Events events = {{10, 3, 4, 1}, {12, 5, 6, 0}};
  EXPECT_EQ(decode(*stream_of(npy("'<i8'", "(2, 4)", rows))).events, events);
  EXPECT_EQ(decode(*stream_of(npy("'<i8'", "(4, 2)", columns))).events, events);
  EXPECT_EQ(decode(*stream_of(npy("'<i8'", "(2, 4)", columns, true))).events, events);
  const Decoded fewer = decode(*stream_of(npy("'<i8'", "(3, 4)", rows)));
  EXPECT_EQ(fewer.events, events);
  EXPECT_NE(fewer.report.damage.find("truncated: the last 1 events"), std::string::npos);
  const Decoded more = decode(*stream_of(npy("'<i8'", "(2, 4)", rows + "x")));
  EXPECT_EQ(more.events, events);
  EXPECT_NE(more.report.damage.find("goes on after its last event"), std::string::npos);
  EXPECT_EQ(decode(*stream_of(npy("'<i8'", "(0, 4)", ""))).events, Events{});
  expect_error([&] { stream_of(npy("'<i8'", "(8,)", rows)); }, "plain numbers", "m", "fields");
  expect_error([&] { stream_of(npy("'<c16'", "(2, 4)", rows)); }, "no numbers", "m", "fields");
  expect_error([&] { stream_of(npy("[('t', '<i8', (2,))]", "(2,)", rows)); }, "several numbers",
               "byte", "numpy.save");
}

TEST(Recognition, ByContentWhateverTheName) {
  const TempFolder folder;
  RandomEngine random(3);
  const auto events = random_events(random, 5000, {120, 120, 2}, 4'000'000);
  for (const std::string& format : writable_formats()) {
    if (format == "bs1") continue;
    const std::string bytes = written(folder, format, events, {120, 120, 2});
    EXPECT_EQ(recognise_format({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()},
                               true, "recording.xyz"),
              format);
  }
  Events channels = events;
  for (Event& event : channels) event.y = 0;
  const std::string bytes = written(folder, "bs1", channels, {120, 120, 2});
  EXPECT_EQ(recognise_format({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()},
                             true, "recording.xyz"),
            "bs1");
  const auto none = [](const std::string& text) {
    return recognise_format({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}, true,
                            "a.xyz");
  };
  EXPECT_EQ(none(""), "");
  EXPECT_EQ(none("hello"), "");
  EXPECT_EQ(none("\x01\x02\x03"), "");
  expect_error([] { stream_of("hello"); }, "no recording of a format", "m", "--format");
  expect_error([] { stream_of("hello", "m", format("evt9")); }, "unknown format 'evt9'", "m",
               "evt3");
}

}  // namespace
}  // namespace volley::test
