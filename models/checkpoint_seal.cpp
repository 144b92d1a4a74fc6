// Sealing a file and checking the seal: CRC-32 over everything behind the seal.
#include "models/checkpoint_seal.hpp"

#include <fmt/format.h>

#include <boost/crc.hpp>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "base/error.hpp"

namespace volley {

namespace {

constexpr const char* line_pattern = "volley model, format %d, %llu bytes, crc32 %8x\n";

struct Content {
  unsigned long long bytes = 0;  ///< of the whole file
  unsigned crc = 0;
};

Content read_content(std::istream& in) {
  boost::crc_32_type crc;
  Content content{seal_bytes, 0};
  std::vector<char> block(1 << 16);
  in.seekg(static_cast<std::streamoff>(seal_bytes));
  while (in.read(block.data(), static_cast<std::streamsize>(block.size())) || in.gcount() > 0) {
    crc.process_bytes(block.data(), static_cast<std::size_t>(in.gcount()));
    content.bytes += static_cast<unsigned long long>(in.gcount());
  }
  content.crc = crc.checksum();
  return content;
}

std::string seal_text(int format, const Content& content) {
  std::string text = fmt::format("volley model, format {}, {} bytes, crc32 {:08x}\n", format,
                                 content.bytes, content.crc);
  text += "HDF5 data begins at byte 512\n";
  text.resize(seal_bytes, '\0');
  return text;
}

}  // namespace

void seal(const std::filesystem::path& file, int format) {
  std::fstream stream(file, std::ios::binary | std::ios::in | std::ios::out);
  const Content content = read_content(stream);
  stream.clear();
  const std::string text = seal_text(format, content);
  stream.seekp(0);
  stream.write(text.data(), static_cast<std::streamsize>(text.size()));
  stream.close();
  if (!stream)
    throw Error("cannot write", file.string(), "check that the disk is not full");
}

void check_seal(const std::filesystem::path& file, int format) {
  const std::string name = file.string();
  std::error_code failure;
  if (!std::filesystem::exists(file, failure))
    throw Error("there is no such model", name, "check the path, or train one: volley train");
  std::ifstream in(file, std::ios::binary);
  if (!std::filesystem::is_regular_file(file, failure) || !in)
    throw Error("is not a model file that can be read", name, "check the path and permissions");
  std::string text(seal_bytes, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  const bool short_file = in.gcount() < static_cast<std::streamsize>(seal_bytes);
  if (text.rfind("\x89HDF\r\n", 0) == 0)
    throw Error("is an HDF5 file, but not a volley model", name,
                "a NIR file ends in .nir; a model is written by volley train");
  if (text.rfind("volley model", 0) != 0)
    throw Error("is not a volley model", name, "give a .volley file written by volley train");
  int version = 0;
  Content said;
  if (std::sscanf(text.c_str(), line_pattern, &version, &said.bytes, &said.crc) != 3 || short_file)
    throw Error("is cut short or damaged in its first line", name, "copy or write it again");
  if (version != format)
    throw Error("is a volley model of format " + std::to_string(version) +
                    ", this volley reads format " + std::to_string(format),
                name, "use the volley that wrote it, or train again");
  in.clear();
  const Content found = read_content(in);
  if (found.bytes != said.bytes)
    throw Error("is " + std::to_string(found.bytes) + " bytes long, but " +
                    std::to_string(said.bytes) + " were written",
                name, "the file was cut short: copy or write it again");
  if (found.crc != said.crc || text != seal_text(format, said))
    throw Error("is damaged: its checksum does not match", name, "copy or write it again");
}

}  // namespace volley
