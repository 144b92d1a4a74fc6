// A dataset that lies on disk as {split}/{class}/{recording}: finding, naming, ordering and
// limiting its files. Must not know any file format.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "datasets/byte_source.hpp"
#include "datasets/dataset.hpp"
#include "datasets/event_stream.hpp"

namespace volley {

struct FolderLayout {
  DatasetInfo info;       ///< class folders are named as info.class_names are
  std::string extension;  ///< of the recordings, for example ".bin"; other files are passed over
  std::function<std::unique_ptr<EventStream>(std::unique_ptr<ByteSource>)> open;
};

/// Lists the files of one split: any folder of request.directory whose name equals request.split
/// without regard to case (an exact match wins). Ordered by class, then file name; a limit takes
/// the first of each class in turn. Hidden folders and files outside class folders are passed over.
/// Recordings start at 0 us. A directory that is an archive (tar or zip), or holds nothing but
/// archives, is read in place: files .../SPLIT/CLASS/NAME of the split are held in memory, others are
/// passed over.
/// @throws Error naming the path for a missing directory or split (lists those found), a class
/// folder that is not a class or has no recordings, or a split without class folders.
std::unique_ptr<Dataset> open_folder_dataset(const FolderLayout& layout,
                                             const DatasetRequest& request);

}  // namespace volley
