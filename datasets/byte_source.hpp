// Bytes that come one after the other from a file, a member of an archive or memory: what every
// decoder reads. Must not know archives or event formats.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace volley {

/// A sequence of bytes, read once from front to end. Not safe from two threads at a time.
class ByteSource {
public:
  explicit ByteSource(std::string name) : name_(std::move(name)) {}
  virtual ~ByteSource() = default;
  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;

  /// Reads up to `size` bytes (at least one where there are any left) and returns how many; 0 at
  /// the end, and where no more can be read: then failure() says why.
  virtual std::size_t read(std::uint8_t* to, std::size_t size) = 0;

  /// Empty where all is well, else why the bytes end before their end.
  const std::string& failure() const { return failure_; }
  /// The file, and the member in it: "data.tar.xz/train/0/00001.bin".
  const std::string& name() const { return name_; }

protected:
  std::string failure_;

private:
  std::string name_;
};

/// A regular file as it lies on the disk. @throws Error naming the path where it is missing, cannot
/// be opened or is not a regular file (a device or a pipe might never end).
std::unique_ptr<ByteSource> open_file(const std::filesystem::path& path);

/// Bytes in memory.
std::unique_ptr<ByteSource> memory_source(std::string bytes, std::string name);

/// The same source with `front` before what it has left to give: how bytes looked at are put back.
std::unique_ptr<ByteSource> put_back(std::vector<std::uint8_t> front,
                                     std::unique_ptr<ByteSource> rest);

/// Reads until `size` bytes are there or the source ends.
std::vector<std::uint8_t> read_front(ByteSource& source, std::size_t size);

/// All bytes left. @throws Error naming the source where there are more than `limit`, or where they
/// cannot all be read.
std::string read_rest(ByteSource& source, std::size_t limit = std::size_t{1} << 30);

}  // namespace volley
