#include "datasets/folder_dataset.hpp"

#include <algorithm>
#include <cctype>
#include <optional>
#include <set>
#include <system_error>

#include "base/error.hpp"
#include "datasets/archive.hpp"
#include "datasets/dataset_order.hpp"
#include "datasets/file_set.hpp"
#include "datasets/read_recording.hpp"

namespace volley {

namespace fs = std::filesystem;

namespace {

struct Entry {
  fs::path file;
  int label;
};

std::string lower_case(std::string text) {
  for (char& letter : text)
    letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  return text;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text.empty() ? "none" : text;
}

enum class Kind { folder, file };

/// Sorted names of what a folder holds, without what is hidden.
std::vector<std::string> names_in(const fs::path& folder, Kind kind) {
  std::error_code failure;
  std::vector<std::string> names;
  fs::directory_iterator at(folder, failure), end;
  while (!failure && at != end) {
    const std::string name = at->path().filename().string();
    std::error_code ignored;
    const bool folder_here = at->is_directory(ignored);
    if (folder_here == (kind == Kind::folder) && !name.starts_with('.')) names.push_back(name);
    at.increment(failure);
  }
  if (failure)
    throw Error("cannot list the folder: " + failure.message(), folder.string(),
                "check its permissions");
  std::sort(names.begin(), names.end());
  return names;
}

std::string expected_layout(const FolderLayout& layout) {
  const auto& classes = layout.info.class_names;
  return layout.info.name + " wants DIR/SPLIT/CLASS/NAME" + layout.extension + ", with splits " +
         joined(layout.info.splits) + " and classes " + classes.front() + " to " +
         classes.back() + "; give the folder that holds the splits";
}

class FolderDataset final : public Dataset {
public:
  FolderDataset(const FolderLayout& layout, const DatasetRequest& request)
      : layout_(layout), root_(request.directory) {
    const std::string split = find_split(request.split);
    for (const std::string& folder : names_in(root_ / split, Kind::folder))
      add_class(split, folder);
    if (entries_.empty())
      throw Error("the split has no class folders", (root_ / split).string(), expected());
    // Folder names come sorted as text; the order promised is that of the classes.
    std::stable_sort(entries_.begin(), entries_.end(),
                     [](const Entry& a, const Entry& b) { return a.label < b.label; });
    keep_spread(entries_, layout_.info.class_names.size(), request.limit);
  }

  const DatasetInfo& info() const override { return layout_.info; }
  std::size_t size() const override { return entries_.size(); }
  int label(std::size_t index) const override { return entries_.at(index).label; }
  std::string name(std::size_t index) const override {
    return entries_.at(index).file.generic_string();
  }

  Recording load(std::size_t index) const override {
    const Entry& entry = entries_.at(index);
    const fs::path path = root_ / entry.file;
    const auto stream = layout_.open(open_file(path));
    Recording recording = read_recording(*stream, path.string(), OnDamage::fail);
    recording.name = entry.file.generic_string();
    recording.label = entry.label;
    return recording;
  }


private:
  std::string expected() const { return expected_layout(layout_); }

  std::string find_split(const std::string& wanted) const {
    if (root_.empty())
      throw Error("no directory is given for dataset '" + layout_.info.name + "'", "--data",
                  expected());
    std::error_code ignored;
    if (!fs::is_directory(root_, ignored))
      throw Error(fs::exists(root_, ignored) ? "is not a folder" : "no such folder",
                  root_.string(), expected());
    const std::vector<std::string> found = names_in(root_, Kind::folder);
    if (std::find(found.begin(), found.end(), wanted) != found.end()) return wanted;
    for (const std::string& name : found)
      if (lower_case(name) == lower_case(wanted)) return name;
    throw Error("no split '" + wanted + "'; folders found: " + joined(found), root_.string(),
                expected());
  }

  void add_class(const std::string& split, const std::string& folder) {
    const auto& classes = layout_.info.class_names;
    const fs::path path = root_ / split / folder;
    const auto match = std::find(classes.begin(), classes.end(), folder);
    if (match == classes.end())
      throw Error("the folder is not a class of " + layout_.info.name, path.string(),
                  "move it elsewhere; class folders are " + classes.front() + " to " +
                      classes.back());
    const int label = static_cast<int>(match - classes.begin());
    const std::size_t before = entries_.size();
    for (const std::string& name : names_in(path, Kind::file))
      if (lower_case(fs::path(name).extension().string()) == layout_.extension)
        entries_.push_back({fs::path(split) / folder / name, label});
    if (entries_.size() == before)
      throw Error("the class folder has no " + layout_.extension + " files", path.string(),
                  "unpack the dataset again, or remove the empty folder");
  }

  FolderLayout layout_;
  fs::path root_;
  std::vector<Entry> entries_;
};

/// The same layout inside an archive.
class ArchivedDataset final : public Dataset {
public:
  ArchivedDataset(const FolderLayout& layout, const DatasetRequest& request) : layout_(layout) {
    const auto& classes = layout_.info.class_names;
    std::set<std::string> found;
    files_ = open_files(request.directory, [&](const std::string& name) {
      const auto place = place_of(name);
      if (!place) return false;
      found.insert(place->split);
      return lower_case(place->split) == lower_case(request.split);
    });
    for (std::size_t i = 0; i < files_->names().size(); ++i) {
      const std::string label = place_of(files_->names()[i])->label;
      entries_.push_back({i, static_cast<int>(std::find(classes.begin(), classes.end(), label) -
                                              classes.begin())});
    }
    if (entries_.empty())
      throw Error("the archive has no split '" + request.split + "'; splits found: " +
                      joined({found.begin(), found.end()}),
                  request.directory.string(), expected_layout(layout_));
    std::stable_sort(entries_.begin(), entries_.end(),
                     [](const Packed& a, const Packed& b) { return a.label < b.label; });
    keep_spread(entries_, classes.size(), request.limit);
  }

  const DatasetInfo& info() const override { return layout_.info; }
  std::size_t size() const override { return entries_.size(); }
  int label(std::size_t index) const override { return entries_.at(index).label; }
  std::string name(std::size_t index) const override {
    return files_->names()[entries_.at(index).file];
  }
  Recording load(std::size_t index) const override {
    const std::size_t file = entries_.at(index).file;
    const auto stream = layout_.open(memory_source(files_->read(file), files_->place(file)));
    Recording recording = read_recording(*stream, files_->place(file), OnDamage::fail);
    recording.name = name(index);
    recording.label = label(index);
    return recording;
  }

private:
  struct Packed {
    std::size_t file;
    int label;
  };
  struct Place {
    std::string split, label;
  };

  /// Of .../SPLIT/CLASS/NAME.ext; nothing for other files.
  std::optional<Place> place_of(const std::string& name) const {
    const fs::path path(name);
    const fs::path label = path.parent_path(), split = label.parent_path();
    const auto& classes = layout_.info.class_names;
    const bool good =
        lower_case(path.extension().string()) == layout_.extension && !split.empty() &&
        std::find(classes.begin(), classes.end(), label.filename().string()) != classes.end();
    if (!good) return {};
    return Place{split.filename().string(), label.filename().string()};
  }

  FolderLayout layout_;
  std::unique_ptr<FileSet> files_;
  std::vector<Packed> entries_;
};

/// Whether a folder has no folders in it but an archive.
bool holds_archives_only(const fs::path& folder) {
  if (!names_in(folder, Kind::folder).empty()) return false;
  const auto files = names_in(folder, Kind::file);
  return std::any_of(files.begin(), files.end(), [&](const std::string& name) {
    std::error_code ignored;
    return fs::is_regular_file(folder / name, ignored) && is_archive(folder / name);
  });
}

}  // namespace

std::unique_ptr<Dataset> open_folder_dataset(const FolderLayout& layout,
                                             const DatasetRequest& request) {
  std::error_code ignored;
  if (fs::is_regular_file(request.directory, ignored) && is_archive(request.directory))
    return std::make_unique<ArchivedDataset>(layout, request);
  if (fs::is_directory(request.directory, ignored) && holds_archives_only(request.directory))
    return std::make_unique<ArchivedDataset>(layout, request);
  return std::make_unique<FolderDataset>(layout, request);
}

}  // namespace volley
