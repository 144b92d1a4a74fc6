// What datasets of many files share: which split is meant, where the files lie, and a limit that
// takes of every class. Must not know any format.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "datasets/dataset.hpp"
#include "datasets/file_set.hpp"

namespace volley {

/// Whether `split` is the first of a dataset with two, "Train" and "Test", in any case.
/// @throws Error for any other
bool is_train_split(const std::string& split, const DatasetInfo& info);

/// The files under --data, as open_files() finds them.
/// @throws Error saying the layout where nothing is given, it does not exist, or has no such files
std::unique_ptr<FileSet> open_dataset_files(const std::filesystem::path& place,
                                            const DatasetInfo& info, const FileFilter& wanted);

/// Keeps `limit` entries (0: all), one of each class (member `label`) in turn, in their old order.
template <class Entry>
void keep_spread(std::vector<Entry>& entries, std::size_t classes, std::size_t limit) {
  if (limit == 0 || limit >= entries.size()) return;
  std::vector<std::size_t> in_class(classes, 0);
  std::vector<std::pair<std::size_t, std::size_t>> turns;  // (turn of its class, index)
  for (std::size_t i = 0; i < entries.size(); ++i)
    turns.emplace_back(in_class[static_cast<std::size_t>(entries[i].label)]++, i);
  std::sort(turns.begin(), turns.end());
  turns.resize(limit);
  std::sort(turns.begin(), turns.end(),
            [](const auto& a, const auto& b) { return a.second < b.second; });
  std::vector<Entry> kept;
  for (const auto& turn : turns) kept.push_back(std::move(entries[turn.second]));
  entries = std::move(kept);
}

}  // namespace volley
