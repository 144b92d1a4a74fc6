// Writing HDF5 through the C library.
#include "models/hdf5_writer.hpp"

#include <algorithm>
#include <cassert>
#include <functional>
#include <numeric>

#include "base/error.hpp"
#include "models/hdf5_handle.hpp"

namespace volley {

namespace {
std::size_t elements(const Hdf5Writer::Sides& shape) {
  return std::accumulate(shape.begin(), shape.end(), std::size_t{1}, std::multiplies<>());
}
}  // namespace

Hdf5Writer::Hdf5Writer(const std::filesystem::path& file, std::size_t user_block)
    : name_(file.string()) {
  const Hdf5Session session;
  const Hdf5Handle creation(H5Pcreate(H5P_FILE_CREATE), H5Pclose);
  H5Pset_userblock(creation.id(), user_block);
  H5Pset_obj_track_times(creation.id(), false);
  H5Pset_link_creation_order(creation.id(), H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
  file_ = H5Fcreate(name_.c_str(), H5F_ACC_TRUNC, creation.id(), H5P_DEFAULT);
  if (file_ < 0) fail("/");
}

Hdf5Writer::~Hdf5Writer() {
  const Hdf5Session session;
  if (file_ >= 0) H5Fclose(file_);
}

void Hdf5Writer::fail(const std::string& path) const {
  throw Error("cannot write " + path, name_,
              "check that the disk is not full and the folder may be written");
}

void Hdf5Writer::close() {
  const Hdf5Session session;
  const hid_t file = file_;
  file_ = -1;
  if (H5Fclose(file) < 0) fail("the end of the file");
}

void Hdf5Writer::group(const std::string& path) {
  const Hdf5Session session;
  const Hdf5Handle creation(H5Pcreate(H5P_GROUP_CREATE), H5Pclose);
  H5Pset_obj_track_times(creation.id(), false);
  H5Pset_link_creation_order(creation.id(), H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
  const Hdf5Handle group(
      H5Gcreate2(file_, path.c_str(), H5P_DEFAULT, creation.id(), H5P_DEFAULT), H5Gclose);
  if (!group.good()) fail(path);
}

void Hdf5Writer::dataset(const std::string& path, const Sides& shape, std::int64_t file_type,
                         std::int64_t memory_type, const void* values, bool compressed) {
  const Hdf5Session session;
  const std::vector<hsize_t> sides(shape.begin(), shape.end());
  const Hdf5Handle space(sides.empty()
                             ? H5Screate(H5S_SCALAR)
                             : H5Screate_simple(static_cast<int>(sides.size()), sides.data(),
                                                nullptr),
                         H5Sclose);
  const Hdf5Handle creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  H5Pset_obj_track_times(creation.id(), false);
  if (compressed) {
    // Chunks of at most 2^20 elements: the last sides whole, the first ones cut.
    std::vector<hsize_t> chunk = sides;
    std::size_t size = elements(shape);
    for (hsize_t& side : chunk) {
      if (size <= (std::size_t{1} << 20)) break;
      const hsize_t rest = size / side;
      side = std::max<hsize_t>(1, (std::size_t{1} << 20) / rest);
      size = rest * side;
    }
    H5Pset_chunk(creation.id(), static_cast<int>(chunk.size()), chunk.data());
    H5Pset_deflate(creation.id(), 4);
  }
  const Hdf5Handle data(H5Dcreate2(file_, path.c_str(), file_type, space.id(), H5P_DEFAULT,
                                   creation.id(), H5P_DEFAULT),
                        H5Dclose);
  if (!space.good() || !data.good()) fail(path);
  if (elements(shape) != 0 &&
      H5Dwrite(data.id(), memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0)
    fail(path);
}

void Hdf5Writer::texts(const std::string& path, const Sides& shape,
                       const std::vector<std::string>& values) {
  assert(values.size() == elements(shape));
  const Hdf5Session session;
  const Hdf5Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type.id(), H5T_VARIABLE);
  H5Tset_cset(type.id(), H5T_CSET_UTF8);
  std::vector<const char*> pointers;
  for (const std::string& value : values) pointers.push_back(value.c_str());
  dataset(path, shape, type.id(), type.id(), pointers.data(), false);
}

void Hdf5Writer::text(const std::string& path, const std::string& value) {
  texts(path, {}, {value});
}

void Hdf5Writer::integers(const std::string& path, const Sides& shape,
                          std::span<const std::int64_t> values) {
  assert(values.size() == elements(shape));
  const Hdf5Session session;  // the type identifiers below initialise the library
  dataset(path, shape, H5T_STD_I64LE, H5T_NATIVE_INT64, values.data(), false);
}

void Hdf5Writer::floats(const std::string& path, const Sides& shape,
                        std::span<const float> values) {
  assert(values.size() == elements(shape));
  const Hdf5Session session;
  dataset(path, shape, H5T_IEEE_F32LE, H5T_NATIVE_FLOAT, values.data(), false);
}

void Hdf5Writer::doubles(const std::string& path, const Sides& shape,
                         std::span<const double> values) {
  assert(values.size() == elements(shape));
  const Hdf5Session session;
  dataset(path, shape, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, values.data(), false);
}

void Hdf5Writer::attribute(const std::string& path, const std::string& name, std::size_t count,
                           std::int64_t file_type, std::int64_t memory_type, const void* values) {
  const Hdf5Session session;
  const hsize_t side = count;
  const Hdf5Handle object(H5Oopen(file_, path.c_str(), H5P_DEFAULT), H5Oclose);
  const Hdf5Handle space(count == 1 ? H5Screate(H5S_SCALAR) : H5Screate_simple(1, &side, nullptr),
                         H5Sclose);
  const Hdf5Handle data(
      H5Acreate2(object.id(), name.c_str(), file_type, space.id(), H5P_DEFAULT, H5P_DEFAULT),
      H5Aclose);
  if (!data.good() || H5Awrite(data.id(), memory_type, values) < 0) fail(path + "@" + name);
}

void Hdf5Writer::integer_attribute(const std::string& path, const std::string& name,
                                   const std::vector<std::int64_t>& values) {
  const Hdf5Session session;
  attribute(path, name, values.size(), H5T_STD_I64LE, H5T_NATIVE_INT64, values.data());
}

void Hdf5Writer::text_attribute(const std::string& path, const std::string& name,
                                const std::string& value) {
  const Hdf5Session session;
  const Hdf5Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type.id(), H5T_VARIABLE);
  H5Tset_cset(type.id(), H5T_CSET_UTF8);
  const char* pointer = value.c_str();
  attribute(path, name, 1, type.id(), type.id(), &pointer);
}

void Hdf5Writer::small_integers(const std::string& path, const Sides& shape,
                                std::span<const std::int8_t> values) {
  assert(values.size() == elements(shape));
  const Hdf5Session session;
  dataset(path, shape, H5T_STD_I8LE, H5T_NATIVE_INT8, values.data(), true);
}

}  // namespace volley
