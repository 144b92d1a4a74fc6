#include "datasets/file_set.hpp"

#include <algorithm>
#include <system_error>

#include "base/atomic_file.hpp"
#include "base/error.hpp"
#include "datasets/archive.hpp"

namespace volley {

namespace fs = std::filesystem;

namespace {

class FolderFiles final : public FileSet {
public:
  FolderFiles(fs::path root, const FileFilter& wanted) : root_(std::move(root)) {
    std::error_code failure;
    fs::recursive_directory_iterator at(root_, failure), end;
    while (!failure && at != end) {
      const std::string name = at->path().filename().string();
      std::error_code ignored;
      if (name.starts_with('.')) at.disable_recursion_pending();
      else if (at->is_regular_file(ignored))
        add(at->path().lexically_relative(root_).generic_string(), wanted);
      at.increment(failure);
    }
    if (failure)
      throw Error("cannot list the folder: " + failure.message(), root_.string(),
                  "check the path and its permissions");
    std::sort(names_.begin(), names_.end());
  }

  const std::vector<std::string>& names() const override { return names_; }
  std::string read(std::size_t index) const override { return read_file(root_ / names_.at(index)); }
  std::string place(std::size_t index) const override {
    return (root_ / names_.at(index)).string();
  }

private:
  void add(std::string name, const FileFilter& wanted) {
    if (wanted(name)) names_.push_back(std::move(name));
  }

  fs::path root_;
  std::vector<std::string> names_;
};

class ArchiveFiles final : public FileSet {
public:
  ArchiveFiles(fs::path archive, const FileFilter& wanted) : archive_(std::move(archive)) {
    std::vector<std::pair<std::string, std::string>> members;
    std::size_t total = 0;
    visit_members(archive_, [&](const ArchiveMember& member, ByteSource& bytes) {
      if (!wanted(member.name)) return true;
      members.emplace_back(member.name, read_rest(bytes));
      total += members.back().second.size();
      if (total > most_bytes)
        throw Error("the files inside take more than 16 GiB", archive_.string(),
                    "unpack the archive and give the folder");
      return true;
    });
    std::sort(members.begin(), members.end());
    for (auto& [name, bytes] : members) {
      names_.push_back(std::move(name));
      bytes_.push_back(std::move(bytes));
    }
  }

  const std::vector<std::string>& names() const override { return names_; }
  std::string read(std::size_t index) const override { return bytes_.at(index); }
  std::string place(std::size_t index) const override {
    return (archive_ / names_.at(index)).string();
  }

private:
  static constexpr std::size_t most_bytes = std::size_t{16} << 30;

  fs::path archive_;
  std::vector<std::string> names_, bytes_;
};

/// Several sets as one; files of one name stand side by side.
class JoinedFiles final : public FileSet {
public:
  explicit JoinedFiles(std::vector<std::unique_ptr<FileSet>> sets) : sets_(std::move(sets)) {
    for (std::size_t set = 0; set < sets_.size(); ++set)
      for (std::size_t i = 0; i < sets_[set]->names().size(); ++i) places_.emplace_back(set, i);
    const auto name_of = [&](const Place& place) -> const std::string& {
      return sets_[place.first]->names()[place.second];
    };
    std::stable_sort(places_.begin(), places_.end(),
                     [&](const Place& a, const Place& b) { return name_of(a) < name_of(b); });
    for (const Place& place : places_) names_.push_back(name_of(place));
  }
  const std::vector<std::string>& names() const override { return names_; }
  std::string read(std::size_t index) const override {
    return sets_[places_.at(index).first]->read(places_[index].second);
  }
  std::string place(std::size_t index) const override {
    return sets_[places_.at(index).first]->place(places_[index].second);
  }

private:
  using Place = std::pair<std::size_t, std::size_t>;  // set, index in it
  std::vector<std::unique_ptr<FileSet>> sets_;
  std::vector<Place> places_;
  std::vector<std::string> names_;
};

}  // namespace

std::string file_identity(const fs::path& file, const std::string& name) {
  std::error_code ignored;
  const auto changed = fs::last_write_time(file, ignored).time_since_epoch().count();
  return name + " " + std::to_string(fs::file_size(file, ignored)) + " " +
         std::to_string(changed) + "\n";
}

std::unique_ptr<FileSet> open_folder_files(const fs::path& folder, const FileFilter& wanted) {
  return std::make_unique<FolderFiles>(folder, wanted);
}

std::unique_ptr<FileSet> open_archive_files(const fs::path& archive, const FileFilter& wanted) {
  return std::make_unique<ArchiveFiles>(archive, wanted);
}

std::unique_ptr<FileSet> open_files(const fs::path& place, const FileFilter& wanted) {
  std::error_code ignored;
  if (!fs::is_directory(place, ignored)) return open_archive_files(place, wanted);
  auto files = open_folder_files(place, wanted);
  if (!files->names().empty()) return files;
  const auto inside = open_folder_files(place, [](const std::string& name) {
    return name.find('/') == std::string::npos;
  });
  std::vector<std::unique_ptr<FileSet>> archives;
  for (const std::string& name : inside->names())
    if (is_archive(place / name)) archives.push_back(open_archive_files(place / name, wanted));
  if (archives.size() == 1) return std::move(archives.front());
  return std::make_unique<JoinedFiles>(std::move(archives));
}

}  // namespace volley
