// The files of a dataset, wherever they lie: in a folder or in an archive. Owns listing and reading
// by name; must not know any format of recordings.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace volley {

/// Regular files, sorted by name. Every call is safe from many threads.
class FileSet {
public:
  virtual ~FileSet() = default;
  /// Paths relative to the set, with '/' between the parts.
  virtual const std::vector<std::string>& names() const = 0;
  /// All bytes of a file. @throws Error where it cannot be read
  virtual std::string read(std::size_t index) const = 0;
  /// For messages: where the file lies.
  virtual std::string place(std::size_t index) const = 0;
};

/// Which files are meant, by their names in the set.
using FileFilter = std::function<bool(const std::string& name)>;

/// Files below a folder; what is hidden is passed over, links to folders are not followed.
/// @throws Error where it is no folder or cannot be listed
std::unique_ptr<FileSet> open_folder_files(const std::filesystem::path& folder,
                                           const FileFilter& wanted);

/// Files in an archive, which is read from front to end once; their bytes are held in memory.
/// @throws Error as visit_members() does, or where they take more than 16 GiB
std::unique_ptr<FileSet> open_archive_files(const std::filesystem::path& archive,
                                            const FileFilter& wanted);

/// Either of both; of a folder without such files, those of all archives that lie in it. May be
/// empty. @throws Error as the two do
std::unique_ptr<FileSet> open_files(const std::filesystem::path& place, const FileFilter& wanted);

/// A line of name, size and time of change. A file that is changed in place and keeps both is taken
/// for the same.
std::string file_identity(const std::filesystem::path& file, const std::string& name);

}  // namespace volley
