// Files that appear whole or not at all. Owns the temporary name, the sync and the rename; must not
// know what is written.
#pragma once

#include <filesystem>
#include <string_view>

namespace volley {

/// A file being written under a temporary name beside its final one. Write to `temporary()` by any
/// means, then `commit()`: the bytes are synced to disk and renamed over the final name. Destroyed
/// without a commit, the temporary file is removed and an older final file stays as it was.
class AtomicFile {
public:
  /// Creates missing parent folders. @throws Error where the folder cannot be written.
  explicit AtomicFile(std::filesystem::path final_name);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  const std::filesystem::path& temporary() const { return temporary_; }

  /// @throws Error where the sync or the rename fails (for example: disk full).
  void commit();

private:
  std::filesystem::path final_name_, temporary_;
  bool committed_ = false;
};

/// Writes a whole file atomically. @throws Error as AtomicFile does.
void write_file(const std::filesystem::path& path, std::string_view bytes);

/// Reads a whole file. @throws Error naming the path where it cannot be opened or read.
std::string read_file(const std::filesystem::path& path);

}  // namespace volley
