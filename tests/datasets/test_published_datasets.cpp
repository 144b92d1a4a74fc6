// The datasets of the catalog on small files made here: which file is which class and split.
#include <algorithm>
#include <set>

#include "base/atomic_file.hpp"
#include "datasets/class_folders.hpp"
#include "datasets/dataset.hpp"
#include "datasets/dvs_gesture.hpp"
#include "support.hpp"

namespace volley::test {
namespace {

std::string little(std::uint64_t value, std::size_t size) {
  std::string bytes;
  for (std::size_t k = 0; k < size; ++k) bytes += static_cast<char>(value >> (8 * k) & 0xff);
  return bytes;
}

std::string big32(std::uint32_t value) {
  std::string bytes;
  for (int k = 3; k >= 0; --k) bytes += static_cast<char>(value >> (8 * k) & 0xff);
  return bytes;
}

using Names = std::vector<std::string>;

/// An AEDAT 3.1 file of polarity events.
std::string aedat31(const std::vector<Event>& events) {
  std::string bytes = "#!AER-DAT3.1\r\n#Format: RAW\r\n#Source 1: DVS128\r\n#!END-HEADER\r\n";
  const auto count = static_cast<std::uint64_t>(events.size());
  bytes += little(1, 2) + little(1, 2) + little(8, 4) + little(4, 4) + little(0, 4) +
           little(count, 4) + little(count, 4) + little(count, 4);
  for (const Event& event : events)
    bytes += little(1u | std::uint64_t{event.p} << 1 | std::uint64_t{event.y} << 2 |
                        std::uint64_t{event.x} << 17, 4) +
             little(static_cast<std::uint64_t>(event.t), 4);
  return bytes;
}

TEST(DvsGesture, rows_of_label_files_are_recordings) {
  const TempFolder folder;
  std::vector<Event> events;
  for (std::uint16_t i = 0; i < 100; ++i)
    events.push_back({1000 + i * 10, i, 5, static_cast<std::uint8_t>(i % 2)});
  write_file(folder / "DvsGesture/user01_lab.aedat", aedat31(events));
  write_file(folder / "DvsGesture/user24_led.aedat", aedat31(events));
  write_file(folder / "DvsGesture/user01_lab_labels.csv",
             "class,startTime_usec,endTime_usec\r\n9,1000,1200\r\n10,1100,1300\r\n1,1900,5000\r\n");
  write_file(folder / "DvsGesture/user24_led_labels.csv", "class,startTime_usec,endTime_usec\n");
  write_file(folder / "DvsGesture/trials_to_train.txt", "user01_lab.aedat\r\n\r\n");
  write_file(folder / "DvsGesture/trials_to_test.txt", "user24_led.aedat\n");
  const auto train = open_dataset(request("dvs-gesture", folder.path(), "Train"));
  ASSERT_EQ(train->size(), 3u);
  EXPECT_EQ(names(*train), (Names{"user01_lab/2", "user01_lab/0", "user01_lab/1"}));
  EXPECT_EQ(train->label(0), 0);
  const Recording nine = train->load(1), ten = train->load(2), last = train->load(0);
  EXPECT_EQ(nine.start_us, 1000);
  ASSERT_EQ(nine.events.size(), 20u);
  EXPECT_EQ(ten.events.size(), 20u);
  EXPECT_EQ(nine.events[10], ten.events[0]) << "rows that overlap have both the events";
  EXPECT_EQ(last.events.size(), 10u);
  EXPECT_EQ(nine.events[3].x, 3);
  EXPECT_EQ(open_dataset(request("dvs-gesture", folder.path(), "test"))->size(), 0u);

  fs::remove(folder / "DvsGesture/user01_lab_labels.csv");
  expect_error([&] { open_dataset(request("dvs-gesture", folder.path(), "Train")); },
               "'user01_lab.aedat' in trials_to_train.txt", folder.path().string(), "unpack");
  fs::remove(folder / "DvsGesture/trials_to_train.txt");
  expect_error([&] { open_dataset(request("dvs-gesture", folder.path(), "Train")); },
               "no trials_to_train.txt", folder.path().string(), "dvs-gesture wants");
}

TEST(DvsGesture, label_rows_are_read_strictly) {
  const auto rows = parse_gesture_rows("class,start,end\n11, 5,6\n1,0,9", "a.csv");
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].gesture, 11);
  EXPECT_EQ(rows[0].end_us, 6);
  for (const char* bad : {"0,1,2", "12,1,2", "3,5,5", "3,5", "3,5,6,7", "x,1,2", "3,-1,2", "3,5,6x"})
    expect_error([&] { parse_gesture_rows(std::string("h\n\n") + bad, "a.csv"); },
                 "is no row of class 1 to 11", "a.csv:3", "again");
}

TEST(ClassFolders, cifar10_dvs_takes_the_first_hundred_as_test) {
  const TempFolder folder;
  // (x, y, p) as stored; read as 127 - y, 127 - x, 1 - p.
  const std::string bytes = "#!AER-DAT2.0\r\n" + big32(10u << 1 | 20u << 8 | 1u) + big32(77);
  for (const char* name : {"cat/cifar10_cat_99.aedat", "cat/cifar10_cat_100.aedat",
                           "dog/cifar10_dog_5.aedat", "dog/readme.txt", "cow/cifar10_cow_1.aedat"})
    write_file(folder / name, bytes);
  const auto train = open_dataset(request("cifar10-dvs", folder.path(), "Train"));
  EXPECT_EQ(names(*train), (Names{"cat/cifar10_cat_100.aedat"}));
  EXPECT_EQ(train->label(0), 3);
  const Recording recording = train->load(0);
  ASSERT_EQ(recording.events.size(), 1u);
  EXPECT_EQ(recording.events[0].x, 107);
  EXPECT_EQ(recording.events[0].y, 117);
  EXPECT_EQ(recording.events[0].p, 0);
  EXPECT_EQ(names(*open_dataset(request("cifar10-dvs", folder.path(), "Test"))),
            (Names{"cat/cifar10_cat_99.aedat", "dog/cifar10_dog_5.aedat"}));
}

TEST(ClassFolders, ncaltech101_takes_every_tenth_as_test) {
  const TempFolder folder;
  for (int i = 0; i < 25; ++i) {
    std::string number = std::to_string(i);
    number.insert(0, 4 - number.size(), '0');
    write_file(folder / "Caltech101/ant" / ("image_" + number + ".bin"), item(200, 100, 1, 5));
  }
  const auto test = open_dataset(request("ncaltech101", folder.path(), "Test"));
  EXPECT_EQ(names(*test), (Names{"Caltech101/ant/image_0000.bin", "Caltech101/ant/image_0010.bin",
                                 "Caltech101/ant/image_0020.bin"}));
  EXPECT_EQ(test->info().class_names.size(), 101u);
  EXPECT_EQ(test->info().class_names[static_cast<std::size_t>(test->label(0))], "ant");
  EXPECT_EQ(test->load(0).sensor, (SensorSize{240, 180, 2}));
  EXPECT_EQ(open_dataset(request("ncaltech101", folder.path(), "Train"))->size(), 22u);
}

TEST(ClassFolders, st_mnist_reads_matlab_files) {
  const fs::path sample = VOLLEY_SHARED_DIR "/data/formats/mat/tonic_stmnist_sample.mat";
  if (!fs::exists(sample)) GTEST_SKIP() << sample << " is not here";
  const TempFolder folder;
  for (const char* name : {"7/LUT_7_001.mat", "7/LUT_7_002.mat"})
    write_file(folder / "data_submission" / name, read_file(sample));
  const auto train = open_dataset(request("st-mnist", folder.path(), "Train"));
  ASSERT_EQ(train->size(), 1u);
  EXPECT_EQ(train->label(0), 7);
  EXPECT_GT(train->load(0).events.size(), 100u);
}

TEST(ClassFolders, any_folder_of_recordings_is_a_dataset) {
  const TempFolder folder;
  for (int i = 0; i < 12; ++i)
    write_file(folder / "all/right" / (std::to_string(100 + i) + ".bin"), item(i, 2, 1, 5));
  write_file(folder / "all/left/1.aedat", aedat31({{10, 60, 50, 1}}));
  const auto test = open_dataset(request("folder", folder / "all", "Test"));
  EXPECT_EQ(test->info().class_names, (Names{"left", "right"}));
  EXPECT_EQ(names(*test), (Names{"left/1.aedat", "right/100.bin", "right/110.bin"}));
  const auto train = open_dataset(request("folder", folder / "all", "Train"));
  EXPECT_EQ(train->size(), 10u);
  EXPECT_EQ(train->label(3), 1);
  EXPECT_EQ(train->info().sensor, test->info().sensor);
  EXPECT_EQ(train->load(0).sensor, train->info().sensor);

  write_file(folder / "split/Valid/left/1.bin", item(1, 2, 1, 5));
  write_file(folder / "split/Train/right/2.bin", item(2, 2, 1, 5));
  const auto valid = open_dataset(request("folder", folder / "split", "valid"));
  EXPECT_EQ(names(*valid), (Names{"Valid/left/1.bin"}));
  EXPECT_EQ(valid->info().class_names.size(), 2u) << "classes are those of all splits";
  expect_error([&] { open_dataset(request("folder", folder / "split", "Test")); },
               "no split 'Test'; folders found: train, valid", "split", "CLASS");
}

TEST(Heidelberg, says_what_is_missing) {
  const TempFolder folder;
  expect_error([&] { open_dataset(request("shd", folder.path(), "Train")); }, "no such file",
               "shd_train.h5", "unpack");
  expect_error([&] { open_dataset(request("shd", folder.path(), "valid")); }, "no split 'valid'",
               "shd", "Train, Test");
  expect_error([&] { open_dataset(request("ssc", {}, "Valid")); }, "no directory", "--data",
               "ssc_valid.h5");
}

}  // namespace
}  // namespace volley::test
