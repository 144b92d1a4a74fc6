// Datasets in files of libraries, made here as their publishers make them: SHD and N-TIDIGITS in
// HDF5, ASL-DVS in MATLAB files, columns in .npz.
#include <archive.h>
#include <archive_entry.h>
#include <hdf5.h>
#include <matio.h>

#include <map>

#include "base/atomic_file.hpp"
#include "datasets/dataset.hpp"
#include "recordings.hpp"
#include "support.hpp"

namespace volley::test {
namespace {

/// A file of lists, as h5py writes them.
class Hdf5File {
public:
  explicit Hdf5File(const fs::path& path)
      : file_(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT)) {}
  ~Hdf5File() { H5Fclose(file_); }
  Hdf5File(const Hdf5File&) = delete;
  Hdf5File& operator=(const Hdf5File&) = delete;

  void group(const char* path) const {
    H5Gclose(H5Gcreate2(file_, path, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  }
  void list(const std::string& path, hid_t type, hsize_t size, const void* values) const {
    const hid_t space = H5Screate_simple(1, &size, nullptr);
    const hid_t set = H5Dcreate2(file_, path.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT,
                                 H5P_DEFAULT);
    H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
    H5Dclose(set);
    H5Sclose(space);
  }
  void lists(const std::string& path, hid_t native, const std::vector<hvl_t>& values) const {
    const hid_t type = H5Tvlen_create(native);
    list(path, type, values.size(), values.data());
    H5Tclose(type);
  }
  void words(const std::string& path, std::size_t width, const std::string& bytes) const {
    const hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, width);
    list(path, type, bytes.size() / width, bytes.data());
    H5Tclose(type);
  }

private:
  hid_t file_;
};

void write_shd(const fs::path& path, std::vector<std::uint16_t> units) {
  const Hdf5File file(path);
  float first[] = {0.25f, 0.125f}, second[] = {0.5f};
  std::int64_t labels[] = {19, 3};
  file.group("spikes");
  file.lists("spikes/times", H5T_NATIVE_FLOAT, {{2, first}, {1, second}});
  file.lists("spikes/units", H5T_NATIVE_UINT16, {{2, units.data()}, {1, units.data() + 2}});
  file.list("labels", H5T_NATIVE_INT64, 2, labels);
}

TEST(SpikeFiles, shd_is_read_in_the_order_of_the_file) {
  const TempFolder folder;
  write_shd(folder / "shd_train.h5", {699, 0, 7});
  const auto dataset = open_dataset(request("shd", folder.path(), "train"));
  ASSERT_EQ(dataset->size(), 2u);
  EXPECT_EQ(dataset->label(0), 19);
  const Recording one = dataset->load(0);
  EXPECT_EQ(one.events, (std::vector<Event>{{125'000, 0, 0, 0}, {250'000, 699, 0, 0}}));
  EXPECT_EQ(dataset->load(1).events, (std::vector<Event>{{500'000, 7, 0, 0}}));
  EXPECT_EQ(dataset->load(1).label, 3);

  write_shd(folder / "shd_test.h5", {699, 700, 7});
  const auto wrong = open_dataset(request("shd", folder.path(), "test"));
  for (int again = 0; again < 2; ++again)  // the second asks for what the first has not got
    expect_error([&] { wrong->load(1); }, "unit 700", "shd_test.h5", "undamaged");
}

void write_digits(const fs::path& path, std::int64_t channel) {
  const Hdf5File file(path);
  for (const char* const group : {"train_addresses", "train_timestamps"}) file.group(group);
  file.words("train_labels", 8, std::string("se-ah-z\0ab-c-12\0ab-c-4\0\0", 24));
  const std::int64_t channels[] = {63, channel, 1};
  const double times[] = {0.0, 1.5, 0.5};
  for (const char* const key : {"se-ah-z", "ab-c-12", "ab-c-4"}) {
    const hsize_t size = std::string(key) == "ab-c-4" ? 3 : 1;
    file.list("train_addresses/" + std::string(key), H5T_NATIVE_INT64, size, channels);
    file.list("train_timestamps/" + std::string(key), H5T_NATIVE_DOUBLE, size, times);
  }
}

TEST(SpikeFiles, ntidigits_are_the_recordings_of_one_digit) {
  const TempFolder folder;
  write_digits(folder / "n-tidigits.hdf5", 5);
  const auto dataset = open_dataset(request("ntidigits", folder.path(), "Train"));
  ASSERT_EQ(dataset->size(), 2u);
  EXPECT_EQ(dataset->name(0), "se-ah-z");
  EXPECT_EQ(dataset->info().class_names.at(static_cast<std::size_t>(dataset->label(0))), "z");
  EXPECT_EQ(dataset->label(1), 4);
  const Recording four = dataset->load(1);
  EXPECT_EQ(four.events,
            (std::vector<Event>{{0, 63, 0, 0}, {500'000, 1, 0, 0}, {1'500'000, 5, 0, 0}}));
  EXPECT_EQ(four.sensor, (SensorSize{64, 1, 1}));
  EXPECT_EQ(dataset->load(0).events, (std::vector<Event>{{0, 63, 0, 0}}));
  expect_error([&] { open_dataset(request("ntidigits", folder.path(), "test")); }, "test_labels",
               "n-tidigits.hdf5", "");
  write_digits(folder / "n-tidigits.hdf5", 64);
  const auto wrong = open_dataset(request("ntidigits", folder.path(), "train"));
  expect_error([&] { wrong->load(1); }, "channel 64", "n-tidigits.hdf5", "");
}

TEST(SpikeFiles, asl_dvs_lists_are_read_with_y_turned_down) {
  const TempFolder folder;
  fs::create_directories(folder / "a");
  mat_t* const mat = Mat_CreateVer((folder / "a/a_0001.mat").c_str(), nullptr, MAT_FT_MAT5);
  std::size_t size[2] = {3, 1};
  const std::map<std::string, std::vector<double>> lists{
      {"ts", {10, 20, 20}}, {"x", {0, 239, 5}}, {"y", {0, 179, 1}}, {"pol", {0, 1, 1}}};
  for (const auto& [name, values] : lists) {
    matvar_t* const one = Mat_VarCreate(name.c_str(), MAT_C_DOUBLE, MAT_T_DOUBLE, 2, size,
                                        const_cast<double*>(values.data()), 0);
    Mat_VarWrite(mat, one, MAT_COMPRESSION_ZLIB);
    Mat_VarFree(one);
  }
  Mat_Close(mat);
  const auto stream = open_recording(folder / "a/a_0001.mat");
  EXPECT_EQ(stream->sensor(), (SensorSize{240, 180, 2}));
  const Decoded decoded = decode(*stream);
  EXPECT_EQ(decoded.events,
            (std::vector<Event>{{10, 0, 179, 0}, {20, 239, 0, 1}, {20, 5, 178, 1}}));
}

std::string npy(const std::string& type, std::size_t count, const std::string& data) {
  std::string header = "{'descr': '" + type + "', 'fortran_order': False, 'shape': (" +
                       std::to_string(count) + ",), }\n";
  return std::string("\x93NUMPY\x01\x00", 8) + static_cast<char>(header.size()) + '\0' + header +
         data;
}

TEST(SpikeFiles, npz_holds_one_array_a_column) {
  using namespace std::string_literals;
  const TempFolder folder;
  archive* const out = archive_write_new();
  archive_write_set_format_zip(out);
  archive_write_open_filename(out, (folder / "events.npz").c_str());
  const std::map<std::string, std::string> arrays{
      {"t.npy", npy("<i8", 2, "\x05\0\0\0\0\0\0\0\x09\0\0\0\0\0\0\0"s)},
      {"x.npy", npy(">u2", 2, "\0\x07\x01\x02"s)},
      {"y.npy", npy("|u1", 2, "\x03\xff"s)},
      {"p.npy", npy("|b1", 2, "\x01\0"s)}};
  for (const auto& [name, bytes] : arrays) {
    archive_entry* const entry = archive_entry_new();
    archive_entry_set_pathname(entry, name.c_str());
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_size(entry, static_cast<la_int64_t>(bytes.size()));
    archive_write_header(out, entry);
    archive_write_data(out, bytes.data(), bytes.size());
    archive_entry_free(entry);
  }
  archive_write_free(out);
  const auto stream = open_recording(folder / "events.npz");
  EXPECT_EQ(decode(*stream).events, (std::vector<Event>{{5, 7, 3, 1}, {9, 258, 255, 0}}));
}

}  // namespace
}  // namespace volley::test
