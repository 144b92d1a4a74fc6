#include "datasets/dataset_order.hpp"

#include <cctype>

#include "base/error.hpp"

namespace volley {

namespace fs = std::filesystem;

bool is_train_split(const std::string& split, const DatasetInfo& info) {
  std::string lower = split;
  for (char& letter : lower)
    letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  if (lower != "train" && lower != "test")
    throw Error("has no split '" + split + "'", info.name, "use Train or Test");
  return lower == "train";
}

std::unique_ptr<FileSet> open_dataset_files(const fs::path& place, const DatasetInfo& info,
                                            const FileFilter& wanted) {
  const std::string layout = info.name + " wants " + info.layout;
  if (place.empty())
    throw Error("no directory is given for dataset '" + info.name + "'", "--data", layout);
  std::error_code ignored;
  if (!fs::exists(place, ignored))
    throw Error("there is no such file or folder", place.string(), layout);
  auto files = open_files(place, wanted);
  if (files->names().empty())
    throw Error("has no files of dataset '" + info.name + "'", place.string(), layout);
  return files;
}

}  // namespace volley
