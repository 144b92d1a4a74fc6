// Files inside other files, used in place: gzip, bzip2, xz, zstd and lz4 around one file; tar (also
// compressed) and zip around many. Reads by libarchive; must not know event formats.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "datasets/byte_source.hpp"

namespace volley {

/// A regular file in an archive. Members come in the order in which they are stored.
struct ArchiveMember {
  std::string name;                   ///< with '/' between folders and no "./" in front
  std::optional<std::uint64_t> size;  ///< in bytes, where the archive tells it
};

/// A path that may lead through an archive: "data.tar.xz/train/0/1.bin" is the member
/// "train/0/1.bin" of the file "data.tar.xz" where that is a file and not a folder.
struct ArchivePath {
  std::filesystem::path file;
  std::string member;  ///< empty: the file itself
};
ArchivePath split_archive_path(const std::filesystem::path& path);

/// Whether a file holds several files (tar or zip, by its content). Compression alone does not
/// count. @throws Error as open_file() does
bool is_archive(const std::filesystem::path& file);

/// The regular files in an archive; one compressed file is an archive of one member with an empty
/// name. Reads the archive from front to end. @throws Error as visit_members() does
std::vector<ArchiveMember> list_members(const std::filesystem::path& archive);

/// Calls `visit` for each regular file, in one pass from front to end (a compressed tar can be read
/// in no other way), with its bytes; what a visit leaves unread is passed over. Ends early where a
/// visit returns false. Bytes and member are valid during the call only.
/// @throws Error naming the archive and the byte of its file where it cannot be opened or is
/// damaged; members before the damage have been visited then.
void visit_members(
    const std::filesystem::path& archive,
    const std::function<bool(const ArchiveMember& member, ByteSource& bytes)>& visit);

/// Opens a file for reading through what is around it: compression is undone, and a tar that holds
/// one file stands for that file. `path` may lead through an archive.
/// @throws Error as open_file() does; for an archive of several files where none is named (tells
/// some); where the member named is not there.
std::unique_ptr<ByteSource> open_bytes(const std::filesystem::path& path);

/// Whether a file that begins with these bytes (512 are enough) is one that unwrap() unwraps.
bool is_wrapped(std::span<const std::uint8_t> front);

/// The same for bytes that are open already; an archive of several files gives its first.
std::unique_ptr<ByteSource> unwrap(std::unique_ptr<ByteSource> bytes);

/// The first member of an archive whose name `wanted` accepts, from bytes that are open already.
/// Null where there is none, also because the archive is damaged before it.
std::unique_ptr<ByteSource> find_member(
    std::unique_ptr<ByteSource> archive,
    const std::function<bool(const ArchiveMember& member)>& wanted);

}  // namespace volley
