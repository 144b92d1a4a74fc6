// Files in archives: the same bytes as outside, names, damage, and the real tar beside the project.
#include "datasets/archive.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <map>

#include "support.hpp"

namespace volley::test {
namespace {

using Files = std::map<std::string, std::string>;

/// Writes files to a new archive; a name of "" is the content of a compressed single file.
void write_archive(const fs::path& path, const Files& files, int format, int filter) {
  archive* const out = archive_write_new();
  ASSERT_EQ(archive_write_set_format(out, format), ARCHIVE_OK);
  ASSERT_EQ(archive_write_add_filter(out, filter), ARCHIVE_OK);
  ASSERT_EQ(archive_write_open_filename(out, path.c_str()), ARCHIVE_OK);
  archive_entry* const entry = archive_entry_new();
  for (const auto& [name, bytes] : files) {
    archive_entry_clear(entry);
    archive_entry_set_pathname(entry, name.empty() ? "data" : name.c_str());
    archive_entry_set_filetype(entry, name.ends_with('/') ? AE_IFDIR : AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_size(entry, static_cast<la_int64_t>(bytes.size()));
    ASSERT_EQ(archive_write_header(out, entry), ARCHIVE_OK);
    ASSERT_EQ(archive_write_data(out, bytes.data(), bytes.size()),
              static_cast<la_ssize_t>(bytes.size()));
  }
  archive_entry_free(entry);
  ASSERT_EQ(archive_write_free(out), ARCHIVE_OK);
}

/// Bytes that do not repeat, so that a wrong offset shows.
std::string noise(std::size_t size) {
  std::string bytes(size, '\0');
  std::uint32_t state = 1;
  for (char& byte : bytes) byte = static_cast<char>((state = state * 1664525u + 1013904223u) >> 24);
  return bytes;
}

std::string bytes_of(const fs::path& path) { return read_rest(*open_bytes(path)); }

TEST(Archive, CompressionIsUndoneByContentNotName) {
  const TempFolder folder;
  const std::string bytes = noise(300'000);
  write_file(folder / "plain.gz", bytes);
  EXPECT_EQ(bytes_of(folder / "plain.gz"), bytes);
  for (const int filter : {ARCHIVE_FILTER_GZIP, ARCHIVE_FILTER_XZ, ARCHIVE_FILTER_ZSTD,
                           ARCHIVE_FILTER_BZIP2, ARCHIVE_FILTER_LZ4}) {
    const fs::path path = folder / ("a" + std::to_string(filter) + ".bin");
    write_archive(path, {{"", bytes}}, ARCHIVE_FORMAT_RAW, filter);
    EXPECT_EQ(bytes_of(path), bytes);
    EXPECT_FALSE(is_archive(path));
    ASSERT_EQ(list_members(path).size(), 1u);
    EXPECT_EQ(list_members(path).front().name, "");
  }
}

TEST(Archive, MembersAreReadInPlace) {
  const TempFolder folder;
  const Files files = {
      {"./a/1.bin", noise(100'000)}, {"a/", ""}, {"b/2.bin", noise(7)}, {"empty", ""}};
  for (const auto& [name, format, filter] :
       {std::tuple{"a.tar", ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_NONE},
        std::tuple{"b.tar.xz", ARCHIVE_FORMAT_TAR_PAX_RESTRICTED, ARCHIVE_FILTER_XZ},
        std::tuple{"c.zip", ARCHIVE_FORMAT_ZIP, ARCHIVE_FILTER_NONE}}) {
    const fs::path path = folder / name;
    write_archive(path, files, format, filter);
    EXPECT_TRUE(is_archive(path));
    std::vector<std::string> names;
    for (const ArchiveMember& member : list_members(path)) names.push_back(member.name);
    EXPECT_EQ(names, (std::vector<std::string>{"a/1.bin", "b/2.bin", "empty"}));
    EXPECT_EQ(bytes_of(path / "a/1.bin"), files.at("./a/1.bin"));
    EXPECT_EQ(bytes_of(path / "b/2.bin"), files.at("b/2.bin"));
    EXPECT_EQ(bytes_of(path / "empty"), "");
    EXPECT_EQ(open_bytes(path / "b/2.bin")->name(), (path / "b/2.bin").string());
    std::size_t visits = 0;
    visit_members(path, [&](const ArchiveMember&, ByteSource&) { return ++visits < 2; });
    EXPECT_EQ(visits, 2u);
    expect_error([&] { open_bytes(path); }, "archive of 3 files", path.string(), "a/1.bin");
    expect_error([&] { open_bytes(path / "c"); }, "no file 'c'", path.string(), "3 files");
  }
  write_archive(folder / "one.tar", {{"x/y", "abc"}}, ARCHIVE_FORMAT_TAR_USTAR,
                ARCHIVE_FILTER_NONE);
  EXPECT_EQ(bytes_of(folder / "one.tar"), "abc");
  expect_error([&] { open_bytes(folder / "none" / "x"); }, "no such file", "none/x", "path");
}

TEST(Archive, DamageKeepsWhatCameBefore) {
  const TempFolder folder;
  const std::string bytes = noise(500'000);
  write_archive(folder / "a.gz", {{"", bytes}}, ARCHIVE_FORMAT_RAW, ARCHIVE_FILTER_GZIP);
  const std::string whole = read_file(folder / "a.gz");
  write_file(folder / "cut.gz", whole.substr(0, whole.size() / 2));
  const auto cut = open_bytes(folder / "cut.gz");
  std::string before;
  std::vector<std::uint8_t> block(10'000);
  while (const std::size_t got = cut->read(block.data(), block.size()))
    before.append(block.begin(), block.begin() + static_cast<std::ptrdiff_t>(got));
  EXPECT_GT(before.size(), 100'000u);
  EXPECT_EQ(before, bytes.substr(0, before.size()));
  EXPECT_NE(cut->failure().find("container is damaged"), std::string::npos) << cut->failure();
  expect_error([&] { bytes_of(folder / "cut.gz"); }, "container is damaged", "cut.gz: byte",
               "undamaged");

  write_archive(folder / "a.tar", {{"1", bytes}, {"2", bytes}}, ARCHIVE_FORMAT_TAR_USTAR,
                ARCHIVE_FILTER_NONE);
  write_file(folder / "cut.tar", read_file(folder / "a.tar").substr(0, 700'000));
  std::size_t visits = 0;
  expect_error(
      [&] {
        visit_members(folder / "cut.tar", [&](const ArchiveMember&, ByteSource&) {
          ++visits;
          return true;
        });
      },
      "container is damaged", "cut.tar: byte", "undamaged");
  EXPECT_EQ(visits, 2u) << "the second is there in part";
}

TEST(ByteSource, LimitsAndPutsBack) {
  const auto source = [] { return memory_source("abcdef", "m"); };
  expect_error([&] { read_rest(*source(), 5); }, "more than 5 bytes", "m", "smaller");
  auto bytes = source();
  std::vector<std::uint8_t> front = read_front(*bytes, 2);
  EXPECT_EQ(front, (std::vector<std::uint8_t>{'a', 'b'}));
  EXPECT_EQ(read_rest(*put_back(front, std::move(bytes))), "abcdef");
  EXPECT_EQ(read_front(*source(), 100).size(), 6u);
}

TEST(ArchiveFiles, TheRealTarHoldsItsRecordings) {
  const fs::path path = fs::path(VOLLEY_SHARED_DIR) / "data/nmnist/derived_1ms.tar.xz";
  if (!fs::exists(path)) GTEST_SKIP() << "no archive at " << path;
  std::map<std::string, std::size_t> counts;
  std::uint64_t bytes = 0;
  for (const ArchiveMember& member : list_members(path)) {
    if (!member.name.ends_with(".bin")) continue;
    const std::string split = fs::path(member.name).parent_path().parent_path().filename();
    ++counts[split];
    bytes += member.size.value_or(0);
  }
  EXPECT_EQ(counts,
            (std::map<std::string, std::size_t>{{"train", 9787}, {"valid", 1600}, {"test", 100}}));
  EXPECT_EQ(bytes % 5, 0u);
}

}  // namespace
}  // namespace volley::test
