// Lists in HDF5 files, read in a child process, and the pipe through which it answers. Shared by
// the readers of spikes in HDF5; must not know their layouts.
#pragma once

#include <hdf5.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "base/child_process.hpp"
#include "base/error.hpp"

namespace volley {

inline constexpr std::uint64_t most_recordings = 10'000'000, most_spikes = 10'000'000;

/// An HDF5 identifier that closes itself.
class ListHandle {
public:
  ListHandle(hid_t id, herr_t (*close)(hid_t)) : id_(id), close_(close) {}
  ~ListHandle() {
    if (id_ >= 0) close_(id_);
  }
  ListHandle(const ListHandle&) = delete;
  ListHandle& operator=(const ListHandle&) = delete;
  hid_t id() const { return id_; }
  bool good() const { return id_ >= 0; }

private:
  hid_t id_;
  herr_t (*close_)(hid_t);
};

struct ListRefused {
  std::string reason;
};

/// A dataset of one dimension.
class Hdf5List {
public:
  Hdf5List(hid_t file, const char* path) : set_(H5Dopen2(file, path, H5P_DEFAULT), H5Dclose) {
    if (!set_.good()) return;
    const ListHandle space(H5Dget_space(set_.id()), H5Sclose);
    if (H5Sget_simple_extent_ndims(space.id()) != 1)
      throw ListRefused{std::string(path) + " is no list"};
    hsize_t size = 0;
    H5Sget_simple_extent_dims(space.id(), &size, nullptr);
    if (size > most_recordings) throw ListRefused{std::string(path) + " has too many entries"};
    size_ = size;
  }
  bool good() const { return set_.good(); }
  std::size_t size() const { return static_cast<std::size_t>(size_); }

  /// All numbers as those of a native type.
  template <class Number>
  std::vector<Number> values(hid_t native) const {
    std::vector<Number> all(size());
    if (!all.empty() &&
        H5Dread(set_.id(), native, H5S_ALL, H5S_ALL, H5P_DEFAULT, all.data()) < 0)
      throw ListRefused{"a list of numbers cannot be read"};
    return all;
  }

  /// The list of entry `index`, as numbers of a native type.
  template <class Number>
  std::vector<Number> list(std::size_t index, hid_t native) const {
    const ListHandle type(H5Tvlen_create(native), H5Tclose);
    const ListHandle from(H5Dget_space(set_.id()), H5Sclose);
    const hsize_t start = index, count = 1;
    H5Sselect_hyperslab(from.id(), H5S_SELECT_SET, &start, nullptr, &count, nullptr);
    const ListHandle to(H5Screate_simple(1, &count, nullptr), H5Sclose);
    hvl_t entry{0, nullptr};
    if (H5Dread(set_.id(), type.id(), to.id(), from.id(), H5P_DEFAULT, &entry) < 0)
      throw ListRefused{"the spikes of recording " + std::to_string(index) + " cannot be read"};
    if (entry.len > most_spikes) throw ListRefused{"a recording has too many spikes"};
    std::vector<Number> values(entry.len);
    if (entry.len > 0) std::copy_n(static_cast<const Number*>(entry.p), entry.len, values.data());
    H5Dvlen_reclaim(type.id(), to.id(), H5P_DEFAULT, &entry);
    return values;
  }

  /// Strings of any kind.
  std::vector<std::string> strings() const {
    const ListHandle type(H5Dget_type(set_.id()), H5Tclose);
    std::vector<std::string> values;
    if (H5Tget_class(type.id()) != H5T_STRING || size() > 100'000) return values;
    if (H5Tis_variable_str(type.id()) > 0) {
      std::vector<char*> words(size(), nullptr);
      if (H5Dread(set_.id(), type.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, words.data()) < 0) return {};
      for (const char* word : words) values.emplace_back(word == nullptr ? "" : word);
      const ListHandle space(H5Dget_space(set_.id()), H5Sclose);
      H5Dvlen_reclaim(type.id(), space.id(), H5P_DEFAULT, words.data());
      return values;
    }
    const std::size_t width = H5Tget_size(type.id());
    if (width == 0 || width > 4096) return {};
    std::vector<char> all(width * size());
    if (H5Dread(set_.id(), type.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, all.data()) < 0) return {};
    for (std::size_t i = 0; i < size(); ++i)
      values.emplace_back(all.data() + i * width, strnlen(all.data() + i * width, width));
    return values;
  }

private:
  ListHandle set_;
  hsize_t size_ = 0;
};

/// Numbers and words between the processes; a status of 1 and the reason where a file is refused.
class ListPipe {
public:
  ListPipe(const std::string& name, const std::function<void(const ChildProcess::Send&)>& work)
      : name_(name), child_({120, std::size_t{2} << 30}, [&work](const ChildProcess::Send& send) {
          const auto say = [&](std::uint64_t value) { send(&value, sizeof(value)); };
          try {
            work(send);
          } catch (const ListRefused& refused) {
            say(1);
            say(refused.reason.size());
            send(refused.reason.data(), refused.reason.size());
          }
        }) {}

  /// Begins the next part of the answer. @throws Error where the child refuses or died
  void part() {
    const std::uint64_t status = number();
    if (status == 0) return;
    throw Error(status == 1 ? word(4096) : "the HDF5 library cannot read it", name_,
                "replace the file by an undamaged copy");
  }
  std::uint64_t number() {
    std::uint64_t value = ~std::uint64_t{0};
    if (!child_.receive(&value, sizeof(value))) return ~std::uint64_t{0};
    return value;
  }
  std::uint64_t count(std::uint64_t most) {
    const std::uint64_t value = number();
    if (value > most) throw Error("the HDF5 library cannot read it", name_, "replace the file");
    return value;
  }
  std::string word(std::uint64_t most) {
    std::string text(static_cast<std::size_t>(count(most)), '\0');
    take(text.data(), text.size());
    return text;
  }
  void take(void* bytes, std::size_t size) {
    if (!child_.receive(bytes, size))
      throw Error("the HDF5 library cannot read it", name_,
                  "replace the file by an undamaged copy");
  }

private:
  std::string name_;
  ChildProcess child_;
};

inline void send_number(const ChildProcess::Send& send, std::uint64_t value) {
  send(&value, sizeof(value));
}

}  // namespace volley
