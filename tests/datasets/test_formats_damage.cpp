// Damaged files of every format: bytes changed, cut, doubled or made up. No crash, no hang, and
// what is delivered keeps the promises of EventStream; the fuzzers (tests/fuzz) go on from here.
#include <limits>

#include "recordings.hpp"

namespace volley::test {
namespace {

/// Reads all there is; an Error is an answer too.
void read_all(const std::string& bytes, const std::string& format) {
  StreamOptions options;
  options.format = format;
  try {
    const auto stream = stream_of(bytes, "damaged", options);
    const SensorSize sensor = stream->sensor();
    std::vector<Event> batch;
    std::int64_t latest = std::numeric_limits<std::int64_t>::min();
    std::uint64_t events = 0;
    while (stream->next(batch)) {
      ASSERT_FALSE(batch.empty());
      for (const Event& event : batch) {
        ASSERT_GE(event.t, latest);
        ASSERT_LT(event.x, sensor.width);
        ASSERT_LT(event.y, sensor.height);
        ASSERT_LE(event.p, 1);
        latest = event.t;
      }
      events += batch.size();
    }
    ASSERT_EQ(stream->report().events, events);
    if (stream->report().damaged()) {
      ASSERT_TRUE(stream->report().damage.starts_with("byte ")) << stream->report().damage;
    }
  } catch (const Error& error) {
    ASSERT_FALSE(error.problem().empty());
    ASSERT_FALSE(error.where().empty());
  }
}

std::string damaged(std::string bytes, RandomEngine& random) {
  const auto below = [&](std::size_t end) {
    return boost::random::uniform_int_distribution<std::size_t>(0, end - 1)(random);
  };
  for (std::size_t changes = 1 + below(4); changes > 0 && !bytes.empty(); --changes) {
    const std::size_t at = below(bytes.size());
    switch (below(5)) {
      case 0: bytes[at] = static_cast<char>(below(256)); break;
      case 1: bytes[at] = static_cast<char>(bytes[at] ^ 1 << below(8)); break;
      case 2: bytes.resize(at); break;
      case 3: bytes.insert(at, bytes.substr(below(bytes.size()), below(40))); break;
      default:  // a length or a time beyond all bounds
        for (std::size_t i = at; i < std::min(at + 4, bytes.size()); ++i)
          bytes[i] = static_cast<char>(below(2) == 0 ? 0xff : 0x7f);
    }
  }
  return bytes;
}

class Damage : public testing::TestWithParam<std::string> {};

TEST_P(Damage, NeverBreaksThePromises) {
  const TempFolder folder;
  RandomEngine random(GetParam().size());
  const SensorSize sensor{100, GetParam() == "bs1" ? 1 : 100, 2};
  for (const std::size_t count : {std::size_t{3}, std::size_t{60}, std::size_t{2000}}) {
    const std::string bytes =
        written(folder, GetParam(), random_events(random, count, sensor, 900'000), sensor,
                count == 60 ? "zstd" : "lz4");
    for (int round = 0; round < 250; ++round) {
      const std::string wrong = damaged(bytes, random);
      ASSERT_NO_FATAL_FAILURE(read_all(wrong, GetParam()));
      ASSERT_NO_FATAL_FAILURE(read_all(wrong, ""));
    }
  }
}

TEST_P(Damage, NoiseIsNoRecording) {
  RandomEngine random(5);
  for (int round = 0; round < 300; ++round) {
    std::string noise(random() % 600, '\0');
    for (char& byte : noise) byte = static_cast<char>(random());
    ASSERT_NO_FATAL_FAILURE(read_all(noise, GetParam()));
  }
}

INSTANTIATE_TEST_SUITE_P(Each, Damage, testing::ValuesIn(writable_formats()), [](const auto& each) {
  std::string name = each.param;
  std::erase(name, '.');
  return name;
});

}  // namespace
}  // namespace volley::test
