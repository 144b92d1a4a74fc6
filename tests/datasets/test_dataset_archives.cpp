// Datasets read in place from archives, and a transform against recordings that others filtered.
#include <algorithm>
#include <cstdlib>

#include "datasets/archive.hpp"
#include "datasets/atis_bin.hpp"
#include "datasets/binning.hpp"
#include "datasets/dataset.hpp"
#include "datasets/file_set.hpp"
#include "datasets/read_recording.hpp"
#include "datasets/transform.hpp"
#include "support.hpp"

namespace volley::test {
namespace {

const fs::path shared = VOLLEY_SHARED_DIR "/data/nmnist";

void put(const fs::path& path, int x) {
  fs::create_directories(path.parent_path());
  write_file(path, item(x, 2, 1, 10) + item(3, 4, 0, 20));
}

void pack(const fs::path& folder, const std::string& archive, const std::string& what) {
  const std::string command =
      "cd '" + folder.string() + "' && tar cf '" + archive + "' " + what;
  ASSERT_EQ(std::system(command.c_str()), 0);
}

DatasetRequest nmnist_split(const fs::path& place, const std::string& split) {
  DatasetRequest wanted;
  wanted.name = "nmnist";
  wanted.directory = place;
  wanted.split = split;
  return wanted;
}

TEST(DatasetArchive, gives_what_the_folder_gives) {
  const TempFolder folder;
  int x = 0;
  for (const char* name : {"Train/7/2.bin", "Train/1/1.bin", "Train/1/3.bin", "Test/4/5.bin"})
    put(folder / "all" / name, ++x);
  put(folder / "all/readme.txt", 1);
  pack(folder / "all", "../all.tar.gz", "-z .");
  for (const char* split : {"Train", "test"}) {
    const auto plain = open_dataset(nmnist_split(folder / "all", split));
    const auto packed = open_dataset(nmnist_split(folder / "all.tar.gz", split));
    ASSERT_EQ(plain->size(), packed->size());
    for (std::size_t i = 0; i < plain->size(); ++i) {
      EXPECT_EQ(plain->label(i), packed->label(i));
      EXPECT_EQ(plain->load(i).events, packed->load(i).events);
      EXPECT_EQ(plain->name(i), packed->name(i));
    }
  }
  expect_error([&] { open_dataset(nmnist_split(folder / "all.tar.gz", "valid")); },
               "no split 'valid'; splits found: Test, Train", "all.tar.gz", "nmnist wants");
}

TEST(DatasetArchive, a_folder_of_archives_is_their_union) {
  const TempFolder folder;
  put(folder / "a/Train/0/1.bin", 1);
  put(folder / "a/Test/0/2.bin", 2);
  pack(folder / "a", "../one.tar", "Train");
  pack(folder / "a", "../two.tar", "Test");
  fs::create_directories(folder / "packed");
  fs::rename(folder / "one.tar", folder / "packed/one.tar");
  fs::rename(folder / "two.tar", folder / "packed/two.tar");
  EXPECT_EQ(open_dataset(nmnist_split(folder / "packed", "Train"))->load(0).events[0].x, 1);
  EXPECT_EQ(open_dataset(nmnist_split(folder / "packed", "Test"))->load(0).events[0].x, 2);
}

TEST(DatasetArchive, damage_is_told_with_archive_member_and_byte) {
  const TempFolder folder;
  put(folder / "all/Train/3/1.bin", 1);
  write_file(folder / "all/Train/3/2.bin", item(3, 4, 1, 5) + "12");
  pack(folder / "all", "../all.tar", "Train");
  const auto dataset = open_dataset(nmnist_split(folder / "all.tar", "Train"));
  expect_error([&] { dataset->load(1); }, "truncated", "all.tar/Train/3/2.bin: byte 5", "replace");
}

/// Events of each pixel in each millisecond.
SpikeTrain milliseconds(const Recording& recording) {
  BinOptions options;
  options.dt_ms = 1;
  options.counts = true;
  return bin_events(recording, options);
}

TEST(DatasetArchive, denoising_agrees_with_Tonic_on_nmnist) {
  const fs::path archive = shared / "derived_1ms.tar.xz";
  if (!fs::exists(archive)) GTEST_SKIP() << archive << " is not here";
  const SensorSize sensor{34, 34, 2};
  const TransformList filter({{"Denoise", {{"filter_time_us", 10000.0}}, ""},
                              {"TimeAlignment", {}, ""}});
  std::size_t compared = 0;
  visit_members(archive, [&](const ArchiveMember& member, ByteSource& bytes) {
    constexpr std::string_view folder = "derived_1ms/test/";
    if (!member.name.starts_with(folder)) return false;
    const fs::path raw = shared / "raw_events/Test" / member.name.substr(folder.size());
    const auto stream =
        open_atis_bin(memory_source(read_rest(bytes), member.name), sensor);
    const SpikeTrain expected =
        milliseconds(read_recording(*stream, member.name, OnDamage::fail));
    Recording recording =
        read_recording(*open_atis_bin(raw, sensor), raw.string(), OnDamage::fail);
    filter.apply(recording, {}, false);
    const SpikeTrain seen = milliseconds(recording);
    // Events of the last, incomplete millisecond are not in the archive.
    EXPECT_GE(seen.steps, expected.steps);
    for (std::uint32_t t = 0; t < expected.steps; ++t) {
      EXPECT_TRUE(std::ranges::equal(seen.step(t), expected.step(t))) << raw << ", step " << t;
      EXPECT_TRUE(std::ranges::equal(seen.values_at(t), expected.values_at(t)));
    }
    return ++compared < 40;
  });
  EXPECT_EQ(compared, 40u);
}

}  // namespace
}  // namespace volley::test
