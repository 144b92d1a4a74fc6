// Writing HDF5 files: groups and datasets with the same bytes for the same content. Owns handles
// and types; must not know what a file means. Thin over the HDF5 C library.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace volley {

/// A new HDF5 file. Paths are absolute ("/node/nodes"); parents must exist. Groups remember the
/// order in which their members were made; no times are stored. Every call throws Error naming the
/// file where the library fails (for example: disk full).
class Hdf5Writer {
public:
  using Sides = std::vector<std::size_t>;

  /// @param file       to be created or emptied; write to AtomicFile::temporary()
  /// @param user_block bytes left free before the HDF5 data: 0, or a power of two from 512 on
  explicit Hdf5Writer(const std::filesystem::path& file, std::size_t user_block = 0);
  ~Hdf5Writer();
  Hdf5Writer(const Hdf5Writer&) = delete;
  Hdf5Writer& operator=(const Hdf5Writer&) = delete;

  void group(const std::string& path);
  void text(const std::string& path, const std::string& value);  ///< scalar, UTF-8
  void texts(const std::string& path, const Sides& shape, const std::vector<std::string>& values);
  /// Row-major; an empty shape makes a scalar. Stored little-endian, contiguous.
  void integers(const std::string& path, const Sides& shape, std::span<const std::int64_t> values);
  void floats(const std::string& path, const Sides& shape, std::span<const float> values);
  void doubles(const std::string& path, const Sides& shape, std::span<const double> values);
  /// Stored in 8 bits, compressed.
  void small_integers(const std::string& path, const Sides& shape,
                      std::span<const std::int8_t> values);
  void integer(const std::string& path, std::int64_t value) { integers(path, {}, {&value, 1}); }
  void number(const std::string& path, double value) { doubles(path, {}, {&value, 1}); }

  /// Attributes of an object that is there.
  void integer_attribute(const std::string& path, const std::string& name,
                         const std::vector<std::int64_t>& values);
  void text_attribute(const std::string& path, const std::string& name, const std::string& value);

  /// Writes everything out; call once, at the end.
  void close();

private:
  void dataset(const std::string& path, const Sides& shape, std::int64_t file_type,
               std::int64_t memory_type, const void* values, bool compressed);
  void attribute(const std::string& path, const std::string& name, std::size_t count,
                 std::int64_t file_type, std::int64_t memory_type, const void* values);
  [[noreturn]] void fail(const std::string& path) const;

  std::string name_;
  std::int64_t file_ = -1;
};

}  // namespace volley
