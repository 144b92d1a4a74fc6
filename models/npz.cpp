// .npz through libarchive. Header of .npy: "\x93NUMPY", version, length, a Python dictionary.
#include <archive.h>
#include <archive_entry.h>

#include <bit>
#include <cstring>
#include <memory>
#include <numeric>

#include "base/atomic_file.hpp"
#include "base/error.hpp"
#include "models/tensor_files.hpp"

namespace volley {

namespace {

static_assert(std::endian::native == std::endian::little, "floats are written as they are");

constexpr std::size_t most_bytes = std::size_t{1} << 31;
const std::string magic = std::string("\x93NUMPY\x01\x00", 8);

std::string npy_bytes(const NamedTensor& tensor) {
  std::string shape;
  for (const std::size_t side : tensor.shape) shape += std::to_string(side) + ", ";
  if (tensor.shape.size() > 1) shape.resize(shape.size() - 2);
  std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + shape + "), }";
  header.resize((magic.size() + 2 + header.size()) / 64 * 64 + 64 - magic.size() - 2, ' ');
  header.back() = '\n';
  std::string bytes = magic;
  bytes += static_cast<char>(header.size() & 0xff);
  bytes += static_cast<char>(header.size() >> 8);
  bytes += header;
  bytes.append(reinterpret_cast<const char*>(tensor.values.data()),
               tensor.values.size() * sizeof(float));
  return bytes;
}

[[noreturn]] void fail(const std::string& what, const std::filesystem::path& file,
                       const std::string& member) {
  throw Error(what, file.string() + (member.empty() ? "" : ", " + member),
              "give an .npz of float32 that np.savez wrote");
}

NamedTensor parse_npy(const std::string& bytes, const std::filesystem::path& file,
                      const std::string& member) {
  if (bytes.size() < 10 || bytes.compare(0, magic.size(), magic) != 0)
    fail("is no .npy of version 1", file, member);
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(bytes[at]); };
  const std::size_t length = byte(8) + std::size_t{256} * byte(9);
  if (bytes.size() < 10 + length) fail("is cut short", file, member);
  const std::string header = bytes.substr(10, length);
  const std::size_t open = header.find('('), close = header.find(')');
  if (header.find("'<f4'") == std::string::npos ||
      header.find("'fortran_order': False") == std::string::npos || open == std::string::npos ||
      close == std::string::npos || close < open)
    fail("holds no float32 in C order", file, member);
  NamedTensor tensor;
  std::size_t count = 1;
  for (std::size_t at = open + 1; at < close;) {
    if (header[at] < '0' || header[at] > '9') {
      ++at;
      continue;
    }
    std::size_t side = 0;
    for (; header[at] >= '0' && header[at] <= '9'; ++at) {
      side = side * 10 + static_cast<std::size_t>(header[at] - '0');
      if (side > most_bytes) fail("declares a side that is too large", file, member);
    }
    tensor.shape.push_back(side);
    if (side != 0 && count > most_bytes / side) fail("declares too many values", file, member);
    count *= side;
  }
  if (bytes.size() - 10 - length != count * sizeof(float))
    fail("does not hold the values that its shape says", file, member);
  tensor.values.resize(count);
  if (count != 0) std::memcpy(tensor.values.data(), bytes.data() + 10 + length, count * 4);
  return tensor;
}

}  // namespace

void write_npz(const std::vector<NamedTensor>& tensors, const std::filesystem::path& file) {
  AtomicFile target(file);
  const std::unique_ptr<archive, decltype(&archive_write_free)> out(archive_write_new(),
                                                                    archive_write_free);
  const auto check = [&](la_ssize_t status) {
    if (status >= ARCHIVE_OK) return;
    const char* reason = archive_error_string(out.get());
    throw Error(std::string("cannot be written: ") + (reason == nullptr ? "?" : reason),
                file.string(), "check that the disk is not full and the folder may be written");
  };
  check(archive_write_set_format_zip(out.get()));
  check(archive_write_zip_set_compression_store(out.get()));
  check(archive_write_open_filename(out.get(), target.temporary().c_str()));
  const std::unique_ptr<archive_entry, decltype(&archive_entry_free)> entry(archive_entry_new(),
                                                                            archive_entry_free);
  for (const NamedTensor& tensor : tensors) {
    const std::string bytes = npy_bytes(tensor);
    archive_entry_clear(entry.get());
    archive_entry_set_pathname(entry.get(), (tensor.name + ".npy").c_str());
    archive_entry_set_size(entry.get(), static_cast<la_int64_t>(bytes.size()));
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    archive_entry_set_perm(entry.get(), 0644);
    archive_entry_set_mtime(entry.get(), 315'532'800, 0);  // 1980, the first that zip knows
    check(archive_write_header(out.get(), entry.get()));
    check(archive_write_data(out.get(), bytes.data(), bytes.size()));
  }
  check(archive_write_close(out.get()));
  target.commit();
}

std::vector<NamedTensor> read_npz(const std::filesystem::path& file) {
  const std::unique_ptr<archive, decltype(&archive_read_free)> in(archive_read_new(),
                                                                  archive_read_free);
  archive_read_support_format_zip(in.get());
  if (archive_read_open_filename(in.get(), file.c_str(), 1 << 16) != ARCHIVE_OK)
    fail("is no .npz", file, "");
  std::vector<NamedTensor> tensors;
  std::size_t left = most_bytes;
  archive_entry* entry = nullptr;
  int status = ARCHIVE_OK;
  while ((status = archive_read_next_header(in.get(), &entry)) == ARCHIVE_OK) {
    const char* path = archive_entry_pathname(entry);
    std::string name = path == nullptr ? "" : path;
    std::string bytes, buffer(1 << 16, '\0');
    la_ssize_t size = 0;
    while ((size = archive_read_data(in.get(), buffer.data(), buffer.size())) > 0) {
      if (static_cast<std::size_t>(size) > left) fail("holds more than 2 GiB", file, "");
      left -= static_cast<std::size_t>(size);
      bytes.append(buffer, 0, static_cast<std::size_t>(size));
    }
    if (size < 0) fail("is damaged", file, name);
    tensors.push_back(parse_npy(bytes, file, name));
    if (name.ends_with(".npy")) name.resize(name.size() - 4);
    tensors.back().name = name;
  }
  if (status != ARCHIVE_EOF) fail("is damaged", file, "");
  return tensors;
}

}  // namespace volley
