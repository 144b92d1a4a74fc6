#include "datasets/byte_source.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "base/error.hpp"

namespace volley {

namespace fs = std::filesystem;

namespace {

class FileSource final : public ByteSource {
public:
  explicit FileSource(const fs::path& path)
      : ByteSource(path.string()), descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (descriptor_ < 0)
      throw Error(std::string("cannot open: ") + std::strerror(errno), path.string(),
                  "check the file's permissions");
    ::posix_fadvise(descriptor_, 0, 0, POSIX_FADV_SEQUENTIAL);
  }
  ~FileSource() override { ::close(descriptor_); }

  std::size_t read(std::uint8_t* to, std::size_t size) override {
    if (!failure_.empty()) return 0;
    ssize_t got = 0;
    do got = ::read(descriptor_, to, size);
    while (got < 0 && errno == EINTR);
    if (got >= 0) return static_cast<std::size_t>(got);
    failure_ = std::string("the file cannot be read any further: ") + std::strerror(errno);
    return 0;
  }

private:
  int descriptor_;
};

class MemorySource final : public ByteSource {
public:
  MemorySource(std::string bytes, std::string name)
      : ByteSource(std::move(name)), bytes_(std::move(bytes)) {}

  std::size_t read(std::uint8_t* to, std::size_t size) override {
    const std::size_t count = std::min(size, bytes_.size() - at_);
    if (count > 0) std::memcpy(to, bytes_.data() + at_, count);
    at_ += count;
    return count;
  }

private:
  std::string bytes_;
  std::size_t at_ = 0;
};

class PutBackSource final : public ByteSource {
public:
  PutBackSource(std::vector<std::uint8_t> front, std::unique_ptr<ByteSource> rest)
      : ByteSource(rest->name()), front_(std::move(front)), rest_(std::move(rest)) {}

  std::size_t read(std::uint8_t* to, std::size_t size) override {
    const std::size_t count = std::min(size, front_.size() - at_);
    if (count > 0) {
      std::memcpy(to, front_.data() + at_, count);
      at_ += count;
      if (at_ == front_.size()) {
        front_ = {};
        at_ = 0;
      }
      return count;
    }
    const std::size_t got = rest_->read(to, size);
    if (got == 0) failure_ = rest_->failure();
    return got;
  }

private:
  std::vector<std::uint8_t> front_;
  std::size_t at_ = 0;
  std::unique_ptr<ByteSource> rest_;
};

}  // namespace

std::unique_ptr<ByteSource> open_file(const fs::path& path) {
  std::error_code failure;
  const fs::file_status status = fs::status(path, failure);
  if (status.type() == fs::file_type::not_found)
    throw Error("no such file", path.string(), "check the path");
  if (status.type() == fs::file_type::directory)
    throw Error("is a folder, an event file is wanted", path.string(),
                "name one of the files inside");
  if (status.type() == fs::file_type::none)
    throw Error("cannot open: " + failure.message(), path.string(),
                "check the path and its permissions");
  if (status.type() != fs::file_type::regular)
    throw Error("is not a regular file", path.string(), "copy its content to a file first");
  return std::make_unique<FileSource>(path);
}

std::unique_ptr<ByteSource> memory_source(std::string bytes, std::string name) {
  return std::make_unique<MemorySource>(std::move(bytes), std::move(name));
}

std::unique_ptr<ByteSource> put_back(std::vector<std::uint8_t> front,
                                     std::unique_ptr<ByteSource> rest) {
  if (front.empty()) return rest;
  return std::make_unique<PutBackSource>(std::move(front), std::move(rest));
}

std::vector<std::uint8_t> read_front(ByteSource& source, std::size_t size) {
  constexpr std::size_t least = std::size_t{1} << 12;  // so that short files cost little memory
  std::vector<std::uint8_t> bytes;
  while (bytes.size() < size) {
    const std::size_t before = bytes.size();
    bytes.resize(before + std::min(std::max(before, least), size - before));
    const std::size_t got = source.read(bytes.data() + before, bytes.size() - before);
    bytes.resize(before + got);
    if (got == 0) break;
  }
  return bytes;
}

std::string read_rest(ByteSource& source, std::size_t limit) {
  constexpr std::size_t piece = std::size_t{1} << 18;
  std::string bytes;
  for (;;) {
    const std::size_t before = bytes.size();
    bytes.resize(before + piece);
    const std::size_t got =
        source.read(reinterpret_cast<std::uint8_t*>(bytes.data() + before), piece);
    bytes.resize(before + got);
    if (bytes.size() > limit)
      throw Error("holds more than " + std::to_string(limit) + " bytes", source.name(),
                  "give a smaller file");
    if (got == 0) break;
  }
  if (!source.failure().empty())
    throw Error(source.failure(), source.name() + ": byte " + std::to_string(bytes.size()),
                "replace the file by an undamaged copy");
  return bytes;
}

}  // namespace volley
