// Errors, random streams, files that appear whole or not at all.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <set>

#include "base/atomic_file.hpp"
#include "base/error.hpp"
#include "base/random.hpp"

namespace volley {
namespace {

namespace fs = std::filesystem;

class Files : public testing::Test {
protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("volley-test-base-" + std::to_string(::getpid()));
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }
  std::size_t entries() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
  }
  fs::path folder_;
};

TEST_F(Files, appear_on_commit) {
  const fs::path file = folder_ / "new" / "data.bin";
  write_file(file, std::string_view("a\0b", 3));
  EXPECT_EQ(read_file(file), std::string("a\0b", 3));
  write_file(file, "second");
  EXPECT_EQ(read_file(file), "second");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_ / "new"), fs::directory_iterator()), 1);
}

TEST_F(Files, without_commit_nothing_changes) {
  const fs::path file = folder_ / "data.bin";
  write_file(file, "old");
  {
    AtomicFile unfinished(file);
    EXPECT_TRUE(fs::exists(unfinished.temporary()));
    EXPECT_EQ(unfinished.temporary().parent_path(), folder_);
  }
  EXPECT_EQ(read_file(file), "old");
  EXPECT_EQ(entries(), 1u);
}

TEST_F(Files, what_cannot_be_written_or_read_is_named) {
  write_file(folder_ / "file", "x");
  EXPECT_THROW(write_file(folder_ / "file" / "below", "x"), Error);
  EXPECT_THROW(write_file(folder_, "x"), Error);
  EXPECT_THROW(read_file(folder_), Error);
  try {
    read_file(folder_ / "missing");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.where(), (folder_ / "missing").string());
    EXPECT_NE(std::string(error.what()).find("No such file"), std::string::npos);
  }
}

TEST(ErrorMessage, says_where_what_and_how) {
  const Error error("is cut short", "file.bin: byte 7", "copy it again");
  EXPECT_STREQ(error.what(), "file.bin: byte 7: is cut short\n  mend: copy it again");
  EXPECT_STREQ(Error("plain").what(), "plain");
}

TEST(RandomStreams, are_reproducible_and_distinct) {
  EXPECT_EQ(random_stream(1, StreamPurpose::order, {2, 3})(),
            random_stream(1, StreamPurpose::order, {2, 3})());
  std::set<std::uint64_t> seeds;
  for (std::uint64_t seed = 0; seed < 4; ++seed)
    for (const auto purpose : {StreamPurpose::weights, StreamPurpose::augment})
      for (std::uint64_t a = 0; a < 10; ++a) {
        seeds.insert(stream_seed(seed, purpose, {a}));
        for (std::uint64_t b = 0; b < 10; ++b) seeds.insert(stream_seed(seed, purpose, {a, b}));
      }
  EXPECT_EQ(seeds.size(), 4u * 2u * 110u);
}

TEST(RandomStreams, are_the_same_on_every_platform) {
  EXPECT_EQ(stream_seed(1, StreamPurpose::order, {2, 3}), 15348974444594848859ULL);
}

}  // namespace
}  // namespace volley
