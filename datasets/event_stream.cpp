#include "datasets/event_stream.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>

#include "base/error.hpp"

namespace volley {

namespace fs = std::filesystem;

std::string damage_text(std::uint64_t byte, std::string_view reason) {
  return "byte " + std::to_string(byte) + ": " + std::string(reason);
}

std::unique_ptr<std::istream> open_event_file(const fs::path& path) {
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

  auto file = std::make_unique<std::ifstream>(path, std::ios::binary);
  if (!*file)
    throw Error(std::string("cannot open: ") + std::strerror(errno), path.string(),
                "check the file's permissions");
  return file;
}

}  // namespace volley
