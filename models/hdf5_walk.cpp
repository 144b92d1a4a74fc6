// Walking an HDF5 file that nobody vouches for: only hard links, only data inside the file, only
// the filters of the library itself, and never more than the limits.
#include "models/hdf5_walk.hpp"

#include <string>
#include <vector>

#include "models/hdf5_handle.hpp"

namespace volley {

namespace {

using Kind = Hdf5Node::Kind;

struct Refused {
  std::string message;
};

class Walk {
public:
  Walk(const Hdf5Limits& limits, const ChildProcess::Send& send)
      : limits_(limits), send_(send), bytes_left_(limits.bytes) {}

  void group(hid_t id, const std::string& name, const std::string& path, int depth) {
    if (depth > limits_.depth) throw Refused{path + " is nested too deeply"};
    const std::vector<std::string> names = members(id, path);
    head(Kind::group, name, path);
    integer(names.size());
    for (const std::string& member : names) {
      const std::string member_path = path + (path.size() > 1 ? "/" : "") + member;
      const Hdf5Handle object(H5Oopen(id, member.c_str(), H5P_DEFAULT), H5Oclose);
      if (!object.good()) throw Refused{"cannot read " + member_path};
      const H5I_type_t type = H5Iget_type(object.id());
      if (type == H5I_GROUP) {
        group(object.id(), member, member_path, depth + 1);
      } else if (type == H5I_DATASET) {
        dataset(object.id(), member, member_path);
      } else {
        head(Kind::other, member, member_path);
        integer(0);
      }
    }
  }

private:
  void integer(std::uint64_t value) { send_(&value, sizeof value); }
  void text(const std::string& value) {
    integer(value.size());
    send_(value.data(), value.size());
  }
  void head(Kind kind, const std::string& name, const std::string& path) {
    if (objects_++ >= limits_.objects) throw Refused{"holds too many objects, at " + path};
    integer(static_cast<std::uint64_t>(kind));
    text(name);
  }

  std::vector<std::string> members(hid_t group, const std::string& path) {
    const Hdf5Handle creation(H5Gget_create_plist(group), H5Pclose);
    unsigned order = 0;
    if (H5Pget_link_creation_order(creation.id(), &order) < 0) order = 0;
    std::pair<std::vector<std::string>, std::size_t> found{{}, limits_.objects};
    const auto visit = [](hid_t, const char* name, const H5L_info_t* info, void* data) -> herr_t {
      auto& [names, most] = *static_cast<decltype(found)*>(data);
      if (names.size() >= most) return -1;
      const std::string text(name);
      if (info->type == H5L_TYPE_HARD && text.size() <= 255) names.push_back(text);
      return 0;
    };
    const H5_index_t index =
        (order & H5P_CRT_ORDER_TRACKED) != 0 ? H5_INDEX_CRT_ORDER : H5_INDEX_NAME;
    if (H5Literate(group, index, H5_ITER_INC, nullptr, visit, &found) < 0)
      throw Refused{"cannot read the group " + path};
    return found.first;
  }

  void check_storage(hid_t dataset, const std::string& path) {
    const Hdf5Handle creation(H5Dget_create_plist(dataset), H5Pclose);
    const H5D_layout_t layout = H5Pget_layout(creation.id());
    if (H5Pget_external_count(creation.id()) != 0 || layout == H5D_VIRTUAL || layout < 0)
      throw Refused{path + " keeps its data outside the file"};
    const int filters = H5Pget_nfilters(creation.id());
    if (limits_.contiguous_only && (layout == H5D_CHUNKED || filters != 0))
      throw Refused{path + " is not stored in one piece"};
    for (int i = 0; i < filters; ++i) {
      unsigned flags = 0;
      const H5Z_filter_t filter = H5Pget_filter2(creation.id(), static_cast<unsigned>(i), &flags,
                                                 nullptr, nullptr, 0, nullptr, nullptr);
      if (filter != H5Z_FILTER_DEFLATE && filter != H5Z_FILTER_SHUFFLE &&
          filter != H5Z_FILTER_FLETCHER32)
        throw Refused{path + " uses the filter " + std::to_string(filter) +
                      ", only gzip, shuffle and fletcher32 are read"};
    }
  }

  void spend(std::size_t count, std::size_t element, const std::string& path) {
    if (count > bytes_left_ / element)
      throw Refused{path + " declares more data than such a file can hold"};
    bytes_left_ -= count * element;
  }

  void dataset(hid_t id, const std::string& name, const std::string& path) {
    const Hdf5Handle type(H5Dget_type(id), H5Tclose);
    const Hdf5Handle space(H5Dget_space(id), H5Sclose);
    if (!type.good() || !space.good()) throw Refused{"cannot read the type of " + path};
    const int rank = H5Sget_simple_extent_ndims(space.id());
    if (rank < 0 || rank > 32) throw Refused{"cannot read the shape of " + path};
    std::vector<hsize_t> sides(static_cast<std::size_t>(rank));
    if (rank > 0) H5Sget_simple_extent_dims(space.id(), sides.data(), nullptr);
    check_storage(id, path);
    std::size_t count = 1;
    for (const hsize_t side : sides) {
      if (side != 0 && count > limits_.bytes / side)
        throw Refused{path + " declares more data than such a file can hold"};
      count *= static_cast<std::size_t>(side);
    }
    const Kind kind = kind_of(type.id(), space.id());
    // All that can fail comes before the record's first byte, so that a message can take its place.
    if (kind == Kind::integers) read<std::int64_t>(id, H5T_NATIVE_INT64, count, path);
    if (kind == Kind::floats) read<float>(id, H5T_NATIVE_FLOAT, count, path);
    if (kind == Kind::doubles) read<double>(id, H5T_NATIVE_DOUBLE, count, path);
    if (kind == Kind::texts) read_texts(id, type.id(), space.id(), count, path);
    head(kind, name, path);
    integer(sides.size());
    for (const hsize_t side : sides) integer(side);
    if (kind == Kind::other) return;
    integer(count);
    if (kind == Kind::texts)
      for (const std::string& value : texts_) text(value);
    else
      send_(buffer_.data(), buffer_.size());
  }

  static Kind kind_of(hid_t type, hid_t space) {
    if (H5Sget_simple_extent_type(space) == H5S_NULL) return Kind::other;
    switch (H5Tget_class(type)) {
      case H5T_INTEGER: return Kind::integers;
      case H5T_ENUM: return Kind::integers;  // truth values of h5py
      case H5T_FLOAT: return H5Tget_size(type) <= sizeof(float) ? Kind::floats : Kind::doubles;
      case H5T_STRING: return Kind::texts;
      default: return Kind::other;
    }
  }

  template <class Value>
  void read(hid_t dataset, hid_t memory, std::size_t count, const std::string& path) {
    spend(count, sizeof(Value), path);
    buffer_.assign(count * sizeof(Value), '\0');
    if (count != 0 && H5Dread(dataset, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, buffer_.data()) < 0)
      throw Refused{"cannot read the values of " + path};
  }

  void read_texts(hid_t dataset, hid_t type, hid_t space, std::size_t count,
                  const std::string& path) {
    texts_.clear();
    const Hdf5Handle memory(H5Tcopy(H5T_C_S1), H5Tclose);
    H5Tset_cset(memory.id(), H5Tget_cset(type));
    const bool variable = H5Tis_variable_str(type) > 0;
    const std::size_t length = variable ? sizeof(char*) : H5Tget_size(type) + 1;
    spend(count, length, path);
    H5Tset_size(memory.id(), variable ? H5T_VARIABLE : length);
    std::vector<char*> pointers(variable ? count : 0, nullptr);
    buffer_.assign(variable ? 0 : count * length, '\0');
    void* values = variable ? static_cast<void*>(pointers.data()) : buffer_.data();
    if (count != 0 && H5Dread(dataset, memory.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0)
      throw Refused{"cannot read the values of " + path};
    for (std::size_t i = 0; i < count; ++i) {
      const char* value = variable ? pointers[i] : buffer_.data() + i * length;
      texts_.emplace_back(value == nullptr ? "" : value);
      if (!variable) texts_.back().erase(texts_.back().find_last_not_of(' ') + 1);  // Fortran's
      spend(texts_.back().size(), 1, path);
    }
    if (variable) H5Dvlen_reclaim(memory.id(), space, H5P_DEFAULT, pointers.data());
  }

  const Hdf5Limits& limits_;
  const ChildProcess::Send& send_;
  std::size_t bytes_left_, objects_ = 0;
  std::vector<char> buffer_;
  std::vector<std::string> texts_;
};

}  // namespace

void walk_hdf5(const std::filesystem::path& file, const Hdf5Limits& limits,
               const ChildProcess::Send& send) {
  // The parent holds the session: its lock belongs to a thread that is not in the child.
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  try {
    const Hdf5Handle opened(H5Fopen(file.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose);
    if (!opened.good()) throw Refused{"is not an HDF5 file, or it is cut short"};
    const Hdf5Handle root(H5Gopen2(opened.id(), "/", H5P_DEFAULT), H5Gclose);
    if (!root.good()) throw Refused{"is damaged: the HDF5 library cannot read it"};
    Walk(limits, send).group(root.id(), "", "/", 0);
  } catch (const Refused& refused) {
    send(&walk_error, sizeof walk_error);
    const std::uint64_t size = refused.message.size();
    send(&size, sizeof size);
    send(refused.message.data(), refused.message.size());
  }
}

}  // namespace volley
