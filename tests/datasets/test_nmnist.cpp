// The folder layout of N-MNIST on small folders made here: order, splits, limits, every refusal.
#include "datasets/nmnist.hpp"

#include <algorithm>

#include "datasets/synthetic_digits.hpp"
#include "support.hpp"

namespace volley::test {
namespace {

DatasetRequest nmnist(const fs::path& directory, const std::string& split, std::size_t limit = 0) {
  DatasetRequest wanted;
  wanted.name = "nmnist";
  wanted.directory = directory;
  wanted.split = split;
  wanted.limit = limit;
  return wanted;
}

void put(const fs::path& path) {
  fs::create_directories(path.parent_path());
  write_file(path, item(1, 2, 1, 10) + item(3, 4, 0, 20));
}

using Names = std::vector<std::string>;

TEST(Catalog, ListsAndRefuses) {
  const auto catalog = dataset_catalog();
  ASSERT_GE(catalog.size(), 2u);
  EXPECT_TRUE(std::is_sorted(catalog.begin(), catalog.end(),
                             [](const auto& a, const auto& b) { return a.name < b.name; }));
  for (const DatasetInfo& info : catalog) {
    EXPECT_FALSE(info.description.empty());
    EXPECT_FALSE(info.citation.empty());
    EXPECT_FALSE(info.licence.empty());
    EXPECT_FALSE(info.splits.empty());
    EXPECT_GT(info.sensor.inputs(), 0u);
    for (const RemoteFile& file : info.files) {
      EXPECT_TRUE(file.md5.empty() || file.md5.size() == 32) << file.name;
      EXPECT_TRUE(!file.urls.empty() || !info.steps.empty()) << "neither fetched nor by hand";
    }
  }
  DatasetRequest unknown;
  unknown.name = "nmist";
  expect_error([&] { open_dataset(unknown); }, "unknown dataset", "'nmist'",
               "nmnist, ");
}

TEST(Nmnist, OrderIsByClassThenName) {
  const TempFolder folder;
  for (const char* file : {"7/00002.bin", "0/00009.bin", "7/00001.bin", "0/00010.BIN"})
    put(folder / "Train" / file);
  put(folder / "Test" / "3" / "00001.bin");
  write_file(folder / "Train" / "README", "passed over");
  write_file(folder / "Train" / "7" / "notes.txt", "passed over");
  fs::create_directories(folder / "Train" / ".cache");
  const auto train = open_dataset(nmnist(folder.path(), "Train"));
  EXPECT_EQ(names(*train), (Names{"Train/0/00009.bin", "Train/0/00010.BIN", "Train/7/00001.bin",
                                  "Train/7/00002.bin"}));
  EXPECT_EQ(train->label(1), 0);
  EXPECT_EQ(train->label(2), 7);
  const Recording recording = train->load(3);
  EXPECT_EQ(recording.name, "Train/7/00002.bin");
  EXPECT_EQ(recording.label, 7);
  EXPECT_EQ(recording.events.size(), 2u);
}

TEST(Nmnist, SplitsMatchWithoutRegardToCase) {
  const TempFolder folder;
  put(folder / "train" / "0" / "00001.bin");
  put(folder / "valid" / "1" / "00002.bin");
  EXPECT_EQ(open_dataset(nmnist(folder.path(), "Train"))->name(0), "train/0/00001.bin");
  EXPECT_EQ(open_dataset(nmnist(folder.path(), "VALID"))->name(0), "valid/1/00002.bin");
  put(folder / "TRAIN" / "0" / "00003.bin");
  EXPECT_EQ(open_dataset(nmnist(folder.path(), "train"))->name(0), "train/0/00001.bin");
  EXPECT_EQ(open_dataset(nmnist(folder.path(), "TRAIN"))->name(0), "TRAIN/0/00003.bin");
}

TEST(Nmnist, LimitTakesFromEachClassInTurn) {
  const TempFolder folder;
  for (const char* file : {"0/1.bin", "0/2.bin", "0/3.bin", "4/1.bin", "9/1.bin", "9/2.bin"})
    put(folder / "Train" / file);
  const auto limited = [&](std::size_t limit) {
    return names(*open_dataset(nmnist(folder.path(), "Train", limit)));
  };
  EXPECT_EQ(limited(1), (Names{"Train/0/1.bin"}));
  EXPECT_EQ(limited(4),
            (Names{"Train/0/1.bin", "Train/0/2.bin", "Train/4/1.bin", "Train/9/1.bin"}));
  EXPECT_EQ(limited(5).size(), 5u);
  EXPECT_EQ(limited(6).size(), 6u);
  EXPECT_EQ(limited(100).size(), 6u);
}

TEST(Nmnist, RefusesFoldersThatAreNotTheDataset) {
  const TempFolder folder;
  const auto open = [&](const fs::path& directory, const std::string& split) {
    return [=] { open_dataset(nmnist(directory, split)); };
  };
  const std::string layout = "DIR/SPLIT/CLASS/NAME.bin";
  expect_error(open({}, "Train"), "no directory is given", "--data", layout);
  expect_error(open(folder / "none", "Train"), "no such folder", (folder / "none").string(),
               layout);
  write_file(folder / "file", "");
  expect_error(open(folder / "file", "Train"), "is not a folder", (folder / "file").string(),
               layout);
  expect_error(open(folder.path(), "Train"), "no split 'Train'; folders found: none",
               folder.path().string(), layout);

  put(folder / "a" / "Test" / "0" / "1.bin");
  put(folder / "a" / "valid" / "0" / "1.bin");
  expect_error(open(folder / "a", "Train"), "folders found: Test, valid", (folder / "a").string(),
               "Train, Test");
  expect_error(open(folder / "a", ".."), "no split '..'", (folder / "a").string(), layout);

  fs::create_directories(folder / "b" / "Train");
  expect_error(open(folder / "b", "Train"), "no class folders", (folder / "b" / "Train").string(),
               layout);
  put(folder / "c" / "Train" / "0" / "1.bin");
  for (const char* name : {"10", "ten", "-1", "00"}) {
    put(folder / "c" / "Train" / name / "1.bin");
    expect_error(open(folder / "c", "Train"), "not a class",
                 (folder / "c" / "Train" / name).string(), "0 to 9");
    fs::remove_all(folder / "c" / "Train" / name);
  }
  fs::create_directories(folder / "c" / "Train" / "5");
  expect_error(open(folder / "c", "Train"), "has no .bin files",
               (folder / "c" / "Train" / "5").string(), "empty folder");
  write_file(folder / "c" / "Train" / "5" / "1.txt", "");
  expect_error(open(folder / "c", "Train"), "has no .bin files",
               (folder / "c" / "Train" / "5").string(), "empty folder");
}

TEST(Nmnist, DamageIsToldWithFileAndByte) {
  const TempFolder folder;
  const fs::path path = folder / "Train" / "2" / "00001.bin";
  fs::create_directories(path.parent_path());
  write_file(path, item(1, 1, 1, 1) + item(40, 1, 1, 2));
  const auto dataset = open_dataset(nmnist(folder.path(), "Train"));
  expect_error([&] { dataset->load(0); }, "pixel (40, 1) is outside the 34 x 34 sensor",
               path.string() + ": byte 5", "undamaged");
  write_file(path, item(1, 1, 1, 1) + "xy");
  expect_error([&] { dataset->load(0); }, "truncated", path.string() + ": byte 5", "undamaged");
  fs::remove(path);
  expect_error([&] { dataset->load(0); }, "no such file", path.string(), "path");
}

TEST(Nmnist, SyntheticDigitsReadBackEqual) {
  const TempFolder folder;
  DatasetRequest synthetic;
  synthetic.name = "synthetic-digits";
  synthetic.synthetic_size = 23;
  const auto written = open_dataset(synthetic);
  write_nmnist_layout(*written, folder.path(), "Train");
  const auto read = open_dataset(nmnist(folder.path(), "train"));
  ASSERT_EQ(read->size(), 23u);
  for (std::size_t i = 0; i < read->size(); ++i) {
    const Recording recording = read->load(i);
    const std::size_t index = std::stoul(fs::path(read->name(i)).stem().string()) - 1;
    EXPECT_EQ(recording.label, written->label(index));
    EXPECT_EQ(recording.events, written->load(index).events);
  }
}

}  // namespace
}  // namespace volley::test
