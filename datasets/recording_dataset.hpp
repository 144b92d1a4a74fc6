// Datasets whose recordings are files of any format that this build decodes, or pieces of them: the
// list of recordings and reading one. Must not know where a particular dataset's files lie.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "datasets/dataset.hpp"
#include "datasets/file_set.hpp"
#include "datasets/stream_options.hpp"

namespace volley {

struct RecordingEntry {
  std::size_t file = 0;  ///< of the file set
  int label = 0;
  /// The piece first <= t < second, in microseconds of the file's own clock; the recording starts at
  /// its beginning.
  std::optional<std::pair<std::int64_t, std::int64_t>> cut;
  std::string name;
};

/// The entries, ordered by class and otherwise as given, at most `limit` (0: all) of them, classes
/// in turn. info.sensor is that of every recording.
std::unique_ptr<Dataset> make_recording_dataset(DatasetInfo info, std::unique_ptr<FileSet> files,
                                                std::vector<RecordingEntry> entries,
                                                StreamOptions options, std::size_t limit);

}  // namespace volley
