// What the tests of this room share: temporary folders, hand-made .bin bytes, and a look at errors.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/atomic_file.hpp"
#include "base/error.hpp"
#include "datasets/atis_bin.hpp"
#include "datasets/dataset.hpp"
#include "datasets/event_stream.hpp"

namespace volley::test {

namespace fs = std::filesystem;

/// A folder of this test's own, gone afterwards.
class TempFolder {
public:
  TempFolder() {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    path_ = fs::temp_directory_path() / ("volley-" + std::string(test->test_suite_name()) + "-" +
                                         test->name() + "-" + std::to_string(::getpid()));
    fs::remove_all(path_);
    fs::create_directories(path_);
  }
  ~TempFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  fs::path operator/(const fs::path& name) const { return path_ / name; }
  const fs::path& path() const { return path_; }

private:
  fs::path path_;
};

/// Asks for a split of a dataset in a folder.
inline DatasetRequest request(const std::string& name, const fs::path& place,
                              const std::string& split) {
  DatasetRequest wanted;
  wanted.name = name;
  wanted.directory = place;
  wanted.split = split;
  return wanted;
}

/// The names of all recordings.
inline std::vector<std::string> names(const Dataset& dataset) {
  std::vector<std::string> all;
  for (std::size_t i = 0; i < dataset.size(); ++i) all.push_back(dataset.name(i));
  return all;
}

/// The 5 bytes of one event.
inline std::string item(int x, int y, int p, std::int64_t t) {
  const auto byte = [](std::int64_t value) { return static_cast<char>(value & 0xff); };
  return {byte(x), byte(y), byte(p << 7 | (t >> 16 & 0x7f)), byte(t >> 8), byte(t)};
}

struct Decoded {
  std::vector<Event> events;
  StreamReport report;
};

inline Decoded decode(EventStream& stream) {
  Decoded decoded;
  std::vector<Event> batch;
  while (stream.next(batch)) {
    EXPECT_FALSE(batch.empty());
    decoded.events.insert(decoded.events.end(), batch.begin(), batch.end());
  }
  EXPECT_TRUE(batch.empty());
  EXPECT_FALSE(stream.next(batch)) << "the end stays the end";
  decoded.report = stream.report();
  EXPECT_EQ(decoded.report.events, decoded.events.size());
  return decoded;
}

inline Decoded decode(const std::string& bytes, const SensorSize& sensor = {34, 34, 2}) {
  const auto stream = open_atis_bin(memory_source(bytes, "memory"), sensor);
  return decode(*stream);
}

/// Runs `action`, which must throw an Error whose three parts contain these texts.
template <class Action>
void expect_error(Action action, std::string_view what, std::string_view where,
                  std::string_view how) {
  try {
    action();
    ADD_FAILURE() << "nothing was thrown; expected: " << what;
  } catch (const Error& error) {
    EXPECT_NE(error.problem().find(what), std::string::npos) << error.what();
    EXPECT_NE(error.where().find(where), std::string::npos) << error.what();
    EXPECT_NE(error.how().find(how), std::string::npos) << error.what();
    EXPECT_FALSE(error.how().empty()) << "says no way to mend: " << error.what();
  }
}

}  // namespace volley::test
