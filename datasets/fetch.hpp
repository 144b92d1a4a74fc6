// Files of datasets over HTTP (libcurl): resumed, retried from mirrors, checked, and there whole or
// not at all. Must not know which dataset they belong to.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace volley {

/// A file that can be had; what is not known for certain is left empty.
struct RemoteFile {
  std::string name;
  std::vector<std::string> urls;  ///< mirrors, tried in order
  std::optional<std::uint64_t> size;
  std::string md5, sha256;        ///< hexadecimal, lower case
};

/// How a file fits what is known of it.
enum class FileCheck { absent, wrong_size, wrong_digest, right, unknown };
FileCheck check_file(const RemoteFile& file, const std::filesystem::path& folder);
/// In words: "md5 is right", "no size or digest is known to compare with".
std::string check_text(FileCheck check, const RemoteFile& file);

struct FetchOptions {
  int attempts = 4;        ///< tries of each mirror without a byte of progress in between
  int stall_seconds = 60;  ///< a connection that gives nothing for so long is cut
  int pause_ms = 500;      ///< before the second try; doubled for each further one
  /// Called often. @param total 0 where it is not known. @return false to stop
  std::function<bool(std::uint64_t done, std::uint64_t total)> progress;
  /// What went wrong and is tried again, for people.
  std::function<void(const std::string&)> say;
};

/// Brings a file into a folder, unless it is there and right. Bytes gather in ".NAME.part", from
/// which a later call goes on (a server that refuses ranges starts anew; one process at a time
/// writes there); a file with the wrong size or digest is thrown away and the next mirror is asked.
/// @return false where it was there already
/// @throws Error where no mirror gives the right file (tells the reason of each), the folder cannot
/// be written, another process fetches the same file, or progress said stop (the part stays)
bool fetch_file(const RemoteFile& file, const std::filesystem::path& folder,
                const FetchOptions& options);

}  // namespace volley
