#include "base/atomic_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <system_error>

#include "base/error.hpp"

namespace volley {

namespace fs = std::filesystem;

namespace {
void sync_path(const fs::path& path, int flags) {
  const int descriptor = ::open(path.c_str(), flags);
  if (descriptor < 0)
    throw Error(std::string("cannot sync: ") + std::strerror(errno), path.string());
  const int result = ::fsync(descriptor);
  const int reason = errno;
  ::close(descriptor);
  // Some file systems cannot sync a folder; that is no reason to lose the file.
  if (result != 0 && reason != EINVAL && reason != EROFS)
    throw Error(std::string("cannot sync: ") + std::strerror(reason), path.string(),
                "check that the disk is not full");
}
}  // namespace

AtomicFile::AtomicFile(fs::path final_name) : final_name_(std::move(final_name)) {
  const fs::path folder = final_name_.has_parent_path() ? final_name_.parent_path() : fs::path(".");
  std::error_code failure;
  fs::create_directories(folder, failure);
  if (failure || !fs::is_directory(folder))
    throw Error("cannot create the folder: " + failure.message(), folder.string(),
                "choose another output folder");
  if (fs::is_directory(final_name_))
    throw Error("is a folder, a file is to be written here", final_name_.string(),
                "give a file name");
  temporary_ = folder / ("." + final_name_.filename().string() + "." + std::to_string(::getpid()) +
                         ".partial");
  const int descriptor = ::open(temporary_.c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0644);
  if (descriptor < 0)
    throw Error(std::string("cannot write: ") + std::strerror(errno), final_name_.string(),
                "check the folder's permissions");
  ::close(descriptor);
}

AtomicFile::~AtomicFile() {
  if (committed_) return;
  std::error_code ignored;
  fs::remove(temporary_, ignored);
}

void AtomicFile::commit() {
  sync_path(temporary_, O_RDONLY);
  std::error_code failure;
  fs::rename(temporary_, final_name_, failure);
  if (failure) throw Error("cannot rename: " + failure.message(), final_name_.string());
  committed_ = true;
  sync_path(final_name_.has_parent_path() ? final_name_.parent_path() : fs::path("."),
            O_RDONLY | O_DIRECTORY);
}

void write_file(const fs::path& path, std::string_view bytes) {
  AtomicFile file(path);
  {
    std::ofstream out(file.temporary(), std::ios::binary);
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    out.close();
    if (!out) throw Error("cannot write", path.string(), "check that the disk is not full");
  }
  file.commit();
}

std::string read_file(const fs::path& path) {
  if (fs::is_directory(path)) throw Error("is a folder, not a file", path.string());
  std::ifstream in(path, std::ios::binary);
  if (!in)
    throw Error(std::string("cannot open: ") + std::strerror(errno), path.string(),
                "check the path and its permissions");
  std::ostringstream bytes;
  bytes << in.rdbuf();
  return std::move(bytes).str();
}

}  // namespace volley
