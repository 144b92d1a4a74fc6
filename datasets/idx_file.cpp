#include "datasets/idx_file.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <memory>

#include "base/error.hpp"

namespace volley {

namespace {

constexpr std::size_t most_values = std::size_t{1} << 30;
constexpr std::size_t piece = std::size_t{1} << 20;

/// gzread with the place in the unpacked data, for messages.
class IdxReader {
public:
  explicit IdxReader(const std::filesystem::path& file)
      : name_(file.string()), file_(gzopen(file.c_str(), "rb"), gzclose) {
    if (!file_) throw Error("cannot be opened", name_, "check the path and its permissions");
  }

  /// Reads up to `count` bytes; fewer only at the end. @return how many
  std::size_t read(std::uint8_t* to, std::size_t count) {
    std::size_t done = 0;
    while (done < count) {
      const int got = gzread(file_.get(), to + done,
                             static_cast<unsigned>(std::min(count - done, piece)));
      int status = Z_OK;
      const char* words = gzerror(file_.get(), &status);
      if (got < 0 || (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR))
        fail(fmt::format("is damaged ({})", words));
      if (got == 0) {
        if (status == Z_BUF_ERROR) fail("ends inside its gzip data");
        break;
      }
      done += static_cast<std::size_t>(got);
      offset_ += static_cast<std::size_t>(got);
    }
    return done;
  }

  [[noreturn]] void fail(const std::string& what) const {
    throw Error(what, fmt::format("{}, byte {} of its data", name_, offset_),
                "fetch the file again");
  }

private:
  std::string name_;
  std::unique_ptr<gzFile_s, int (*)(gzFile)> file_;
  std::size_t offset_ = 0;
};

}  // namespace

IdxArray read_idx(const std::filesystem::path& file, std::size_t dimensions) {
  IdxReader reader(file);
  std::array<std::uint8_t, 4> word{};
  const auto need_word = [&] {
    if (reader.read(word.data(), word.size()) != word.size()) reader.fail("ends in its header");
  };
  need_word();
  if (word[0] != 0 || word[1] != 0 || word[2] != 8 || word[3] != dimensions)
    reader.fail(fmt::format("is not an idx file of bytes with {} sizes (magic {:02x}{:02x}{:02x}{:02x})",
                            dimensions, word[0], word[1], word[2], word[3]));
  IdxArray array;
  std::size_t total = 1;
  for (std::size_t k = 0; k < dimensions; ++k) {
    need_word();
    const std::size_t size = (std::size_t{word[0]} << 24) | (std::size_t{word[1]} << 16) |
                             (std::size_t{word[2]} << 8) | word[3];
    if (size == 0) reader.fail("says that it is empty");
    if (size > most_values / total)
      reader.fail("says that it holds more than 1 GiB");
    total *= size;
    array.sizes.push_back(size);
  }
  // Piece by piece, so that a header that lies costs no memory.
  while (array.values.size() < total) {
    const std::size_t before = array.values.size(), wanted = std::min(piece, total - before);
    array.values.resize(before + wanted);
    if (reader.read(array.values.data() + before, wanted) != wanted)
      reader.fail(fmt::format("ends early: {} bytes of values were promised", total));
  }
  if (reader.read(word.data(), 1) != 0) reader.fail("goes on after its last value");
  return array;
}

}  // namespace volley
