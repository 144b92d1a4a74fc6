// The .bin decoder on random bytes, compared with a plain second decoder written from the format's
// description: it never crashes, and what comes before the damage is kept.
#include "base/random.hpp"
#include "datasets/atis_bin.hpp"
#include "support.hpp"

namespace volley::test {
namespace {

/// Decodes one whole buffer; returns the byte of the damage, or the size where there is none.
std::size_t plain_decode(const std::string& bytes, std::vector<Event>& events) {
  std::int64_t overflow = 0, previous = 0;
  for (std::size_t at = 0; at < bytes.size(); at += 5) {
    if (bytes.size() - at < 5) return at;
    std::uint64_t word = 0;
    for (std::size_t i = at; i < at + 5; ++i)
      word = word << 8 | static_cast<unsigned char>(bytes[i]);
    const std::uint64_t x = word >> 32, y = word >> 24 & 255, p = word >> 23 & 1;
    if (y == 240) {
      overflow += 8192;
      continue;
    }
    const std::int64_t t = static_cast<std::int64_t>(word & 0x7fffff) + overflow;
    if (x >= 34 || y >= 34 || t < previous) return at;
    previous = t;
    events.push_back({t, static_cast<std::uint16_t>(x), static_cast<std::uint16_t>(y),
                      static_cast<std::uint8_t>(p)});
  }
  return bytes.size();
}

void check(const std::string& bytes) {
  std::vector<Event> expected;
  const std::size_t damage = plain_decode(bytes, expected);
  const Decoded decoded = decode(bytes);
  ASSERT_EQ(decoded.events, expected);
  if (damage == bytes.size()) {
    ASSERT_FALSE(decoded.report.damaged()) << decoded.report.damage;
  } else {
    ASSERT_TRUE(decoded.report.damage.starts_with("byte " + std::to_string(damage) + ": "))
        << decoded.report.damage << " instead of byte " << damage;
  }
}

TEST(AtisBinFuzz, PureNoise) {
  RandomEngine random(1);
  boost::random::uniform_int_distribution<int> length(0, 64), byte(0, 255);
  for (int round = 0; round < 20000; ++round) {
    std::string bytes(static_cast<std::size_t>(length(random)), '\0');
    for (char& c : bytes) c = static_cast<char>(byte(random));
    ASSERT_NO_FATAL_FAILURE(check(bytes));
  }
}

TEST(AtisBinFuzz, GoodFilesWithOneDamagedByte) {
  RandomEngine random(2);
  boost::random::uniform_int_distribution<int> count(1, 9000), pixel(0, 33), bit(0, 1), gap(0, 50);
  boost::random::uniform_int_distribution<int> cut(0, 6), mark(0, 40), byte(0, 255);
  std::size_t longest = 0;
  for (int round = 0; round < 300; ++round) {
    std::string bytes;
    std::int64_t t = 0;
    const int events = round % 10 == 0 ? count(random) : count(random) % 200 + 1;
    for (int i = 0; i < events; ++i) {
      const int y = mark(random) == 0 ? 240 : pixel(random);
      bytes += item(pixel(random), y, bit(random), t);
      t += gap(random);
    }
    boost::random::uniform_int_distribution<std::size_t> where(0, bytes.size() - 1);
    if (bit(random) == 1) bytes[where(random)] = static_cast<char>(byte(random));
    bytes.resize(bytes.size() - std::min(bytes.size(), static_cast<std::size_t>(cut(random))));
    longest = std::max(longest, bytes.size());
    ASSERT_NO_FATAL_FAILURE(check(bytes));
  }
  EXPECT_GT(longest, 20480u) << "some files must be longer than one block";
}

TEST(AtisBinFuzz, WhatIsWrittenReadsBackEqual) {
  const TempFolder folder;
  RandomEngine random(3);
  boost::random::uniform_int_distribution<int> count(0, 400), x(0, 303), y(0, 239), bit(0, 1);
  boost::random::uniform_int_distribution<std::int64_t> gap(0, 20000);
  for (int round = 0; round < 20; ++round) {
    Recording recording;
    recording.sensor = {304, 240, 2};
    std::int64_t t = gap(random);
    for (int i = count(random); i > 0; --i, t += gap(random))
      recording.events.push_back({t, static_cast<std::uint16_t>(x(random) % 256),
                                  static_cast<std::uint16_t>(y(random)),
                                  static_cast<std::uint8_t>(bit(random))});
    write_atis_bin(folder / "a.bin", recording);
    const auto stream = open_atis_bin(folder / "a.bin", recording.sensor);
    const Decoded decoded = decode(*stream);
    ASSERT_EQ(decoded.events, recording.events);
    ASSERT_FALSE(decoded.report.damaged());
  }
}

}  // namespace
}  // namespace volley::test
