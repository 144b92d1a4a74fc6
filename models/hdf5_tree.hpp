// A whole HDF5 file in memory: groups, numbers and texts. Owns the reading of files that nobody
// vouches for; must not know what they mean.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/error.hpp"

namespace volley {

/// One group or dataset. Numbers keep the precision they were stored in; attributes, links other
/// than hard ones, and types other than numbers and texts are not followed (kind `other`).
struct Hdf5Node {
  enum class Kind : unsigned char { group, integers, floats, doubles, texts, other };

  Kind kind = Kind::group;
  std::string name;                ///< last part of the path
  std::string path;                ///< "/node/type"
  std::vector<std::size_t> shape;  ///< of a dataset, row-major; empty for a scalar
  std::vector<std::int64_t> integers;
  std::vector<float> floats;
  std::vector<double> doubles;
  std::vector<std::string> texts;
  std::vector<Hdf5Node> children;  ///< in order of creation where the file knows it, else by name

  bool group() const { return kind == Kind::group; }
  bool numeric() const {
    return kind == Kind::integers || kind == Kind::floats || kind == Kind::doubles;
  }
  std::size_t size() const;                        ///< elements of a dataset
  double number(std::size_t index) const;          ///< element of a numeric dataset
  const Hdf5Node* find(std::string_view child) const;  ///< nullptr where absent
};

/// Limits of what is read; a file beyond them is refused.
struct Hdf5Limits {
  std::size_t bytes = std::size_t{1} << 28;  ///< values of all datasets together
  std::size_t objects = 100'000;
  int depth = 16;
  int seconds = 20;  ///< of processor time
  bool contiguous_only = false;  ///< refuse chunks and filters
};

/// Reads a file whole. The HDF5 library is known to crash or loop on some damaged files, so it runs
/// in a child process that sends back what it reads: no file can take the program down.
/// @throws Error for a file that cannot be opened, is not HDF5, is damaged or exceeds the limits
Hdf5Node read_hdf5(const std::filesystem::path& file, const Hdf5Limits& limits);

}  // namespace volley
