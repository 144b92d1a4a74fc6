#include "datasets/folder_dataset.hpp"

#include <algorithm>
#include <cctype>
#include <system_error>

#include "base/error.hpp"
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
    if (request.limit != 0 && request.limit < entries_.size()) keep_spread(request.limit);
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
    const auto stream = layout_.open(path);
    Recording recording = read_recording(*stream, path.string(), OnDamage::fail);
    recording.name = entry.file.generic_string();
    recording.label = entry.label;
    return recording;
  }

private:
  std::string expected() const {
    const auto& classes = layout_.info.class_names;
    return layout_.info.name + " wants DIR/SPLIT/CLASS/NAME" + layout_.extension +
           ", with splits " + joined(layout_.info.splits) + " and classes " + classes.front() +
           " to " + classes.back() + "; give the folder that holds the splits";
  }

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

  /// Keeps `limit` entries, one of each class in turn, in their old order.
  void keep_spread(std::size_t limit) {
    std::vector<std::size_t> in_class(layout_.info.class_names.size(), 0);
    std::vector<std::pair<std::size_t, std::size_t>> turns;  // (turn of its class, index)
    for (std::size_t i = 0; i < entries_.size(); ++i)
      turns.emplace_back(in_class[static_cast<std::size_t>(entries_[i].label)]++, i);
    std::sort(turns.begin(), turns.end());
    turns.resize(limit);
    std::sort(turns.begin(), turns.end(),
              [](const auto& a, const auto& b) { return a.second < b.second; });
    std::vector<Entry> kept;
    for (const auto& turn : turns) kept.push_back(std::move(entries_[turn.second]));
    entries_ = std::move(kept);
  }

  FolderLayout layout_;
  fs::path root_;
  std::vector<Entry> entries_;
};

}  // namespace

std::unique_ptr<Dataset> open_folder_dataset(const FolderLayout& layout,
                                             const DatasetRequest& request) {
  return std::make_unique<FolderDataset>(layout, request);
}

}  // namespace volley
